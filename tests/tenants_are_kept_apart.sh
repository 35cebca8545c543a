#!/usr/bin/env bash
# Tenants share a vault, and one of them a token: each keeps to its policy, neither feels the other, whoever types wrong
# PINs locks nobody else out, and a destroyed key comes back while its window is open - for applications here and over the
# network.
source "$(dirname "$0")/lib.sh"
need pkcs11-tool opensc
need openssl openssl
need setpriv util-linux
[ "$(id -u)" -eq 0 ] || fail "this story needs root: it acts as another user"

new_vault
new_token web
new_token other
port=$(free_port)
"$COFFER" net enable --listen "127.0.0.1:$port" >/dev/null
ticket=$("$COFFER" net enroll-token app1 --token other)
trap 'stop_link || finish; finish' EXIT
at_link "$COFFER" link join "$ticket" >/dev/null
at_link "$COFFER" link up >/dev/null
eventually 60 at_link "$COFFER" link status >/dev/null || fail "the link does not come up"

tool() { pkcs11-tool --module "$COFFER_MODULE" "$@"; }
user() { tool --login --pin 1234 --token-label "$@"; }
make_pair() { user "$1" --keypairgen --key-type EC:prime256v1 --label "key $2" --id "$2"; }
sign() { user "$1" --sign --mechanism ECDSA-SHA256 --signature-format openssl --id "$2" --input-file "$work/data" --output-file "$work/signature"; }
echo "to be signed" >"$work/data"
policy() { "$COFFER" token policy "$@"; }

# Policies are the owner's, and a command that sets nothing is refused.
refuses policy set web
refuses policy set web --objects many
refuses policy set web --undelete-window 400d
refuses policy show web --rate 5
refuses at_link "$COFFER" token policy set other --objects none
policy show web | grep -q 'objects: *0, no limit' || fail "a new token has no limits"

# A token that is full refuses objects; another does not notice. Here and over the network.
policy set web --objects 2 >/dev/null
policy set other --objects 2 >/dev/null
make_pair web 01 >/dev/null 2>&1 || fail "the first pair fits"
refuses make_pair web 02
grep -q 'CKR_DEVICE_MEMORY' "$work/refusal" || fail "a full token must say CKR_DEVICE_MEMORY"
at_link make_pair other 01 >/dev/null 2>&1 || fail "the other token has room of its own"
refuses at_link make_pair other 02
grep -q 'CKR_DEVICE_MEMORY' "$work/refusal" || fail "a full token must say so over the network too"
policy show web --json | grep -q '"objects":2,"objects_max":2' || fail "the policy must be shown with its use"
policy set web --objects none >/dev/null
policy set other --objects none >/dev/null

# Above the rate requests fail, and nothing else does: the session goes on as soon as there is room.
policy set web --rate 1 >/dev/null
is_refused() { ! sign web 01 >"$work/refusal" 2>&1 && grep -q 'CKR_FUNCTION_FAILED' "$work/refusal"; }
eventually 60 is_refused || fail "a request above the rate must fail with CKR_FUNCTION_FAILED"
sign other 01 >/dev/null 2>&1 || fail "the other tenant has a rate of its own"
policy set web --rate none >/dev/null
sign web 01 >/dev/null 2>&1 || fail "without a rate requests are answered"

# One application too many is refused, the officer gets in, and who left makes room.
"$programs/key_user" "$COFFER_MODULE" 1234 import 000102030405060708090a0b0c0d0e0f
policy set web --connections 1 >/dev/null
mkfifo "$work/stop"
"$programs/key_user" "$COFFER_MODULE" 1234 encrypt <"$work/stop" >"$work/ready" &
application=$!
children+=("$application")
exec 7>"$work/stop"
eventually 60 grep -q ready "$work/ready" || fail "the application does not come up"
refuses sign web 01
grep -q 'CKR_DEVICE_MEMORY' "$work/refusal" || fail "one application too many must be told so"
"$COFFER" key deleted web --so-pin-file "$work/so-pin" >/dev/null || fail "the officer must get in"
policy show web --json | grep -q '"connections":1,"connections_max":1' || fail "the application must be counted"
exec 7>&-
wait "$application" || fail "the application that was in must not notice"
has_left() { policy show web --json | grep -q '"connections":0'; }
eventually 60 has_left || fail "an application that ended must not be counted"
sign web 01 >/dev/null 2>&1 || fail "there is room again"

# A flood of one tenant, and another who gets everything done meanwhile.
policy set web --connections none >/dev/null
for ((i = 0; i < 8; ++i)); do
  (while "$programs/key_user" "$COFFER_MODULE" 1234 encrypt </dev/null >/dev/null; do :; done) &
  children+=("$!")
  floods[i]=$!
done
for ((i = 0; i < 10; ++i)); do
  sign other 01 >/dev/null 2>&1 || fail "a quiet tenant must be served during a flood"
  at_link sign other 01 >/dev/null 2>&1 || fail "a quiet tenant must be served over the network during a flood"
done
for flood in "${floods[@]}"; do
  kill -0 "$flood" || fail "the flood must not have failed"
  kill "$flood"
done

