#!/usr/bin/env bash
# A certificate expires by itself: real sshd, real ssh, an authority whose key never leaves the chip.
source "$(dirname "$0")/lib.sh"
need sshd openssh-server
need ssh openssh-client

login=$(id -un)
if [ "$(id -u)" -eq 0 ]; then
  login=coffer-story-$$
  useradd --no-create-home --home-dir "$work" --shell /bin/sh --password '*' "$login"
  trap 'userdel "$login" 2>/dev/null; finish' EXIT
fi
new_vault
"$(dirname "$0")/../scripts/first-job" "$COFFER" "$work/job" "$login"

# The chip recorded what it signed, with key id and serial, and what it refused.
serial=$(ssh-keygen -L -f "$work/job/five-cert.pub" | awk '/Serial:/ {print $2}')
grep -h '"event":"ca.sign"' "$COFFER_HOME"/audit/*.log | grep '"key_id":"five@quickstart"' | grep -q "\"serial\":\"$serial\"" ||
  fail "the audit log does not name key id and serial"
grep -h '"event":"ca.sign"' "$COFFER_HOME"/audit/*.log | grep -q '"result":"denied"' || fail "no refusal was recorded"
"$COFFER" audit verify
