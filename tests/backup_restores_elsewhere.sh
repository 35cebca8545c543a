#!/usr/bin/env bash
# A vault is backed up, and comes back on another host (another home, another host.key) by passphrase and by
# custodians: same keys, same PINs with their counts. Whatever is wrong with file, passphrase or share is refused.
source "$(dirname "$0")/lib.sh"
other=$work/other
elsewhere() { "$COFFER" --home "$other" "$@"; }
gone() { elsewhere down >/dev/null; rm -rf "$other"; }

new_vault
new_token web
"$COFFER" key generate p256 --token web --label signer --pin-file "$work/pin" >/dev/null
"$COFFER" ca create people --kind ssh-user --principal ann >/dev/null
printf 'message' >"$work/message"
"$COFFER" key public --token web --label signer -o "$work/public.pem" --pin-file "$work/pin"
(umask 077 && printf 'wrong' >"$work/wrong-pin" && printf 'correct horse' >"$work/pass" && printf 'correct house' >"$work/wrong-pass")
refuses "$COFFER" key sign --token web --label signer --pin-file "$work/wrong-pin" --in "$work/message" -o "$work/s"

echo "- a passphrase"
"$COFFER" backup create "$work/vault.backup" --passphrase-file "$work/pass" --stretch-ms 10 --json | grep -q '"records":' \
  || fail "the backup must say what it holds"
"$COFFER" backup verify "$work/vault.backup" --passphrase-file "$work/pass" | grep -q 'every record opens' || fail "verify"
"$COFFER" backup verify "$work/vault.backup" --without-keys | grep -q 'whole:' || fail "verify without keys"
refuses "$COFFER" backup verify "$work/vault.backup" --passphrase-file "$work/wrong-pass"
refuses elsewhere backup restore "$work/vault.backup" --passphrase-file "$work/wrong-pass"
[ ! -e "$other" ] && [ ! -e "$other.restoring" ] || fail "a refused restoring leaves nothing"
refuses "$COFFER" backup restore "$work/vault.backup" --passphrase-file "$work/pass"
grep -q 'not empty' "$work/refusal" || fail "a vault is never restored over"

elsewhere backup restore "$work/vault.backup" --passphrase-file "$work/pass" >/dev/null
cmp -s "$COFFER_HOME/host.key" "$other/host.key" && fail "the other host must have its own host.key"
elsewhere token list --json | grep -q '"user_tries_left":9' || fail "the count of wrong tries must come along"
elsewhere key sign --token web --label signer --pin-file "$work/pin" --mechanism ecdsa-sha256 --in "$work/message" -o "$work/signature"
openssl dgst -sha256 -verify "$work/public.pem" -signature "$work/signature" "$work/message" >/dev/null \
  || fail "the restored key is another one"
elsewhere ca show people >/dev/null || fail "the authority must come along"
elsewhere audit verify >/dev/null || fail "the new audit log must verify"
elsewhere down >/dev/null
elsewhere up >/dev/null
gone

echo "- damaged files"
bytes=$(stat -c %s "$work/vault.backup")
for place in 3 30 $((bytes / 2)) $((bytes - 3)); do
  cp "$work/vault.backup" "$work/damaged"
  flip "$work/damaged" "$place"
  refuses "$COFFER" backup verify "$work/damaged" --without-keys
  refuses "$COFFER" backup verify "$work/damaged" --passphrase-file "$work/pass"
  refuses elsewhere backup restore "$work/damaged" --passphrase-file "$work/pass"
done
head -c $((bytes - 200)) "$work/vault.backup" >"$work/damaged"
refuses "$COFFER" backup verify "$work/damaged" --without-keys
refuses elsewhere backup restore "$work/damaged" --passphrase-file "$work/pass"
[ ! -e "$other" ] || fail "a damaged file must not make a vault"

echo "- custodians"
"$COFFER" backup create "$work/shared.backup" --custodians 3/5 --shares "$work/shares" >/dev/null
[ "$(ls "$work/shares" | wc -l)" = 5 ] || fail "five shares"
[ "$(stat -c %a "$work/shares/share-1")" = 600 ] || fail "a share is private"
share() { printf -- '--share-file %s ' "${@/#/$work/shares/share-}"; }
# shellcheck disable=SC2046
"$COFFER" backup rehearse "$work/shared.backup" $(share 1 3 5) | grep -q 'these open the backup' || fail "rehearsal"
# shellcheck disable=SC2046
refuses elsewhere backup restore "$work/shared.backup" $(share 1 2)
sed -E '2s/^[a-z]+ /babor /' "$work/shares/share-2" >"$work/shares/share-9"
# shellcheck disable=SC2046
refuses "$COFFER" backup rehearse "$work/shared.backup" $(share 1 9 3)
grep -q 'share 1: good' "$work/refusal" && grep -q 'share 2: damaged' "$work/refusal" || fail "the wrong share must be named"
"$COFFER" down >/dev/null
grep COFFER- "$work/shares/share-4" >"$work/shares/share-8"
# shellcheck disable=SC2046
elsewhere backup verify "$work/shared.backup" $(share 8 2 5) >/dev/null || fail "verify where no vault is"
[ ! -e "$other" ] || fail "verifying must not make a vault"
# shellcheck disable=SC2046
elsewhere backup restore "$work/shared.backup" $(share 8 2 5) >/dev/null
elsewhere key list --token web --pin-file "$work/pin" | grep -q signer || fail "the key must be there"
gone
