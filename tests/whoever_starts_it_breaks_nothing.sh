#!/usr/bin/env bash
# Closed standard streams and low limits of whoever starts a vault write into no file and lose no answer: they change nothing,
# or are told by name.
source "$(dirname "$0")/lib.sh"
need prlimit util-linux

new_vault
"$COFFER" down >/dev/null

# A log line must not go into the file that got the number of standard error.
(exec 2>&- && exec "$COFFER" up --foreground) &
children+=("$!")
eventually 20 status_says '"state": *"unlocked"' || fail "it does not start without standard error"
grep -qxE '[0-9]+' "$COFFER_HOME/run/guard.pid" || fail "run/guard.pid holds $(cat "$COFFER_HOME/run/guard.pid")"
[ "$(wc -l <"$COFFER_HOME/run/guard.pid")" -le 1 ] || fail "a log line is in run/guard.pid"
"$COFFER" down >/dev/null

for closed in '0<&-' '0<&- 1>&-' '0<&- 1>&- 2>&-'; do
  bash -c "exec $closed; exec \"\$COFFER\" up" || true # without standard output it cannot say that it started
  status_says '"state": *"unlocked"' || fail "it does not start with $closed"
  "$COFFER" down >/dev/null
done
# What cannot be told is no success.
refuses bash -c 'exec "$COFFER" status >&-'

# told LIMIT TEXT: with that limit of the shell, `coffer up` fails and says so.
told() {
  refuses bash -c "ulimit $1 && exec \"\$COFFER\" up"
  grep -qF "$2" "$work/refusal" || { cat "$work/refusal"; fail "ulimit $1 is told strangely"; }
}
told "-n 16" "(ulimit -n)"
told "-v 200000" "(ulimit -v)"
told "-d 64000" "(ulimit -d 262144)"
told "-f 100000" "(ulimit -f 131072)"
# A user of its own, who has no other processes.
other=(setpriv --reuid 65530 --regid 65530 --clear-groups env "COFFER_HOME=$work/other")
install -d -o 65530 -g 65530 "$work/other"
"${other[@]}" "$COFFER" init >/dev/null
"${other[@]}" "$COFFER" down >/dev/null
refuses "${other[@]}" bash -c 'ulimit -u 100 && exec "$COFFER" up'
grep -qF '(ulimit -u)' "$work/refusal" || { cat "$work/refusal"; fail "ulimit -u is told strangely"; }
"${other[@]}" bash -c 'ulimit -u 140 && "$COFFER" up >/dev/null' || fail "140 processes are too few"
"${other[@]}" "$COFFER" down >/dev/null
for role in store audit chip; do
  if cat "$COFFER_HOME/log" "$work/other/log" | grep -q "coffer.$role."; then fail "the $role was started where limits are too low"; fi
done
bash -c 'ulimit -S -n 16 && ulimit -H -n 64 && "$COFFER" up >/dev/null' || fail "64 files are too few"

# A store that may not grow answers so, and keeps what it has said yes to; so does the audit log.
new_token kept
for role in store audit; do
  process=$(role_pid "$role")
  prlimit --pid "$process" --fsize=0: # the soft limit
  refuses "$COFFER" token create refused --pin-file "$work/pin" --so-pin-file "$work/so-pin"
  cat "$work/refusal"
  prlimit --pid "$process" --fsize=unlimited: || true # it may have been started anew
  eventually 20 status_says '"state": *"unlocked"' || fail "the vault did not come back ($role)"
  new_token "after-$role"
done
"$COFFER" down >/dev/null
"$COFFER" up >/dev/null
for token in kept after-store after-audit; do
  "$COFFER" token list | grep -q -w "$token" || fail "the token $token is gone"
done
if "$COFFER" token list | grep -q -w refused; then fail "what was refused is there"; fi
"$COFFER" audit verify >/dev/null
