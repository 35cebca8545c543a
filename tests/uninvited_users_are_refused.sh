#!/usr/bin/env bash
# The socket admits the vault's owner; anybody else needs a grant or the group coffer, and the audit names who tried.
source "$(dirname "$0")/lib.sh"
need setpriv util-linux
need pkcs11-tool opensc
need python3 python3
[ "$(id -u)" -eq 0 ] || fail "this story needs root: it acts as another user"
new_vault
stranger=65534
chmod 755 "$work"
# as_stranger COMMAND...: with the vault's home, but no right to start it.
as_stranger() {
  setpriv --reuid "$stranger" --regid "$stranger" --clear-groups "${groups[@]}" \
    env COFFER_HOME="$COFFER_HOME" COFFER_AUTOSTART=0 "$@"
}
groups=()
cp "$COFFER" "$work/coffer-copy" && chmod 755 "$work/coffer-copy"

refuses as_stranger "$work/coffer-copy" ca list
grep -q 'grant' "$work/refusal" || { cat "$work/refusal" >&2; fail "the message must say what to do"; }
eventually 60 grep -qh "connection.refused.*\"principal\":{\"kind\":\"user\",[^}]*\"name\":\"$stranger\"}" "$COFFER_HOME"/audit/*.log || fail "the audit must name the user"

"$COFFER" grant add "$stranger"
as_stranger "$work/coffer-copy" ca list
refuses as_stranger "$work/coffer-copy" lock
refuses as_stranger "$work/coffer-copy" grant add 12345

# Which tokens a guest sees: those of the grant, and no others.
new_token theirs
new_token ours
sees() { as_stranger "$work/coffer-copy" token list --json | python3 -c '
import json, sys
print(*sorted(token["label"] for token in json.load(sys.stdin)["tokens"]))'; }
[ "$(sees)" = "" ] || fail "a guest sees: $(sees)"
"$COFFER" grant add "$stranger" --token theirs
[ "$(sees)" = theirs ] || fail "a guest sees: $(sees)"
"$COFFER" grant list | grep -Eq "^$stranger .* 0$" || fail "$("$COFFER" grant list)"
wrong_ones() { "$COFFER" token tries "$1" --json | python3 -c '
import json, sys
print(sum(each["failures"] for each in json.load(sys.stdin)["tries"]))'; }
for _ in 1 2 3; do
  as_stranger pkcs11-tool --module "$COFFER_MODULE" --slot 1 --login --pin wrong --list-objects >"$work/refusal" 2>&1 && fail "a wrong PIN"
done
[ "$(wrong_ones ours)" = 0 ] || fail "wrong PINs at a token that the guest does not see: $(wrong_ones ours)"

# A number is a slot, also where a token is labelled with it.
new_token 1
"$COFFER" grant add "$stranger" --token 1 | grep -q "token 'ours' in slot 1" || fail "1 is a slot"
"$COFFER" grant remove "$stranger" --token 1 >/dev/null
"$COFFER" grant add "$stranger" --token label:1 | grep -q "token '1' in slot 2" || fail "label:1 is a label"
"$COFFER" grant remove "$stranger" --token label:1 >/dev/null
[ "$(sees)" = theirs ] || fail "a guest sees: $(sees)"

# Taken back while the guest is connected: the connection ends, and nothing more is answered on it.
as_stranger python3 -u - "$COFFER_HOME/run/chip.sock" >"$work/guest" 2>&1 <<'PYTHON' &
import socket, struct, sys
peer = socket.socket(socket.AF_UNIX)
peer.connect(sys.argv[1])
hello = struct.pack("<IHHQI", 37, 1, 0, 1, 0) + struct.pack("<IB", 1, 0) + bytes(32)
peer.sendall(hello)
print("greeted", len(peer.recv(4096)) > 0)
peer.settimeout(60)
print("ended", peer.recv(4096) == b"")
PYTHON
guest=$!
eventually 60 grep -q greeted "$work/guest" || fail "$(cat "$work/guest")"
"$COFFER" grant remove "$stranger"
wait "$guest" || fail "$(cat "$work/guest")"
grep -q 'ended True' "$work/guest" || fail "$(cat "$work/guest")"
refuses as_stranger "$work/coffer-copy" ca list

# The group: members are admitted when the vault starts with the group known.
made_group=
if ! getent group coffer >/dev/null; then
  groupadd --system coffer
  made_group=yes
  trap 'groupdel coffer; finish' EXIT
fi
"$COFFER" down
"$COFFER" up
gid=$(getent group coffer | cut -d: -f3)
refuses as_stranger "$work/coffer-copy" ca list
setpriv --reuid "$stranger" --regid "$stranger" --groups "$gid" \
  env COFFER_HOME="$COFFER_HOME" COFFER_AUTOSTART=0 "$work/coffer-copy" ca list

# Not as one of the users that a member can take on beside his own: he would be many.
"$COFFER" down
printf 'somebody:100000:65536\n' >"$work/subuid"
unshare --mount sh -c 'mount --bind "$1" /etc/subuid && exec "$2" up' - "$work/subuid" "$COFFER"
as_member() {
  setpriv --reuid "$1" --regid "$1" --groups "$gid" env COFFER_HOME="$COFFER_HOME" COFFER_AUTOSTART=0 "$work/coffer-copy" ca list
}
as_member "$stranger"
as_member 165536
refuses as_member 165535
refuses as_member 100000
"$COFFER" grant add 100000
as_member 100000
[ -z "$made_group" ] || echo "the group coffer was made for this story and is removed"
