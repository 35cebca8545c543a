#!/usr/bin/env bash
# A vault on one machine, an application on another: enrol with one command on each side, then keys are made and used
# over TLS by an unmodified module. A client sees its own tokens only.
source "$(dirname "$0")/lib.sh"
need pkcs11-tool opensc
need openssl openssl

new_vault
new_token web
new_token other
port=$(free_port)
"$COFFER" net enable --listen "127.0.0.1:$port" >/dev/null
ticket=$("$COFFER" net enroll-token app1 --token web)

export server_home=$COFFER_HOME
export link_home
trap 'stop_link || finish; finish' EXIT

at_link "$COFFER" link join "$ticket" >/dev/null
at_link "$COFFER" link up >/dev/null
eventually 60 at_link "$COFFER" link status >/dev/null || fail "the link does not come up"

tool() { at_link pkcs11-tool --module "$COFFER_MODULE" "$@"; }
tool --list-token-slots >"$work/slots"
grep -q 'token label *: web' "$work/slots" || fail "the client must see its token"
! grep -q 'token label *: other' "$work/slots" || fail "the client must not see another token"
! grep -qi uninitialized "$work/slots" || fail "the client must not see the free slot"

tool --token-label web --login --pin 1234 --keypairgen --key-type EC:prime256v1 --label k --id 01 >/dev/null 2>&1 ||
  fail "no key pair over the network"
echo "signed far away" >"$work/data"
tool --token-label web --login --pin 1234 --sign --mechanism ECDSA-SHA256 --signature-format openssl --id 01 \
  --input-file "$work/data" --output-file "$work/signature" >/dev/null 2>&1 || fail "no signature over the network"
tool --token-label web --read-object --type pubkey --id 01 --output-file "$work/public.der" >/dev/null 2>&1
openssl dgst -sha256 -verify <(openssl pkey -pubin -inform DER -in "$work/public.der") \
  -signature "$work/signature" "$work/data" >/dev/null || fail "the signature is wrong"
"$COFFER" token list --json | grep -q '"label":"web"' || fail "the key must be in the server's vault"

# What is the owner's stays the owner's.
refuses at_link "$COFFER" lock
refuses at_link "$COFFER" token create more --pin-file "$work/pin" --so-pin-file "$work/so-pin"
refuses at_link "$COFFER" ca create evil --kind ssh-user --principal '*' --max-ttl 1d
refuses at_link "$COFFER" net list
"$COFFER" net list --json | grep -q '"name":"app1"' || fail "the client must be listed"

# A key's policy may name the client; then nobody else uses the key, the owner included.
far_sign() {
  tool --token-label web --login --pin 1234 --sign --mechanism ECDSA-SHA256 --id 01 --input-file "$work/data" \
    --output-file "$work/far" >/dev/null 2>&1
}
near=(--token web --label k --pin-file "$work/pin")
refuses "$COFFER" key policy set "${near[@]}" --principal client:nobody
refuses at_link "$COFFER" key policy set "${near[@]}" --principal client:app1
"$COFFER" key policy set "${near[@]}" --principal client:app1 >/dev/null
far_sign || fail "the policy names this client"
refuses "$COFFER" key sign "${near[@]}" --in "$work/data" -o "$work/near"
"$COFFER" key policy explain "${near[@]}" --use sign --mechanism ecdsa-sha256 --as client:app1 >/dev/null || fail "the client may"
refuses "$COFFER" key policy explain "${near[@]}" --use sign --mechanism ecdsa-sha256
id=$("$COFFER" net list --json | sed 's/.*"name":"app1","id":"\([0-9a-f]*\)".*/\1/')
"$COFFER" key policy show "${near[@]}" --json | grep -q "\"principals\":\[{\"kind\":\"client\",\"id\":\"$id\",\"name\":\"client:app1\"}\]" ||
  fail "the policy must name the client: $("$COFFER" key policy show "${near[@]}" --json)"

# Both ends tell how they are protected.
"$COFFER" status --assurance >"$work/assurance" || true
for each in no_core_dumps no_new_privileges no_file_system system_call_filter; do
  grep -q "net door: $each" "$work/assurance" || fail "the status must tell of the net door's $each"
done
at_link "$COFFER" link status --assurance >"$work/assurance"
for each in no_core_dumps no_new_privileges one_directory system_call_filter; do
  grep -q "^$each" "$work/assurance" || fail "the link's status must tell of its $each"
done
! grep -E '^(net door: )?(no_core_dumps|no_new_privileges|system_call_filter) +off' "$work/assurance" ||
  fail "the link must have what it can have"

# A join token works once.
refuses env COFFER_HOME="$work/second" "$COFFER" link join "$ticket"
grep -q 'spent' "$work/refusal" || fail "the refusal must say that the token is spent"

# One with another server's fingerprint is refused by the client, before the secret is sent.
ticket=$("$COFFER" net enroll-token app2 --token other)
IFS=/ read -r version address authority secret expires <<<"$ticket"
tampered=$(tr '0-9a-f' 'a-f0-9' <<<"$authority")
refuses env COFFER_HOME="$work/second" "$COFFER" link join "$version/$address/$tampered/$secret/$expires"
grep -q 'do not trust' "$work/refusal" || fail "the client must notice a server that it was not told of"
COFFER_HOME=$work/second "$COFFER" link join "$ticket" >/dev/null || fail "the token must not have been spent"

# One that has expired is refused.
ticket=$("$COFFER" net enroll-token app3 --token other --ttl 1s)
read -rt 1.5 <> <(:) || true
refuses env COFFER_HOME="$work/third" "$COFFER" link join "$ticket"

# Revoked: refused at the next request, also for who is connected already.
"$COFFER" net revoke app1 >/dev/null
refuses tool --token-label web --login --pin 1234 --sign --mechanism ECDSA-SHA256 --id 01 --input-file "$work/data"
# Its link says so, and the module that it has no token.
is_told() { at_link "$COFFER" link status >"$work/told"; test $? -eq 4 && grep -q 'down, refused: this client was revoked' "$work/told"; }
eventually 30 is_told || { cat "$work/told" >&2; fail "the link must say that its client was revoked"; }
grep -q 'this client was revoked' "$link_home/log" || fail "the link's log must say so too"
at_link python3 - "$COFFER_MODULE" <<'END' || fail "the module must say that the token is gone"
import ctypes, sys
module = ctypes.CDLL(sys.argv[1])
assert module.C_Initialize(None) == 0
session = ctypes.c_ulong()
answer = module.C_OpenSession(ctypes.c_ulong(0), ctypes.c_ulong(6), None, None, ctypes.byref(session))
assert answer == 0xE0, hex(answer)  # CKR_TOKEN_NOT_PRESENT
END
refuses at_link "$COFFER" token list
grep -q 'link status' "$work/refusal" || { cat "$work/refusal" >&2; fail "the command line must say where to look"; }
"$COFFER" audit show --last 0 --json | grep -q "\"event\":\"key.sign\".*\"principal\":{\"kind\":\"client\",\"id\":\"$id\",\"name\":\"app1\"}" ||
  fail "the audit log must name the client"
"$COFFER" audit show | grep -q 'net.revoke' || fail "the revocation must be in the audit log"
"$COFFER" audit verify >/dev/null
