#!/usr/bin/env bash
# Root reads all ordinary memory of a vault's processes and finds no key of the ladder, no PIN, no passphrase and no key
# that was imported: while everything is in use, after lock, after unlock and after a restart.
source "$(dirname "$0")/lib.sh"
need python3 python3
[ "$(id -u)" -eq 0 ] || fail "only root can read the memory of others: run this story as root"

passphrase="correct horse battery staple $RANDOM$RANDOM"
pin=73$RANDOM$RANDOM
officer_pin=91$RANDOM$RANDOM
umask 077
echo "$passphrase" >"$work/passphrase"
printf %s "$pin" >"$work/pin"
printf %s "$officer_pin" >"$work/so-pin"
"$COFFER" init --root-of-trust passphrase --passphrase-file "$work/passphrase" >/dev/null
"$COFFER" token create kept --pin-file "$work/pin" --so-pin-file "$work/so-pin" >/dev/null
"$COFFER" token create other --pin-file "$work/pin" --so-pin-file "$work/so-pin" >/dev/null

mkdir "$work/copy"
cp "$COFFER_HOME"/store/store.db* "$work/copy/"
"$programs/ladder_keys" "$work/copy/store.db" "$COFFER_HOME/host.key" "$work/passphrase" >"$work/needles"
head -c 32 /dev/urandom >"$work/imported"
{
  echo "passphrase $(printf %s "$passphrase" | xxd -p -c 256)"
  echo "user-pin $(printf %s "$pin" | xxd -p)"
  echo "officer-pin $(printf %s "$officer_pin" | xxd -p)"
  echo "imported-key $(xxd -p -c 64 "$work/imported")"
} >>"$work/needles"

scan() {
  python3 "$(dirname "$0")/memory_scan.py" "$(cat "$COFFER_HOME/run/guard.pid")" "$work/needles" >"$work/scan" ||
    { cat "$work/scan"; fail "$1: a secret lies in memory that root can read"; }
  echo "$1: $(tail -n 1 "$work/scan")"
}
tool() { pkcs11-tool --module "$COFFER_MODULE" --login --pin "$pin" --token-label kept "$@" >/dev/null 2>&1; }

scan "unlocked"
"$programs/key_user" "$COFFER_MODULE" "$pin" import "$(xxd -p -c 64 "$work/imported")" >/dev/null
tool --keypairgen --key-type RSA:2048 --label rsa --id 02
tool --keypairgen --key-type EC:prime256v1 --label ec --id 03
printf 'something to sign' >"$work/text"
use() {
  tool --sign -m SHA256-RSA-PKCS --id 02 -i "$work/text" -o "$work/signature"
  tool --sign -m ECDSA-SHA256 --id 03 -i "$work/text" -o "$work/signature"
}
use
# Somebody uses the imported key all the while, and holds its ring.
mkfifo "$work/ends"
"$programs/key_user" "$COFFER_MODULE" "$pin" encrypt <"$work/ends" >"$work/says" 2>&1 &
children+=("$!")
exec 9>"$work/ends"
eventually 20 grep -q ready "$work/says" || fail "the application does not encrypt"
scan "in use"
exec 9>&-
"$COFFER" lock >/dev/null
scan "locked"
"$COFFER" unlock --passphrase-file "$work/passphrase" >/dev/null
use
scan "unlocked again"
chip=$(pgrep -P "$(cat "$COFFER_HOME/run/guard.pid")" -f 'role chip')
kill -9 "$chip"
eventually 20 status_says '"state": *"locked"'
"$COFFER" unlock --passphrase-file "$work/passphrase" >/dev/null
use
scan "after a crash"
"$COFFER" down >/dev/null
"$COFFER" up >/dev/null
"$COFFER" unlock --passphrase-file "$work/passphrase" >/dev/null
use
scan "after a restart"
