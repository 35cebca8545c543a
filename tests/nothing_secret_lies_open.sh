#!/usr/bin/env bash
# Root reads all ordinary memory of a vault's processes, of a link's, of a command line while it holds a passphrase, and
# the rings shared with applications. There is no key of the ladder, no private key of the vault's own, no PIN, no
# passphrase, no share, no imported key, no join token, no application id and no ticket: while everything is in use,
# after lock, after unlock, after a crash and after a restart.
source "$(dirname "$0")/lib.sh"
need python3 python3
[ "$(id -u)" -eq 0 ] || fail "only root can read the memory of others: run this story as root"
trap 'stop_link || finish; finish' EXIT

needle() { echo "$1 $(xxd -p -c 512)" >>"$work/needles"; }
ask() { "$COFFER" "$@" >/dev/null; }

# ---- A vault with something of every kind. What is known of it goes into the list of needles.
umask 077
for each in user-pin officer-pin operator-pin duress-pin; do
  printf %s "$((RANDOM % 90 + 10))$RANDOM$RANDOM" >"$work/$each"
  needle "$each" <"$work/$each"
done
for each in passphrase backup-passphrase; do
  printf %s "correct horse battery staple $RANDOM$RANDOM" >"$work/$each"
  needle "$each" <"$work/$each"
