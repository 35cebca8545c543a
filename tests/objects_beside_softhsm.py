# Objects made in both modules read alike where the specification says how, whatever their class and type:
# objects_beside_softhsm.py MODULE SOFTHSM PIN. Each module has one token, labelled "beside".
import hashlib
import sys

import pkcs11
from pkcs11 import CKK, CKO, Refusal

P256 = bytes.fromhex("06082a8648ce3d030107")
ED25519 = bytes.fromhex("06032b6570")

# What the specification leaves to the token is not compared: what is private or sensitive by default, what a key may
# do, and the check value.
TOKENS_OWN = {"PRIVATE", "SENSITIVE", "EXTRACTABLE", "ALWAYS_SENSITIVE", "NEVER_EXTRACTABLE", "ENCRYPT", "DECRYPT", "SIGN",
              "SIGN_RECOVER", "VERIFY", "VERIFY_RECOVER", "WRAP", "UNWRAP", "DERIVE", "CHECK_VALUE", "UNIQUE_ID"}
# What must be there and differs: it is the key's, or may be written in two ways (the name of a curve).
KEYS_OWN = {"MODULUS", "EC_PARAMS", "EC_POINT", "PUBLIC_KEY_INFO", "KEY_GEN_MECHANISM", "VALUE"}


def objects(session):
    """One object of each kind, by name."""
    made = {}
    made["data"] = session.create(CLASS=CKO["DATA"])
    made["certificate"] = session.create(CLASS=CKO["CERTIFICATE"], CERTIFICATE_TYPE=0, VALUE=b"abc", SUBJECT=b"subject")
    made["rsa public"], made["rsa private"] = session.generate_pair(
        0x0, {"MODULUS_BITS": 2048, "PUBLIC_EXPONENT": b"\1\0\1"}, {"SIGN": True})
    made["ec public"], made["ec private"] = session.generate_pair(0x1040, {"EC_PARAMS": P256}, {"SIGN": True})
    made["edwards public"], made["edwards private"] = session.generate_pair(0x1055, {"EC_PARAMS": ED25519}, {"SIGN": True})
    made["aes"] = session.generate(0x1080, VALUE_LEN=32)
    made["generic"] = session.generate(0x350, VALUE_LEN=32)
    made["imported aes"] = session.create(CLASS=CKO["SECRET_KEY"], KEY_TYPE=CKK["AES"], VALUE=bytes(16))
    return made


def readings(session):
    return {name: {which: session.read(handle, which) for which in pkcs11.CKA}
            for name, handle in objects(session).items()}


def compare(ours, theirs):
    wrong = []
    for name, attributes in theirs.items():
        for which, value in attributes.items():
            is_compared = isinstance(value, (bytes, dict)) and which not in TOKENS_OWN
            if is_compared and which in KEYS_OWN:
                is_compared = not isinstance(ours[name][which], bytes)  # it is there, at least
            if is_compared and ours[name][which] != value:
                wrong.append(f"{name}: CKA_{which} is {ours[name][which]!r}, SoftHSM says {value!r}")
    return wrong


def sign_with_zeros(session):
    """A private number of P-256 with zeros in front makes the same key."""
    d = hashlib.sha256(b"a private number").digest()
    make = lambda value: session.create(CLASS=CKO["PRIVATE_KEY"], KEY_TYPE=CKK["EC"], EC_PARAMS=P256, VALUE=value, SIGN=True,
                                        SENSITIVE=True, EXTRACTABLE=False)
    ecdsa = pkcs11.Mechanism(0x1041)
    digest = bytes(32)
    for zeros in (0, 1, 33):
        if len(session.sign(ecdsa, make(bytes(zeros) + d), digest)) != 64:
            return [f"a number with {zeros} zeros in front does not sign"]
    try:
        make(bytes(33))
        return ["the number zero is a key"]
    except Refusal as refusal:
        return [] if refusal.name == "ATTRIBUTE_VALUE_INVALID" else [f"the number zero: {refusal.name}"]


def main(module, softhsm, pin):
    sessions = []
    for path in (module, softhsm):
        session = pkcs11.Module(path).session("beside")
        session.login(pin)
        sessions.append(session)
    wrong = compare(readings(sessions[0]), readings(sessions[1])) + sign_with_zeros(sessions[0])
    for line in wrong:
        print(line, file=sys.stderr)
    return 1 if wrong else 0


sys.exit(main(*sys.argv[1:4]))
