#!/usr/bin/env bash
# The socket admits the vault's owner; anybody else needs a grant or the group coffer, and the audit names who tried.
source "$(dirname "$0")/lib.sh"
need setpriv util-linux
[ "$(id -u)" -eq 0 ] || fail "this story needs root: it acts as another user"
new_vault
stranger=65534
chmod 755 "$work"
# as_stranger COMMAND...: with the vault's home, but no right to start it.
as_stranger() {
  setpriv --reuid "$stranger" --regid "$stranger" --clear-groups "${groups[@]}" \
    env COFFER_HOME="$COFFER_HOME" COFFER_AUTOSTART=0 "$@"
}
groups=()
cp "$COFFER" "$work/coffer-copy" && chmod 755 "$work/coffer-copy"

refuses as_stranger "$work/coffer-copy" ca list
grep -q 'grant' "$work/refusal" || { cat "$work/refusal" >&2; fail "the message must say what to do"; }
eventually 60 grep -qh "connection.refused.*\"uid\":$stranger" "$COFFER_HOME"/audit/*.log || fail "the audit must name the user"

"$COFFER" grant add "$stranger"
as_stranger "$work/coffer-copy" ca list
refuses as_stranger "$work/coffer-copy" lock
refuses as_stranger "$work/coffer-copy" grant add 12345
"$COFFER" grant remove "$stranger"
refuses as_stranger "$work/coffer-copy" ca list

# The group: members are admitted when the vault starts with the group known.
made_group=
if ! getent group coffer >/dev/null; then
  groupadd --system coffer
  made_group=yes
  trap 'groupdel coffer; finish' EXIT
fi
"$COFFER" down
"$COFFER" up
gid=$(getent group coffer | cut -d: -f3)
refuses as_stranger "$work/coffer-copy" ca list
setpriv --reuid "$stranger" --regid "$stranger" --groups "$gid" \
  env COFFER_HOME="$COFFER_HOME" COFFER_AUTOSTART=0 "$work/coffer-copy" ca list
[ -z "$made_group" ] || echo "the group coffer was made for this story and is removed"
