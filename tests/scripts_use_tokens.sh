#!/usr/bin/env bash
# Python (PyKCS11), Node (pkcs11js) and OpenDNSSEC's hsmutil and hsmspeed make and use keys of a token.
source "$(dirname "$0")/lib.sh"
need ods-hsmspeed libhsm-bin
need ods-hsmutil libhsm-bin
need npm "npm libnode-dev"
need node nodejs
[ -x /usr/bin/python3 ] && /usr/bin/python3 -c 'import PyKCS11' || fail "PyKCS11 is missing: apt-get install python3-pykcs11"
here=$(realpath "$(dirname "$0")")
new_vault
new_token scripts

/usr/bin/python3 "$here/python_uses_tokens.py" "$COFFER_MODULE" 1234

# The lock file says which pkcs11js, by its hash; it is fetched and built once for a build directory.
node=$COFFER_BUILD/story-node
if ! [ -e "$node/built" ] || ! cmp -s "$here/node/package-lock.json" "$node/package-lock.json"; then
  mkdir -p "$node"
  cp "$here"/node/package*.json "$node"
  (cd "$node" && npm ci --no-audit --no-fund) >"$work/said" 2>&1 || { cat "$work/said" >&2; fail "npm cannot install pkcs11js"; }
  touch "$node/built"
fi
NODE_PATH=$node/node_modules node "$here/node_uses_tokens.js" "$COFFER_MODULE" 1234

cat >"$work/hsm.xml" <<CONFIG
<?xml version="1.0" encoding="UTF-8"?>
<Configuration>
  <RepositoryList>
    <Repository name="coffer">
      <Module>$COFFER_MODULE</Module>
      <TokenLabel>scripts</TokenLabel>
      <PIN>1234</PIN>
    </Repository>
  </RepositoryList>
</Configuration>
CONFIG
ods-hsmspeed -c "$work/hsm.xml" -r coffer -i 50 -s 2048 -t 8 >"$work/said" 2>&1 || { cat "$work/said" >&2; fail "ods-hsmspeed"; }
grep -q '^8 threads, 50 signatures per thread' "$work/said" || { cat "$work/said" >&2; fail "ods-hsmspeed did not sign"; }
manage() { ods-hsmutil -c "$work/hsm.xml" -f "$@" >"$work/said" 2>&1 || { cat "$work/said" >&2; fail "ods-hsmutil $*"; }; }
manage generate coffer rsa 2048
manage generate coffer ecdsa 256
manage list coffer
grep -q '^coffer .*RSA/2048' "$work/said" && grep -q '^coffer .*ECDSA/256' "$work/said" || { cat "$work/said" >&2; fail "the keys are not listed"; }
manage purge coffer
manage list coffer
grep -q '^0 keys found' "$work/said" || { cat "$work/said" >&2; fail "the keys are still there"; }
