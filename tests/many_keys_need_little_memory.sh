#!/usr/bin/env bash
# Five thousand keys in a vault that may hide 8 MiB of memory, as its user's limit says: every one works, the vault says
# that all is hidden, and root finds none of them in ordinary memory. With a limit that is too small for anything it says
# so.
source "$(dirname "$0")/lib.sh"
need python3 python3
need setpriv util-linux
[ "$(id -u)" -eq 0 ] || fail "only root can read the memory of others: run this story as root"

chown 65533:65533 "$work"
limit=8192
as_user() { setpriv --reuid 65533 --regid 65533 --clear-groups -- bash -c 'ulimit -l "$0" && exec "$@"' "$limit" "$@"; }
# Applications that still run would start the vault again: they end at the end of their input.
end() {
  local code=$?
  set +e
  exec 9>&-
  wait "${children[@]}"
  as_user "$COFFER" down >/dev/null 2>&1
  (exit "$code")
  finish
}
trap end EXIT
hidden() { as_user "$COFFER" status --assurance | grep '^secret_memory'; }

pin=7306921
as_user bash -c 'umask 077; printf %s "$2" >"$0"; printf 12345678 >"$1"' "$work/pin" "$work/so-pin" "$pin"
as_user "$COFFER" init --root-of-trust file >/dev/null
as_user "$COFFER" token create kept --pin-file "$work/pin" --so-pin-file "$work/so-pin" >/dev/null
hidden | grep -q ' on .*8192 KiB' || fail "not exactly the limit is hidden: $(hidden)"

marker=$(head -c 8 /dev/urandom | xxd -p)
echo "keys $marker" >"$work/needles"
echo "pin $(printf %s "$pin" | xxd -p)" >>"$work/needles"
scan() {
  python3 "$(dirname "$0")/memory_scan.py" --writable "$work/needles" "$(cat "$COFFER_HOME/run/guard.pid")" >"$work/scan" ||
    { cat "$work/scan"; fail "$1: a secret lies in memory that root can read"; }
  echo "$1: $(tail -n 1 "$work/scan"), $(hidden | grep -o '[0-9]* KiB taken')"
  hidden | grep -q ' on ' || fail "$1: something lies outside: $(hidden)"
}

# More than one application; each may have 4096 session objects.
mkfifo "$work/ends"
say() { echo "$work/says.$1"; }
for number in 1 2; do
  as_user "$programs/many_keys" "$COFFER_MODULE" "$pin" "$marker" 2000 500 <"$work/ends" >"$(say $number)" 2>&1 &
  pids[number]=$!
  children+=("$!")
done
exec 9>"$work/ends"
for number in 1 2; do
  for _ in $(seq 600); do
    grep -q ready "$(say $number)" && break
    kill -0 "${pids[number]}" 2>/dev/null || fail "an application with many keys: $(cat "$(say $number)")"
    hidden | grep -q ' on ' || fail "while they work something lies outside: $(hidden)"
  done
done
scan "5000 keys"
# Much data at once goes through ordinary memory, and nothing else does.
head -c 4000000 /dev/zero >"$work/much"
as_user pkcs11-tool --module "$COFFER_MODULE" --login --pin "$pin" --hash -m SHA256 -i "$work/much" -o "$work/digest" \
  >/dev/null 2>&1
sha256sum <"$work/much" | grep -q "$(xxd -p -c 64 "$work/digest")" || fail "the digest of much data is wrong"
exec 9>&-
for number in 1 2; do
  wait "${pids[number]}" || fail "an application with many keys: $(cat "$(say $number)")"
done
scan "afterwards"

as_user "$COFFER" down >/dev/null
limit=64
as_user "$COFFER" up >/dev/null
hidden | grep -q ' off .*RLIMIT_MEMLOCK' || fail "with 64 KiB it says: $(hidden)"
as_user "$COFFER" token list >/dev/null || fail "with 64 KiB nothing works"
