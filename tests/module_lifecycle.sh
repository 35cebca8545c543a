#!/usr/bin/env bash
# The module is loaded, unloaded, forked, shared by hundreds of threads and left behind, and nothing hangs or crashes.
source "$(dirname "$0")/lib.sh"
new_vault
new_token lifecycle
"$COFFER" key generate p256 --label signer --pin-file "$work/pin" >/dev/null
"$programs/module_lifecycle" "$COFFER_MODULE" 1234
