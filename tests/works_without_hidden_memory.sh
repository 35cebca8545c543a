#!/usr/bin/env bash
# Where the kernel gives no hidden memory a vault works all the same: locked where it may be, told as it is, and as closed to the
# vault's own user as ever.
source "$(dirname "$0")/unreadable.sh"
under=("$programs/deny_memfd_secret")

new_unreadable_vault
coffer status --assurance >"$work/assurance"
grep -qE '^secret_memory +off' "$work/assurance" || fail "the status does not say that memory is not hidden"
coffer status >"$work/status"
for each in status assurance; do
  grep -q '^secret.memory.*secretmem\.enable=1' "$work/$each" || fail "the $each does not say what helps"
done
at_link coffer link status --assurance >"$work/assurance" || true # it may not be connected yet
grep -qE '^secret_memory +off' "$work/assurance" || fail "the link's status does not say that memory is not hidden"

# The chip locks what it may.
chip=$(processes 'role chip')
locked=$(awk '/^VmLck:/ { print $2 }' "/proc/$chip/status")
[ "$locked" -gt 0 ] || fail "the chip has locked nothing"
if [ "$(id -u)" -eq 0 ]; then
  ! grep -q secretmem "/proc/$chip/maps" || fail "the chip has hidden memory"
fi

look
dump
race 1
look
what_waits_is_unreadable

coffer key generate p256 --token kept --label k --pin-file "$work/pin" >/dev/null
key=(--token kept --label k --pin-file "$work/pin" --in "$COFFER_HOME/format")
coffer key sign "${key[@]}" -o "$work/cores/signature" >/dev/null
coffer key verify "${key[@]}" --signature "$work/cores/signature" >/dev/null || fail "the signature is wrong"
