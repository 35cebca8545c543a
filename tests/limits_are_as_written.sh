#!/usr/bin/env bash
# docs/limits.md tells how much the module and the commands take, and what they say beyond it: each of its rows is tried, with as
# much as it says and with one more.
source "$(dirname "$0")/lib.sh"
here=$(realpath "$(dirname "$0")")
new_vault
new_token limits
(umask 077 && for length in 3 4 255 256; do head -c "$length" /dev/zero | tr '\0' p >"$work/pin-of-$length"; done)
"$COFFER" key generate ed25519 --token limits --label signer --pin-file "$work/pin" >/dev/null
"$COFFER" key generate aes256 --token limits --label cipher --pin-file "$work/pin" >/dev/null
"$COFFER" ca create limits --kind ssh-user --principal '*' --extension permit-pty --max-ttl 366d >/dev/null
ssh-keygen -q -t ed25519 -N '' -f "$work/key"
"$COFFER" net enable --listen "127.0.0.1:$(free_port)" >/dev/null
cd "$work"
python3 "$here/limits.py" "$(realpath "$here/../docs/limits.md")" || fail "a limit is not as it is written"
