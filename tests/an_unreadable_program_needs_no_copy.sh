#!/usr/bin/env bash
# A program that the vault's user may run and not read makes every process unreadable from its first instruction on, the
# command line too: the vault lives from it without a copy.
source "$(dirname "$0")/unreadable.sh"

# He could give himself the right to read what is his.
cp "$COFFER" "$work/coffer"
if [ "$(id -u)" -eq 0 ]; then chown 65533 "$work/coffer"; fi
chmod 0111 "$work/coffer"
refuses as_user "$work/coffer" init --root-of-trust file
grep -q 'let it belong to root' "$work/refusal" || { cat "$work/refusal"; fail "the program is the user's own"; }
rm -rf "$COFFER_HOME"

[ "$(id -u)" -eq 0 ] || need sudo sudo
as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi; }
COFFER=$work/coffer
make_unreadable() { as_root chown root:root "$COFFER" && as_root chmod 0711 "$COFFER"; }
make_unreadable
! as_user cat "$COFFER" >/dev/null 2>&1 || fail "the program can be read"

new_unreadable_vault
coffer status --assurance >"$work/assurance"
! grep -E '^(.*: )?no_core_dumps +off' "$work/assurance" || fail "a process was readable when it began"
! as_root ls -l "/proc/$(guard)/fd" | grep -q memfd:coffer || fail "there is a copy of the program"
look
dump
race 2
look
what_waits_is_unreadable
debuggers_are_refused

coffer key generate p256 --token kept --label k --pin-file "$work/pin" >/dev/null
key=(--token kept --label k --pin-file "$work/pin" --in "$COFFER_HOME/format")
coffer key sign "${key[@]}" -o "$work/cores/signature" >/dev/null
begin_again() {
  coffer down >/dev/null
  "$@"
  coffer up >/dev/null
  coffer unlock --passphrase-file "$work/passphrase" >/dev/null
}
begin_again true
coffer key verify "${key[@]}" --signature "$work/cores/signature" >/dev/null || fail "the signature is wrong"
coffer audit verify >/dev/null

# Another program is noticed all the same: here one constant is another.
is_noticed() { coffer status --json | grep -q '"signal":"changed-binary"'; }
! is_noticed || fail "the same program is taken for another one"
exchange() {
  as_root sed -i 's/one sandboxed process holds keys/one SANDBOXED process holds keys/' "$COFFER"
  make_unreadable
  coffer help | grep -q SANDBOXED || fail "the program is the same"
}
begin_again exchange
is_noticed || fail "nobody noticed another program"
