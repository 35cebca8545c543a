#!/usr/bin/env bash
# Every function with an output keeps to PKCS#11's convention about lengths.
source "$(dirname "$0")/lib.sh"
: "${COFFER_OUTPUT_BUFFERS:?the path of the output_buffers program}"
new_vault
new_token buffers
"$COFFER_OUTPUT_BUFFERS" "$COFFER_MODULE" 1234
