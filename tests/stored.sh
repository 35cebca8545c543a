# What a story needs to open a vault that an older build made (testdata/vaults). usage: source lib.sh, then source stored.sh;
# unpack_stored FORMAT once, then the checks. scripts/make-stored-vault says what is in such a vault.
need openssl openssl
need ssh-keygen openssh-client
tree=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
stored=$work/stored

# unpack_stored FORMAT: the vaults as they were left, with other ports.
unpack_stored() {
  stored_format=$1
  contents=$tree/testdata/vaults/format-$1/contents.json
  rm -rf "$stored" "$work"/{subject*,kept,narrow*}
  mkdir -m 755 "$stored"
  tar --extract --same-permissions --no-same-owner --directory "$stored" --file "$tree/testdata/vaults/format-$1/vaults.tar.xz"
  port=$(free_port)
  printf 'listen = 127.0.0.1:%s\n' "$port" >"$stored/file/net.conf"
  local home
  for home in link-valid link-revoked; do printf '127.0.0.1:%s' "$port" >"$stored/$home/link/01/address"; done
  for home in file passphrase; do
    fact "data['$home']" >"$work/$home.json"
  done
  export COFFER_HOME=$stored/file
}

# fact EXPRESSION: what contents.json says about `data`.
fact() {
  python3 - "$contents" "$1" <<'PYTHON'
import json, sys
with open(sys.argv[1], encoding="utf-8") as file:
    data = json.load(file)
value = eval(sys.argv[2])
print(value if isinstance(value, str) else json.dumps(value))
PYTHON
}

secret() { printf '%s/secrets/%s' "$stored" "$1"; }
check() { (cd "$stored" && PYTHONDONTWRITEBYTECODE=1 python3 "$tree/tests/stored_vault.py" "$COFFER_MODULE" "$work/$1.json" "$2"); }
now() { date +%s; }
# changes: how often the vault notices another program when this one opens it for the first time.
changes() { if [ "$(sha256sum <"$COFFER" | cut -d ' ' -f 1)" = "$(fact "data['program']")" ]; then echo 0; else echo 1; fi; }

check_keys() {
  echo "- what the commands say"
  check file said
  refuses "$COFFER" key list --token second --pin-file "$(secret wrong-pin)"
  echo "- objects and keys"
  check file objects
}

check_tampering() {
  echo "- tamper levels: another program than the vault's maker is noticed"
  "$COFFER" tamper show --json >"$work/tamper"
  python3 - "$work/tamper" "$(fact "data['file']['levels']")" "$1" <<'PYTHON' || fail "tampering: $(cat "$work/tamper")"
import json, sys
with open(sys.argv[1], encoding="utf-8") as file:
    told = {each["signal"]: each for each in json.load(file)["signals"]}
levels, changed = json.loads(sys.argv[2]), int(sys.argv[3])
assert {signal: told[signal]["level"] for signal in levels} == levels
noticed = {signal: each["count"] for signal, each in told.items() if each["count"]}
assert noticed == ({"changed-binary": changed} if changed else {}), noticed
PYTHON
}

# explain LABEL WHO: whether the policy of a key lets somebody sign.
explain() {
  "$COFFER" key policy explain --token first --label "$1" --use sign --mechanism ecdsa-sha256 --as "$2" --pin-file "$(secret first-pin)"
}

check_operators() {
  echo "- operators"
  local as=("$programs/operator_user" "$COFFER_MODULE")
  "${as[@]}" alice alice-pin sign "for alice"
  echo "- policies name those whom they named"
  explain "for alice" operator:alice >/dev/null || fail "the policy names alice"
  refuses explain "for alice" operator:dora
  explain "for alice" 12345 >/dev/null || fail "the policy names a user"
  refuses explain "for alice" 12346
  explain "for another" 12345 >/dev/null || fail "the policy names a user alone"
  refuses explain "for another" operator:alice
  "${as[@]}" bob bob-pin login
  refuses "${as[@]}" bob bob-pin sign p256
  refuses "${as[@]}" dora dora-pin login
  grep -q 0xa4 "$work/refusal" || fail "a locked PIN must be locked still: $(cat "$work/refusal")"
  refuses "${as[@]}" eric dora-pin login
  "$COFFER" backup create "$work/kept" --operator carol --token first --pin-file "$(secret carol-pin)" >/dev/null
  "$COFFER" backup verify "$work/kept" --passphrase-file "$(secret kept-passphrase)" | grep -q 'every record opens' || fail "the kept lock"
}

