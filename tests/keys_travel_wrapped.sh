#!/usr/bin/env bash
# Keys leave a token wrapped and come in wrapped; the other side is OpenSSL. What must not leave does not.
source "$(dirname "$0")/lib.sh"
need openssl openssl
new_vault
new_token travel
wrapper() { "$programs/key_wrapper" "$COFFER_MODULE" 1234 "$@"; }
hex() { od -An -tx1 -v "$1" | tr -d ' \n'; }

# block KEY-FILE: what OpenSSL makes of a block of zeros with a raw AES key.
block() {
  head -c 16 /dev/zero | openssl enc -aes-256-ecb -nopad -K "$(hex "$1")" | od -An -tx1 -v | tr -d ' \n'
}

wrapper kek kek
wrapper readable plain
wrapper sensitive secret

# Under an RSA key of OpenSSL's: OAEP, and an AES key in between.
openssl genrsa -out "$work/partner.pem" 2048 2>/dev/null
modulus=$(openssl rsa -in "$work/partner.pem" -noout -modulus)
wrapper rsa partner "${modulus#Modulus=}"
oaep=(-pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256 -pkeyopt rsa_mgf1_md:sha256)
wrapper wrap oaep partner plain "$work/oaep"
openssl pkeyutl -decrypt -inkey "$work/partner.pem" "${oaep[@]}" -in "$work/oaep" -out "$work/raw"
[ "$(block "$work/raw")" = "$(wrapper block plain)" ] || fail "OpenSSL unwrapped another key from OAEP"

kwp=(enc -d -id-aes256-wrap-pad -iv A65959A6)
wrapper wrap rsa-aes partner plain "$work/rsa-aes"
head -c 256 "$work/rsa-aes" >"$work/envelope"
tail -c +257 "$work/rsa-aes" >"$work/inside"
openssl pkeyutl -decrypt -inkey "$work/partner.pem" "${oaep[@]}" -in "$work/envelope" -out "$work/temporary"
openssl "${kwp[@]}" -K "$(hex "$work/temporary")" -in "$work/inside" -out "$work/raw"
[ "$(block "$work/raw")" = "$(wrapper block plain)" ] || fail "OpenSSL unwrapped another key from RSA-AES"

# A sensitive key does not leave under a public key that the security officer did not mark as trusted.
refuses wrapper wrap oaep partner secret "$work/none"
grep -q 0x69 "$work/refusal" || fail "a sensitive key must be CKR_KEY_NOT_WRAPPABLE"

# Under a key that wraps only, everything leaves and comes back as the same key.
for mechanism in kw kwp gcm; do
  wrapper wrap "$mechanism" kek secret "$work/$mechanism"
  wrapper unwrap "$mechanism" kek "again-$mechanism" secret "$work/$mechanism"
  [ "$(wrapper block secret)" = "$(wrapper block "again-$mechanism")" ] || fail "$mechanism gave another key back"
  flip "$work/$mechanism" 20
  refuses wrapper unwrap "$mechanism" kek wrong secret "$work/$mechanism"
  grep -q 0x110 "$work/refusal" || fail "a changed $mechanism must be CKR_WRAPPED_KEY_INVALID"
done
refuses wrapper wrap cbc-pad kek secret "$work/none"

# From OpenSSL's side into the token: a raw key, and private keys as PKCS#8.
wrapper rsa-pair inbox
"$COFFER" key public --token travel --pin-file "$work/pin" --label inbox -o "$work/inbox.pem"
head -c 32 /dev/urandom >"$work/new"
openssl pkeyutl -encrypt -pubin -inkey "$work/inbox.pem" "${oaep[@]}" -in "$work/new" -out "$work/new.oaep"
wrapper unwrap oaep inbox new secret "$work/new.oaep"
[ "$(block "$work/new")" = "$(wrapper block new)" ] || fail "the token unwrapped another key from OAEP"

openssl pkcs8 -topk8 -nocrypt -in "$work/partner.pem" -outform DER -out "$work/rsa.p8"
openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt -outform DER -out "$work/ec.p8"
openssl pkeyutl -encrypt -pubin -inkey "$work/inbox.pem" "${oaep[@]}" -in "$work/temporary" -out "$work/envelope"
printf 'what was agreed' >"$work/text"
for kind in rsa ec; do
  openssl enc -id-aes256-wrap-pad -iv A65959A6 -K "$(hex "$work/temporary")" -in "$work/$kind.p8" -out "$work/inside"
  cat "$work/envelope" "$work/inside" >"$work/$kind.wrapped"
  wrapper unwrap rsa-aes inbox "from-$kind" "$kind" "$work/$kind.wrapped"
done
sign=("$COFFER" key sign --token travel --pin-file "$work/pin" --in "$work/text")
"${sign[@]}" --label from-rsa -o "$work/rsa.sig"
openssl rsa -in "$work/partner.pem" -pubout -out "$work/rsa.pub" 2>/dev/null
openssl dgst -sha256 -verify "$work/rsa.pub" -signature "$work/rsa.sig" "$work/text"
"${sign[@]}" --label from-ec -o "$work/ec.sig"
openssl pkey -inform DER -in "$work/ec.p8" -pubout -out "$work/ec.pub"
openssl dgst -sha256 -verify "$work/ec.pub" -signature "$work/ec.sig" "$work/text"

# Each wrapping has its line in the log, before the ciphertext was out.
[ "$("$COFFER" audit show --last 0 --json | grep -c '"key.wrap"')" -ge 5 ] || fail "the log must tell of every wrapping"
