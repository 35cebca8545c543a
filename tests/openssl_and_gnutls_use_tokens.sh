#!/usr/bin/env bash
# OpenSSL signs and serves TLS with a token's key through its pkcs11 engine, and GnuTLS lists and uses the same token.
source "$(dirname "$0")/lib.sh"
need openssl openssl
need p11tool gnutls-bin
need pkcs11-tool opensc
ls /usr/lib/*/engines-3/pkcs11.so >/dev/null 2>&1 || fail "the engine is missing: apt-get install libengine-pkcs11-openssl"
new_vault
new_token tls
pkcs11-tool --module "$COFFER_MODULE" --login --pin 1234 --keypairgen --key-type EC:prime256v1 --label server --id 01 >/dev/null
pkcs11-tool --module "$COFFER_MODULE" --login --pin 1234 --keypairgen --key-type RSA:2048 --label rsa --id 02 >/dev/null

GNUTLS_PIN=1234 p11tool --provider "$COFFER_MODULE" --list-all --login 'pkcs11:token=tls' >"$work/list"
for label in server rsa; do grep -q "Label: $label" "$work/list" || fail "p11tool does not list $label"; done
GNUTLS_PIN=1234 p11tool --provider "$COFFER_MODULE" --login --test-sign 'pkcs11:token=tls;object=rsa;type=private'

cat >"$work/openssl.cnf" <<CONFIG
openssl_conf = init
[init]
engines = engines
[engines]
pkcs11 = pkcs11_engine
[pkcs11_engine]
engine_id = pkcs11
MODULE_PATH = $COFFER_MODULE
init = 0
[req]
distinguished_name = name
[name]
CONFIG
export OPENSSL_CONF=$work/openssl.cnf
printf 'what was agreed' >"$work/text"
for key in server rsa; do
  openssl pkeyutl -engine pkcs11 -keyform engine -inkey "pkcs11:token=tls;object=$key;type=private;pin-value=1234" \
    -sign -rawin -digest sha256 -in "$work/text" -out "$work/$key.sig" 2>"$work/engine.log" || { cat "$work/engine.log" >&2; fail "the engine does not sign with $key"; }
  openssl pkey -engine pkcs11 -inform engine -in "pkcs11:token=tls;object=$key;type=public" -pubin -pubout -out "$work/$key.pem" 2>/dev/null
  OPENSSL_CONF=/dev/null openssl dgst -sha256 -verify "$work/$key.pem" -signature "$work/$key.sig" "$work/text"
done

openssl req -new -x509 -days 1 -subj /CN=localhost -engine pkcs11 -keyform engine \
  -key 'pkcs11:token=tls;object=server;type=private;pin-value=1234' -out "$work/server.crt" 2>"$work/engine.log" || { cat "$work/engine.log" >&2; fail "no certificate"; }
port=$(free_port)
openssl s_server -accept "127.0.0.1:$port" -cert "$work/server.crt" -engine pkcs11 -keyform engine \
  -key 'pkcs11:token=tls;object=server;type=private;pin-value=1234' -www >"$work/server.log" 2>&1 &
children+=($!)
eventually 60 grep -q ACCEPT "$work/server.log" || { cat "$work/server.log" >&2; fail "s_server does not listen"; }
for _ in 1 2 3; do
  OPENSSL_CONF=/dev/null openssl s_client -connect "127.0.0.1:$port" -CAfile "$work/server.crt" -verify_return_error \
    </dev/null >"$work/client.log" 2>&1 || { cat "$work/client.log" >&2; fail "the TLS handshake failed"; }
  grep -q 'Verify return code: 0' "$work/client.log" || fail "the certificate was not accepted"
done
