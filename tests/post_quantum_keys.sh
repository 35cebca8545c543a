#!/usr/bin/env bash
# Post-quantum keys from the command line and through the module: sign, verify, encapsulate, and come back after a restart.
source "$(dirname "$0")/lib.sh"
new_vault
new_token web

printf 'what was agreed' >"$work/text"
printf 'what was not agreed' >"$work/other"
for type in ml-dsa-65 slh-dsa-sha2-128f; do
  "$COFFER" key generate "$type" --token web --label "$type" --pin-file "$work/pin" >/dev/null
  "$COFFER" key sign --token web --label "$type" --pin-file "$work/pin" --in "$work/text" -o "$work/$type.sig"
done
"$COFFER" key generate ml-kem-768 --token web --label kem --pin-file "$work/pin" >/dev/null
"$COFFER" key list --token web --pin-file "$work/pin" >"$work/list"
for type in ml-dsa-65 slh-dsa-sha2-128f ml-kem-768; do
  grep -q "$type" "$work/list" || fail "the list must name $type"
done
refuses "$COFFER" key generate ml-dsa-66 --token web --label odd --pin-file "$work/pin"
refuses "$COFFER" key sign --token web --label kem --pin-file "$work/pin" --in "$work/text" -o "$work/kem.sig"

"$COFFER" down >/dev/null
for type in ml-dsa-65 slh-dsa-sha2-128f; do
  "$COFFER" key verify --token web --label "$type" --in "$work/text" --signature "$work/$type.sig" >/dev/null
  refuses "$COFFER" key verify --token web --label "$type" --in "$work/other" --signature "$work/$type.sig"
done

"$programs/post_quantum" "$COFFER_MODULE" 1234
