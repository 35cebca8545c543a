#!/usr/bin/env bash
# Knot signs a zone with keys that it made in a token and with one that was there; BIND's tools find every signature good.
source "$(dirname "$0")/lib.sh"
need knotd knot
need keymgr knot
need dnssec-verify bind9-utils
need dig bind9-dnsutils
need pkcs11-tool opensc
PATH=$PATH:/usr/sbin
new_vault
new_token zone
mkdir "$work/state" "$work/zones" "$work/run"
cat >"$work/zones/example.org.zone" <<ZONE
example.org. 300 SOA ns.example.org. root.example.org. 1 3600 600 86400 300
example.org. 300 NS ns.example.org.
ns.example.org. 300 A 127.0.0.1
ZONE
port=$(free_port)
cat >"$work/knot.conf" <<CONFIG
server:
  rundir: $work/run
  listen: 127.0.0.1@$port
database:
  storage: $work/state
keystore:
- id: token
  backend: pkcs11
  config: "pkcs11:token=zone;pin-value=1234 $COFFER_MODULE"
policy:
- id: token
  keystore: token
  algorithm: ecdsap256sha256
zone:
- domain: example.org
  storage: $work/zones
  file: example.org.zone
  dnssec-signing: on
  dnssec-policy: token
  zonefile-sync: 0
log:
- target: stderr
  any: info
CONFIG
manage() { keymgr -c "$work/knot.conf" example.org "$@" 2>"$work/said" || { cat "$work/said" >&2; fail "keymgr $*"; }; }
manage generate algorithm=ECDSAP256SHA256 ksk=yes zsk=no >/dev/null
manage generate algorithm=ECDSAP256SHA256 >/dev/null
pkcs11-tool --module "$COFFER_MODULE" --login --pin 1234 --keypairgen --key-type EC:prime256v1 --label older --id 0a0b0c0d0e0f >/dev/null
manage import-pkcs11 0a0b0c0d0e0f algorithm=ECDSAP256SHA256 zsk=yes >/dev/null
[ "$(manage list | grep -c ECDSAP256SHA256)" -eq 3 ] || fail "keymgr must list three keys"

knotd -c "$work/knot.conf" 2>"$work/knot.log" &
children+=($!)
eventually 60 grep -q 'successfully signed' "$work/knot.log" || { cat "$work/knot.log" >&2; fail "the zone was not signed"; }
answers() { dig +time=1 +tries=1 +dnssec +noall +answer @127.0.0.1 -p "$port" "$@" >"$work/answer" && grep -q RRSIG "$work/answer"; }
eventually 60 answers ns.example.org A || { cat "$work/answer" >&2; fail "the answer is not signed"; }
# verified: every signature in the zone's file is good, of all the keys.
verified() { dnssec-verify -o example.org "$work/zones/example.org.zone" >"$work/said" 2>&1; }
eventually 60 verified || { cat "$work/said" >&2; fail "BIND does not accept the zone"; }
grep -q 'KSKs: 1 active.*' "$work/said" && grep -q 'ZSKs: 2 active' "$work/said" || { cat "$work/said" >&2; fail "three keys must sign"; }

# The zone changes while the server runs, after the chip was killed.
kill -9 "$(role_pid chip)"
knotc -c "$work/knot.conf" zone-begin example.org >/dev/null
knotc -c "$work/knot.conf" zone-set example.org www 300 A 127.0.0.2 >/dev/null
knotc -c "$work/knot.conf" zone-commit example.org >/dev/null || { cat "$work/knot.log" >&2; fail "the change was not signed"; }
eventually 60 answers www.example.org A || { cat "$work/answer" "$work/knot.log" >&2; fail "the new name is not signed"; }
eventually 60 grep -q '^www.example.org' "$work/zones/example.org.zone" || fail "the new name is not in the file"
eventually 60 verified || { cat "$work/said" >&2; fail "BIND does not accept the changed zone"; }
