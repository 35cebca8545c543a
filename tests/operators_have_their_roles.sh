#!/usr/bin/env bash
# Operators log in by name, each with a PIN of their own: a user signs, an auditor does not, wrong PINs lock one of them
# and nobody else, the security officer unlocks, who was removed stays out, and the audit log names them.
source "$(dirname "$0")/lib.sh"
new_vault
new_token work
(umask 077 && for name in alice bob carol; do printf '%s-pin' "$name" >"$work/$name"; done)
operator() { "$COFFER" operator "$@" --so-pin-file "$work/so-pin"; }
as() { "$programs/operator_user" "$COFFER_MODULE" "$@"; }

# Only the officer makes them.
(umask 077 && printf 87654321 >"$work/wrong")
refuses "$COFFER" operator add work alice --pin-file "$work/alice" --so-pin-file "$work/wrong"
operator add work alice --pin-file "$work/alice" >/dev/null
operator add work bob --role auditor --pin-file "$work/bob" >/dev/null
operator add work carol --role backup --pin-file "$work/carol" --json | grep -q '"added":true' || fail "no JSON of an addition"
refuses operator add work alice --pin-file "$work/alice"
"$COFFER" operator list work --json | grep -q '"name":"bob","role":"auditor"' || fail "the list must name bob"

# A user makes and uses keys; an auditor neither finds the private key nor makes one.
as alice alice-pin make key
as alice alice-pin sign key
as alice alice-pin others
echo data >"$work/data"
sign_as() { "$COFFER" key sign --label key --operator "$1" --pin-file "$work/$1" --in "$work/data" --output "$work/signature"; }
sign_as alice
"$COFFER" key verify --label key --in "$work/data" --signature "$work/signature" >/dev/null
refuses sign_as bob
as bob bob-pin login
refuses as bob bob-pin sign key
refuses as bob bob-pin make another
refuses as carol carol-pin make another

# A backup operator makes backups of what is kept, and those only.
(umask 077 && printf 'a long passphrase of backups' >"$work/passphrase")
carols() { "$COFFER" backup create "$work/backup" --operator carol --token work --pin-file "$work/carol" "$@"; }
"$COFFER" backup keep --passphrase-file "$work/passphrase" >/dev/null
carols >/dev/null
"$COFFER" backup verify "$work/backup" --passphrase-file "$work/passphrase" >/dev/null

# A login outlives the chip.
mkfifo "$work/asked" "$work/answered"
serve() {
  as alice alice-pin serve key <"$work/asked" >"$work/answered" &
  serving=$!
  children+=("$serving")
  exec {to}>"$work/asked" {from}<"$work/answered"
  must_hear ready
}
must_hear() {
  local line
  read -r -t 60 line <&"$from" || fail "nothing was said; $1 was expected"
  [ "$line" = "$1" ] || fail "$line instead of $1"
}
serve
for _ in 1 2 3; do
  kill -9 "$(role_pid chip)"
  echo >&"$to"
  must_hear signed
done
exec {to}>&- {from}<&-
wait "$serving" || fail "the serving application failed"

# Operators of another machine log in to the same token.
"$COFFER" net enable --listen "127.0.0.1:$(free_port)" >/dev/null
ticket=$("$COFFER" net enroll-token far --token work)
far() { COFFER_HOME=$work/link "$@"; }
stop_link() {
  local code=$?
  far "$COFFER" link down >/dev/null 2>&1 || true
  return "$code"
}
trap 'stop_link || finish; finish' EXIT
far "$COFFER" link join "$ticket" >/dev/null
far "$COFFER" link up >/dev/null
eventually 60 far "$COFFER" link status >/dev/null || fail "the link does not come up"
far as alice alice-pin sign key
far as alice alice-pin others
refuses far as alice bob-pin login
refuses far as bob bob-pin sign key
as alice alice-pin login

# Wrong PINs: ten in all, though the chip is killed between them; then only alice is locked.
for try in 1 2 3 4 5 6 7 8 9; do
  refuses as alice wrong login
  grep -q 0xa0 "$work/refusal" || fail "try $try must be answered with CKR_PIN_INCORRECT: $(cat "$work/refusal")"
  if [ $((try % 3)) -eq 0 ]; then
    kill -9 "$(role_pid chip)"
    eventually 60 "$COFFER" token list >/dev/null 2>&1 || fail "the chip does not come back"
    "$COFFER" operator list work --json | grep -q "\"name\":\"alice\",.*\"tries_left\":$((10 - try)),\"tries_max\":10,\"created\":[0-9]*},{\"name\":\"bob\"" ||
      fail "after $try wrong PINs: $("$COFFER" operator list work --json)"
  fi
done
refuses as alice wrong login
grep -q 0xa4 "$work/refusal" || fail "the tenth must lock (CKR_PIN_LOCKED)"
refuses as alice alice-pin login
grep -q 0xa4 "$work/refusal" || fail "a locked PIN must stay locked"
as bob bob-pin login
as "" 1234 sign key
"$COFFER" operator list work | grep -q '^alice .*locked' || fail "the list must say that alice is locked"

# A name that nobody has answers alike: nine times incorrect, then locked.
for try in 1 2 3 4 5 6 7 8 9; do
  refuses as nobody wrong login
  grep -q 0xa0 "$work/refusal" || fail "nobody, try $try: $(cat "$work/refusal")"
done
refuses as nobody wrong login
grep -q 0xa4 "$work/refusal" || fail "nobody must be locked too"

# The officer unlocks, with the old PIN or a new one; operators change their own.
operator unlock work alice >/dev/null
as alice alice-pin sign key
echo changed-pin | as alice alice-pin pin key
refuses as alice alice-pin login
as alice changed-pin login
operator unlock work alice --pin-file "$work/alice" >/dev/null
as alice alice-pin sign key

# A key's policy may list operators.
"$COFFER" key policy set --label key --pin-file "$work/pin" --principal operator:alice >/dev/null
as alice alice-pin sign key
refuses as "" 1234 sign key
"$COFFER" key policy show --label key --pin-file "$work/pin" | grep -q 'operator:alice' || fail "the policy must name alice"

# Who was removed is out at once, and stays out.
serve
echo >&"$to"
must_hear signed
operator remove work alice >/dev/null
echo >&"$to"
wait "$serving" && fail "a removed operator signed"
refuses as alice alice-pin login
refuses operator unlock work alice

# The audit names them, and what was typed as a name that nobody has is not in it.
"$COFFER" audit verify >/dev/null
log=$("$COFFER" audit show --last 0 --json)
grep -q '"event":"key.sign".*"operator":{"kind":"operator","id":"[0-9a-f]*","name":"alice"}' <<<"$log" || fail "the audit must name who signed"
"$COFFER" audit show --last 0 | grep -q ' key.sign ok principal=user:[0-9]* .*operator=operator:alice ' || fail "so must what people read"
grep -q '"event":"login","result":"pin-locked".*"operator":{[^}]*"name":"alice"}' <<<"$log" || fail "the audit must name who was locked"
grep -q '"event":"operator.remove".*"name":"alice"' <<<"$log" || fail "the audit must name who was removed"
grep -q '"event":"backup.create".*"operator":{[^}]*"name":"carol"}' <<<"$log" || fail "the audit must name who made the backup"
! grep -q nobody <<<"$log" || fail "the audit holds what may have been a PIN"
echo "operators: a user signs, an auditor does not, ten wrong PINs lock one of them, the officer unlocks"
