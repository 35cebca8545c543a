#!/usr/bin/env bash
# Yesterday's database copied back is refused with a clear message; there is a documented way out, and it is recorded.
source "$(dirname "$0")/lib.sh"
need pkcs11-tool opensc
new_vault
new_token bank
key() { pkcs11-tool --module "$COFFER_MODULE" --login --pin 1234 "$@"; }
key --keypairgen --key-type EC:prime256v1 --label monday --id 01 >/dev/null
"$COFFER" down
mkdir "$work/yesterday"
cp "$COFFER_HOME"/store/store.db* "$work/yesterday/"
"$COFFER" up
key --keypairgen --key-type EC:prime256v1 --label tuesday --id 02 >/dev/null
"$COFFER" down
mkdir "$work/today"
cp "$COFFER_HOME"/store/store.db* "$work/today/"

put_back() { rm -f "$COFFER_HOME"/store/store.db*; cp "$1"/store.db* "$COFFER_HOME/store/"; }
put_back "$work/yesterday"
"$COFFER" up || true
status_says '"state":"rollback"' || fail "the vault must notice that its store is older"
refuses "$COFFER" ca list
grep -q 'older' "$work/refusal" || { cat "$work/refusal" >&2; fail "the message must say what happened"; }
grep -q 'recover' "$work/refusal" || { cat "$work/refusal" >&2; fail "the message must say what to do"; }
refuses key -O

# The other way out: the newest store, brought back, opens as if nothing had been.
"$COFFER" down
put_back "$work/today"
"$COFFER" up
key -O | grep -q tuesday || fail "the newest store must open"

# The deliberate way: accept what was lost.
"$COFFER" down
put_back "$work/yesterday"
"$COFFER" up || true
"$COFFER" recover --accept-rollback --yes
key -O | grep -q monday || fail "what the older store holds must be there"
if key -O | grep -q tuesday; then fail "what it does not hold must be gone"; fi
grep -qh '"event":"store.accept-rollback"' "$COFFER_HOME"/audit/*.log || fail "the decision must be recorded"
"$COFFER" down
put_back "$work/today"
"$COFFER" up || true
status_says '"state":"rollback"' || fail "the abandoned store must be refused in turn"
