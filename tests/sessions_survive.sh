#!/usr/bin/env bash
# Sessions and logins of an application survive fork() and a restart of the chip; the module starts a stopped vault.
source "$(dirname "$0")/lib.sh"
new_vault
new_token lasting
"$programs/sessions_survive" "$COFFER_MODULE" 1234

# COFFER_AUTOSTART=0 keeps the module from starting anything.
"$COFFER" down
refuses env COFFER_AUTOSTART=0 "$programs/sessions_survive" "$COFFER_MODULE" 1234
status_says '"running":false' || fail "nothing may have been started"
