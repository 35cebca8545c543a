#!/usr/bin/env bash
# coffer zeroize destroys a vault in two steps; killed at any moment, it goes on at the next start. What stays is the
# audit log, which ends with a signed record.
source "$(dirname "$0")/lib.sh"
seed=${COFFER_STORY_SEED:-$RANDOM}
echo "seed $seed"
RANDOM=$seed
gone_is() { ! kill -0 "$1" 2>/dev/null; }
code_of() { "$COFFER" zeroize --json | sed -E 's/.*"code":"([0-9a-f]+)".*/\1/'; }
is_settled() { "$COFFER" up >"$work/said" 2>&1 || grep -q "run 'coffer init'" "$work/said"; }
nothing_left() {
  local name
  for name in host.key store store.db audit/mark audit/mark.new mark erasing; do
    [ ! -e "$COFFER_HOME/$name" ] || fail "$name is still there"
  done
}

echo "- two steps"
new_vault
new_token web
"$COFFER" key generate p256 --token web --label signer --pin-file "$work/pin" >/dev/null
"$COFFER" backup create "$work/vault.backup" --custodians 2/3 --shares "$work/shares" >/dev/null
cp "$COFFER_HOME/host.key" "$work/host.key"
"$COFFER" zeroize | grep -q '1 tokens with 2 objects' || fail "it must say what would be destroyed"
refuses "$COFFER" zeroize --confirm 0000000000
"$COFFER" key list --token web --pin-file "$work/pin" | grep -q signer || fail "a wrong code destroys nothing"
code=$(code_of)
refuses "$COFFER" zeroize --confirm 0000000000
refuses "$COFFER" zeroize --confirm "$code"
"$COFFER" zeroize --confirm "$(code_of)" | grep -q destroyed || fail "the right code destroys"
nothing_left
status_says '"state":"destroyed"' || fail "status must say it"
grep -q '"vault.erase"' "$COFFER_HOME"/audit/*.log || fail "the erasure must be recorded"
sed -n '/"vault.erase"/,$p' "$COFFER_HOME"/audit/*.log | grep -q audit.checkpoint || fail "the record must be signed"
"$COFFER" audit verify >/dev/null || fail "the log must verify to its end"
refuses "$COFFER" up
grep -q "run 'coffer init'" "$work/refusal" || fail "it must say what to do"

echo "- a new vault in its place, and the backup"
new_vault
"$COFFER" token list --json | grep -q '"label":"web"' && fail "the old token must be gone"
"$COFFER" audit verify >/dev/null || fail "the new vault has a log of its own"
"$COFFER" backup verify "$work/vault.backup" --share-file "$work/shares/share-1" --share-file "$work/shares/share-3" >/dev/null \
  || fail "the backup is what is left"
"$COFFER" zeroize --confirm "$(code_of)" >/dev/null

echo "- killed at any moment"
destroyed=0
for try in 1 2 3 4 5 6 7 8 9 10; do
  new_vault
  new_token web
  guard=$(cat "$COFFER_HOME/run/guard.pid")
  code=$(code_of)
  "$COFFER" zeroize --confirm "$code" >/dev/null 2>&1 &
  confirming=$!
  # The moment is random on purpose.
  python3 -c "import random, time; random.seed($seed + $try); time.sleep(random.uniform(0, 0.12))"
  kill -9 "$guard" 2>/dev/null || true
  kill -9 "$confirming" 2>/dev/null || true
  wait "$confirming" 2>/dev/null || true
  eventually 60 gone_is "$guard" || fail "the guard must be gone"
  eventually 60 is_settled || { cat "$work/said" >&2; fail "the vault must live or be destroyed"; }
  if status_says '"state":"destroyed"'; then
    destroyed=$((destroyed + 1))
  else
    "$COFFER" token list --json | grep -q '"label":"web"' || fail "a vault that lives must be whole"
    "$COFFER" zeroize --confirm "$(code_of)" >/dev/null
  fi
  nothing_left
done
echo "$destroyed of 10 were destroyed before the kill"
refuses "$COFFER" up
