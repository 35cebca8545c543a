#!/usr/bin/env bash
# Processes of a vault that are stopped and continued, or whose ends their parent ignores, leave a vault that serves, restarts
# and ends as before.
source "$(dirname "$0")/lib.sh"
new_vault
new_token web
"$COFFER" net enable --listen "127.0.0.1:$(free_port)" >/dev/null
serves() { timeout 20 "$COFFER" token list >/dev/null; }
restarts() { [ "$(grep -c 'guard.*starting anew' "$COFFER_HOME/log" || true)" -eq "$1" ]; }
ticks() { awk '{ print $14 + $15 }' "/proc/$1/stat"; } # of processor time, a hundred a second

# hold ROLE: the role stops, and is seen to have stopped. The chip does not: the guard keeps its debug slot.
hold() {
  kill -STOP "$(role_pid "$1")"
  [ "$1" = chip ] || eventually 20 grep -q '^State:[[:space:]]*T' "/proc/$(role_pid "$1")/status" || fail "the $1 does not stop"
}

echo "- stopped and continued"
eventually 20 role_pid net >/dev/null || fail "there is no net door"
for role in store audit chip net; do
  hold "$role"
  kill -CONT "$(role_pid "$role")"
  serves || fail "the vault does not serve after the $role was stopped"
done
restarts 0 || fail "nobody had to be started anew"

echo "- and killed afterwards"
kill -9 "$(role_pid audit)"
eventually 30 restarts 1 || fail "the guard does not see the end of the audit writer"
eventually 30 serves || fail "the vault does not come back"
guard=$(role_pid guard)
before=$(ticks "$guard")
eventually 3 false || true
spent=$(($(ticks "$guard") - before))
[ "$spent" -lt 100 ] || fail "the idle guard uses $spent hundredths of a second of the processor in 3 seconds"
timeout 60 "$COFFER" down >/dev/null || fail "the vault does not end"
[ ! -e "/proc/$guard" ] || fail "the guard runs on"

echo "- children whose ends the starter ignores"
(trap '' CHLD && exec "$COFFER" up >/dev/null)
kill -9 "$(role_pid store)"
eventually 30 restarts 2 || fail "the guard does not see the end of the store broker"
eventually 30 serves || fail "the vault does not come back"
timeout 60 "$COFFER" down >/dev/null || fail "the vault does not end"
