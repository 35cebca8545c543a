#!/usr/bin/env bash
# OpenSSH finds a token's keys, its agent holds them, and sshd accepts a login that the chip signed.
source "$(dirname "$0")/lib.sh"
need sshd openssh-server
need ssh-add openssh-client
need pkcs11-tool opensc
new_vault
new_token ssh
for kind in RSA:2048 EC:prime256v1; do
  pkcs11-tool --module "$COFFER_MODULE" --login --pin 1234 --keypairgen --key-type $kind --label "${kind%%:*}" \
    --id "$(printf %s $kind | head -c 2 | od -An -tx1 | tr -d ' \n')" >/dev/null
done
ssh-keygen -D "$COFFER_MODULE" >"$work/authorized_keys"
grep -q '^ssh-rsa ' "$work/authorized_keys" || fail "ssh-keygen -D does not list the RSA key"
grep -q '^ecdsa-sha2-nistp256 ' "$work/authorized_keys" || fail "ssh-keygen -D does not list the P-256 key"

ssh-keygen -q -t ed25519 -N '' -f "$work/host_key"
port=$(free_port)
cat >"$work/sshd_config" <<CONFIG
ListenAddress 127.0.0.1
Port $port
HostKey $work/host_key
AuthorizedKeysFile $work/authorized_keys
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
UsePAM no
StrictModes no
PidFile none
CONFIG
[ "$(id -u)" -eq 0 ] && mkdir -p /run/sshd
"$(PATH=$PATH:/usr/sbin command -v sshd)" -D -e -f "$work/sshd_config" 2>"$work/sshd.log" &
children+=($!)
eventually 60 grep -q 'Server listening' "$work/sshd.log" || fail "sshd does not listen"

printf '#!/bin/sh\necho 1234\n' >"$work/askpass"
chmod +x "$work/askpass"
eval "$(ssh-agent -a "$work/agent" -P "$(dirname "$(realpath "$COFFER_MODULE")")/*")" >/dev/null
children+=("$SSH_AGENT_PID")
SSH_ASKPASS=$work/askpass SSH_ASKPASS_REQUIRE=force ssh-add -s "$COFFER_MODULE" </dev/null
[ "$(ssh-add -l | wc -l)" -eq 2 ] || fail "the agent must hold two keys"

log_in() {
  ssh -F none -p "$port" -o "IdentityFile=$work/$1.pub" -o IdentitiesOnly=yes -o BatchMode=yes \
    -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null "$(id -un)@127.0.0.1" 'echo welcome' 2>"$work/ssh.log"
}
grep '^ssh-rsa ' "$work/authorized_keys" >"$work/rsa.pub"
grep '^ecdsa-' "$work/authorized_keys" >"$work/ec.pub"
for key in rsa ec; do
  [ "$(log_in $key)" = welcome ] || { cat "$work/ssh.log" "$work/sshd.log" >&2; fail "no login with the $key key"; }
done

# The agent's helper survives a restart of the chip: it resumes its login with its ticket.
kill -9 "$(role_pid chip)"
[ "$(log_in ec)" = welcome ] || { cat "$work/ssh.log" >&2; fail "no login after the chip was killed"; }
