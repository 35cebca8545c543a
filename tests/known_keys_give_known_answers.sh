#!/usr/bin/env bash
# Known keys go through the module and the chip: what ciphers, MACs and derivations give is what the standards print, or
# what Python's own hashlib and hmac compute.
source "$(dirname "$0")/lib.sh"

new_vault
new_token answers
"$programs/key_deriver" "$COFFER_MODULE" 1234 >"$work/answers"
python3 - "$work/answers" <<'PYTHON'
import hashlib, hmac, struct, sys

def mac(key, data, name="sha256"):
    return hmac.new(key, data, name).digest()

def prf(secret, seed, size):
    output, link = b"", seed
    while len(output) < size:
        link = mac(secret, link)
        output += mac(secret, link + seed)
    return output[:size]

base, other, data = bytes(range(32)), bytes(range(0xA0, 0xB0)), bytes(range(100))
known = {
    # SP 800-38C, example 1; IEEE 1619, vector 2; RFC 8439, 2.4.2 and 2.8.2; the GCM specification, test case 1.
    "ccm": "7162015b4dac255d",
    "xts": "c454185e6a16936e39334038acef838bfb186fff7480adc4289382ecd6d394f0",
    "chacha20": "6e2e359a2568f98041ba0728dd0d6981e97e7aec1d4360c20a27afccfd9fae0bf91b65c5524733ab8f593dabcd62b357"
                "1639d624e65152ab8f530c359f0861d807ca0dbf500d6a6156a38e088a22b65e52bc514d16ccf806818ce91ab7793736"
                "5af90bbf74a35be6b40b8eedf2785e42874d",
    "chacha20-poly1305":
                "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b"
                "1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc"
                "3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd0600691",
    "gmac": "58e2fccefa7e3061367f1d57a4e7455a",
    "hmac-sha1": mac(base, data, "sha1").hex(),
    "hmac-sha256-10": mac(base, data).hex()[:20],
    "hmac-sha512-256": mac(base, data, "sha512_256").hex(),
    "tls-mac": prf(base, b"client finished" + base, 12).hex(),
    "xor": bytes(a ^ b for a, b in zip(base, other)).hex(),
    "joined": (other + base)[:20].hex(),
    "extracted": ((int.from_bytes(base, "big") >> (256 - 12 - 64)) & (1 << 64) - 1).to_bytes(8, "big").hex(),
    "both": (base + other).hex(),
}
# RFC 5869.
extracted, output, block = mac(other, base), b"", b""
for i in (1, 2):
    block = mac(extracted, block + bytes(range(0x30, 0x35)) + bytes([i]))
    output += block
known["hkdf"] = known["hkdf-data"] = output[:42].hex()
# SP 800-108; the first derivation makes two keys, of 40 and 16 octets.
def fixed(size):
    return bytes(range(0x61, 0x6A)) + struct.pack(">I", 8 * size)
counter = b"".join(mac(base, struct.pack(">I", i) + fixed(56)) for i in (1, 2))
known["counter"], known["counter-additional"] = counter[:40].hex(), counter[40:56].hex()
block, output = bytes(range(0xA0, 0xC0)), b""
for i in (1, 2):
    block = mac(base, block + fixed(40))
    output += block
known["feedback"] = output[:40].hex()
link, output = fixed(40), b""
for i in (1, 2):
    link = mac(base, link)
    output += mac(base, link + fixed(40))
known["pipeline"] = output[:40].hex()
# RFC 5246, RFC 7627.
premaster, client, server = b"\3\3" + bytes(range(2, 48)), b"\xc1" * 32, b"\x5e" * 32
master = prf(premaster, b"master secret" + client + server, 48)
known["tls-master"] = master.hex()
known["tls-extended-master"] = prf(premaster, b"extended master secret" + client, 48).hex()
known["tls-keys"] = prf(master, b"key expansion" + server + client, 2 * (32 + 16 + 4)).hex()
known["pbkdf2"] = hashlib.pbkdf2_hmac("sha512", bytes(range(0x61, 0x69)), bytes(range(16)), 1000, 48).hex()

answers = dict(line.split() for line in open(sys.argv[1]))
wrong = sorted(name for name in known.keys() | answers.keys() if known.get(name) != answers.get(name))
for name in wrong:
    print(f"{name}: {answers.get(name)} instead of {known.get(name)}", file=sys.stderr)
sys.exit(1 if wrong else 0)
PYTHON
