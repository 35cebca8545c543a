#!/usr/bin/env bash
# Vaults that older builds made (testdata/vaults) open with this one: every object, policy, person, client, authority,
# destroyed key and backup file in them is as it was, and every key computes what it did.
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/stored.sh"
for format in 2 3 4 5 6; do
  echo "format $format: root of trust file"
  unpack_stored "$format"
  "$COFFER" up >/dev/null
  check_file_vault "$(changes)"
  "$COFFER" down >/dev/null
  echo "format $format: root of trust passphrase"
  export COFFER_HOME=$stored/passphrase
  "$COFFER" up >/dev/null
  open_passphrase_vault
  check passphrase objects
  "$COFFER" audit verify >/dev/null
  "$COFFER" down >/dev/null
done
