#!/usr/bin/env bash
# OpenSSL reaches a token through pkcs11-provider: keys are made, listed, sign, decrypt, agree, and serve TLS.
source "$(dirname "$0")/lib.sh"
need openssl openssl
need pkcs11-tool opensc
need apt-get apt

# fetch_provider: Debian 12 has the provider in its backports only. A private apt fetches and verifies the package,
# which is unpacked and not installed; the machine's own list of sources stays as it is.
fetch_provider() {
  local to=$1 keys=/usr/share/keyrings/debian-archive-keyring.gpg site
  site=$(apt-get indextargets --format '$(SITE) $(RELEASE)' 'Created-By: Packages' | awk '$2 == "bookworm" { print $1; exit }')
  rm -rf "$to" && mkdir -p "$to/lists/partial" "$to/archives/partial" "$to/files"
  echo "deb [signed-by=$keys] ${site:-http://deb.debian.org/debian} bookworm-backports main" >"$to/sources.list"
  local apt=(apt-get -o "Dir::Etc::sourcelist=$to/sources.list" -o Dir::Etc::sourceparts=/dev/null
    -o "Dir::State::lists=$to/lists" -o "Dir::Cache=$to" -o "APT::Sandbox::User=$(id -un)" -o Acquire::Languages=none)
  "${apt[@]}" update && (cd "$to" && "${apt[@]}" download pkcs11-provider) && dpkg-deb -x "$to"/pkcs11-provider_*.deb "$to/files"
}
provider=$(ls /usr/lib/*/ossl-modules/pkcs11.so 2>/dev/null || true)
if [ -z "$provider" ]; then
  fetched=$COFFER_BUILD/story-provider
  if ! ls "$fetched"/files/usr/lib/*/ossl-modules/pkcs11.so >/dev/null 2>&1; then
    fetch_provider "$fetched" >"$work/said" 2>&1 || { cat "$work/said" >&2; fail "pkcs11-provider cannot be fetched"; }
  fi
  provider=$(ls "$fetched"/files/usr/lib/*/ossl-modules/pkcs11.so)
fi

new_vault
new_token tls
tool=(pkcs11-tool --module "$COFFER_MODULE" --login --pin 1234)
"${tool[@]}" --keypairgen --key-type EC:prime256v1 --label ec --id 01 >/dev/null
"${tool[@]}" --keypairgen --key-type RSA:2048 --label rsa --id 02 >/dev/null
"${tool[@]}" --keypairgen --key-type EC:edwards25519 --label ed --id 03 >/dev/null
cat >"$work/openssl.cnf" <<CONFIG
openssl_conf = init
[init]
providers = providers
[providers]
default = default_provider
pkcs11 = pkcs11_provider
[default_provider]
activate = 1
[pkcs11_provider]
module = $provider
pkcs11-module-path = $COFFER_MODULE
pkcs11-module-token-pin = file:$work/pin
pkcs11-module-encode-provider-uri-to-pem = true
activate = 1
[req]
distinguished_name = name
[name]
CONFIG
with_provider=(env "OPENSSL_CONF=$work/openssl.cnf" openssl)
# run COMMAND...: shows what it said only when it fails.
run() { "$@" >"$work/said" 2>&1 || { cat "$work/said" >&2; fail "$*"; }; }

run "${with_provider[@]}" storeutl -keys pkcs11:token=tls
grep -q 'Total found: 3' "$work/said" || { cat "$work/said" >&2; fail "the provider must list three keys"; }
printf 'what was agreed' >"$work/text"
for key in ec rsa ed; do
  digest=(-digest sha256)
  if [ $key = ed ]; then digest=(); fi
  private="pkcs11:token=tls;object=$key;type=private"
  run "${with_provider[@]}" pkey -pubin -in "pkcs11:token=tls;object=$key;type=public" -pubout -out "$work/$key.pem"
  run "${with_provider[@]}" pkeyutl -sign -rawin "${digest[@]}" -inkey "$private" -in "$work/text" -out "$work/$key.sig"
  run openssl pkeyutl -verify -rawin "${digest[@]}" -pubin -inkey "$work/$key.pem" -in "$work/text" -sigfile "$work/$key.sig"
  run "${with_provider[@]}" req -new -x509 -days 1 -subj /CN=localhost -key "$private" -out "$work/$key.crt"

  port=$(free_port)
  "${with_provider[@]}" s_server -accept "127.0.0.1:$port" -cert "$work/$key.crt" -key "$private" -www >"$work/server-$key.log" 2>&1 &
  server=$!
  children+=($server)
  eventually 60 grep -qs ACCEPT "$work/server-$key.log" || { cat "$work/server-$key.log" >&2; fail "s_server does not listen"; }
  for version in -tls1_2 -tls1_3; do
    run openssl s_client $version -connect "127.0.0.1:$port" -CAfile "$work/$key.crt" -verify_return_error </dev/null
  done
  kill $server
done

# A key whose CKA_ALLOWED_MECHANISMS names RSA-PSS is one of RSA-PSS, beside plain ones, and of whatever even size: its
# certificate says so.
python3 - "$(realpath "$(dirname "$0")")" "$COFFER_MODULE" <<'END'
import sys
sys.path.insert(0, sys.argv[1])
import pkcs11
session = pkcs11.Module(sys.argv[2]).session("tls")
session.login("1234")
pss = b"".join(map(pkcs11.number, (0xD, 0x43, 0x44, 0x45)))
both = dict(TOKEN=True, LABEL="pss", ID=b"\5", ALLOWED_MECHANISMS=pss)
session.generate_pair(0x0, dict(both, MODULUS_BITS=3092, VERIFY=True), dict(both, SIGN=True))
END
pss="pkcs11:token=tls;object=pss;type=private"
run "${with_provider[@]}" req -new -x509 -days 1 -subj /CN=localhost -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:-1 -key "$pss" -out "$work/pss.crt"
run openssl x509 -in "$work/pss.crt" -noout -text
grep -qi 'Public Key Algorithm: rsassaPss' "$work/said" || { cat "$work/said" >&2; fail "an RSA-PSS key must be certified as one"; }
run openssl verify -CAfile "$work/pss.crt" "$work/pss.crt"

oaep=(-pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256 -pkeyopt rsa_mgf1_md:sha256)
run openssl pkeyutl -encrypt -pubin -inkey "$work/rsa.pem" -in "$work/text" -out "$work/sealed" "${oaep[@]}"
run "${with_provider[@]}" pkeyutl -decrypt -inkey 'pkcs11:token=tls;object=rsa;type=private' -in "$work/sealed" -out "$work/opened" "${oaep[@]}"
cmp "$work/text" "$work/opened"

# Two keys agree: one in the token, one in a file.
run openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$work/peer.key"
run openssl pkey -in "$work/peer.key" -pubout -out "$work/peer.pem"
run "${with_provider[@]}" pkeyutl -derive -inkey 'pkcs11:token=tls;object=ec;type=private' -peerkey "$work/peer.pem" -out "$work/here"
run openssl pkeyutl -derive -inkey "$work/peer.key" -peerkey "$work/ec.pem" -out "$work/there"
cmp "$work/here" "$work/there"

# A key made through OpenSSL; its file holds a name, no key.
run "${with_provider[@]}" genpkey -propquery provider=pkcs11 -algorithm EC -pkeyopt ec_paramgen_curve:P-256 \
  -pkeyopt 'pkcs11_uri:pkcs11:token=tls;object=made' -out "$work/made.pem"
grep -q 'BEGIN PKCS#11 PROVIDER URI' "$work/made.pem" || fail "the file must hold the name of the key"
run "${with_provider[@]}" pkeyutl -sign -rawin -digest sha256 -inkey "$work/made.pem" -in "$work/text" -out "$work/made.sig"
run "${with_provider[@]}" pkey -in "$work/made.pem" -pubout -out "$work/made.pub"
run openssl pkeyutl -verify -rawin -digest sha256 -pubin -inkey "$work/made.pub" -in "$work/text" -sigfile "$work/made.sig"
