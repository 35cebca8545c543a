#!/usr/bin/env bash
# What GCM, CCM and ChaCha20-Poly1305 encrypt they decrypt, up to 64 MiB and in every way that PKCS#11 has, here and over a
# network that cuts connections; when a login, a session, the chip or the vault ends in the middle there is an error, no
# wrong octet, and nothing that stays in the chip.
source "$(dirname "$0")/lib.sh"
need python3 python3
here=$(realpath "$(dirname "$0")")
new_vault
new_token texts
texts() { python3 "$here/long_texts.py" 1234 "$@"; }

texts sizes ends locks

port=$(free_port)
"$COFFER" net enable --listen "127.0.0.1:$port" >/dev/null
proxy_port=$(free_port)
python3 "$here/cutting_proxy.py" "$proxy_port" "$port" 9000000 6 >"$work/proxy" &
proxy=$!
children+=("$proxy")
eventually 60 grep -qs ready "$work/proxy"
trap 'stop_link || finish; finish' EXIT
at_link "$COFFER" link join "$("$COFFER" net enroll-token app --token texts --address "127.0.0.1:$proxy_port")" >/dev/null
at_link "$COFFER" link up >/dev/null
eventually 60 at_link "$COFFER" link status >/dev/null || fail "the link does not come up"
kill -USR1 "$proxy"
at_link python3 "$here/long_texts.py" 1234 network ends || { cat "$link_home/log" >&2; fail "long texts over the network"; }
[ "$(grep -c cut "$work/proxy")" -eq 6 ] || fail "the connections were cut only $(grep -c cut "$work/proxy") times"

texts kills
