#!/usr/bin/env bash
# Processes of a vault that are stopped and continued, or whose ends their parent ignores, leave a vault that serves, restarts
# and ends as before. One that is stopped for good, also under a debugger, is ended and started anew, and no busy one is.
source "$(dirname "$0")/lib.sh"
need strace strace
need findmnt util-linux
[ "$(id -u)" -eq 0 ] || fail "only root freezes the chip: run this story as root"
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
# Whoever has the ended guard's status may be slow to ask for it.
[ ! -e "/proc/$guard" ] || grep -q '^State:[[:space:]]*Z' "/proc/$guard/status" || fail "the guard runs on"

echo "- children whose ends the starter ignores"
(trap '' CHLD && exec "$COFFER" up >/dev/null)
kill -9 "$(role_pid store)"
eventually 30 restarts 2 || fail "the guard does not see the end of the store broker"
eventually 30 serves || fail "the vault does not come back"
timeout 60 "$COFFER" down >/dev/null || fail "the vault does not end"

# hang ROLE WAY: in a vault of its own, the role hangs; the guard, which nobody asks anything, ends it and starts it anew.
hang() (
  children=()
  export COFFER_HOME=$work/hanging-$1
  new_vault
  new_token web
  local process
  process=$(role_pid "$1")
  "$2" "$process"
  eventually 120 restarts 1 || fail "nobody notices that the $1 hangs"
  # What the chip asks for and does not get in ten seconds ends the chip, and with it the others.
  [ "$1" != chip ] || grep -q "does not answer: ending it" "$COFFER_HOME/log" || fail "the $1 ended for another reason"
  if [ -e "/proc/$process" ] && grep -q '^State:[[:space:]]*[TS]' "/proc/$process/status"; then fail "the $1 lives on"; fi
  eventually 60 serves || fail "the vault does not come back after the $1 hung"
  timeout 60 "$COFFER" down >/dev/null || fail "the vault does not end after the $1 hung"
)
stopped() { kill -STOP "$1"; }
debugged() {
  strace -qq -o "$work/trace" -p "$1" &
  eventually 60 grep -q "^TracerPid:[[:space:]]*$!$" "/proc/$1/status" || fail "strace must be able to attach"
  kill -STOP "$1"
}
# The guard holds the chip's debug slot, so that signals do not stop it; the system's freezer does.
freezer=$(findmnt -n -t cgroup2 -o TARGET | head -n 1)/coffer-$$
frozen() {
  mkdir "$freezer"
  echo "$1" >"$freezer/cgroup.procs"
  echo 1 >"$freezer/cgroup.freeze"
}
tidy() {
  local code=$? role
  if [ -d "$freezer" ]; then echo 0 >"$freezer/cgroup.freeze"; fi
  for role in store audit chip; do COFFER_HOME=$work/hanging-$role "$COFFER" down >/dev/null 2>&1 || true; done
  if [ -d "$freezer" ]; then eventually 20 rmdir "$freezer"; fi
  return "$code"
}
trap 'tidy || finish; finish' EXIT

echo "- hanging"
hang store stopped >"$work/store" 2>&1 &
store=$!
hang audit debugged >"$work/audit" 2>&1 &
audit=$!
hang chip frozen >"$work/chip" 2>&1 &
chip=$!
for role in store audit chip; do
  wait "${!role}" || fail "$(cat "$work/$role")"
done
