#!/usr/bin/env bash
# Java's keytool makes, imports and deletes token keys, jarsigner signs with one, a JVM serves TLS with another, and encrypts 5 MiB.
source "$(dirname "$0")/lib.sh"
need keytool openjdk-17-jdk-headless
need jarsigner openjdk-17-jdk-headless
need openssl openssl
here=$(realpath "$(dirname "$0")")
new_vault
new_token java
cat >"$work/java.cfg" <<CONFIG
name = Coffer
library = $COFFER_MODULE
slotListIndex = 0
CONFIG
token=(-providerClass sun.security.pkcs11.SunPKCS11 -providerArg "$work/java.cfg" -storetype PKCS11 -keystore NONE -storepass 1234)
export JDK_JAVA_OPTIONS='-XX:TieredStopAtLevel=1'

# run COMMAND...: shows what it said only when it fails.
run() { "$@" >"$work/said" 2>&1 || { cat "$work/said" >&2; fail "$*"; }; }
lists() { keytool "${token[@]}" -list 2>/dev/null | grep -q "^$1, $2"; }

run keytool "${token[@]}" -genkeypair -alias web -keyalg RSA -keysize 2048 -dname CN=localhost -validity 2
run keytool "${token[@]}" -genseckey -alias secret -keyalg AES -keysize 256
lists web PrivateKeyEntry || fail "the RSA key is not listed"
lists secret SecretKeyEntry || fail "the AES key is not listed"
refuses keytool -v -providerClass sun.security.pkcs11.SunPKCS11 -providerArg "$work/java.cfg" -storetype PKCS11 \
  -keystore NONE -storepass 9999 -list
grep -q CKR_PIN_INCORRECT "$work/refusal" || fail "a wrong PIN must be CKR_PIN_INCORRECT"

# A certificate from elsewhere for the key, with its chain.
run openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=ca -keyout "$work/ca.key" -out "$work/ca.crt" -days 2
run keytool "${token[@]}" -certreq -alias web -file "$work/web.csr"
run openssl req -in "$work/web.csr" -verify -noout
echo 'subjectAltName = IP:127.0.0.1' >"$work/names"
run openssl x509 -req -in "$work/web.csr" -CA "$work/ca.crt" -CAkey "$work/ca.key" -CAcreateserial -days 2 \
  -extfile "$work/names" -out "$work/web.crt"
cat "$work/web.crt" "$work/ca.crt" >"$work/chain.pem"
run keytool "${token[@]}" -importcert -noprompt -trustcacerts -alias web -file "$work/chain.pem"
[ "$(keytool "${token[@]}" -list -alias web -rfc 2>/dev/null | grep -c BEGIN)" -eq 2 ] || fail "the chain is not in the token"

# A key from a file, and out again.
run openssl pkcs12 -export -inkey "$work/ca.key" -in "$work/ca.crt" -passout pass:123456 -name moved -out "$work/moved.p12"
run keytool -importkeystore -srckeystore "$work/moved.p12" -srcstoretype PKCS12 -srcstorepass 123456 \
  -deststoretype PKCS11 -destkeystore NONE -deststorepass 1234 \
  -providerClass sun.security.pkcs11.SunPKCS11 -providerArg "$work/java.cfg"
lists moved PrivateKeyEntry || fail "the imported key is not listed"
run keytool "${token[@]}" -delete -alias moved
if lists moved PrivateKeyEntry; then fail "the deleted key is still listed"; fi

run java "$here/TokenTls.java" "$work/java.cfg" 1234 "$work/ca.crt" 8 web
[ "$(grep -c '^TLSv1.3 ' "$work/said")" -eq 4 ] || fail "TLS 1.3 did not work four times"
[ "$(grep -c '^TLSv1.2 ' "$work/said")" -eq 4 ] || fail "TLS 1.2 did not work four times"

run keytool "${token[@]}" -genkeypair -alias code -keyalg EC -groupname secp256r1 -dname CN=code -validity 2
printf 'what is shipped' >"$work/file"
run jar cf "$work/shipped.jar" -C "$work" file
run jarsigner "${token[@]}" "$work/shipped.jar" code
run jarsigner -verify "$work/shipped.jar"
grep -q '^jar verified' "$work/said" || fail "the signature of the jar is not good"


# The shared secret of an agreement is the program's, when its configuration says that it is not sensitive.
cp "$work/java.cfg" "$work/agreement.cfg"
echo 'attributes(generate, CKO_SECRET_KEY, CKK_GENERIC_SECRET) = { CKA_SENSITIVE = false }' >>"$work/agreement.cfg"
run java "$here/TokenAgreement.java" "$work/agreement.cfg" 1234
grep -q '^agreed on 32 octets' "$work/said" || fail "no secret was agreed on"

run java "$here/TokenCipher.java" "$work/java.cfg" 1234 secret
grep -q '^decrypted 5242880 octets' "$work/said" || fail "5 MiB were not decrypted"
