#!/usr/bin/env bash
# A server and two clients on hosts of their own, with a network between them that takes 50 ms each way, loses 5 % and is cut
# twice: each creation is answered and happens once, and a call whose server cannot be reached ends within its bound.
#
# Hosts are network namespaces. Where those are forbidden a proxy on the loopback plays the network; COFFER_STORY_NETWORK
# (namespaces or loopback) decides for one of them.
source "$(dirname "$0")/lib.sh"
need pkcs11-tool opensc
need python3 python3
need ip iproute2
readonly delay=50 loss=5 keys=60
readonly bound=30 # docs/network.md: 29.7 s
readonly slack=10 # for a busy machine, and what the tool does besides
seed=${COFFER_STORY_SEED:-$RANDOM}
hosts=("coffer-s-$$" "coffer-a-$$" "coffer-b-$$")

# Tells whether this machine lets us make hosts: a namespace, and a device in it.
can_make_hosts() {
  [ "$(id -u)" -eq 0 ] && [ -c /dev/net/tun ] && ip netns add "$1" 2>>"$work/why" || return 1
  ip netns exec "$1" ip tuntap add dev probe mode tun 2>>"$work/why"
  local status=$?
  ip netns del "$1"
  return "$status"
}
network=${COFFER_STORY_NETWORK:-}
if [ -z "$network" ]; then
  if can_make_hosts "${hosts[0]}"; then network=namespaces; else network=loopback; fi
fi
case $network in
  namespaces)
    can_make_hosts "${hosts[0]}" || { cat "$work/why" >&2; fail "no network namespaces here: run this as root, with CAP_NET_ADMIN, CAP_SYS_ADMIN and /dev/net/tun"; }
    echo "network: three namespaces, seed $seed" ;;
  loopback)
    echo "network: a proxy on the loopback, seed $seed (namespaces are forbidden here, or COFFER_STORY_NETWORK says so)"
    cat "$work/why" 2>/dev/null || true ;;
  *) fail "COFFER_STORY_NETWORK is namespaces or loopback" ;;
esac

# on HOST COMMAND...: runs a command on a host (0 the server, 1 and 2 the clients).
on() {
  local host=${hosts[$1]}
  shift
  if [ "$network" = namespaces ]; then ip netns exec "$host" "$@"; else "$@"; fi
}
at() { COFFER_HOME=$work/link$1 "${@:2}"; } # at CLIENT COMMAND...: uses the link of a client
tidy() {
  local code=$? each
  if [ "$code" -ne 0 ]; then cat "$work"/link?/log "$work/network" "$work"/made? >&2 2>/dev/null || true; fi
  for each in 1 2; do at "$each" "$COFFER" link down >/dev/null 2>&1 || true; done
  "$COFFER" down >/dev/null 2>&1 || true
  if [ "$network" = namespaces ]; then
    for each in "${hosts[@]}"; do ip netns del "$each" 2>/dev/null || true; done
  fi
  return "$code"
}
trap 'tidy || finish; finish' EXIT

if [ "$network" = namespaces ]; then
  for host in "${hosts[@]}"; do ip netns add "$host"; done
  python3 "$(dirname "$0")/bad_network.py" "$delay" "$loss" "$seed" namespaces \
    "${hosts[0]}=10.77.0.1" "${hosts[1]}=10.77.0.2" "${hosts[2]}=10.77.0.3" >"$work/network" &
  wire=$!
  listen=10.77.0.1:7443 address=10.77.0.1:7443
else
  port=$(free_port)
  proxy_port=$(free_port)
  python3 "$(dirname "$0")/bad_network.py" "$delay" "$loss" "$seed" loopback "$proxy_port" "$port" >"$work/network" &
  wire=$!
  listen=127.0.0.1:$port address=127.0.0.1:$proxy_port
fi
children+=("$wire")
eventually 60 grep -qs ready "$work/network" || fail "the network does not come up"

on 0 "$COFFER" init --root-of-trust file >/dev/null
on 0 "$COFFER" up >/dev/null
new_token web1
new_token web2
"$COFFER" net enable --listen "$listen" >/dev/null
for client in 1 2; do
  ticket=$("$COFFER" net enroll-token "app$client" --token "web$client" --address "$address")
  at "$client" on "$client" "$COFFER" link join "$ticket" >/dev/null || fail "client $client cannot join"
  at "$client" on "$client" "$COFFER" link up >/dev/null
done
is_up() { at "$1" "$COFFER" link status >/dev/null; }
is_down() { ! is_up "$1"; }
both() { "$1" 1 && "$1" 2; }
eventually 60 both is_up || fail "the links do not come up"

# Both clients make keys. Meanwhile the network is silent until the links have noticed, and later a cable is pulled.
makers=()
for client in 1 2; do
  at "$client" "$programs/key_maker" "$COFFER_MODULE" 1234 make 4 "$keys" "$work/keys$client" >"$work/made$client" 2>&1 &
  makers+=($!)
done
acknowledged() { cat "$work"/keys? 2>/dev/null | grep -c ack || true; }
at_least() { [ "$(acknowledged)" -ge "$1" ]; }
has_made_some() { [ "$(grep -cs ack "$work/keys$1" || true)" -ge 10 ]; }
eventually 60 both has_made_some || fail "nothing goes on"
kill -USR1 "$wire"
eventually 60 both is_down || fail "the links do not notice that the network is silent"
kill -USR2 "$wire"
eventually 60 at_least $((keys + 20)) || fail "nothing goes on after the network was silent"
if [ "$network" = namespaces ]; then
  ip -n "${hosts[1]}" link set net0 down
  eventually 60 is_down 1 || fail "the link does not notice a pulled cable"
  ip -n "${hosts[1]}" link set net0 up
fi
for maker in "${makers[@]}"; do wait "$maker" || fail "an application did not survive the network"; done
kill -HUP "$wire"
for client in 1 2; do
  grep -q "$keys keys acknowledged, 0 creations were cut off" "$work/made$client" || fail "client $client was told of the network"
  eventually 60 is_up "$client" || fail "the link of client $client must be back"
  at "$client" "$programs/key_maker" "$COFFER_MODULE" 1234 check "$work/keys$client" >"$work/checked" ||
    { cat "$work/checked" >&2; fail "a key of client $client is gone"; }
  grep -q "$keys acknowledged keys are there and usable; 0 more" "$work/checked" || fail "a creation of client $client happened twice"
done

# The network stays silent: a call ends within its bound, and all is well when it is back.
kill -USR1 "$wire"
before=$SECONDS
refuses at 1 timeout 120 pkcs11-tool --module "$COFFER_MODULE" --token-label web1 --login --pin 1234 --list-objects
[ $((SECONDS - before)) -le $((bound + slack)) ] || fail "a call took $((SECONDS - before)) s"
kill -USR2 "$wire"
eventually 60 both is_up || fail "the links must come back"
at 1 pkcs11-tool --module "$COFFER_MODULE" --token-label web1 --login --pin 1234 --list-objects >/dev/null 2>&1 ||
  fail "the token must be back"
"$COFFER" audit verify >/dev/null
kill "$wire"
wait "$wire" || true
tail -n 1 "$work/network"
grep -q ' lost' "$work/network" && ! grep -qE '(^|, )0 lost' "$work/network" || fail "nothing was lost: this proves nothing"
