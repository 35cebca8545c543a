#!/usr/bin/env bash
# The network breaks: cut connections cost nobody a request or make one happen twice; a silent network is noticed within
# the stated time; a second server takes over; a killed chip or door and a restarted server cost no creation, and make none
# happen twice.
source "$(dirname "$0")/lib.sh"
need pkcs11-tool opensc
need python3 python3

new_vault
new_token web
port=$(free_port)
"$COFFER" net enable --listen "127.0.0.1:$port" >/dev/null
proxy_port=$(free_port)
python3 "$(dirname "$0")/cutting_proxy.py" "$proxy_port" "$port" 6000 6 >"$work/proxy" &
proxy=$!
children+=("$proxy")
eventually 60 grep -qs ready "$work/proxy"

export link_home=$work/link
at_link() { COFFER_HOME=$link_home "$@"; }
stop_links() {
  local code=$?
  [ "$code" -eq 0 ] || cat "$link_home/log" "$link_home/run/link.json" >&2 || true
  at_link "$COFFER" link down >/dev/null 2>&1 || true
  COFFER_HOME=$work/vault2 "$COFFER" down >/dev/null 2>&1 || true
  return "$code"
}
trap 'stop_links || finish; finish' EXIT
link_is_up() { at_link "$COFFER" link status >/dev/null; }

at_link "$COFFER" link join "$("$COFFER" net enroll-token app --token web --address "127.0.0.1:$proxy_port")" >/dev/null
at_link "$COFFER" link up >/dev/null
eventually 60 link_is_up || fail "the link does not come up"

# 1. Connections are cut while keys are made: every creation is answered, and happens once.
kill -USR1 "$proxy"
at_link "$programs/key_maker" "$COFFER_MODULE" 1234 make 4 300 "$work/keys" >"$work/made" 2>&1 ||
  { cat "$work/made" >&2; fail "a cut connection must not fail an application"; }
grep -q '300 keys acknowledged, 0 creations were cut off' "$work/made" || { cat "$work/made" >&2; fail "a request was lost"; }
[ "$(grep -c cut "$work/proxy")" -eq 6 ] || fail "the connections were cut only $(grep -c cut "$work/proxy") times"
eventually 60 link_is_up
at_link "$programs/key_maker" "$COFFER_MODULE" 1234 check "$work/keys" >"$work/checked"
grep -q '300 acknowledged keys are there and usable; 0 more' "$work/checked" || fail "a creation happened twice"

# 2. The network falls silent: a call ends within the stated time, and all is well afterwards.
kill -STOP "$proxy"
before=$SECONDS
refuses at_link timeout 60 pkcs11-tool --module "$COFFER_MODULE" --token-label web --login --pin 1234 --list-objects
[ $((SECONDS - before)) -le 40 ] || fail "a call hung for $((SECONDS - before)) seconds"
kill -CONT "$proxy"
eventually 60 link_is_up || fail "the link must come back"
at_link pkcs11-tool --module "$COFFER_MODULE" --token-label web --login --pin 1234 --list-objects >/dev/null 2>&1 ||
  fail "the token must be back"

# 3. A second server takes over when the first is down.
export COFFER_HOME=$work/vault2
new_vault
new_token web
port2=$(free_port)
"$COFFER" net enable --listen "127.0.0.1:$port2" >/dev/null
at_link "$COFFER" link join "$("$COFFER" net enroll-token app --token web)" >/dev/null
export COFFER_HOME=$work/vault
at_link "$COFFER" link down >/dev/null
at_link "$COFFER" link up >/dev/null
both_up() { at_link "$COFFER" link status --json | grep -q '"up":true.*"up":true'; }
eventually 60 both_up || fail "the link must reach both servers"
"$COFFER" down >/dev/null
takes_over() { at_link pkcs11-tool --module "$COFFER_MODULE" --token-label web --login --pin 1234 --list-objects >/dev/null 2>&1; }
eventually 60 takes_over || fail "the second server must take over"

# 4. Chip and net door are killed, and the server is restarted, in the middle of creations: each is answered, each happens
# once. The application is not told.
at_link "$programs/key_maker" "$COFFER_MODULE" 1234 make 4 600 "$work/more" >"$work/made" 2>&1 &
maker=$!
export COFFER_HOME=$work/vault2
at_least() { [ "$(grep -sc ack "$work/more")" -ge "$1" ]; }
eventually 60 grep -qs ack "$work/more" || fail "no key is made"
is_running() { role_pid "$1" >/dev/null 2>&1; }
goal=0
for role in chip net chip net chip chip; do
  goal=$((goal + 70))
  eventually 60 at_least "$goal" || fail "nothing goes on before the $role is killed"
  eventually 60 is_running "$role" || fail "there is no $role"
  kill -KILL "$(role_pid "$role")"
done
eventually 60 at_least $((goal + 70)) || fail "nothing goes on after the chip was killed"
"$COFFER" down >/dev/null
"$COFFER" up >/dev/null
wait "$maker" || { cat "$work/made" >&2; fail "the application must survive a restart of the server"; }
grep -q '600 keys acknowledged, 0 creations were cut off' "$work/made" ||
  { cat "$work/made" >&2; fail "the application was told of a restart"; }
at_link "$programs/key_maker" "$COFFER_MODULE" 1234 check "$work/more" >"$work/checked" || fail "an acknowledged key is gone"
grep -q '600 acknowledged keys are there and usable; 0 more' "$work/checked" ||
  { cat "$work/checked" >&2; fail "a creation happened twice"; }
"$COFFER" audit verify >/dev/null
