#!/usr/bin/env bash
# Who knows no PIN of a token changes nothing in it, not even what is public; and 'coffer key public' prints the public
# half of the private key, whatever public object lies beside it.
source "$(dirname "$0")/lib.sh"
need setpriv util-linux
need pkcs11-tool opensc
need openssl openssl
[ "$(id -u)" -eq 0 ] || fail "this story needs root: it acts as another user"
new_vault
new_token web
guest=65534
"$COFFER" grant add "$guest" --token web
cp "$COFFER_MODULE" "$work/module.so" && chmod 755 "$work/module.so"

tool() { pkcs11-tool --module "$COFFER_MODULE" --token-label web "$@"; }
user() { tool --login --pin 1234 "$@"; }
as_guest() {
  setpriv --reuid "$guest" --regid "$guest" --clear-groups env COFFER_HOME="$COFFER_HOME" COFFER_AUTOSTART=0 \
    pkcs11-tool --module "$work/module.so" --token-label web "$@"
}

user --keypairgen --key-type EC:prime256v1 --label tls --id 01 >/dev/null 2>&1
echo "a certificate request" >"$work/data"
user --sign --mechanism ECDSA-SHA256 --signature-format openssl --id 01 --input-file "$work/data" \
  --output-file "$work/signature" >/dev/null 2>&1
openssl ecparam -name prime256v1 -genkey -noout 2>/dev/null | openssl pkey -pubout -outform DER -out "$work/other.der"

# The guest sees the public key, and neither destroys it nor puts another beside it.
as_guest --list-objects 2>/dev/null | grep -q 'label: *tls' || fail "what is public is seen by who may connect"
refuses as_guest --delete-object --type pubkey --id 01
grep -q 'CKR_USER_NOT_LOGGED_IN' "$work/refusal" || fail "it must say that a login is missing"
refuses as_guest --write-object "$work/other.der" --type pubkey --label tls --id 01
grep -q 'CKR_USER_NOT_LOGGED_IN' "$work/refusal" || fail "making must say that a login is missing"
refuses as_guest --keypairgen --key-type EC:prime256v1 --label more --id 02
refuses as_guest --write-object "$work/data" --type data --label more

# The token's user may. What is printed is the private key's own half all the same, and without that nothing is.
user --delete-object --type pubkey --id 01 >/dev/null 2>&1
user --write-object "$work/other.der" --type pubkey --label tls --id 01 >/dev/null 2>&1
"$COFFER" key public --token web --label tls --pin-file "$work/pin" -o "$work/tls.pem"
openssl dgst -sha256 -verify "$work/tls.pem" -signature "$work/signature" "$work/data" >/dev/null ||
  fail "the printed key must verify what the private one signed"
user --delete-object --type privkey --id 01 >/dev/null 2>&1
refuses "$COFFER" key public --token web --label tls --pin-file "$work/pin"
