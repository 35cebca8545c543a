#!/usr/bin/env bash
# A vault with a passphrase starts locked; wrong ones are counted and delayed, and killing the vault does not help.
source "$(dirname "$0")/lib.sh"
(umask 077 && printf 'correct horse battery' >"$work/right" && printf 'wrong' >"$work/wrong")
"$COFFER" init --root-of-trust passphrase --passphrase-file "$work/right" --stretch-ms 20 >/dev/null
new_token work
"$COFFER" lock
refuses "$COFFER" ca list
grep -q unlock "$work/refusal" || { cat "$work/refusal" >&2; fail "the message must say what to do"; }
for _ in 1 2 3 4; do
  # The third and later ones start a delay; wait it out, so that each one counts.
  eventually 60 status_says '"retry_after_seconds":0[,}]' || fail "the delay does not end"
  refuses "$COFFER" unlock --passphrase-file "$work/wrong"
done
status_says '"unlock_failures":4' || fail "the failures must be counted"
kill -9 "$(role_pid chip)"
eventually 60 status_says '"unlock_failures":4[,}]' || fail "the count must survive a kill"
status_says '"retry_after_seconds":[12]' || fail "the delay must start anew after a restart"
refuses "$COFFER" unlock --passphrase-file "$work/right"
eventually 60 "$COFFER" unlock --passphrase-file "$work/right" 2>/dev/null || fail "the right passphrase must open it in the end"
"$COFFER" token list | grep -q work || fail "the vault must be as it was"
"$COFFER" down
"$COFFER" up
status_says '"state":"locked"' || fail "it must start locked"

# Without its host key the directory is useless, right passphrase or not.
"$COFFER" down
head -c 32 /dev/urandom >"$COFFER_HOME/host.key"
"$COFFER" up || true
refuses "$COFFER" unlock --passphrase-file "$work/right"
"$COFFER" down

# Nor does a vault without a passphrase open by another host key; it says what is wrong with the one that is there.
export COFFER_HOME=$work/other
new_vault
"$COFFER" down
mv "$COFFER_HOME/host.key" "$work/host.key"
says() {
  refuses "$COFFER" up
  grep -q -- "$1" "$work/refusal" || fail "the start must say '$1': $(cat "$work/refusal")"
}
head -c 32 /dev/urandom >"$COFFER_HOME/host.key"
says 'the store is not sealed to this host.key: bring back the one that it was made with'
head -c 31 "$work/host.key" >"$COFFER_HOME/host.key"
says 'host.key does not hold 32 octets'
(cat "$work/host.key" && echo) >"$COFFER_HOME/host.key"
says 'host.key does not hold 32 octets'
rm "$COFFER_HOME/host.key"
mkdir "$COFFER_HOME/host.key"
says 'host.key does not hold 32 octets'
rmdir "$COFFER_HOME/host.key"
says "run 'coffer init'"
mv "$work/host.key" "$COFFER_HOME/host.key"
"$COFFER" up
status_says '"state":"unlocked"' || fail "the right key must open it"
"$COFFER" down

# A full disk keeps nobody out and forgives nothing: the count of wrong passphrases needs no room.
export COFFER_HOME=$work/small/vault
mkdir "$work/small"
cat >"$work/on_a_full_disk" <<'END'
set -euo pipefail
mount -t tmpfs -o size=24m none "$1/small"
trap '"$COFFER" down >/dev/null 2>&1' EXIT
says() { { "$COFFER" status --json || true; } | grep -qE -- "$1" || { "$COFFER" status >&2; exit 1; }; }
"$COFFER" init --root-of-trust passphrase --passphrase-file "$1/right" --stretch-ms 20
"$COFFER" token create work --pin-file "$1/pin" --so-pin-file "$1/so-pin"
"$COFFER" down
dd if=/dev/zero of="$1/small/ballast" bs=4k 2>/dev/null || true
[ "$(df --output=avail "$1/small" | tail -n 1)" -eq 0 ]
"$COFFER" up
for count in 1 2; do
  ! "$COFFER" unlock --passphrase-file "$1/wrong" 2>/dev/null
  says "\"unlock_failures\":$count[,}]"
done
"$COFFER" unlock --passphrase-file "$1/right"
says '"state":"unlocked"'
"$COFFER" token list | grep -q work
"$COFFER" lock
"$COFFER" unlock --passphrase-file "$1/right"
"$COFFER" down
rm "$1/small/ballast"
"$COFFER" up
"$COFFER" unlock --passphrase-file "$1/right"
"$COFFER" audit verify
END
unshare -rm bash "$work/on_a_full_disk" "$work" >"$work/full" 2>&1 || fail "on a full disk: $(cat "$work/full")"
