#!/usr/bin/env bash
# The rarer functions of PKCS#11 3.2 do with a real vault what an application expects of them.
source "$(dirname "$0")/lib.sh"
new_vault
new_token functions
"$programs/module_functions" "$COFFER_MODULE" 1234
