#!/usr/bin/env bash
# coffer init that is killed at any of its changes leaves a vault that opens, or one that the next init makes.
source "$(dirname "$0")/lib.sh"
at_change="$(dirname "$0")/kill_at_change.py"
no_process() { ! pgrep -f -- "^coffer --role [a-z]+ $COFFER_HOME" >/dev/null; }

change=0
was_made=0
while true; do
  change=$((change + 1))
  rm -rf "$COFFER_HOME"
  status=0
  "$at_change" "$COFFER_HOME" "$change" "$COFFER" init || status=$?
  eventually 60 no_process || fail "the vault's processes must be gone"
  [ "$status" != 1 ] || fail "init must succeed when nobody kills it"
  [ "$status" = 9 ] || break
  if ! "$COFFER" init >"$work/said" 2>&1; then
    grep -q 'there is a vault in' "$work/said" || fail "killed at change $change, init says: $(cat "$work/said")"
    "$COFFER" up >"$work/said" 2>&1 || fail "killed at change $change, init says that there is a vault, and up: $(cat "$work/said")"
    was_made=$((was_made + 1))
  fi
  status_says '"state":"unlocked"' || fail "killed at change $change, the vault must be open"
  new_token web
  "$COFFER" down >/dev/null
done
[ "$change" -gt 10 ] || fail "an init has more than $change changes"
echo "killed at each of $((change - 1)) changes; $was_made times the vault was made already"