check_grants() {
  [ "$(id -u)" = 0 ] || return 0
  echo "- grants"
  local as=(setpriv --clear-groups)
  "${as[@]}" --reuid 12345 "$COFFER" token list >/dev/null || fail "a granted user must be admitted"
  local sees=all
  [ "$stored_format" -lt 6 ] || sees=-
  "$COFFER" grant list | grep -Eq "^12345 .* $sees\$" || fail "a grant of before format 6 keeps what it had: $("$COFFER" grant list)"
  refuses "${as[@]}" --reuid 34567 "$COFFER" token list
  # Signers, and who makes backups under the kept lock.
  mkdir -m 777 "$work/of-12345"
  ssh-keygen -q -t ed25519 -N '' -f "$work/of-12345/key"
  chmod 644 "$work/of-12345/key.pub"
  sign_narrow() {
    "${as[@]}" --reuid "$1" "$COFFER" ca sign narrow --public-key "$work/of-12345/key.pub" --principal ann --ttl 5m -o "$work/of-12345/by-$1"
  }
  sign_narrow 12345 >/dev/null || fail "the profile names this signer"
  refuses sign_narrow 23456
  "${as[@]}" --reuid 12345 "$COFFER" backup create "$work/of-12345/backup" >/dev/null || fail "the kept lock names this user"
  refuses "${as[@]}" --reuid 23456 "$COFFER" backup create "$work/of-12345/backup-23456"
  rm -rf "$work/of-12345"
}

check_authorities() {
  echo "- authorities"
  ssh-keygen -q -t ed25519 -N '' -f "$work/subject"
  local name
  for name in $(fact "' '.join(each['name'] for each in data['file']['authorities'])"); do
    "$COFFER" ca sign "$name" --public-key "$work/subject.pub" --principal ann --ttl 5m -o "$work/$name-cert.pub" >/dev/null
    fact "next(each['line'][0] for each in data['file']['authorities'] if each['name'] == '$name')" >"$work/$name.pub"
    ssh-keygen -L -f "$work/$name-cert.pub" >"$work/$name.text" || fail "ssh-keygen must read the certificate of $name"
    grep -q "$(ssh-keygen -l -f "$work/$name.pub" | cut -d ' ' -f 2)" "$work/$name.text" || fail "$name has another key than it had"
  done
  refuses "$COFFER" ca sign narrow --public-key "$work/subject.pub" --principal ann --ttl 2h -o "$work/narrow"
  refuses "$COFFER" ca sign narrow --public-key "$work/subject.pub" --principal bea --ttl 5m -o "$work/narrow"
  "$COFFER" ca sign narrow --public-key "$work/subject.pub" --principal ann --ttl 5m -o "$work/narrow" >/dev/null
  ssh-keygen -L -f "$work/narrow" | grep -q 'source-address 192.0.2.0/24' || fail "the profile must be the old one"
}

# Destroyed objects come back until their window ends; then they are gone.
check_deleted() {
  echo "- destroyed objects"
  "$COFFER" key deleted first --so-pin-file "$(secret first-so-pin)" --json >"$work/deleted"
  if [ "$(now)" -ge "$(fact "data['file']['deleted']['until']")" ]; then
    grep -q '"objects":\[\]' "$work/deleted" || fail "their window has ended: $(cat "$work/deleted")"
    refuses "$COFFER" key undelete first dede --so-pin-file "$(secret first-so-pin)"
    return
  fi
  "$COFFER" key undelete first dede --so-pin-file "$(secret first-so-pin)" | grep -q '2 objects' || fail "both halves must come back"
  fact "dict(tokens=[dict(next(each for each in data['file']['tokens'] if each['label'] == 'first'))])" >"$work/undeleted.json"
  python3 - "$work/undeleted.json" "$(fact "data['file']['deleted']")" <<'PYTHON'
import json, sys
deleted = json.loads(sys.argv[2])
with open(sys.argv[1], encoding="utf-8") as file:
    token = json.load(file)["tokens"][0]
pair = [{"class": each, "label": deleted["label"], "attributes": {}, "proofs": proofs}
        for each, proofs in (("PUBLIC_KEY", []), ("PRIVATE_KEY", deleted["proofs"]))]
token["objects"] = [dict(each, proofs=[]) for each in token["objects"]] + pair
with open(sys.argv[1], "w", encoding="utf-8") as file:
    json.dump({"tokens": [token]}, file)
PYTHON
  check undeleted objects
}

