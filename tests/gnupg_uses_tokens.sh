#!/usr/bin/env bash
# GnuPG makes an OpenPGP key of a token's RSA key through gnupg-pkcs11-scd, signs with it and decrypts.
source "$(dirname "$0")/lib.sh"
need gpg gpg
need gpg-agent gpg-agent
need gnupg-pkcs11-scd gnupg-pkcs11-scd
need pkcs11-tool opensc
need certtool gnutls-bin
new_vault
new_token pgp
tool=(pkcs11-tool --module "$COFFER_MODULE" --login --pin 1234)
"${tool[@]}" --keypairgen --key-type RSA:2048 --label pgp --id 01 >/dev/null
# The card daemon shows a key by its certificate.
printf 'cn = pgp\nexpiration_days = 2\n' >"$work/template"
GNUTLS_PIN=1234 certtool --provider "$COFFER_MODULE" --generate-self-signed --template "$work/template" \
  --load-privkey 'pkcs11:token=pgp;object=pgp;type=private' --load-pubkey 'pkcs11:token=pgp;object=pgp;type=public' \
  --outder --outfile "$work/pgp.der" 2>"$work/said" || { cat "$work/said" >&2; fail "certtool makes no certificate"; }
"${tool[@]}" --write-object "$work/pgp.der" --type cert --id 01 --label pgp >/dev/null

export GNUPGHOME=$work/gnupg
mkdir -m 700 "$GNUPGHOME"
# The program that asks a person for the PIN.
cat >"$work/pinentry" <<'PROGRAM'
#!/bin/sh
echo OK
while read -r command rest; do
  if [ "$command" = GETPIN ]; then echo D 1234; fi
  echo OK
  if [ "$command" = BYE ]; then exit; fi
done
PROGRAM
chmod +x "$work/pinentry"
printf 'providers coffer\nprovider-coffer-library %s\n' "$COFFER_MODULE" >"$GNUPGHOME/gnupg-pkcs11-scd.conf"
printf 'scdaemon-program %s\npinentry-program %s\n' "$(command -v gnupg-pkcs11-scd)" "$work/pinentry" >"$GNUPGHOME/gpg-agent.conf"
gpg-agent --daemon --quiet
children+=("$(gpg-connect-agent 'GETINFO pid' /bye | sed -n 's/^D //p')")

# run COMMAND...: shows what it said only when it fails.
run() { "$@" >"$work/said" 2>&1 || { cat "$work/said" >&2; fail "$*"; }; }
run gpg-connect-agent LEARN /bye
grip=$(gpg-connect-agent 'SCD LEARN --force' /bye | awk '$2 == "KEYPAIRINFO" { print $3 }')
[ -n "$grip" ] || fail "the card daemon shows no key"
cat >"$work/parameters" <<PARAMETERS
Key-Type: RSA
Key-Grip: $grip
Key-Usage: sign encrypt
Name-Email: pgp@example.org
Expire-Date: 2d
PARAMETERS
run gpg --batch --generate-key "$work/parameters"
printf 'what was agreed' >"$work/text"
run gpg --batch --detach-sign --output "$work/text.sig" "$work/text"
run gpg --batch --verify "$work/text.sig" "$work/text"
grep -q 'Good signature' "$work/said" || { cat "$work/said" >&2; fail "the signature is not good"; }
printf 'what was not agreed' >"$work/other"
refuses gpg --batch --verify "$work/text.sig" "$work/other"
run gpg --batch --trust-model always --encrypt --recipient pgp@example.org --output "$work/sealed" "$work/text"
run gpg --batch --decrypt --output "$work/opened" "$work/sealed"
cmp "$work/text" "$work/opened"

# Without the token's key there is nothing left that signs.
"${tool[@]}" --delete-object --type privkey --id 01 >/dev/null
refuses gpg --batch --detach-sign --output "$work/more.sig" "$work/other"
