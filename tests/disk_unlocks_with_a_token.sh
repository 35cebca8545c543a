#!/usr/bin/env bash
# systemd-cryptenroll gives a LUKS2 image a key slot that a token's RSA key opens; cryptsetup opens it with the PIN.
source "$(dirname "$0")/lib.sh"
PATH=$PATH:/usr/sbin
need systemd-cryptenroll systemd
need cryptsetup cryptsetup-bin
need pkcs11-tool opensc
need certtool gnutls-bin
if [ "${1-}" != inside ]; then
  [ "$(id -u)" -eq 0 ] || fail "this story needs root: it shows p11-kit another list of modules in a mount namespace"
  unshare --mount "$0" inside
  exit
fi
# systemd asks p11-kit, which reads only the system's list of modules when it serves root.
mkdir "$work/modules"
echo "module: $COFFER_MODULE" >"$work/modules/coffer.module"
[ -d /usr/share/p11-kit/modules ] || fail "p11-kit is missing: apt-get install p11-kit-modules"
mount --bind "$work/modules" /usr/share/p11-kit/modules
new_vault
new_token disk
tool=(pkcs11-tool --module "$COFFER_MODULE" --login --pin 1234)
"${tool[@]}" --keypairgen --key-type RSA:2048 --label disk --id 01 >/dev/null
printf 'cn = disk\nexpiration_days = 2\n' >"$work/template"
GNUTLS_PIN=1234 certtool --provider "$COFFER_MODULE" --generate-self-signed --template "$work/template" \
  --load-privkey 'pkcs11:token=disk;object=disk;type=private' --load-pubkey 'pkcs11:token=disk;object=disk;type=public' \
  --outder --outfile "$work/disk.der" 2>"$work/said" || { cat "$work/said" >&2; fail "certtool makes no certificate"; }
"${tool[@]}" --write-object "$work/disk.der" --type cert --id 01 --label disk >/dev/null

truncate -s 20M "$work/image"
printf 'a passphrase' >"$work/passphrase"
cryptsetup luksFormat --type luks2 --pbkdf pbkdf2 --pbkdf-force-iterations 1000 -q "$work/image" "$work/passphrase"
PASSWORD='a passphrase' PIN=1234 systemd-cryptenroll "--pkcs11-token-uri=pkcs11:token=disk;object=disk" "$work/image" \
  >"$work/said" 2>&1 || { cat "$work/said" >&2; fail "the token cannot be enrolled"; }
cryptsetup luksRemoveKey -q "$work/image" "$work/passphrase"
refuses cryptsetup open --test-passphrase --key-file "$work/passphrase" "$work/image"

# unlocks PIN: whether cryptsetup finds the volume key through the token.
unlocks() { printf %s "$1" | cryptsetup open --test-passphrase --token-only --token-type systemd-pkcs11 --verbose "$work/image"; }
unlocks 1234 >"$work/said" 2>&1 || { cat "$work/said" >&2; fail "the token does not unlock the disk"; }
grep -q 'Key slot 1 unlocked' "$work/said" || { cat "$work/said" >&2; fail "another slot was unlocked"; }
refuses unlocks 9999
"${tool[@]}" --delete-object --type privkey --id 01 >/dev/null
refuses unlocks 1234
