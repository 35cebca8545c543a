#!/usr/bin/env bash
# No process of a vault can be debugged or read by the vault's own user, whenever he comes: not while it runs, not while it
# starts, and what he opened before shows nothing afterwards.
source "$(dirname "$0")/lib.sh"
reader=$programs/process_reader

# Root can look into everything; the vault of this story belongs to somebody else.
as_user() { "$@"; }
if [ "$(id -u)" -eq 0 ]; then
  need setpriv util-linux
  chown 65533:65533 "$work"
  as_user() { setpriv --reuid 65533 --regid 65533 --clear-groups -- "$@"; }
fi
trap 'code=$?; coffer down >/dev/null 2>&1 || true; (exit $code); finish' EXIT
coffer() { as_user "$COFFER" "$@"; }
guard() { cat "$COFFER_HOME/run/guard.pid"; }
processes() { pgrep -P "$(guard)" -f "$1"; }
# look: every process of the vault, in every way.
look() {
  # shellcheck disable=SC2046 # One number a word.
  as_user "$reader" now "$(guard)" $(pgrep -P "$(guard)") >"$work/now" ||
    { grep WORKS "$work/now"; fail "a process of the vault can be looked into"; }
}
answers() { { coffer status --json || true; } | grep -q '"state"'; }

as_user bash -c 'umask 077; echo "correct horse battery staple" >"$0"; printf 1234 >"$1"; printf 12345678 >"$2"' \
  "$work/passphrase" "$work/pin" "$work/so-pin"
coffer init --root-of-trust passphrase --passphrase-file "$work/passphrase" >/dev/null
coffer token create kept --pin-file "$work/pin" --so-pin-file "$work/so-pin" >/dev/null
coffer net enable --listen "127.0.0.1:$(free_port)" >/dev/null
eventually 10 processes 'role net' >/dev/null || fail "the net door did not start"

look
for role in guard chip store audit net; do
  grep -q -- "--role $role" "$work/now" || fail "nobody looked at the $role"
done

# He kills what he may, and is there when it starts anew; and when the command line has the passphrase.
as_user "$reader" race "$work/end" >"$work/race" &
racer=$!
children+=("$racer")
for round in 1 2 3 4 5; do
  for role in chip net store; do
    for process in $(processes "role $role"); do as_user kill -9 "$process" || true; done
    eventually 20 answers || fail "the vault did not come back"
    eventually 20 processes 'role chip' >/dev/null || fail "the chip did not come back"
  done
  coffer unlock --passphrase-file "$work/passphrase" >/dev/null
  if [ $((round % 2)) -eq 0 ]; then
    coffer down >/dev/null
    coffer up >/dev/null
    coffer unlock --passphrase-file "$work/passphrase" >/dev/null
  fi
done
touch "$work/end"
wait "$racer" || { cat "$work/race"; fail "what was opened while a process started shows it now"; }
cat "$work/race"
look
tail -n 1 "$work/now"
coffer down >/dev/null
