#!/usr/bin/env bash
# Keys on every curve: what Coffer signs, OpenSSL verifies; what pkcs11-tool derives, OpenSSL derives.
source "$(dirname "$0")/lib.sh"
need pkcs11-tool opensc
need openssl openssl
new_vault
new_token web
tool=(pkcs11-tool --module "$COFFER_MODULE" --slot 0 --login --pin 1234)

printf 'what was agreed' >"$work/text"
printf 'what was not agreed' >"$work/other"
for type in p256 p384 p521 secp256k1 brainpoolp256r1 brainpoolp384r1 brainpoolp512r1 ed25519 ed448; do
  "$COFFER" key generate "$type" --token web --label "$type" --pin-file "$work/pin" >/dev/null
  "$COFFER" key public --token web --label "$type" --pin-file "$work/pin" -o "$work/$type.pem"
  "$COFFER" key sign --token web --label "$type" --pin-file "$work/pin" --in "$work/text" -o "$work/$type.sig"
  digest=()
  case $type in
    p384 | brainpoolp384r1) digest=(-digest sha384) ;;
    p521 | brainpoolp512r1) digest=(-digest sha512) ;;
    p* | secp* | brainpool*) digest=(-digest sha256) ;;
  esac
  check=(openssl pkeyutl -verify -rawin "${digest[@]}" -pubin -inkey "$work/$type.pem" -sigfile "$work/$type.sig")
  "${check[@]}" -in "$work/text" >/dev/null || fail "OpenSSL does not verify the signature of $type"
  refuses "${check[@]}" -in "$work/other"
done
"$COFFER" key list --token web --pin-file "$work/pin" >"$work/list"
for type in secp256k1 brainpoolp512r1 ed448; do
  grep -q "$type" "$work/list" || fail "the list must name $type"
done

# ECDH with a key of OpenSSL's, on a curve of each family that pkcs11-tool can name.
id=50
for curve in secp256k1 brainpoolP256r1 brainpoolP512r1; do
  id=$((id + 1))
  "${tool[@]}" --keypairgen --key-type "EC:$curve" --label "ecdh-$curve" --id "$id" --usage-derive >/dev/null
  "$COFFER" key public --token web --label "ecdh-$curve" --pin-file "$work/pin" -o "$work/ours.pem"
  openssl ecparam -name "$curve" -genkey -noout -out "$work/theirs.key"
  openssl pkey -in "$work/theirs.key" -pubout -outform DER -out "$work/theirs.der"
  "${tool[@]}" --derive --mechanism ECDH1-DERIVE --id "$id" -i "$work/theirs.der" -o "$work/ours.secret" >/dev/null
  openssl pkeyutl -derive -inkey "$work/theirs.key" -peerkey "$work/ours.pem" -out "$work/theirs.secret"
  cmp -s "$work/ours.secret" "$work/theirs.secret" || fail "two secrets on $curve differ"
done
