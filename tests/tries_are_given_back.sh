#!/usr/bin/env bash
# Ten wrong PINs lock a token's user, officer or operator; the vault's owner gives the tries back, nobody else. A token that
# is being made when everything is killed has both PINs, or is not there.
source "$(dirname "$0")/lib.sh"
seed=${COFFER_STORY_SEED:-$RANDOM}
echo "seed $seed"
RANDOM=$seed
gone_is() { ! kill -0 "$1" 2>/dev/null; }

new_vault
new_token web
(umask 077 && printf 99999999 >"$work/wrong")
"$COFFER" key generate p256 --token web --label signer --pin-file "$work/pin" >/dev/null
# guess COMMAND...: types a wrong PIN until it is locked; refusals to look at it yet count nothing.
guess() { eventually 120 is_locked "$@" || fail "ten wrong PINs must lock"; }
is_locked() {
  refuses "$@"
  grep -qi locked "$work/refusal"
}

echo "- the officer's and the user's tries"
guess "$COFFER" token pin web --so-pin-file "$work/wrong" --pin-file "$work/pin"
guess "$COFFER" key list --token web --pin-file "$work/wrong"
refuses "$COFFER" token pin web --so-pin-file "$work/so-pin" --pin-file "$work/pin"
refuses "$COFFER" key list --token web --pin-file "$work/pin"
"$COFFER" token unlock web --so | grep -q 'security officer' || fail "it must say whose"
refuses "$COFFER" key list --token web --pin-file "$work/pin"
"$COFFER" token unlock web >/dev/null
eventually 60 "$COFFER" key list --token web --pin-file "$work/pin" 2>/dev/null | grep -q signer || fail "the user's PIN is what it was"
(umask 077 && printf 4321 >"$work/new-pin")
eventually 60 "$COFFER" token pin web --so-pin-file "$work/so-pin" --pin-file "$work/new-pin" 2>/dev/null || fail "so is the officer's"
"$COFFER" key list --token web --pin-file "$work/new-pin" | grep -q signer || fail "the user has the new PIN"
[ "$(grep -h '"event":"token.unlock"' "$COFFER_HOME"/audit/*.log | grep -c '"result":"ok"')" = 2 ] || fail "both are in the log"
"$COFFER" audit verify >/dev/null

echo "- everything is killed while a token is made"
for try in 1 2 3 4 5 6 7 8 9 10 11 12; do
  "$COFFER" up >/dev/null
  guard=$(role_pid guard)
  "$COFFER" token create "token-$try" --pin-file "$work/pin" --so-pin-file "$work/so-pin" >/dev/null 2>&1 &
  creating=$!
  # The moment is random on purpose.
  read -rt "0.$(printf %03d $((RANDOM % 250)))" <> <(:) || true
  kill -9 "$creating" "$guard" 2>/dev/null || true
  wait "$creating" 2>/dev/null || true
  eventually 60 gone_is "$guard" || fail "the guard must be gone"
done
"$COFFER" up >/dev/null
made=$("$COFFER" token list --json | grep -o '"user_pin_set":[a-z]*' | sort | uniq -c)
! grep -q false <<<"$made" || fail "tokens without a user's PIN: $made"
echo "  $made"
