#!/usr/bin/env bash
# What an object answers about attributes that nobody gave it is what the specification says, and what SoftHSM answers.
source "$(dirname "$0")/lib.sh"
need softhsm2-util softhsm2
here=$(realpath "$(dirname "$0")")
softhsm=$(ls /usr/lib/softhsm/libsofthsm2.so /usr/lib/*/softhsm/libsofthsm2.so 2>/dev/null | head -n 1)
new_vault
new_token beside
mkdir "$work/softhsm"
printf 'directories.tokendir = %s\nlog.level = ERROR\n' "$work/softhsm" >"$work/softhsm.conf"
export SOFTHSM2_CONF=$work/softhsm.conf
softhsm2-util --init-token --free --label beside --pin 1234 --so-pin 12345678 >/dev/null
python3 "$here/objects_beside_softhsm.py" "$COFFER_MODULE" "$softhsm" 1234 || fail "objects read differently"
