#!/usr/bin/env bash
# The rarer functions of PKCS#11 3.2 do with a real vault what an application expects of them.
source "$(dirname "$0")/lib.sh"
: "${COFFER_MODULE_FUNCTIONS:?the path of the module_functions program}"
new_vault
new_token functions
"$COFFER_MODULE_FUNCTIONS" "$COFFER_MODULE" 1234
