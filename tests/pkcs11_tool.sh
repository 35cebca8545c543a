#!/usr/bin/env bash
# pkcs11-tool sets up a token, makes keys of every kind, signs what OpenSSL verifies, and its own test finds no fault.
source "$(dirname "$0")/lib.sh"
need pkcs11-tool opensc
need openssl openssl
new_vault
tool=(pkcs11-tool --module "$COFFER_MODULE")

# A new vault shows one uninitialised slot with a small number; after C_InitToken the next one appears.
[ "$("${tool[@]}" -L | grep -c '^Slot')" -eq 1 ] || fail "a new vault must show one slot"
"${tool[@]}" -L | grep -q 'uninitialized' || fail "the slot must be uninitialised"
"${tool[@]}" --init-token --slot 0 --label web --so-pin 12345678
"${tool[@]}" -L | grep -q '^Slot 1 (0x1)' || fail "the next free slot must appear"
"${tool[@]}" --init-pin --slot 0 --so-pin 12345678 --new-pin 1234 --login --login-type so
login=("${tool[@]}" --slot 0 --login --pin 1234)

refuses "${tool[@]}" --slot 0 --login --pin 9999 -O
grep -q CKR_PIN_INCORRECT "$work/refusal" || fail "a wrong PIN must be CKR_PIN_INCORRECT"

"${login[@]}" --keypairgen --key-type RSA:2048 --label rsa --id 01
"${login[@]}" --keypairgen --key-type EC:prime256v1 --label p256 --id 02
"${login[@]}" --keypairgen --key-type EC:secp384r1 --label p384 --id 03
"${login[@]}" --keypairgen --key-type EC:edwards25519 --label ed --id 04
"${login[@]}" --keygen --key-type AES:32 --label aes --id 05

printf 'what was agreed' >"$work/text"
"${login[@]}" --read-object --type pubkey --id 01 -o "$work/rsa.der"
"${login[@]}" --sign --mechanism SHA256-RSA-PKCS --id 01 -i "$work/text" -o "$work/rsa.sig"
openssl pkey -pubin -inform DER -in "$work/rsa.der" -out "$work/rsa.pem"
openssl dgst -sha256 -verify "$work/rsa.pem" -signature "$work/rsa.sig" "$work/text"
"${login[@]}" --sign --mechanism SHA256-RSA-PKCS-PSS --id 01 -i "$work/text" -o "$work/pss.sig"
openssl dgst -sha256 -sigopt rsa_padding_mode:pss -verify "$work/rsa.pem" -signature "$work/pss.sig" "$work/text"

# pkcs11-tool 0.23 cannot read a P-384 public key, whatever the module; coffer can.
(umask 077 && printf 1234 >"$work/pin")
for key in p256:02 p384:03; do
  "$COFFER" key public --token web --pin-file "$work/pin" --label "${key%:*}" -o "$work/ec.pem"
  "${login[@]}" --sign --mechanism ECDSA-SHA256 --signature-format openssl --id "${key#*:}" -i "$work/text" -o "$work/ec.sig"
  openssl dgst -sha256 -verify "$work/ec.pem" -signature "$work/ec.sig" "$work/text"
done
"${login[@]}" --sign --mechanism EDDSA --id 04 -i "$work/text" -o "$work/ed.sig"
[ "$(stat -c %s "$work/ed.sig")" -eq 64 ] || fail "an Ed25519 signature has 64 octets"
"${login[@]}" --verify --mechanism SHA256-RSA-PKCS --id 01 -i "$work/text" --signature-file "$work/rsa.sig"
printf 'what was not agreed' >"$work/other"
"${login[@]}" --verify --mechanism SHA256-RSA-PKCS --id 01 -i "$work/other" --signature-file "$work/rsa.sig" \
  >"$work/verdict" 2>&1 || true
grep -qi 'invalid' "$work/verdict" || fail "a wrong signature must be called invalid"

# SoftHSM 2.6.1 aborts here, on OAEP with a label.
"${login[@]}" --allow-sw --test 2>&1 | tee "$work/test.log"
grep -q 'No errors' "$work/test.log" || fail "pkcs11-tool --test found errors"
grep -q 'Label) present' "$work/test.log" || fail "OAEP with a label was not tried"

# Changing the PIN: the old one stops working.
"${tool[@]}" --slot 0 --login --pin 1234 --change-pin --new-pin 5678
refuses "${tool[@]}" --slot 0 --login --pin 1234 -O
"${tool[@]}" --slot 0 --login --pin 5678 -O >/dev/null

# The tenth wrong PIN locks; the officer gives a new one.
for _ in 1 2 3 4 5 6 7 8 9 10; do refuses "${tool[@]}" --slot 0 --login --pin 0000 -O; done
refuses "${tool[@]}" --slot 0 --login --pin 5678 -O
grep -q CKR_PIN_LOCKED "$work/refusal" || fail "after ten wrong PINs the token must be locked"
"${tool[@]}" --init-pin --slot 0 --so-pin 12345678 --new-pin 2468 --login --login-type so
"${tool[@]}" --slot 0 --login --pin 2468 --sign --mechanism ECDSA-SHA256 --id 02 -i "$work/text" -o "$work/again.sig"