# Two who share a token with its user, one of this machine and one of the network. Their wrong PINs lock them out, and
# nobody else; the vault does not take them for an attack, as the owner named no token for that.
guest=65533
chmod 755 "$work"
as_guest() {
  setpriv --reuid "$guest" --regid "$guest" --clear-groups env COFFER_HOME="$COFFER_HOME" COFFER_AUTOSTART=0 "$@"
}
"$COFFER" grant add "$guest" --token web >/dev/null
as_guest pkcs11-tool --module "$COFFER_MODULE" --list-token-slots | grep -q 'token label *: web' || fail "the guest must see its token"
! as_guest pkcs11-tool --module "$COFFER_MODULE" --list-token-slots | grep -q 'token label *: other' || fail "and no other"
"$COFFER" tamper set failures=lock >/dev/null
guess() { "$1" pkcs11-tool --module "$COFFER_MODULE" --login --pin 0000 --token-label "$2" --list-objects >"$work/guess" 2>&1; }
is_locked_out() { guess "$@"; grep -q 'CKR_PIN_LOCKED' "$work/guess"; }
tries_of() {
  "$COFFER" token tries "$1" --json | python3 -c '
import json, sys
print(*(each["failures"] for each in json.load(sys.stdin)["tries"] if each["principal"]["kind"] == sys.argv[1]))' "$2"
}
eventually 120 is_locked_out as_guest web || fail "ten wrong PINs must lock the guest out: $(cat "$work/guess")"
eventually 120 is_locked_out at_link other || fail "ten wrong PINs must lock the client out: $(cat "$work/guess")"
[ "$(tries_of web user)" = 10 ] && [ "$(tries_of other client)" = 10 ] || fail "the owner must see whose tries they were"
sign web 01 >/dev/null 2>&1 || fail "the tenant must not notice the guest's wrong PINs"
sign other 01 >/dev/null 2>&1 || fail "nor those of the network"
"$COFFER" status | grep -q unlocked || fail "nor may they lock the vault"
refuses as_guest pkcs11-tool --module "$COFFER_MODULE" --login --pin 1234 --token-label web --list-objects
refuses at_link sign other 01
refuses "$COFFER" token unlock web --for nobody-of-that-name
"$COFFER" token unlock web --for "$guest" --for root >/dev/null
"$COFFER" token unlock other --for client:app1 --for root >/dev/null
as_guest_signs() { as_guest pkcs11-tool --module "$COFFER_MODULE" --login --pin 1234 --token-label web --list-objects >/dev/null 2>&1; }
eventually 70 as_guest_signs || fail "the guest must have its tries back"
eventually 70 at_link sign other 01 >/dev/null 2>&1 || fail "the client must have its tries back"
[ "$(tries_of web user)$(tries_of other client)" = "" ] || fail "the right PINs end the counts"

# Without a window a destroyed key is gone; with one it is gone for applications only.
make_pair web 03 >/dev/null 2>&1
user web --delete-object --type privkey --id 03 >/dev/null 2>&1
refuses "$COFFER" key undelete web 03 --so-pin-file "$work/so-pin"
destroys_and_brings_back() {
  local where=$1 token=$2
  "$where" tool --token-label "$token" --read-object --type pubkey --id 01 --output-file "$work/public.der" >/dev/null 2>&1
  "$where" user "$token" --delete-object --type privkey --id 01 >/dev/null 2>&1 || fail "no destruction"
  "$where" user "$token" --delete-object --type pubkey --id 01 >/dev/null 2>&1
  refuses "$where" sign "$token" 01
  ! "$where" user "$token" --list-objects 2>/dev/null | grep -q 'key 01' || fail "a destroyed key must not be listed"
  refuses "$where" "$COFFER" key undelete "$token" 01 --so-pin-file "$work/pin"
  "$where" "$COFFER" key deleted "$token" --so-pin-file "$work/so-pin" | grep -q 'key 01' || fail "the officer must see it"
  "$where" "$COFFER" key undelete "$token" 01 --so-pin-file "$work/so-pin" | grep -q '2 objects' || fail "both halves must come back"
  "$where" sign "$token" 01 >/dev/null 2>&1 || fail "a key that came back must sign"
  openssl dgst -sha256 -verify <(openssl pkey -pubin -inform DER -in "$work/public.der") \
    -signature "$work/signature" "$work/data" >/dev/null || fail "it must be the same key"
}
here() { "$@"; }
policy set web --undelete-window 7d >/dev/null
policy set other --undelete-window 7d >/dev/null
destroys_and_brings_back here web
destroys_and_brings_back at_link other

# It survives a restart of the vault, and a backup takes it along.
user web --delete-object --type privkey --id 01 >/dev/null 2>&1
"$COFFER" down >/dev/null
"$COFFER" up >/dev/null
"$COFFER" key undelete web 01 --so-pin-file "$work/so-pin" >/dev/null || fail "it must come back after a restart"
sign web 01 >/dev/null 2>&1 || fail "it must sign after a restart"

"$COFFER" audit show --last 0 >"$work/audit"
for event in token.policy token.full token.rate object.destroy object.undelete; do
  grep -q "$event" "$work/audit" || fail "the audit log must tell of $event"
done
"$COFFER" audit verify >/dev/null
