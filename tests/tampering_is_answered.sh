#!/usr/bin/env bash
# Signs of tampering are noticed, counted and answered: the duress PIN, and a debugger that follows the guard into a
# new chip.
source "$(dirname "$0")/lib.sh"
need strace strace
need pkcs11-tool opensc
new_vault
new_token web
(umask 077 && printf 9999 >"$work/duress-pin")
with_pin() { pkcs11-tool --module "$COFFER_MODULE" --login --pin "$1" --list-objects; }
count_of() {
  "$COFFER" tamper show --json |
    python3 -c "import json, sys; print(*(each['count'] for each in json.load(sys.stdin)['signals'] if each['signal'] == '$1'))"
}
counts() { [ "$(count_of "$1")" = "$2" ]; }

echo "- the duress PIN"
"$COFFER" tamper duress --pin-file "$work/duress-pin" | grep -q 'tamper set duress' || fail "it must say what to do next"
refuses with_pin 9999
grep -q CKR_PIN_INCORRECT "$work/refusal" || fail "it must look like a wrong PIN"
counts duress 1 || fail "it must be counted"
status_says '"state":"unlocked"' || fail "nothing else was asked for yet"
"$COFFER" tamper set duress=lock >/dev/null
refuses with_pin 9999
status_says '"state":"locked"' || fail "it must lock the vault"
"$COFFER" unlock >/dev/null
with_pin 1234 >/dev/null || fail "the user's own PIN must be right"
"$COFFER" tamper duress --remove >/dev/null
refuses with_pin 9999
status_says '"state":"unlocked"' || fail "there is no duress PIN any more"

echo "- a debugger of the chip"
"$COFFER" tamper set debugger=error >/dev/null
guard=$(role_pid guard)
strace -f -qq -o "$work/trace" -p "$guard" &
tracer=$!
children+=("$tracer")
eventually 60 grep -q "^TracerPid:[[:space:]]*$tracer$" "/proc/$guard/status" || fail "strace must be able to attach to the guard"
kill -9 "$(role_pid chip)"
eventually 60 grep -q 'a debugger is attached' "$COFFER_HOME/log" || fail "the guard must notice it"
refuses timeout 1 "$COFFER" token list
kill "$tracer"
wait "$tracer" || true
eventually 60 status_says '"state":"error"' || fail "the vault must be shut"
counts debugger 1 || fail "it must be counted"
"$COFFER" tamper clear >/dev/null
with_pin 1234 >/dev/null || fail "the vault must be as it was"
"$COFFER" audit verify >/dev/null
