#!/usr/bin/env bash
# Coffer does what the mandatory test cases of the PKCS #11 profiles demand, and refuses as the specification says.
source "$(dirname "$0")/lib.sh"
need openssl openssl
scripts=$(cd "$(dirname "$0")/../testdata/profiles" && pwd)
new_vault
new_token profiles
"$COFFER" key generate rsa2048 --label signer --pin-file "$work/pin" >/dev/null

cd "$work"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -subj /CN=root -days 30 \
  -outform DER -out certificate.der 2>/dev/null
printf '\x30\x0f\x31\x0d\x30\x0b\x06\x03\x55\x04\x03\x0c\x04root' >certificate-subject.der
"$programs/profile_runner" "$COFFER_MODULE" 1234 "$scripts"/*.calls
