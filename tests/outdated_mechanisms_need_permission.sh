#!/usr/bin/env bash
# DES3, MD5, raw RSA and signing with SHA-1: refused and not listed in a new token; once the officer permits them, they
# give what OpenSSL gives; taken back, they are refused again.
source "$(dirname "$0")/lib.sh"
need pkcs11-tool opensc
need openssl openssl
/usr/bin/python3 -c 'import PyKCS11' || fail "PyKCS11 is missing: apt-get install python3-pykcs11"
new_vault
new_token old
tool() { pkcs11-tool --module "$COFFER_MODULE" --login --pin 1234 "$@"; }
tool --keypairgen --key-type RSA:2048 --label rsa --id 01 >/dev/null 2>&1
tool --keypairgen --key-type EC:prime256v1 --label ec --id 02 >/dev/null 2>&1
for id in 01 02; do
  tool --read-object --type pubkey --id $id -o "$work/$id.der" >/dev/null
  openssl pkey -pubin -inform DER -in "$work/$id.der" -out "$work/$id.pem"
done
printf 'what cannot be replaced yet' >"$work/data"
des3=0123456789abcdef23456789abcdef01456789abcdef0123
printf %s "$des3" | xxd -r -p >"$work/des3"
head -c 256 </dev/zero >"$work/block"
printf 'a number' | dd of="$work/block" bs=1 seek=100 conv=notrunc status=none
tool --write-object "$work/des3" --type secrkey --key-type DES3:24 --label des3 --id 03 >/dev/null

sign_sha1_rsa() { tool --sign -m SHA1-RSA-PKCS --id 01 -i "$work/data" -o "$work/rsa.sig"; }
sign_sha1_ec() { tool --sign -m ECDSA-SHA1 --signature-format openssl --id 02 -i "$work/data" -o "$work/ec.sig"; }
sign_raw() { tool --sign -m RSA-X-509 --id 01 -i "$work/block" -o "$work/raw.sig"; }
md5() { tool --hash -m MD5 -i "$work/data" -o "$work/md5"; }
# pkcs11-tool of Debian 12 knows no DES3.
encrypt_des3() {
  /usr/bin/python3 - "$COFFER_MODULE" "$work/block" "$work/des3.enc" <<'PYTHON'
import sys
import PyKCS11
library = PyKCS11.PyKCS11Lib()
library.load(sys.argv[1])
session = library.openSession(library.getSlotList(tokenPresent=True)[0])
session.login("1234")
key = session.findObjects([(PyKCS11.CKA_LABEL, "des3")])[0]
mechanism = PyKCS11.Mechanism(PyKCS11.CKM_DES3_CBC, bytes(range(1, 9)))
try:
    sealed = session.encrypt(key, open(sys.argv[2], "rb").read(), mechanism)
except PyKCS11.PyKCS11Error as error:
    sys.exit(str(error))
open(sys.argv[3], "wb").write(bytes(sealed))
PYTHON
}
make_des3() { tool --keygen --key-type DES3:24 --label made; }
outdated=(sign_sha1_rsa sign_sha1_ec sign_raw md5 encrypt_des3 make_des3)
mechanisms() { pkcs11-tool --module "$COFFER_MODULE" --list-mechanisms; }

all_refused() {
  local each
  for each in "${outdated[@]}"; do
    if "$each" >"$work/out" 2>&1; then fail "$each must be refused $1"; fi
    grep -qE 'CKR_MECHANISM_INVALID|not supported' "$work/out" || fail "$each $1: $(cat "$work/out")"
  done
  mechanisms >"$work/list"
  if grep -qE '^ *(DES3|MD5|RSA-X-509)' "$work/list"; then fail "an outdated mechanism is listed $1"; fi
  if grep -E '^ *(SHA1-RSA-PKCS|ECDSA-SHA1)' "$work/list" | grep -q ' sign'; then fail "SHA-1 signs $1"; fi
  grep -E '^ *SHA1-RSA-PKCS,' "$work/list" | grep -q verify || fail "SHA-1 signatures must be verified $1"
}

all_refused "in a new token"
"$COFFER" token legacy old | grep -q refuses || fail "the command must tell the state"

printf 87654321 >"$work/wrong"
refuses "$COFFER" token legacy old on --so-pin-file "$work/wrong"
all_refused "after a wrong PIN"
"$COFFER" token legacy old on --so-pin-file "$work/so-pin" | grep -q permits || fail "it must say that it is on"
for each in "${outdated[@]}"; do "$each" >"$work/out" 2>&1 || fail "$each: $(cat "$work/out")"; done
openssl dgst -sha1 -verify "$work/01.pem" -signature "$work/rsa.sig" "$work/data" >/dev/null || fail "RSA with SHA-1"
openssl dgst -sha1 -verify "$work/02.pem" -signature "$work/ec.sig" "$work/data" >/dev/null || fail "ECDSA with SHA-1"
openssl pkeyutl -verifyrecover -pubin -inkey "$work/01.pem" -pkeyopt rsa_padding_mode:none -in "$work/raw.sig" |
  cmp - "$work/block" || fail "raw RSA"
openssl dgst -md5 -binary "$work/data" | cmp - "$work/md5" || fail "MD5"
openssl enc -des-ede3-cbc -nopad -K "$des3" -iv 0102030405060708 -in "$work/block" | cmp - "$work/des3.enc" || fail "DES3"
openssl pkeyutl -encrypt -pubin -inkey "$work/01.pem" -pkeyopt rsa_padding_mode:none -in "$work/block" -out "$work/raw.enc"
tool --decrypt -m RSA-X-509 --id 01 -i "$work/raw.enc" -o "$work/raw.dec" >/dev/null 2>&1
cmp "$work/raw.dec" "$work/block" || fail "raw decryption"
mechanisms >"$work/list"
for each in DES3-CBC DES3-ECB MD5 RSA-X-509; do grep -q "^ *$each" "$work/list" || fail "$each must be listed"; done

# Durable: the vault is stopped and started in between.
"$COFFER" down && "$COFFER" up
sign_sha1_rsa >/dev/null 2>&1 || fail "the permission must outlive the vault's processes"
test "$("$COFFER" token legacy old --json)" = '{"slot":0,"label":"old","legacy":true}' || fail "JSON"
"$COFFER" token legacy old off --so-pin-file "$work/so-pin" >/dev/null
all_refused "when it was taken back"
test "$("$COFFER" audit show --last 0 | grep -c token.legacy)" -eq 2 || fail "both changes must be in the log"