check_audit() {
  echo "- the audit log, from its first line on"
  "$COFFER" audit verify --json >"$work/audit"
  grep -q '"ok":true' "$work/audit" && grep -q '"first_sequence":1[,}]' "$work/audit" || fail "$(cat "$work/audit")"
  "$COFFER" audit show --last 0 --json >"$work/lines"
  local event
  for event in vault.initialize token.create operator.add login backup.create net.revoke tamper.duress.set audit.checkpoint; do
    grep -q "\"event\":\"$event\"" "$work/lines" || fail "the log had a line $event"
  done
  grep -q '"result":"pin-incorrect"' "$work/lines" || fail "the log had refusals"
}

check_backups() {
  echo "- backup files"
  local other=$work/restored pass shares
  pass=$(secret backup-passphrase)
  shares=(--share-file "$stored/shares/share-1" --share-file "$stored/shares/share-3")
  local file
  for file in passphrase custodians kept; do
    "$COFFER" backup verify "$stored/backups/$file" --without-keys | grep -q 'whole:' || fail "$file must be whole"
  done
  "$COFFER" backup verify "$stored/backups/passphrase" --passphrase-file "$pass" | grep -q 'every record opens' || fail "verify"
  refuses "$COFFER" backup verify "$stored/backups/passphrase" --passphrase-file "$(secret wrong-passphrase)"
  "$COFFER" backup verify "$stored/backups/kept" --passphrase-file "$(secret kept-passphrase)" >/dev/null
  "$COFFER" backup rehearse "$stored/backups/custodians" "${shares[@]}" | grep -q 'these open the backup' || fail "rehearsal"
  refuses "$COFFER" backup rehearse "$stored/backups/custodians" --share-file "$stored/shares/share-2"
  "$COFFER" --home "$other" backup restore "$stored/backups/custodians" "${shares[@]}" >/dev/null
  COFFER_HOME=$other check file most
  "$COFFER" --home "$other" audit verify >/dev/null || fail "the restored vault's log"
  "$COFFER" --home "$other" down >/dev/null
  rm -rf "$other"
}

# The certificate of a client ends a year after it was made; from then on it is refused as the revoked one is.
check_network() {
  echo "- clients on other machines"
  trap 'stop_links || finish; finish' EXIT
  local home
  for home in link-valid link-revoked; do "$COFFER" --home "$stored/$home" link up >/dev/null; done
  echo "signed far away" >"$work/data"
  far_sign() {
    COFFER_HOME=$stored/$1 "$COFFER" key sign --token first --label p256 --pin-file "$(secret first-pin)" --in "$work/data" -o "$work/far"
  }
  if [ "$(now)" -ge "$(fact "data['file']['network']['valid_until']")" ]; then
    refuses far_sign link-valid
  else
    eventually 30 "$COFFER" --home "$stored/link-valid" link status >/dev/null || fail "the client that has joined must be served"
    far_sign link-valid
    "$COFFER" key verify --token first --label p256 --in "$work/data" --signature "$work/far" >/dev/null || fail "a signature over the network"
  fi
  refuses far_sign link-revoked
  stop_links
}
stop_links() {
  local code=$? home
  for home in link-valid link-revoked; do "$COFFER" --home "$stored/$home" link down >/dev/null 2>&1 || true; done
  return "$code"
}

check_duress() {
  echo "- the duress PIN"
  refuses "$COFFER" key list --token second --pin-file "$(secret duress-pin)"
  status_says '"state":"locked"' || fail "the duress PIN must lock the vault"
  "$COFFER" unlock >/dev/null
}

# check_file_vault CHANGED: everything, in the vault that runs; CHANGED is how often a changed program was noticed.
check_file_vault() {
  status_says '"state":"unlocked"' || fail "the vault must open: $("$COFFER" status || true)"
  check_tampering "$1"
  check_keys
  check_operators
  check_grants
  check_authorities
  check_network
  check_backups
  check_deleted
  check_audit
  check_duress
}

# open_passphrase_vault: the vault that runs asks for its passphrase, and knows of the wrong ones.
open_passphrase_vault() {
  status_says '"state":"locked"' || fail "a vault with a passphrase must start locked"
  status_says '"unlock_failures":2[,}]' || fail "the wrong passphrases must be counted still"
  refuses "$COFFER" token list
  "$COFFER" unlock --passphrase-file "$(secret passphrase)" >/dev/null
}
