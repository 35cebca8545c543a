#!/usr/bin/env bash
# Symbolic links on the way to a vault are followed once, by whoever starts it: behind them everything works; what leads
# nowhere, round in a circle or into a trap is told by name; and a link that is changed later leads nobody astray.
source "$(dirname "$0")/lib.sh"
[ "$(id -u)" -eq 0 ] || fail "only root makes links for others: run this story as root"

# works: the vault can be used, stopped and started by its present name, from the command line and through the module.
works() {
  "$COFFER" up >/dev/null
  status_says '"state": *"unlocked"' || fail "$1: $("$COFFER" status || true)"
  "$programs/any_program" "$COFFER_MODULE" 1234 signs || fail "$1, through the module"
  "$COFFER" down | grep -q ', stopped$' || fail "$1: down says something else"
  # The module starts it, by whatever name it has.
  "$programs/any_program" "$COFFER_MODULE" 1234 signs || fail "$1, started by the module"
  "$COFFER" down >/dev/null
}

mkdir "$work/real" "$work/real/deep"
ln -s real "$work/link"
ln -s "$work/link/deep" "$work/deeper"

echo "- made behind a link"
export COFFER_HOME=$work/link/vault
new_vault
new_token guest
"$programs/any_program" "$COFFER_MODULE" 1234 makes-the-key
works "behind a link"
COFFER_HOME=$work/real/vault works "by its real name"
COFFER_HOME=$work/deeper/../vault works "with .. behind a link"
(cd "$work" && COFFER_HOME=link/vault works "by a relative name")
(cd "$work/link" && COFFER_HOME=vault works "from a directory behind a link")

echo "- HOME is a link"
for variable in HOME XDG_DATA_HOME; do
  (
    unset COFFER_HOME XDG_DATA_HOME
    export "$variable=$work/link"
    if [ -e /var/lib/coffer/host.key ]; then exit 0; fi
    new_vault
    new_token guest
    "$programs/any_program" "$COFFER_MODULE" 1234 makes-the-key
    works "$variable is a link"
  )
done

echo "- moved, with a link in the old place"
mv "$work/real/vault" "$work/moved"
ln -s "$work/moved" "$work/real/vault"
"$COFFER" up >/dev/null
works "moved"

echo "- a link that is changed while the vault runs"
"$COFFER" up >/dev/null
guard=$(role_pid guard)
mkdir "$work/other"
ln -sfn "$work/other" "$work/real/vault"
COFFER_HOME=$work/moved status_says '"state": *"unlocked"' || fail "the vault ended with its link"
COFFER_HOME=$work/moved "$programs/any_program" "$COFFER_MODULE" 1234 signs || fail "it does not work on"
"$COFFER" down >/dev/null 2>&1 || true # there is no vault
kill -0 "$guard" || fail "the wrong vault was stopped"
[ -z "$(ls -A "$work/other")" ] || fail "the vault wrote where the link leads now"
COFFER_HOME=$work/moved "$COFFER" down | grep -q ', stopped$' || fail "it cannot be stopped by its own name"

echo "- links that lead nowhere"
ln -s nothing "$work/dangling"
ln -s round "$work/round"
for name in dangling dangling/vault round round/vault; do
  for command in "init --root-of-trust file" up status down; do
    # shellcheck disable=SC2086 # words
    COFFER_HOME=$work/$name refuses timeout 20 "$COFFER" $command
    grep -q 'symbolic link' "$work/refusal" || fail "$command at $name says: $(cat "$work/refusal")"
  done
done
[ ! -e "$work/nothing" ] || fail "something was made where a link leads"

echo "- a link of somebody else's, where everybody may make one"
mkdir -m 1777 "$work/shared"
ln -s "$work/moved" "$work/shared/vault"
COFFER_HOME=$work/shared/vault "$COFFER" up >/dev/null
COFFER_HOME=$work/shared/vault works "one's own link in a shared directory"
chown -h 65531 "$work/shared/vault"
COFFER_HOME=$work/shared/vault refuses "$COFFER" up
grep -q "somebody else's symbolic link" "$work/refusal" || fail "the trap is told strangely: $(cat "$work/refusal")"
COFFER_HOME=$work/shared/vault refuses "$programs/any_program" "$COFFER_MODULE" 1234 signs