done
pin=$(cat "$work/user-pin")
officer=(--so-pin-file "$work/officer-pin")
ask init --root-of-trust passphrase --passphrase-file "$work/passphrase"
for each in kept other; do ask token create "$each" --pin-file "$work/user-pin" "${officer[@]}"; done
ask token legacy kept on "${officer[@]}"
ask operator add kept alice --pin-file "$work/operator-pin" "${officer[@]}"
ask tamper duress --pin-file "$work/duress-pin"
ask ca create users --kind ssh-user --principal deploy --max-ttl 12h
ask backup keep --custodians 2/3 --shares "$work/shares"
for each in "$work"/shares/*; do
  name=$(basename "$each")
  grep '^[a-z]' "$each" | tr -d '\n' | needle "$name-words"
  # Format, set, number and threshold stand in front of the value.
  grep '^COFFER-' "$each" | cut -c 22-85 | xxd -r -p | needle "$name"
done
ask net enable --listen "127.0.0.1:$(free_port)"
for each in spent unspent; do
  "$COFFER" net enroll-token "$each" --token kept >"$work/$each"
  tr -d '\n' <"$work/$each" | cut -d / -f 4 | tr -d '\n' | needle "join-token-$each"
  cut -d / -f 4 "$work/$each" | xxd -r -p | needle "join-secret-$each"
done
at_link "$COFFER" link join - <"$work/spent" >/dev/null
at_link "$COFFER" link up >/dev/null
eventually 60 at_link "$COFFER" link status >/dev/null || fail "the link does not come up"
"$programs/ladder_keys" "$link_home"/link/01/key.der | sed 's/^/link-/' >>"$work/needles"

mkdir "$work/copy"
cp "$COFFER_HOME"/store/store.db* "$work/copy/"
"$programs/ladder_keys" "$work/copy/store.db" "$COFFER_HOME/host.key" "$work/passphrase" >>"$work/needles"
for each in imported readable; do
  head -c 32 /dev/urandom >"$work/$each"
  needle "$each-key" <"$work/$each"
done
for each in authority-key-of-users net-authority-key net-server-key link-private-key partition-key-of-1 ticket-key share-3; do
  grep -q "^$each " "$work/needles" || fail "the list of what is looked for has no $each"
done

# ---- The scan, and that it finds whatever is there: in a process that knows it all.
of=()
search() { python3 "$(dirname "$0")/memory_scan.py" "${of[@]}" "$work/needles" "$@" >"$work/scan"; }
mkfifo "$work/tell"
python3 -c 'import sys
known = [bytes.fromhex(line.split()[1]) for line in open(sys.argv[1])]
print("knows", flush=True)
sys.stdin.read()' "$work/needles" <"$work/tell" >"$work/told" &
knowing=$!
children+=("$knowing")
exec 9>"$work/tell"
eventually 20 grep -q knows "$work/told" || fail "the process that knows everything does not begin"
search "$knowing" && fail "the scan finds nothing, not even what is there"
while read -r name _; do
  grep -q "^$name lies" "$work/scan" || fail "the scan must find $name where it is"
done <"$work/needles"
exec 9>&-
vault() { cat "$COFFER_HOME/run/guard.pid"; }
# look WHEN WHERE...; scan WHEN WHERE... looks at vault and link too.
look() {
  local when=$1
  shift
  search "$@" || { cat "$work/scan"; fail "$when: the scan fails, or a secret lies in memory that root can read"; }
}
scan() {
  look "$@" "$(vault)" "$(cat "$link_home/run/guard.pid")"
  echo "$1: $(tail -n 1 "$work/scan")"
}
unlock() { ask unlock --passphrase-file "$work/passphrase"; }
tool() { pkcs11-tool --module "$COFFER_MODULE" --login --pin "$pin" --token-label kept "$@" >/dev/null 2>&1; }
printf 'something to sign' >"$work/text"
use() {
  tool --sign -m SHA256-RSA-PKCS --id 02 -i "$work/text" -o "$work/signature"
  COFFER_HOME=$link_home tool --sign -m ECDSA-SHA256 --id 03 -i "$work/text" -o "$work/signature"
  ask key generate p256 --token other --pin-file "$work/user-pin" --label "made $SECONDS $RANDOM"
  "$programs/operator_user" "$COFFER_MODULE" alice "$(cat "$work/operator-pin")" login >/dev/null
  ask backup create "$work/backup"
  ask backup rehearse "$work/backup" --share-file "$work/shares/share-1" --share-file "$work/shares/share-3"
}

scan "unlocked"
"$programs/key_user" "$COFFER_MODULE" "$pin" import "$(xxd -p -c 64 "$work/imported")" >/dev/null
tool --keypairgen --key-type RSA:2048 --label "signs with rsa" --id 02
tool --keypairgen --key-type EC:prime256v1 --label "signs with ec" --id 03
use

# ---- Applications that hold their rings: one in the middle of using the imported key, one that has asked for whatever
# carries a secret.
mkfifo "$work/ends"
"$programs/key_user" "$COFFER_MODULE" "$pin" encrypt <"$work/ends" >"$work/uses" 2>&1 &
users=("ring:$!")
children+=("$!")
"$programs/secret_caller" "$COFFER_HOME/run/chip.sock" 1 "$pin" "$(xxd -p -c 64 "$work/readable")" \
  <"$work/ends" >"$work/says" 2>&1 &
users+=("ring:$!")
children+=("$!")
exec 9>"$work/ends"
eventually 20 grep -q ready "$work/uses" || fail "the application does not encrypt: $(cat "$work/uses")"
eventually 20 grep -q ready "$work/says" || fail "the application is not served: $(cat "$work/says")"
grep -E '^(application-id|login-ticket) ' "$work/says" >>"$work/needles"
scan "in use" "${users[@]}"

# ---- A command line that holds a passphrase: first while it reads it, then while the chip stretches it.
waits_in() { grep -qE "^($1) " "/proc/$command/syscall"; }
mkfifo "$work/typed"
"$COFFER" backup create "$work/other-backup" --passphrase-file - --stretch-ms 8000 <"$work/typed" >/dev/null &
command=$!
children+=("$command")
exec 8>"$work/typed"
cat "$work/backup-passphrase" >&8
everything_is_read() { [ "$(python3 -c 'import fcntl, struct, sys, termios
print(struct.unpack("i", fcntl.ioctl(8, termios.FIONREAD, b"\0" * 4))[0])')" = 0 ]; }
eventually 20 everything_is_read || fail "the command does not read its passphrase"
eventually 20 waits_in 0 || fail "the command does not wait for the end of the passphrase"
look "while a passphrase is read" "$command"
exec 8>&-
# 7 and 202 are poll(2) and futex(2): it waits for the chip.
eventually 20 waits_in '7|202' || fail "the command does not wait for the chip"
look "while a passphrase is used" "$command" "${users[@]}"
wait "$command" || fail "the backup failed"
exec 9>&-

# ---- Every mechanism, one after the other.
"$programs/every_mechanism" "$COFFER_MODULE" "$pin" make >"$work/keys"
mkfifo "$work/to" "$work/from"
"$programs/every_mechanism" "$COFFER_MODULE" "$pin" use <"$work/to" >"$work/from" &
application=$!
children+=("$application")
exec 7>"$work/to" 6<"$work/from"
count=0
of=(--writable)
while read -r -u 6 kind number _ && [ "$kind" != end ]; do
  count=$((count + 1))
  look "mechanism $number" "$(vault)"
  echo >&7
done
[ "$kind $count" = "end $number" ] || fail "$count of $number mechanisms ran"
wait "$application" || fail "the application failed"
of=()
echo "while each of $count mechanisms ran: $(tail -n 1 "$work/scan")"

# ---- After lock, unlock, crash and restart.
ask lock
scan "locked"
unlock
use
scan "unlocked again"
kill -9 "$(role_pid chip)"
eventually 20 status_says '"state": *"locked"'
scan "after a crash"
unlock
use
scan "unlocked after the crash"
ask down
ask up
scan "after a restart"
unlock
use
scan "unlocked after the restart"
