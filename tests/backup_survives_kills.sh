#!/usr/bin/env bash
# Whatever is killed while a backup is made or restored, and when the disk is full: there is a whole file or none, a
# whole vault or none, and the vault that is backed up goes on.
source "$(dirname "$0")/lib.sh"
seed=${COFFER_STORY_SEED:-$RANDOM}
echo "seed $seed"
other=$work/other
elsewhere() { "$COFFER" --home "$other" "$@"; }
# killed SECONDS COMMAND...: runs the command and kills it after a random part of the time.
tries=0
killed() {
  tries=$((tries + 1))
  local most=$1 process
  shift
  "$@" >/dev/null 2>&1 &
  process=$!
  # The moment is random on purpose.
  python3 -c "import random, time; random.seed($seed + $tries); time.sleep(random.uniform(0, $most))"
  kill -9 "$process" 2>/dev/null || true
  wait "$process" 2>/dev/null || true
}
new_vault
new_token web
"$programs/key_maker" "$COFFER_MODULE" 1234 make 4 200 "$work/keys"
(umask 077 && printf 'correct horse' >"$work/pass")
create=("$COFFER" backup create "$work/vault.backup" --passphrase-file "$work/pass" --stretch-ms 10)
verify=("$COFFER" backup verify "$work/vault.backup" --passphrase-file "$work/pass")

echo "- creating, the command killed"
for _ in 1 2 3 4 5 6; do
  killed 0.3 "${create[@]}"
  if [ -e "$work/vault.backup" ]; then
    "${verify[@]}" >/dev/null || fail "a file that is there must be whole"
    rm "$work/vault.backup"
  fi
done
echo "- creating, the chip killed"
"${create[@]}" >/dev/null 2>&1 &
creating=$!
kill -9 "$(role_pid chip)"
wait "$creating" || true
[ ! -e "$work/vault.backup" ] || "${verify[@]}" >/dev/null || fail "a file that is there must be whole"
eventually 60 "${create[@]}" >/dev/null || fail "the vault must go on"
"${verify[@]}" >/dev/null || fail "a good backup"

echo "- creating on a full disk"
mkdir "$work/small"
unshare -rm sh -c 'mount -t tmpfs -o size=48k none "$1" && shift && "$@"' sh "$work/small" sh -c \
  '! "$0" backup create "$1/vault.backup" --passphrase-file "$2" --stretch-ms 10 2>"$1/../full" && [ -z "$(ls "$1")" ]' \
  "$COFFER" "$work/small" "$work/pass" || fail "a full disk must leave nothing behind"
grep -qi 'full\|room' "$work/full" || fail "it must say that the disk is full: $(cat "$work/full")"

echo "- restoring, the command killed"
restore=("$COFFER" --home "$other" backup restore "$work/vault.backup" --passphrase-file "$work/pass")
for _ in 1 2 3 4 5 6; do
  killed 0.8 "${restore[@]}"
  if [ -e "$other" ]; then
    COFFER_HOME=$other "$programs/key_maker" "$COFFER_MODULE" 1234 check "$work/keys" \
      || fail "a vault that is there must be whole"
    elsewhere down >/dev/null
    rm -rf "$other"
  fi
done
"${restore[@]}" >/dev/null || fail "after all that a restoring must succeed"
[ ! -e "$other.restoring" ] || fail "nothing must be left beside it"
COFFER_HOME=$other "$programs/key_maker" "$COFFER_MODULE" 1234 check "$work/keys" || fail "every key must be usable"
elsewhere down >/dev/null
