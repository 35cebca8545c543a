#!/usr/bin/env bash
# `coffer status`, `up` and `down` know a vault that runs, whatever became of the files that say so: a full disk when it was
# started, a removed run/guard.pid, socket or run/, a number in it that means another process or nothing; and for another user.
source "$(dirname "$0")/lib.sh"
need setpriv util-linux
[ "$(id -u)" -eq 0 ] || fail "only root mounts a small disk: run this story as root"

small=$work/small
mkdir "$small"
mount -t tmpfs -o size=24m none "$small"
unmount() {
  local code=$?
  "$COFFER" down >/dev/null 2>&1 || true
  umount -l "$small"
  return "$code"
}
trap 'unmount || finish; finish' EXIT
export COFFER_HOME=$small/vault

# guards: the guards of this vault, found without its files.
guards() { pgrep -f -- "--role guard $COFFER_HOME( |\$)"; }
runs() { [ "$(guards | wc -l)" -eq 1 ]; }
# ends: `coffer down` says that it stopped the vault, and nothing is left.
ends() {
  runs || fail "the vault must run"
  timeout 60 "$COFFER" down >"$work/said" || fail "down fails: $(cat "$work/said")"
  grep -q ', stopped$' "$work/said" || fail "down says: $(cat "$work/said")"
  if guards >/dev/null; then fail "the vault runs on"; fi
  "$COFFER" down | grep -q ', was not running$' || fail "nothing runs any more"
}
# unreachable: status says that the vault runs and cannot be reached.
unreachable() {
  status_says "\"state\":\"unresponsive\",\"guard_pid\":$(guards)}" || fail "status says: $("$COFFER" status --json || true)"
}

echo "- started on a full disk"
new_vault
"$COFFER" down >/dev/null
rm "$COFFER_HOME/run/guard.pid"
dd if=/dev/zero of="$small/fill" bs=4k 2>/dev/null || true
"$COFFER" up >/dev/null
[ ! -s "$COFFER_HOME/run/guard.pid" ] || fail "the disk is not full"
ends
rm "$small/fill"

echo "- without run/guard.pid"
"$COFFER" up >/dev/null
rm "$COFFER_HOME/run/guard.pid"
status_says '"state":"unlocked"' || fail "the vault must answer"
ends

echo "- without run/"
"$COFFER" up >/dev/null
rm -r "$COFFER_HOME/run"
unreachable
refuses "$COFFER" up
grep -q "coffer down" "$work/refusal" || fail "up says: $(cat "$work/refusal")"
runs || fail "up must not start a second guard"
refuses "$COFFER" up --foreground
ends

echo "- without the socket"
"$COFFER" up >/dev/null
rm "$COFFER_HOME/run/chip.sock"
unreachable
refuses "$COFFER" up
grep -q "coffer down" "$work/refusal" || fail "up says: $(cat "$work/refusal")"
runs || fail "up must not start a second guard"
ends

echo "- with the number of a guard that was killed, which another process has now"
"$COFFER" up >/dev/null
kill -KILL "$(guards)"
none_left() { ! pgrep -f -- "$COFFER_HOME" >/dev/null; }
eventually 20 none_left || fail "something of the vault lives on"
sleep 600 &
children+=("$!")
successor=$!
for number in "$successor" 1 0 -1 99999999999999999999 'no number' ''; do
  echo "$number" >"$COFFER_HOME/run/guard.pid"
  status_says '"running":false,"state":"stopped"}' || fail "'$number', status says: $("$COFFER" status --json || true)"
  "$COFFER" down | grep -q ', was not running$' || fail "'$number': nothing runs"
done
echo "$successor" >"$COFFER_HOME/run/guard.pid"
"$COFFER" up >/dev/null || fail "up with the number of another process"
[ "$(cat "$COFFER_HOME/run/guard.pid")" = "$(guards)" ] || fail "the file names another process than the guard"
ends
kill -0 "$successor" || fail "another process was ended"

echo "- with another process's number"
"$COFFER" up >/dev/null
sleep 600 &
other=$!
children+=("$other")
echo "$other" >"$COFFER_HOME/run/guard.pid"
"$COFFER" net enable --listen "127.0.0.1:$(free_port)" >/dev/null
kill -0 "$other" 2>/dev/null || fail "another process was signalled"
eventually 20 pgrep -P "$(guards)" -f -- '--role net' >/dev/null || fail "the guard was not told"

echo "- for another user"
refuses setpriv --reuid=65534 --clear-groups "$COFFER" down
grep -q 'may not use the vault' "$work/refusal" || fail "down says: $(cat "$work/refusal")"
ends
kill -0 "$other" 2>/dev/null || fail "another process was ended"
