#!/usr/bin/env bash
# Store broker and audit writer can open their own directory, and nothing else of the vault: root lets the real
# processes try, as whoever took them over would.
source "$(dirname "$0")/lib.sh"
[ "$(id -u)" -eq 0 ] || fail "only root can let others open files: run this story as root"
new_vault
new_token web
"$COFFER" net enable --listen "127.0.0.1:$(free_port)" >/dev/null

# tries ROLE FLAGS NAME...: what became of each, in $work/tried.
tries() {
  local role=$1 flags=$2
  shift 2
  (cd "$work" && "$programs/call_maker" "$(role_pid "$role")" "$flags" "${@/#/$COFFER_HOME/}") >"$work/tried" ||
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

# They still do their work.
"$COFFER" key generate p256 --token web --label signer --pin-file "$work/pin" >/dev/null
"$COFFER" audit verify >/dev/null
grep -q 'starting anew' "$COFFER_HOME/log" && fail "nobody must have ended"
exit 0
