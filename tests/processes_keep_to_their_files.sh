#!/usr/bin/env bash
# Store broker and audit writer can open their own directory, and nothing else of the vault; the guard can write its vault
# and nothing else of the system. Root lets the real processes try, as whoever took them over would.
source "$(dirname "$0")/lib.sh"
[ "$(id -u)" -eq 0 ] || fail "only root can let others open files: run this story as root"
new_vault
new_token web
"$COFFER" net enable --listen "127.0.0.1:$(free_port)" >/dev/null

# tries ROLE FLAGS NAME...: what became of each, in $work/tried. A name without a slash in front is one of the vault.
tries() {
  local role=$1 flags=$2 name names=()
  shift 2
  for name; do
    case $name in /*) names+=("$name") ;; *) names+=("$COFFER_HOME/$name") ;; esac
  done
  "$programs/call_maker" "$(role_pid "$role")" "$flags" "${names[@]}" >"$work/tried" ||
    fail "the $role cannot be asked: $(cat "$work/tried")"
}
opens() {
  tries "$@"
  if grep -qv ': opened$' "$work/tried"; then fail "the $1 must open its own: $(cat "$work/tried")"; fi
}
opens_none() {
  tries "$@"
  if grep -qv ': Permission denied$' "$work/tried"; then fail "the $1 must be refused: $(cat "$work/tried")"; fi
  cat "$work/tried"
}
others=(host.key config format net.conf log run/guard.pid)

log=audit/$(basename "$COFFER_HOME"/audit/audit-*.log)
for flags in r rw; do
  opens store "$flags" store/store.db
  opens audit "$flags" audit/mark "$log"
  opens_none store "$flags" "${others[@]}" audit/mark "$log"
  opens_none audit "$flags" "${others[@]}" store/store.db
done
opens store r store
opens audit r audit
opens_none store r . run audit
opens_none audit r . run store

echo text >"$work/elsewhere"
opens guard rw store/store.db "$log" host.key net.conf
opens guard r . /proc/self/status /usr/bin
opens_none guard rw "$work/elsewhere" /etc/passwd /dev/null /proc/self/comm /usr/bin/env
opens_none guard r "$work" "$work/elsewhere" /etc/passwd / /home
"$COFFER" status --assurance --json >"$work/assurance"
for protection in one_directory no_new_code no_capabilities system_call_filter; do
  grep -qE "\"guard: $protection\",\"state\":\"(on|unavailable)\"" "$work/assurance" || fail "the guard has no $protection"
done

# They still do their work.
"$COFFER" key generate p256 --token web --label signer --pin-file "$work/pin" >/dev/null
"$COFFER" audit verify >/dev/null
grep -q 'starting anew' "$COFFER_HOME/log" && fail "nobody must have ended"
exit 0
