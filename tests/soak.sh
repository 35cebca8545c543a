#!/usr/bin/env bash
# 64 threads in each of 8 processes sign, encrypt, create, find and generate for a time, half of them over the network, while
# the server is restarted five times and its chip and net door are killed: no call fails, and every result is right.
# usage: soak.sh [SECONDS]   (./check --soak runs it; 600 by default)
source "$(dirname "$0")/lib.sh"
seconds=${1:-600}
processes=${COFFER_SOAK_PROCESSES:-8}
threads=${COFFER_SOAK_THREADS:-64}
restarts=5

new_vault
new_token soak
port=$(free_port)
"$COFFER" net enable --listen "127.0.0.1:$port" >/dev/null
at_link() { COFFER_HOME=$work/link "$@"; }
stop_link() {
  local code=$?
  [ "$code" -eq 0 ] || cat "$work/link/log" "$work"/soak? >&2 2>/dev/null || true
  at_link "$COFFER" link down >/dev/null 2>&1 || true
  return "$code"
}
trap 'stop_link || finish; finish' EXIT
at_link "$COFFER" link join "$("$COFFER" net enroll-token soak --token soak)" >/dev/null
at_link "$COFFER" link up >/dev/null
eventually 60 at_link "$COFFER" link status >/dev/null || fail "the link does not come up"

workers=()
for ((i = 0; i < processes; ++i)); do
  if ((i % 2 == 0)); then home=$COFFER_HOME; else home=$work/link; fi
  COFFER_HOME=$home "$programs/soak" "$COFFER_MODULE" 1234 "soak$i" "$threads" "$seconds" >"$work/soak$i" 2>&1 &
  workers+=($!)
done

is_running() { role_pid "$1" >/dev/null 2>&1; }
for ((i = 1; i <= restarts; ++i)); do
  # A soak lasts; what happens in it comes evenly.
  read -rt $((seconds / (restarts + 2))) <> <(:) || true
  eventually 60 is_running chip || fail "there is no chip"
  case $i in
    2) kill -KILL "$(role_pid chip)" ;;
    4) eventually 60 is_running net && kill -KILL "$(role_pid net)" ;;
  esac
  "$COFFER" down >/dev/null
  "$COFFER" up >/dev/null
  echo "restart $i after $SECONDS s"
done

failures=0
for ((i = 0; i < processes; ++i)); do
  wait "${workers[i]}" || failures=$((failures + 1))
  cat "$work/soak$i"
done
[ "$failures" -eq 0 ] || fail "$failures of $processes processes saw a failure or a wrong result"
"$COFFER" audit verify
