#!/usr/bin/env bash
# Every function with an output keeps to PKCS#11's convention about lengths.
source "$(dirname "$0")/lib.sh"
new_vault
new_token buffers
"$programs/output_buffers" "$COFFER_MODULE" 1234
