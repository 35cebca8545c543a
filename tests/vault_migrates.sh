#!/usr/bin/env bash
# A vault of an older build is migrated by a later one that is killed in the middle of each step, and goes on; everything in
# it is as it was. The older program then meets the newer vault: it says so and touches nothing.
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/stored.sh"
need sqlite3 sqlite3
product=$COFFER
seed=${COFFER_STORY_SEED:-$RANDOM}
echo "seed $seed"
RANDOM=$seed

# as NAME: from now on the program is the next one, under a name that may say where it stops.
as() {
  COFFER=$work/bin/$1
  COFFER_BIN=$COFFER
  [ -e "$COFFER" ] || ln "$work/bin/next" "$COFFER"
}
mkdir "$work/bin"
chmod 755 "$work/bin"
cp "$programs/coffer_next" "$work/bin/next"

format_is() { [ "$(cat "$COFFER_HOME/format")" = "$1" ] || fail "the directory is of format $(cat "$COFFER_HOME/format"), not $1"; }
migrations() { grep -h '"event":"vault.migrate"' "$COFFER_HOME"/audit/*.log | grep -c "\"from\":\"$1\"" || true; }
# header_format: what the realm header in a copy of the store says.
header_format() {
  rm -rf "$work/copy"
  mkdir "$work/copy"
  cp "$COFFER_HOME"/store.db* "$COFFER_HOME"/store/store.db* "$work/copy/" 2>/dev/null || true
  sqlite3 "$work/copy/store.db" "SELECT substr(hex(value), 1, 2) FROM record WHERE hex(key) = '72'" | sed 's/^0//'
}
# killed_at PLACE: starts the next program, which stops in the middle of a step, and kills all of it there.
killed_at() {
  as "next-stops-at-$1"
  : >"$COFFER_HOME/log"
  "$COFFER" up --foreground >>"$COFFER_HOME/log" 2>&1 &
  local guard=$!
  eventually 60 grep -q "half of $1 is done" "$COFFER_HOME/log" || fail "the migration must come to the middle of $1"
  kill -9 "$guard"
  wait "$guard" 2>/dev/null || true
  eventually 60 no_process || fail "the vault's processes must die with the guard"
  echo "  killed in the middle of $1"
}
no_process() { ! pgrep -f -- "^coffer --role [a-z]+ $COFFER_HOME" >/dev/null; }

echo "- killed at any moment by itself, the product's own migration goes on"
migrated=0
for try in 1 2 3 4 5 6; do
  unpack_stored 2
  "$COFFER" up --foreground >>"$COFFER_HOME/log" 2>&1 &
  guard=$!
  # The moment is random on purpose: before the chip has begun, or about when it commits.
  if [ $((try % 2)) = 0 ]; then eventually 60 grep -q 'migrating the vault from format 2' "$COFFER_HOME/log"; fi
  read -rt "0.$(printf %03d $((RANDOM % 40)))" <> <(:) || true
  kill -9 "$guard"
  wait "$guard" 2>/dev/null || true
  eventually 60 no_process || fail "the vault's processes must die with the guard"
  [ "$(header_format)" != 7 ] || migrated=$((migrated + 1))
  "$COFFER" up >/dev/null
  status_says '"state":"unlocked"' || fail "the vault must open"
  "$COFFER" key list --token first --pin-file "$(secret first-pin)" >/dev/null || fail "its keys must be there"
  "$COFFER" audit verify >/dev/null || fail "its audit log must verify"
  "$COFFER" down >/dev/null
  format_is 7
  [ "$(header_format)" = 7 ] || fail "the vault must be of this format"
done
echo "  $migrated of 6 were migrated before the kill"

echo "- what a crash left beside the store of format 3 comes along with it"
"$COFFER" up >/dev/null
"$COFFER" key generate p256 --token first --label acknowledged --pin-file "$(secret first-pin)" >/dev/null
kill -9 "$(role_pid guard)"
eventually 60 no_process || fail "the vault's processes must die with the guard"
[ -s "$COFFER_HOME/store/store.db-wal" ] || fail "the last key must be in the log of the database"
mv "$COFFER_HOME"/store/* "$COFFER_HOME/audit/mark" "$COFFER_HOME/"
rmdir "$COFFER_HOME/store"
echo 3 >"$COFFER_HOME/format"
"$COFFER" up >/dev/null
status_says '"state":"unlocked"' || fail "the vault must open"
"$COFFER" key list --token first --pin-file "$(secret first-pin)" | grep -q acknowledged || fail "the acknowledged key must be there"
[ ! -e "$COFFER_HOME/store.db" ] && [ ! -e "$COFFER_HOME/store.db-shm" ] && [ ! -e "$COFFER_HOME/store.db.lock" ] || fail "nothing stays"
"$COFFER" down >/dev/null

echo "- a store in both places is for people to look at"
cp "$COFFER_HOME/store/store.db" "$COFFER_HOME/store.db"
refuses "$COFFER" up
grep -q 'move away which is not the vault' "$work/refusal" || fail "it must say so: $(cat "$work/refusal")"
[ -e "$COFFER_HOME/store.db" ] && [ -e "$COFFER_HOME/store/store.db" ] || fail "both must be there"
rm "$COFFER_HOME/store.db"

echo "- files are moved: killed in the middle, run again"
unpack_stored 2
[ ! -e "$COFFER_HOME/format" ] || fail "format 2 had no number"
killed_at home-7
format_is 8
[ -e "$COFFER_HOME/config" ] && [ -d "$COFFER_HOME/about" ] || fail "half of the step is done"
[ -e "$COFFER_HOME/store/store.db" ] && [ -e "$COFFER_HOME/audit/mark" ] || fail "the step before is done"
killed_at home-8
format_is 9
[ -e "$COFFER_HOME/about/config" ] || fail "the first step went on"

echo "- the vault is migrated: killed in the middle, run again"
[ "$(header_format)" = 2 ] || fail "the vault itself is untouched so far"
killed_at vault-7
format_is 9
[ "$(header_format)" = 7 ] || fail "the steps before are done, this one is not"
killed_at vault-7
[ "$(header_format)" = 7 ] || fail "still not"
[ "$(migrations 6)" = 1 ] && [ "$(migrations 7)" = 0 ] || fail "what was cut off before its transaction is not in the log"
killed_at vault-8
[ "$(header_format)" = 8 ] || fail "the first of the two is done"
cp -r "$COFFER_HOME" "$work/before"
as next
"$COFFER" up >/dev/null
for from in 2 3 4 5 6 7 8; do [ "$(migrations $from)" = 1 ] || fail "the log must tell of each step once"; done
[ "$(cat "$COFFER_HOME/about-this-vault/config")" = "root_of_trust = file" ] || fail "the file must be where the newest puts it"

echo "- everything in it is as it was"
check_file_vault 1
"$COFFER" down >/dev/null
[ "$(header_format)" = 9 ] || fail "the vault is of the newest format"

echo "- the store of before the migration is refused"
mkdir "$work/newest"
mv "$COFFER_HOME"/store/store.db* "$work/newest/"
cp "$work/before"/store/store.db* "$COFFER_HOME/store/"
"$COFFER" up >/dev/null || true
status_says '"state":"rollback"' || fail "the vault must notice that its store is older"
"$COFFER" down >/dev/null
rm "$COFFER_HOME"/store/store.db*
mv "$work/newest"/* "$COFFER_HOME/store/"
"$COFFER" up >/dev/null
status_says '"state":"unlocked"' || fail "the newest must open"
"$COFFER" down >/dev/null

echo "- an older program touches nothing"
# Names, modes, owners, sizes, times and contents of everything there is.
listing() { (cd "$1" && find . -printf '%p %m %U %G %s %T@ %C@\n' | sort && find . -type f -exec sha256sum {} + | sort); }
untouched() {
  listing "$COFFER_HOME" >"$work/after"
  cmp -s "$work/listing" "$work/after" || fail "$1 has changed: $(diff "$work/listing" "$work/after")"
}
refused_by_older() {
  local code=0
  "$product" "$@" >"$work/refusal" 2>&1 </dev/null || code=$?
  [ "$code" = 7 ] || fail "$* must exit with 7, and not with $code: $(cat "$work/refusal")"
  grep -q 'written by a newer Coffer (format 9; this program knows formats up to 7): use that program' "$work/refusal" ||
    fail "$* must say so: $(cat "$work/refusal")"
  untouched "$*"
}
rm -rf "$COFFER_HOME/run"
listing "$COFFER_HOME" >"$work/listing"
for command in status "status --json" up "up --foreground" down lock "unlock" "token list" "key list" "ca list" "grant list" \
  "audit show" "audit verify" "init" "init --root-of-trust file" "tamper show" "zeroize" "recover --accept-rollback --yes" \
  "net list" "net enable --listen 127.0.0.1:1" "net disable" "link status" "link up" "link down" \
  "backup create $work/none --passphrase-file $(secret backup-passphrase)" \
  "backup verify $stored/backups/passphrase --without-keys" \
  "backup restore $stored/backups/passphrase --passphrase-file $(secret backup-passphrase)"; do
  # shellcheck disable=SC2086
  refused_by_older $command
done
cat "$work/refusal"
[ ! -e "$work/none" ] || fail "no backup is made"
"$product" version >/dev/null && "$product" help >/dev/null || fail "what asks no vault is answered"
# The module would start the vault. It leaves it alone, and runs no program to find that out.
printf '#!/bin/sh\ntouch %s\n' "$work/ran" >"$work/bin/started"
chmod 755 "$work/bin/started"
COFFER_BIN=$work/bin/started COFFER_DEBUG=1 PYTHONPATH=$tree/tests PYTHONDONTWRITEBYTECODE=1 \
  python3 - "$COFFER_MODULE" >"$work/refusal" 2>&1 <<'PYTHON' || fail "the module: $(cat "$work/refusal")"
import sys, pkcs11
module = pkcs11.Module(sys.argv[1])
assert module.slots() == []
for _ in range(3):
    try:
        pkcs11.Session(module, 0)
    except pkcs11.Refusal as refusal:
        assert refusal.name == "TOKEN_NOT_RECOGNIZED", refusal
PYTHON
grep -q 'written by a newer Coffer: use that program' "$work/refusal" || fail "the module must say so: $(cat "$work/refusal")"
[ ! -e "$work/ran" ] || fail "the module must not start the vault"
untouched "the module"
# A link's directory is kept out of an older program's hands in the same way.
echo 9 >"$stored/link-valid/format"
COFFER_HOME=$stored/link-valid
listing "$COFFER_HOME" >"$work/listing"
refused_by_older link up
refused_by_older link status
COFFER_HOME=$stored/file

echo "- without its number a newer vault is refused all the same, by the chip"
cp -r "$COFFER_HOME" "$work/numberless"
rm "$work/numberless/format"
cp "$work/numberless/audit/mark" "$work/mark"
refuses "$product" --home "$work/numberless" up
grep -q 'format that this program does not know: use the Coffer that wrote it' "$work/refusal" || fail "it must say so: $(cat "$work/refusal")"
cmp -s "$work/mark" "$work/numberless/audit/mark" || fail "the mark must stay"
for log in "$COFFER_HOME"/audit/*.log; do cmp -s "$log" "$work/numberless/audit/${log##*/}" || fail "the audit log must stay"; done
"$COFFER" --home "$work/numberless" up >/dev/null
"$COFFER" --home "$work/numberless" token list >/dev/null || fail "the newer program must open it"
"$COFFER" --home "$work/numberless" down >/dev/null

echo "- backups of the newest format"
"$COFFER" backup create "$work/newest.backup" --passphrase-file "$(secret backup-passphrase)" --stretch-ms 10 >/dev/null
"$COFFER" backup verify "$work/newest.backup" --passphrase-file "$(secret backup-passphrase)" >/dev/null
"$COFFER" down >/dev/null
refuses "$product" --home "$work/restored" backup restore "$work/newest.backup" --passphrase-file "$(secret backup-passphrase)"
grep -q 'newer Coffer made this backup' "$work/refusal" || fail "an older program must say so: $(cat "$work/refusal")"
[ ! -e "$work/restored" ] || fail "nothing is restored"

echo "- root of trust passphrase: migrated by the passphrase, not before"
export COFFER_HOME=$stored/passphrase
"$COFFER" up >/dev/null
[ "$(header_format)" = 2 ] || fail "a locked vault stays as it is"
open_passphrase_vault
[ "$(migrations 7)" = 1 ] || fail "it must be migrated when it opens"
check passphrase objects
"$COFFER" audit verify >/dev/null
"$COFFER" down >/dev/null
[ "$(header_format)" = 9 ] || fail "it is of the newest format"
