#!/usr/bin/env bash
# One address that opens connections to the net door and says nothing on them, as many as it can and again and again, keeps no
# client of another address out: each connects at once.
source "$(dirname "$0")/lib.sh"
need python3 python3
new_vault
new_token web
port=$(free_port)
"$COFFER" net enable --listen "127.0.0.1:$port" >/dev/null
ticket=$("$COFFER" net enroll-token app1 --token web)

# The crowd: 400 connections from 127.0.0.2; what the door closes is opened anew.
python3 - "$port" "$work/crowd" <<'END' &
import select, socket, sys
port, told = int(sys.argv[1]), sys.argv[2]
def connect():
    one = socket.socket()
    one.bind(("127.0.0.2", 0))
    one.setblocking(False)
    one.connect_ex(("127.0.0.1", port))
    return one
crowd = [connect() for _ in range(400)]
open(told, "w").close()
while True:
    ended = select.select(crowd, [], [], 0.1)[0]
    for one in ended:
        crowd.remove(one)
        one.close()
    crowd += [connect() for _ in ended]
    if ended:
        select.select([], [], [], 0.1)
END
crowd=$!
children+=("$crowd")
eventually 60 test -e "$work/crowd" || fail "the crowd does not come"

# Handshakes from 127.0.0.1, one after the other, each within a link's time for one try.
python3 - "$port" <<'END' || fail "a client was kept out"
import socket, ssl, sys, time
settings = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
settings.check_hostname = False
settings.verify_mode = ssl.CERT_NONE
longest = 0
for number in range(20):
    start = time.monotonic()
    with socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=3) as one:
        one.settimeout(3)
        settings.wrap_socket(one).close()
    longest = max(longest, time.monotonic() - start)
print(f"20 handshakes, the longest took {longest * 1000:.0f} ms")
END
kill -0 "$crowd" || fail "the crowd has left"

# The link, too: it joins, comes up and works while the crowd is there.
trap 'stop_link || finish; finish' EXIT
at_link "$COFFER" link join "$ticket" >/dev/null || fail "a link must be able to join"
at_link "$COFFER" link up >/dev/null
eventually 10 at_link "$COFFER" link status >/dev/null || fail "the link does not come up"
at_link "$COFFER" token list --json | grep -q '"label":"web"' || fail "the link does not work"
kill -0 "$crowd" || fail "the crowd has left"
