# Checks a vault that an older build made against what its maker wrote down: every object with its attributes, every key
# by what it computes, and what the commands say. usage: stored_vault.py MODULE CONTENTS said|objects|most
# `most` leaves out SLH-DSA, whose signatures take seconds.
#
# CONTENTS is contents.json of testdata/vaults/*. Its proofs do not need the vault: signatures, ciphertexts and agreements
# that OpenSSL or Python verifies with public keys and known values; a key passes when it computes the same, or what
# they accept. The environment has COFFER and COFFER_HOME.
import hashlib
import hmac
import json
import os
import subprocess
import sys
import tempfile

import pkcs11
from pkcs11 import CKA, CKK, CKO, Mechanism

TEXT = b"what every later build must still be able to read\n"
NONCE = bytes(range(1, 13))
IV = bytes(range(1, 17))


def sign_table():
    """name: how to make the mechanism, whether the result is always the same, what OpenSSL needs to verify it."""
    table = {
        "rsa-pkcs-sha256": (lambda: Mechanism(0x40), True, ["dgst"]),
        "rsa-pss-sha256": (pkcs11.pss_sha256, False,
                           ["dgst", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"]),
        "ecdsa-sha256": (lambda: Mechanism(0x1044), False, ["dgst"]),
        "eddsa": (lambda: Mechanism(0x1057), True, ["pkeyutl"]),
        "ml-dsa": (lambda: pkcs11.deterministic(0x1D), True, None),
        "slh-dsa": (lambda: pkcs11.deterministic(0x2E), True, None),
        "aes-cmac": (lambda: Mechanism(0x108A), True, None),
        "des3-cmac": (lambda: Mechanism(0x138), True, None),
    }
    for name, number in HMACS.items():
        table[name] = ((lambda number: lambda: Mechanism(number))(number), True, None)
    return table


HMACS = {
    "hmac-md5": 0x211, "hmac-sha1": 0x221, "hmac-sha224": 0x256, "hmac-sha256": 0x251, "hmac-sha384": 0x261,
    "hmac-sha512": 0x271, "hmac-sha512_224": 0x49, "hmac-sha512_256": 0x4D, "hmac-sha3_224": 0x2B6,
    "hmac-sha3_256": 0x2B1, "hmac-sha3_384": 0x2C1, "hmac-sha3_512": 0x2D1}
SIGNATURES = sign_table()
CIPHERS = {
    "aes-gcm": lambda: pkcs11.gcm(NONCE, b"header"),
    "aes-cbc-pad": lambda: Mechanism(0x1085, IV),
    "aes-xts": lambda: Mechanism(0x1071, IV),
    # CK_SALSA20_CHACHA20_POLY1305_PARAMS: the nonce and the associated data.
    "chacha20-poly1305": lambda: Mechanism(0x4021, parts=[NONCE, b"header"]),
    "des3-cbc-pad": lambda: Mechanism(0x136, IV[:8]),
    "rsa-oaep": pkcs11.oaep_sha256,
}
WRAPS = {"aes-key-wrap-kwp": lambda: Mechanism(0x210B), "rsa-oaep": pkcs11.oaep_sha256}
# A key that is agreed on, derived or unwrapped lives for the session; its octets may be read unless it was protected.
READABLE = dict(CLASS=CKO["SECRET_KEY"], KEY_TYPE=CKK["GENERIC_SECRET"], TOKEN=False, SENSITIVE=False, EXTRACTABLE=True)


def must(is_right, what):
    if not is_right:
        sys.exit(f"FAILED: {what}")


def run(*command, data=None):
    return subprocess.run(command, input=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)


def der_of(signature):
    """An ECDSA signature of PKCS#11, two numbers side by side, as X9.62 writes it."""
    def integer(octets):
        octets = octets.lstrip(b"\0") or b"\0"
        octets = (b"\0" if octets[0] & 0x80 else b"") + octets
        return b"\2" + bytes([len(octets)]) + octets
    half = len(signature) // 2
    body = integer(signature[:half]) + integer(signature[half:])
    return b"\x30" + (bytes([len(body)]) if len(body) < 128 else b"\x81" + bytes([len(body)])) + body


def openssl_accepts(public, how, signature):
    """Whether OpenSSL verifies `signature` over TEXT with a SubjectPublicKeyInfo."""
    with tempfile.TemporaryDirectory() as work:
        def path(name, octets):
            with open(f"{work}/{name}", "wb") as file:
                file.write(octets)
            return f"{work}/{name}"
        key = path("key.pem", run("openssl", "pkey", "-pubin", "-inform", "DER", data=public).stdout)
        text, seal = path("text", TEXT), path("signature", der_of(signature) if how == "ecdsa-sha256" else signature)
        kind, *options = SIGNATURES[how][2]
        if kind == "pkeyutl":
            command = ["pkeyutl", "-verify", "-pubin", "-inkey", key, "-rawin", "-in", text, "-sigfile", seal]
        else:
            command = ["dgst", "-sha256", *options, "-verify", key, "-signature", seal, text]
        return run("openssl", *command).returncode == 0


class Checker:
    def __init__(self, module, token):
        self.token = token
        self.session = module.session(token["label"])
        self.session.login(token["pin"])

    def handle(self, entry, of_public=False):
        object_class = CKO["PUBLIC_KEY"] if of_public else CKO[entry["class"]]
        return self.session.one(CLASS=object_class, LABEL=entry["label"])

    def prove(self, entry, proof):
        getattr(self, "prove_" + proof["by"])(entry, proof)

    def sign(self, entry, how):
        mechanism = SIGNATURES[how][0]()
        if entry["attributes"].get("ALWAYS_AUTHENTICATE") == "01":
            return self.session.sign_authorized(mechanism, self.handle(entry), TEXT, self.token["pin"])
        return self.session.sign(mechanism, self.handle(entry), TEXT)

    def prove_signature(self, entry, proof):
        what, how = f"{entry['label']} by {proof['how']}", proof["how"]
        make, is_fixed, verifier = SIGNATURES[how]
        made = self.sign(entry, how)
        stored = bytes.fromhex(proof["signature"]) if "signature" in proof else None
        if is_fixed and stored:
            must(made == stored, f"{what} signs otherwise than it did")
        if "sha256" in proof:
            must(hashlib.sha256(made).hexdigest() == proof["sha256"], f"{what} signs otherwise than it did")
        if verifier is not None:
            public = bytes.fromhex(proof["public"])
            must(openssl_accepts(public, how, stored), f"OpenSSL refuses the stored signature of {what}")
            must(openssl_accepts(public, how, made), f"OpenSSL refuses a new signature of {what}")
        if "value" in proof and how in HMACS:
            name = how.removeprefix("hmac-")
            digest = name if name in hashlib.algorithms_available else name.replace("_", "-")
            must(made == hmac.new(bytes.fromhex(proof["value"]), TEXT, digest).digest(), f"{what} is not what Python says")
        target = self.handle(entry, of_public=entry["class"] == "PRIVATE_KEY")
        self.session.verify(make(), target, TEXT, stored or made)
        try:
            self.session.verify(make(), target, TEXT + b".", stored or made)
        except pkcs11.Refusal as refusal:
            must(refusal.name == "SIGNATURE_INVALID", f"{what}: {refusal}")
        else:
            must(False, f"{what} verifies another text")

    def prove_ciphertext(self, entry, proof):
        what, make = f"{entry['label']} by {proof['how']}", CIPHERS[proof["how"]]
        key = self.handle(entry)
        must(self.session.decrypt(make(), key, bytes.fromhex(proof["ciphertext"])) == TEXT,
             f"{what} decrypts otherwise than it did")
        if proof["how"] == "rsa-oaep":
            return
        must(self.session.encrypt(make(), key, TEXT).hex() == proof["ciphertext"], f"{what} encrypts otherwise than it did")

    def prove_agreement(self, entry, proof):
        peer = bytes.fromhex(proof["peer"])
        made = self.session.derive(pkcs11.ecdh(peer), self.handle(entry), **READABLE)
        must(self.session.read(made, "VALUE").hex() == proof["secret"], f"{entry['label']} agrees on another secret")

    def prove_derivation(self, entry, proof):
        made = self.session.derive(pkcs11.hkdf_sha256(TEXT), self.handle(entry),
                                   **dict(CLASS=CKO["SECRET_KEY"], KEY_TYPE=CKK["AES"], VALUE_LEN=32, TOKEN=False))
        must(self.session.encrypt(CIPHERS["aes-gcm"](), made, TEXT).hex() == proof["ciphertext"],
             f"{entry['label']} derives another key")

    def prove_encapsulation(self, entry, proof):
        made = self.session.decapsulate(self.handle(entry), bytes.fromhex(proof["ciphertext"]), **READABLE)
        must(self.session.read(made, "VALUE").hex() == proof["secret"], f"{entry['label']} finds another secret")

    def prove_wrapping(self, entry, proof):
        made = self.session.unwrap(WRAPS[proof["how"]](), self.handle(entry), bytes.fromhex(proof["wrapped"]),
                                   CLASS=CKO["SECRET_KEY"], KEY_TYPE=CKK["AES"], TOKEN=False)
        must(self.session.encrypt(CIPHERS["aes-gcm"](), made, TEXT).hex() == proof["ciphertext"],
             f"{entry['label']} unwraps another key")

    def prove_refusal(self, entry, proof):
        """A use that the key's attributes or its policy refuse."""
        try:
            if proof["use"] == "sign":
                self.sign(entry, proof["how"])
            elif proof["use"] == "wrap":
                self.session.wrap(WRAPS[proof["how"]](), self.handle(entry),
                                  self.session.one(CLASS=CKO["SECRET_KEY"], LABEL=proof["key"]))
            elif proof["use"] == "destroy":
                self.session.destroy(self.handle(entry))
            elif proof["use"] == "change":
                self.session.change(self.handle(entry), LABEL="another")
            elif proof["use"] == "encrypt":
                self.session.encrypt(CIPHERS[proof["how"]](), self.handle(entry), TEXT)
        except pkcs11.Refusal as refusal:
            must(refusal.name == proof["answer"], f"{entry['label']}, {proof['use']}: {refusal}")
        else:
            must(False, f"{entry['label']} must refuse to {proof['use']}")

    def check_attributes(self, entry):
        handle = self.handle(entry)
        for name, wanted in entry["attributes"].items():
            found = readable(self.session.read(handle, name))
            must(found == wanted, f"{entry['class']} {entry['label']}: CKA_{name} is {found}, and was {wanted}")


def readable(value):
    if isinstance(value, dict):
        return {name: each.hex() for name, each in sorted(value.items())}
    return value if isinstance(value, str) else value.hex()


def attributes_of(session, handle):
    """What is written down of an object: every attribute that it has, or that it refuses to tell."""
    told = {name: readable(session.read(handle, name)) for name in CKA}
    return {name: value for name, value in told.items() if value not in ("ATTRIBUTE_TYPE_INVALID", "")}


def check_objects(module, contents, is_patient):
    proofs = 0
    for token in contents["tokens"]:
        checker = Checker(module, token)
        stored = [object_class for object_class in CKO.values() if object_class <= CKO["SECRET_KEY"]]
        count = sum(len(checker.session.find(CLASS=each, TOKEN=True)) for each in stored)
        must(count == len(token["objects"]), f"{token['label']} has {count} objects, and had {len(token['objects'])}")
        for entry in token["objects"]:
            checker.check_attributes(entry)
        for entry in token["objects"]:
            for proof in entry.get("proofs", []):
                if proof.get("how") == "slh-dsa" and not is_patient:
                    continue
                try:
                    checker.prove(entry, proof)
                except (pkcs11.Refusal, LookupError) as refusal:
                    must(False, f"{entry['label']}, {proof['by']}: {refusal}")
                proofs += 1
        checker.session.logout()
        checker.session.close()
        print(f"  token {token['label']}: {count} objects")
    print(f"  {proofs} proofs hold")


def says(wanted, found, path):
    """Every member that was said must be said still; new members are none of our business."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        for name, value in wanted.items():
            must(name in found, f"{path}.{name} is not said any more")
            says(value, found[name], f"{path}.{name}")
    elif isinstance(wanted, list) and isinstance(found, list):
        must(len(wanted) == len(found), f"{path} has {len(found)} members, and had {len(wanted)}")
        for index, (one, other) in enumerate(zip(wanted, found)):
            says(one, other, f"{path}[{index}]")
    else:
        must(wanted == found, f"{path} is {found!r}, and was {wanted!r}")


def user(number):
    return {"kind": "user", "id": f"{number:032x}", "name": str(number)}


def named(names):
    """The principals of a policy of before format 7, by the names that were said of them. Ids of operators were not said."""
    return [{"kind": "operator", "name": each} if each.startswith("operator:") else user(int(each)) for each in names]


def as_now(said):
    """What was said before format 7 names people by numbers; they are principals now, and nobody has a number besides."""
    for each in said.get("operators", []) + said.get("clients", []):
        each.pop("number", None)
    for each in [said] + said.get("authorities", []):
        if "profile" in each:
            each["profile"]["signers"] = [user(one) if isinstance(one, int) else one for one in each["profile"]["signers"]]
    if "principal_names" in said:
        said["principals"] = named(said.pop("principal_names"))
    return said


def check_said(contents):
    for each in contents["said"]:
        answer = run(os.environ["COFFER"], *each["command"], "--json")
        must(answer.returncode == 0, f"{' '.join(each['command'])}: {answer.stderr.decode()}")
        says(as_now(each["says"]), json.loads(answer.stdout), " ".join(each["command"]))
    print(f"  {len(contents['said'])} commands say what they said")


if __name__ == "__main__":
    with open(sys.argv[2], encoding="utf-8") as file:
        written = json.load(file)
    if sys.argv[3] == "said":
        check_said(written)
    else:
        check_objects(pkcs11.Module(sys.argv[1]), written, sys.argv[3] == "objects")
