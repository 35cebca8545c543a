#!/usr/bin/env bash
# Whole attacks on keys that are protected: each goes to its harmful step and is refused there by name, whoever tries, with a
# PIN, without one, as the officer, from another application or token; and beside each refusal what clients need goes on
# working.
source "$(dirname "$0")/lib.sh"
need setpriv util-linux
[ "$(id -u)" -eq 0 ] || fail "this story needs root: it acts as another user"
new_vault
new_token attacked
new_token another
stranger=65534
cp "$programs/key_attacks" "$work/key_attacks" && chmod 755 "$work/key_attacks"
captured=$work/captured
second=$work/second.so  # a copy of the module is another application in the same process
cp "$COFFER_MODULE" "$second"

# attack PIN OFFICER-PIN FILE NAME...: runs attacks one by one and counts those that got through.
through=0
ran=0
attack() {
  local pin=$1 officer=$2 file=$3 name
  shift 3
  for name in "$@"; do
    ran=$((ran + 1))
    if came_out; then
      echo "$name: $(cat "$work/outcome")"
    else
      through=$((through + 1))
      echo "$name: $(cut -c 1-200 "$work/outcome")" >&2
    fi
  done
}
# For a moment after many calls the audit log takes no further line (CKR_DEVICE_MEMORY), which refuses nothing.
came_out() {
  local tries
  for tries in {1..20}; do
    if "${as[@]}" "$work/key_attacks" "$COFFER_MODULE" "$pin" "$officer" "$name" "$file" >"$work/outcome" 2>&1; then
      return
    fi
    grep -qE '^FAILED: .*(: CKR_DEVICE_MEMORY|: 0x31$)' "$work/outcome" || return
    read -rt "0.$tries" <> <(:) || true
  done
  return 1
}
named() { "$work/key_attacks" list "$1"; }
as=()

kinds=(linear encrypt-data raise again unwrap confuse trusted others tokens tags lengths split twice guesses
  short-tags)
mapfile -t names < <(for kind in "${kinds[@]}"; do named "$kind/"; done)
[ "${#names[@]}" -ge 290 ] || fail "attacks are missing"
attack 1234 12345678 "$second" "${names[@]}"

# What failed to unwrap is in the log, and how often.
tells_of_failures() {
  "$COFFER" audit show --last 0 --json | python3 -c '
import json, sys
lines = [json.loads(line) for line in sys.stdin]
failed = [line for line in lines if line["event"] == "key.unwrap" and line["result"] in ("failed", "ciphertext-invalid")]
sys.exit(sum(line.get("count", 1) for line in failed) < int(sys.argv[1]))' "$(named guesses/ | wc -l)"
}
if ! eventually 10 tells_of_failures; then
  through=$((through + 1))
  echo "the log does not tell of ciphertexts that did not unwrap" >&2
fi

# Another user is admitted, and has no PIN.
attack 1234 12345678 "$captured" set-up
chmod 644 "$captured"
"$COFFER" grant add "$stranger" --token 0 >/dev/null
as=(setpriv --reuid "$stranger" --regid "$stranger" --clear-groups env COFFER_HOME="$COFFER_HOME" COFFER_AUTOSTART=0)
mapfile -t names < <(named no-login/)
attack - - "$captured" "${names[@]}"
as=()

# The officer marks keys as trusted, and that is all.
mapfile -t names < <(named officer/)
attack - 12345678 "$captured" "${names[@]}"

[ "$through" -eq 0 ] || fail "$through of $ran attacks got through"
echo "$ran attacks, none got through"
