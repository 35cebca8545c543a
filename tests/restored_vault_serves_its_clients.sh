#!/usr/bin/env bash
# A vault with clients on the network is lost, and restored elsewhere from its backup: the same clients use it with the same
# certificates, and one that was revoked before stays revoked.
source "$(dirname "$0")/lib.sh"
need pkcs11-tool opensc
need openssl openssl

new_vault
new_token web
port=$(free_port)
"$COFFER" net enable --listen "127.0.0.1:$port" >/dev/null
at() { COFFER_HOME=$work/link$1 "${@:2}"; }
stop_all() {
  local code=$? each
  for each in 1 2; do at "$each" "$COFFER" link down >/dev/null 2>&1 || true; done
  COFFER_HOME=$work/restored "$COFFER" down >/dev/null 2>&1 || true
  return "$code"
}
trap 'stop_all || finish; finish' EXIT
is_up() { at "$1" "$COFFER" link status >/dev/null; }
is_down() { ! is_up "$1"; }
tool() { at "$1" pkcs11-tool --module "$COFFER_MODULE" --token-label web --login --pin 1234 "${@:2}"; }

for client in 1 2; do
  at "$client" "$COFFER" link join "$("$COFFER" net enroll-token "app$client" --token web)" >/dev/null
  at "$client" "$COFFER" link up >/dev/null
  eventually 60 is_up "$client" || fail "the link of client $client does not come up"
done
tool 1 --keypairgen --key-type EC:prime256v1 --label k --id 01 >/dev/null 2>&1 || fail "no key pair over the network"
tool 1 --read-object --type pubkey --id 01 --output-file "$work/public.der" >/dev/null 2>&1
"$COFFER" net revoke app2 >/dev/null
(umask 077 && printf 'correct horse' >"$work/pass")
"$COFFER" backup create "$work/vault.backup" --passphrase-file "$work/pass" --stretch-ms 10 >/dev/null
"$COFFER" down >/dev/null
rm -rf "$COFFER_HOME"
eventually 60 is_down 1 || fail "the link must notice"

export COFFER_HOME=$work/restored
"$COFFER" backup restore "$work/vault.backup" --passphrase-file "$work/pass" >/dev/null
"$COFFER" net list --json | grep -q '"name":"app1"' || fail "the clients must come along"
# Where to listen is the new host's business, and no part of a backup.
is_down 1 || fail "a restored vault listens nowhere by itself"
"$COFFER" net enable --listen "127.0.0.1:$port" >/dev/null
eventually 60 is_up 1 || fail "the client must be served by the restored vault"
echo "signed by the restored vault" >"$work/data"
tool 1 --sign --mechanism ECDSA-SHA256 --signature-format openssl --id 01 \
  --input-file "$work/data" --output-file "$work/signature" >/dev/null 2>&1 || fail "no signature by the restored vault"
openssl dgst -sha256 -verify <(openssl pkey -pubin -inform DER -in "$work/public.der") \
  -signature "$work/signature" "$work/data" >/dev/null || fail "the signature is wrong"
refuses tool 2 --list-objects
"$COFFER" audit verify >/dev/null
