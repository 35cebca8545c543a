#!/usr/bin/env bash
# A PIN is shown to the vault's owner only: where another user's process sits at the socket, or has made the whole vault in a
# directory that everybody may write, neither the command line nor the module says a word to it.
source "$(dirname "$0")/lib.sh"
need setpriv util-linux
need python3 python3
need pkcs11-tool opensc
[ "$(id -u)" -eq 0 ] || fail "this story needs root: it acts as another user"
stranger=65533
as_stranger() { setpriv --reuid "$stranger" --regid "$stranger" --clear-groups "$@"; }
export COFFER_AUTOSTART=0
new_vault
new_token web

# listen PATH: the stranger's process at a socket; what it hears is in $work/heard.
mkdir "$work/stranger" && chown "$stranger:$stranger" "$work/stranger"
listen() {
  setpriv --reuid "$stranger" --regid "$stranger" --clear-groups /usr/bin/python3 - "$1" "$work/stranger/heard" <<'END' &
import os, socket, sys
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o777)
listener.listen()
open(sys.argv[2], "wb").close()
while True:
    connection = listener.accept()[0]
    octets = connection.recv(65536)
    connection.close()
    with open(sys.argv[2], "ab") as heard:
        heard.write(octets)
END
  children+=("$!")
  eventually 30 test -e "$work/stranger/heard" || fail "the stranger does not listen"
}
hears_nothing() {
  refuses "$COFFER" token list
  grep -q "user $stranger" "$work/refusal" || { cat "$work/refusal" >&2; fail "it must say whose process answers"; }
  refuses "$COFFER" status
  refuses pkcs11-tool --module "$COFFER_MODULE" --login --pin 1234 --list-objects
  [ ! -s "$work/stranger/heard" ] || fail "the stranger was told something"
  rm "$work/stranger/heard"
}

# Somebody at the socket of a vault that is another's: here the owner has let everybody write there.
"$COFFER" token list >/dev/null || fail "its owner answers"
mv "$COFFER_HOME/run/chip.sock" "$COFFER_HOME/run/chip.kept"
chmod 777 "$COFFER_HOME/run"
listen "$COFFER_HOME/run/chip.sock"
hears_nothing
# The owner ends and starts the vault, which takes its socket back.
kill "${children[0]}"
"$COFFER" down >/dev/null || fail "the owner must be able to end the vault"
chmod 755 "$COFFER_HOME/run"
"$COFFER" up >/dev/null
"$COFFER" token list >/dev/null || fail "its owner answers again"

# A whole vault of the stranger's, where a demonstration was before the machine started anew.
mkdir -m 1777 "$work/tmp"
export COFFER_HOME=$work/tmp/coffer-demo
as_stranger mkdir -p "$COFFER_HOME/run"
as_stranger touch "$COFFER_HOME/host.key"
listen "$COFFER_HOME/run/chip.sock"
hears_nothing
export COFFER_HOME=$work/vault
