#!/usr/bin/env bash
# pkcs11-tool's tests of threads, forks and requests find no fault, and p11-kit serves the module to other programs.
source "$(dirname "$0")/lib.sh"
need pkcs11-tool opensc
need p11-kit p11-kit
need p11tool gnutls-bin
need openssl openssl
remote=$(ls /usr/lib/*/pkcs11/p11-kit-client.so) || fail "p11-kit-client.so is missing: apt-get install p11-kit-modules"
new_vault
new_token kit
tool=(pkcs11-tool --module "$COFFER_MODULE" --login --pin 1234)
"${tool[@]}" --keypairgen --key-type RSA:2048 --label rsa --id 01 >/dev/null
"${tool[@]}" --keypairgen --key-type EC:prime256v1 --label p256 --id 02 >/dev/null

# Threads that all initialise the module, beside the main thread at its tests.
threads=(--test-threads INGISLT0 --test-threads ILGISLT0 --test-threads ILSLT0GI --test-threads ILSLT0T0)
"${tool[@]}" --allow-sw --test "${threads[@]}" >"$work/threads.log" 2>&1 || { cat "$work/threads.log" >&2; fail "--test-threads"; }
grep -q 'all threads have ended with CKR_OK' "$work/threads.log" || { cat "$work/threads.log" >&2; fail "a thread failed"; }
grep -q 'No errors' "$work/threads.log" || { cat "$work/threads.log" >&2; fail "the tests beside the threads failed"; }
"${tool[@]}" --test-fork >"$work/fork.log" 2>&1 || { cat "$work/fork.log" >&2; fail "a forked child cannot initialise the module"; }

# A certificate comes and goes again. (Debian's --moz-cert and --test-ec ask for new keys in a read-only session.)
openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=web -keyout "$work/key" -outform DER -out "$work/crt" -days 2 2>/dev/null
"${tool[@]}" --write-object "$work/crt" --type cert --id 03 --label web >/dev/null
"${tool[@]}" --read-object --type cert --id 03 -o "$work/read" 2>/dev/null
cmp "$work/crt" "$work/read"
"${tool[@]}" --delete-object --type cert --id 03
refuses "${tool[@]}" --read-object --type cert --id 03 -o "$work/read"

# p11-kit's server gives the token to programs that cannot see the vault.
export XDG_RUNTIME_DIR=$work/run
mkdir -m 700 "$XDG_RUNTIME_DIR"
p11-kit server --foreground --name "$work/kit.sock" --provider "$COFFER_MODULE" 'pkcs11:token=kit' >"$work/kit.log" 2>&1 &
children+=($!)
eventually 60 test -S "$work/kit.sock" || { cat "$work/kit.log" >&2; fail "p11-kit does not serve"; }
far=(env -u COFFER_HOME "P11_KIT_SERVER_ADDRESS=unix:path=$work/kit.sock")
"${far[@]}" pkcs11-tool --module "$remote" --login --pin 1234 --list-objects --type privkey >"$work/list"
for label in rsa p256; do grep -q "label: *$label\$" "$work/list" || fail "$label is not seen through p11-kit"; done
for key in rsa p256; do
  GNUTLS_PIN=1234 "${far[@]}" p11tool --provider "$remote" --login --test-sign "pkcs11:token=kit;object=$key;type=private" \
    >"$work/sign.log" 2>&1 || { cat "$work/sign.log" >&2; fail "no signature with $key through p11-kit"; }
done
refuses "${far[@]}" pkcs11-tool --module "$remote" --login --pin 9999 --list-objects
grep -q CKR_PIN_INCORRECT "$work/refusal" || fail "a wrong PIN must be CKR_PIN_INCORRECT through p11-kit"
# Many at once: the server makes a process for each.
waiting=()
for i in 1 2 3 4 5 6 7 8; do
  printf %s "$i" >"$work/text$i"
  "${far[@]}" pkcs11-tool --module "$remote" --login --pin 1234 --sign --mechanism SHA256-RSA-PKCS --id 01 \
    -i "$work/text$i" -o "$work/sig$i" >"$work/out$i" 2>&1 &
  waiting+=($!)
done
for child in "${waiting[@]}"; do wait "$child" || { cat "$work"/out* "$work/kit.log" >&2; fail "a signature through p11-kit failed"; }; done
"$COFFER" key public --token kit --pin-file "$work/pin" --label rsa -o "$work/rsa.pem"
for i in 1 2 3 4 5 6 7 8; do
  openssl dgst -sha256 -verify "$work/rsa.pem" -signature "$work/sig$i" "$work/text$i" >/dev/null || fail "signature $i is wrong"
done
