#!/usr/bin/env bash
# NSS makes an authority and a server's certificate with token keys, serves TLS with them, and signs messages.
source "$(dirname "$0")/lib.sh"
for program in modutil certutil selfserv tstclnt cmsutil; do need $program libnss3-tools; done
need openssl openssl
new_vault
new_token web
printf 1234 >"$work/pin"
nss=sql:$work/nss
mkdir "$work/nss"
# run COMMAND...: shows what it said only when it fails.
run() { "$@" >"$work/said" 2>&1 || { cat "$work/said" >&2; fail "$*"; }; }

run certutil -N -d $nss --empty-password
run modutil -force -dbdir $nss -add coffer -libfile "$COFFER_MODULE" -mechanisms FRIENDLY
run modutil -dbdir $nss -list coffer
grep -q 'Token Name: *web' "$work/said" || fail "modutil does not show the token"

openssl rand -out "$work/noise" 64
certify() { run certutil -d $nss -h web -f "$work/pin" -z "$work/noise" -S -v 2 "$@"; }
# An authority, without a limit for the length of its paths.
certify -n ca -s CN=authority -x -t C,C,C -k rsa -g 2048 -m 1 -2 <<<$'y\n\ny'
certify -n server -s CN=localhost -c web:ca -t ,, -k ec -q nistp256 -m 2 -8 localhost
certify -n rsa -s CN=signer -c web:ca -t ,, -k rsa -g 2048 -m 3 -7 signer@example.org
[ "$(certutil -d $nss -h web -f "$work/pin" -K | grep -c '^<')" -eq 3 ] || fail "certutil must list three private keys"
run certutil -d $nss -h web -f "$work/pin" -V -n web:server -u V
run certutil -d $nss -h web -f "$work/pin" -L -n web:ca -a
cp "$work/said" "$work/ca.crt"
run certutil -d $nss -h web -f "$work/pin" -L -n web:server -a
cp "$work/said" "$work/server.crt"
run openssl verify -CAfile "$work/ca.crt" -verify_hostname localhost "$work/server.crt"

# A server and its clients: NSS and OpenSSL, each handshake signed by the token.
port=$(free_port)
selfserv -d $nss -n web:server -p "$port" -w 1234 -V tls1.2: -v >"$work/selfserv.log" 2>&1 &
children+=($!)
serves() { openssl s_client -connect "127.0.0.1:$port" -CAfile "$work/ca.crt" -verify_return_error -verify_hostname localhost "$@" </dev/null >"$work/client.log" 2>&1; }
eventually 60 serves -tls1_3 || { cat "$work/client.log" "$work/selfserv.log" >&2; fail "no handshake with selfserv"; }
serves -tls1_2 || { cat "$work/client.log" >&2; fail "no TLS 1.2 handshake with selfserv"; }
printf 'GET / HTTP/1.0\r\n\r\n' >"$work/request"
run tstclnt -d $nss -W "$work/pin" -h 127.0.0.1 -a localhost -p "$port" -V tls1.2: -A "$work/request"
grep -q '200 OK' "$work/said" || { cat "$work/said" >&2; fail "tstclnt got no answer"; }

# A signed message, and one for the token alone.
printf 'what was agreed' >"$work/text"
run cmsutil -S -d $nss -f "$work/pin" -N web:rsa -H SHA256 -G -i "$work/text" -o "$work/signed"
run openssl cms -verify -inform DER -in "$work/signed" -CAfile "$work/ca.crt" -purpose any -out "$work/seen"
cmp "$work/text" "$work/seen"
run certutil -d $nss -h web -f "$work/pin" -L -n web:rsa -a
cp "$work/said" "$work/rsa.crt"
run openssl cms -encrypt -aes-256-cbc -outform DER -in "$work/text" -binary -out "$work/sealed" "$work/rsa.crt"
run cmsutil -D -d $nss -f "$work/pin" -i "$work/sealed" -o "$work/opened"
cmp "$work/text" "$work/opened"

run certutil -d $nss -F -f "$work/pin" -n web:rsa
if certutil -d $nss -h web -f "$work/pin" -K | grep -q signer; then fail "the deleted key is still there"; fi
