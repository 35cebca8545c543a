# The rows of docs/limits.md about one call and one command: each row here does as much as the row says, and then one more.
import os
import re
import subprocess
import sys
from ctypes import byref, c_ubyte, c_ulong

import pkcs11
from pkcs11 import CKO, CKK, Mechanism, Module, Refusal, number

KIB, MIB = 1 << 10, 1 << 20
RSA_PAIR, AES_GENERATE, GENERIC_GENERATE, ED_GENERATE = 0x0, 0x1080, 0x350, 0x1055
ED25519 = bytes.fromhex("06032b6570")

module = Module(os.environ["COFFER_MODULE"])
session = module.session("limits")
session.login("1234")
slot = next(each for each in module.slots() if module.label(each) == "limits")
aes = session.generate(AES_GENERATE, CLASS=CKO["SECRET_KEY"], VALUE_LEN=32, ENCRYPT=True, DECRYPT=True, DERIVE=True,
                       EXTRACTABLE=False)
hkdf = session.generate(0x402C, VALUE_LEN=32, DERIVE=True, EXTRACTABLE=True, SENSITIVE=False)
edwards = session.generate_pair(ED_GENERATE, {"EC_PARAMS": ED25519}, {})[1]
rsa = session.generate_pair(RSA_PAIR, {"MODULUS_BITS": 2048, "ENCRYPT": True}, {"DECRYPT": True, "SIGN": True})
NONCE = bytes(12)


def gcm(associated=0):
    return pkcs11.gcm(NONCE, bytes(associated))


def ccm(length, nonce=13, associated=0):
    return pkcs11_ccm(length, bytes(nonce), bytes(associated))


def pkcs11_ccm(length, nonce, associated):
    # CK_CCM_PARAMS: length of the data, nonce, associated data, length of the tag.
    import ctypes
    mechanism = Mechanism(0x1088)
    rooms = [(c_ubyte * max(len(each), 1)).from_buffer_copy(each or b"\0") for each in (nonce, associated)]
    octets = number(length) + number(ctypes.addressof(rooms[0])) + number(len(nonce))
    octets += number(ctypes.addressof(rooms[1]) if associated else 0) + number(len(associated)) + number(16)
    parameter = (c_ubyte * len(octets)).from_buffer_copy(octets)
    mechanism.kept = [*rooms, parameter]
    mechanism.struct = pkcs11.MechanismStruct(0x1088, ctypes.addressof(parameter), len(octets))
    return mechanism


def oaep(label):
    # CKM_SHA256, CKG_MGF1_SHA256, CKZ_DATA_SPECIFIED and a label.
    return Mechanism(0x9, parts=[0x250, 2, 1, bytes(label)])


def data(bytes_of_value, more=0):
    attributes = {"CLASS": CKO["DATA"], "VALUE": bytes(bytes_of_value)}
    if more:
        attributes["APPLICATION"] = bytes(more)
    session.destroy(session.create(**attributes))


def data_on_disk(bytes_of_value, more=0):
    attributes = {"CLASS": CKO["DATA"], "TOKEN": True, "VALUE": bytes(bytes_of_value), "LABEL": bytes(more)}
    handle = session.create(**attributes)
    assert len(session.read(handle, "VALUE")) == bytes_of_value
    session.destroy(handle)


def template(count):
    """Looks for objects with so many attributes, of which there are none."""
    array = (pkcs11.Attribute * count)()
    room = (c_ubyte * 1)()
    for each in array:
        each.type, each.value, each.length = 3, pkcs11.ctypes.addressof(room), 1
    session.call("C_FindObjectsInit", array, c_ulong(count))
    session.call("C_FindObjectsFinal")


def set_pin(length):
    session.call("C_SetPIN", b"1234", c_ulong(4), b"p" * length, c_ulong(length))
    session.call("C_SetPIN", b"p" * length, c_ulong(length), b"1234", c_ulong(4))


def login_as(length):
    session.logout()
    try:
        session.login_as("n" * length, "1234")
    finally:
        session.login("1234")


def secret(length):
    session.destroy(session.generate(GENERIC_GENERATE, VALUE_LEN=length))


def derived(length):
    session.destroy(session.derive(pkcs11.hkdf_sha256(b"limits"), hkdf, CLASS=CKO["SECRET_KEY"],
                                   KEY_TYPE=CKK["GENERIC_SECRET"], VALUE_LEN=length))


def derived_sha512(length):
    mechanism = pkcs11.hkdf_sha256(b"limits")
    mechanism.kept[1][8:16] = list(number(0x270))
    session.destroy(session.derive(mechanism, hkdf, CLASS=CKO["SECRET_KEY"], KEY_TYPE=CKK["GENERIC_SECRET"],
                                   VALUE_LEN=length))


def rsa_pair(bits):
    for handle in session.generate_pair(RSA_PAIR, {"MODULUS_BITS": bits}, {}):
        session.destroy(handle)


def wrapped(length):
    mechanism = Mechanism(0x210B)  # CKM_AES_KEY_WRAP_KWP
    session.encrypt(mechanism, aes, bytes(length))


def seed(length):
    session.call("C_SeedRandom", bytes(length), c_ulong(length))


def random(length):
    session.call("C_GenerateRandom", (c_ubyte * length)(), c_ulong(length))


def aad_by_message(length):
    session.call("C_MessageEncryptInit", byref(Mechanism(0x1087).struct), c_ulong(aes))
    try:
        room, tag = (c_ubyte * 12)(), (c_ubyte * 16)()
        address = pkcs11.ctypes.addressof
        parameter = number(address(room)) + number(12) + number(0) + number(0) + number(address(tag)) + number(128)
        held = (c_ubyte * len(parameter)).from_buffer_copy(parameter)
        out, count = (c_ubyte * 64)(), c_ulong(64)
        session.call("C_EncryptMessage", held, c_ulong(len(parameter)), bytes(length), c_ulong(length), b"x", c_ulong(1),
                     out, byref(count))
    finally:
        session.call("C_MessageEncryptFinal")


def hkdf_info(length):
    session.destroy(session.derive(pkcs11.hkdf_sha256(bytes(length)), hkdf, CLASS=CKO["SECRET_KEY"],
                                   KEY_TYPE=CKK["GENERIC_SECRET"], VALUE_LEN=32))


def eddsa_context(length):
    # CK_EDDSA_PARAMS: phFlag, context.
    session.sign(Mechanism(0x1057, parts=[0, length, address_of(bytes(length))]), edwards, b"x")


held = []


def address_of(octets):
    held.append((c_ubyte * len(octets)).from_buffer_copy(octets))
    return pkcs11.ctypes.addressof(held[-1])


def protected_secret(length):
    session.destroy(session.generate(GENERIC_GENERATE, VALUE_LEN=length, SENSITIVE=True, EXTRACTABLE=False))


def pbkdf2(iterations, salt=8):
    # CK_PKCS5_PBKD2_PARAMS2: CKZ_SALT_SPECIFIED, salt, iterations, CKP_PKCS5_PBKD2_HMAC_SHA256, none, password.
    mechanism = Mechanism(0x3B0, parts=[1, bytes(salt), iterations, 4, b"", b"a password"])
    template, handle = pkcs11.Template({"VALUE_LEN": 32}), c_ulong()
    session.call("C_GenerateKey", byref(mechanism.struct), template.array, c_ulong(1), byref(handle))
    session.destroy(handle.value)


def sessions(count):
    """As many beside the one there is."""
    opened = []
    try:
        opened.extend(pkcs11.Session(module, slot) for _ in range(count))
    finally:
        for each in opened:
            each.close()


def iv(length):
    session.encrypt(pkcs11_gcm_iv(length), aes, b"x")


def pkcs11_gcm_iv(length):
    import ctypes
    mechanism, room = Mechanism(0x1087), (c_ubyte * length)()
    octets = b"".join(number(each) for each in (ctypes.addressof(room), length, 8 * length, 0, 0, 128))
    parameter = (c_ubyte * len(octets)).from_buffer_copy(octets)
    mechanism.kept = [room, parameter]
    mechanism.struct = pkcs11.MechanismStruct(0x1087, ctypes.addressof(parameter), len(octets))
    return mechanism


# what, at most, as much as that, {the answer: one more}
CALLS = [
    ("one encryption with GCM, CCM, ChaCha20-Poly1305, in one call, in parts or as a message", "64 MiB",
     lambda: session.encrypt(gcm(), aes, bytes(64 * MIB)),
     {"DATA_LEN_RANGE": lambda: session.encrypt(gcm(), aes, bytes(64 * MIB + 1))}),
    ("one decryption with them", "what the application's memory holds; CCM by its nonce, GCM 64 GiB",
     lambda: session.decrypt(ccm(65535), aes, session.encrypt(ccm(65535), aes, bytes(65535))),
     {"ENCRYPTED_DATA_LEN_RANGE": lambda: session.decrypt(ccm(65536), aes, bytes(65536 + 16)), "HOST_MEMORY": None}),
    ("associated data", "1 MiB",
     lambda: (session.encrypt(gcm(MIB), aes, b"x"), aad_by_message(MIB)),
     {"MECHANISM_PARAM_INVALID": lambda: session.encrypt(gcm(MIB + 1), aes, b"x"),
      "ARGUMENTS_BAD": lambda: aad_by_message(MIB + 1)}),
    ("what EdDSA, ML-DSA, SLH-DSA sign, and AES-XTS and key wrapping encrypt", "4 MiB",
     lambda: (session.sign(Mechanism(0x1057), edwards, bytes(4 * MIB)), wrapped(4 * MIB)),
     {"DATA_LEN_RANGE": lambda: session.sign(Mechanism(0x1057), edwards, bytes(4 * MIB + 1)),
      "ENCRYPTED_DATA_LEN_RANGE": lambda: session.decrypt(Mechanism(0x210B), aes, bytes(4 * MIB + 32))}),
    ("the value of one attribute (a certificate, data)", "1 MiB",
     lambda: (data(MIB), data_on_disk(MIB)), {"DEVICE_MEMORY": lambda: data(MIB + 1)}),
    ("all values of an object together", "1,536 KiB",
     lambda: data_on_disk(MIB, 511 * KIB), {"DEVICE_MEMORY": lambda: data(MIB, 512 * KIB + 1)}),
    ("attributes in a template", "64",
     # A template of one attribute so often is refused for that.
     lambda: expect("TEMPLATE_INCONSISTENT", lambda: template(64), may_work=True),
     {"TEMPLATE_INCONSISTENT": lambda: template(65)}),
    ("a generic secret, or a key for HMAC or HKDF", "16,320 octets", lambda: secret(16320),
     {"KEY_SIZE_RANGE": lambda: secret(16321)}),
    ("a derived key", "16,320 octets, and what its mechanism gives", lambda: (derived_sha512(16320), derived(8160)),
     {"KEY_SIZE_RANGE": lambda: (expect("KEY_SIZE_RANGE", lambda: derived(8161)), derived_sha512(16321))}),
    ("the modulus of an RSA key that is made", "2,048 to 4,096 bits", lambda: (rsa_pair(2048), rsa_pair(4096)),
     {"KEY_SIZE_RANGE": lambda: (expect("KEY_SIZE_RANGE", lambda: rsa_pair(2040)), rsa_pair(4104))}),
    ("the IV of GCM", "128 octets", lambda: iv(128), {"MECHANISM_PARAM_INVALID": lambda: iv(129)}),
    ("the label of OAEP, the info and salt of HKDF, the salt of PBKDF2, shared data of ECDH", "8,192 octets",
     lambda: (session.encrypt(oaep(8192), rsa[0], b"x"), hkdf_info(8192), pbkdf2(1000, 8192)),
     {"MECHANISM_PARAM_INVALID": lambda: (expect("MECHANISM_PARAM_INVALID", lambda: hkdf_info(8193)),
                                          expect("MECHANISM_PARAM_INVALID", lambda: pbkdf2(1000, 8193)),
                                          session.encrypt(oaep(8193), rsa[0], b"x"))}),
    ("random octets, and a seed", "as many as are asked for", lambda: (random(3 * MIB + 1), seed(MIB)), {}),
    ("the context of EdDSA, ML-DSA, SLH-DSA", "255 octets", lambda: eddsa_context(255),
     {"MECHANISM_PARAM_INVALID": lambda: eddsa_context(256)}),
    ("a generic secret that is sensitive or cannot be extracted", "16 octets at least", lambda: protected_secret(16),
     {"KEY_SIZE_RANGE": lambda: protected_secret(15)}),
    ("iterations of PBKDF2, times the digests that the key is long", "10,000,000", lambda: pbkdf2(10**7),
     {"MECHANISM_PARAM_INVALID": lambda: pbkdf2(10**7 + 1)}),
    ("sessions of an application", "65,536", lambda: sessions(65535), {"SESSION_COUNT": lambda: sessions(65536)}),
    # A new PIN ends the login, and what was made in it.
    ("a PIN", "4 to 255 octets", lambda: (set_pin(255), set_pin(5)),
     {"PIN_LEN_RANGE": lambda: (expect("PIN_LEN_RANGE", lambda: set_pin(3)), set_pin(256))}),
    ("the name of an operator (C_LoginUser)", "64 octets", lambda: expect("PIN_INCORRECT", lambda: login_as(64)),
     {"PIN_INCORRECT": lambda: login_as(65)}),
]

NAME = "abcdefghijklmnop" * 300


def coffer(*arguments):
    done = subprocess.run([os.environ["COFFER"], *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE)
    return done.returncode, done.stderr.decode()


def many(option, count, value="p{}"):
    return [word for index in range(count) for word in (option, value.format(index))]


def zeros(count):
    with open("zeros", "wb") as file:
        file.truncate(count)
    return "zeros"


def passphrase(length):
    with open("passphrase", "w", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
        file.write("p" * length)
    return "passphrase"


def public_key(length):
    line = open("key.pub").read().rstrip("\n") + " "
    with open("long.pub", "w") as file:
        file.write(line + "c" * (length - len(line)))
    return "long.pub"


PINS = ["--pin-file", "pin", "--so-pin-file", "so-pin"]
SIGN = ["ca", "sign", "limits", "--public-key", "key.pub", "-o", "-"]
AUTHORITY = ["--kind", "ssh-user"]
ONE_HOUR = ["--ttl", "1h", "--principal", "me"]
PINNED = ["--token", "limits", "--pin-file", "pin"]
POLICY = ["key", "policy", "set", "--label", "signer", *PINNED, "--so-pin-file", "so-pin"]

# what, at most, a command line that works, what its message says beyond it, a command line with one more
COMMANDS = [
    ("the label of a token", "32 octets", lambda: ["token", "create", NAME[:32], *PINS],
     "the label may have 32 octets, and has 33", lambda: ["token", "create", NAME[:33], *PINS]),
    ("a PIN", "4 to 255 octets", lambda: ["token", "create", "long", "--pin-file", "pin-of-255", "--so-pin-file", "pin-of-4"],
     "it takes 4 to 255 octets", lambda: ["token", "create", "longer", "--pin-file", "pin-of-256", "--so-pin-file", "so-pin"]),
    ("a passphrase", "8 to 1024 octets", lambda: ["backup", "keep", "--passphrase-file", passphrase(1024)],
     "it takes 8 to 1024 octets", lambda: ["backup", "keep", "--passphrase-file", passphrase(1025)]),
    ("`--stretch-ms`", "10 to 60000", lambda: ["backup", "keep", "--passphrase-file", passphrase(8), "--stretch-ms", "10"],
     "--stretch-ms takes a number of milliseconds from 10 to 60000, and not '60001'",
     lambda: ["backup", "keep", "--passphrase-file", passphrase(8), "--stretch-ms", "60001"]),
    ("tokens of a signal of tampering", "256", lambda: ["tamper", "set", "failures=log", *many("--token", 256, "limits")],
     "option '--token' may be given 256 times, and is given 257 times",
     lambda: ["tamper", "set", "failures=log", *many("--token", 257, "limits")]),
    ("networks of an authority", "32", lambda: ["ca", "create", "near", *AUTHORITY, "--principal", "me", *many("--source-address", 32, "10.0.0.{}/32")],
     "option '--source-address' may be given 32 times, and is given 33 times",
     lambda: ["ca", "create", "nearer", *AUTHORITY, "--principal", "me", *many("--source-address", 33, "10.0.0.{}/32")]),
    ("the name of an operator", "64 octets", lambda: ["operator", "add", "limits", NAME[:64], *PINS],
     "the name may have 64 octets, and has 65", lambda: ["operator", "add", "limits", NAME[:65], *PINS]),
    ("the name of a client of the network", "64 octets", lambda: ["net", "enroll-token", NAME[:64], "--token", "limits"],
     "the name may have 64 octets, and has 65", lambda: ["net", "enroll-token", NAME[:65], "--token", "limits"]),
    ("tokens that a client sees", "64", lambda: ["net", "enroll-token", "many", *many("--token", 64, "limits")],
     "option '--token' may be given 64 times, and is given 65 times",
     lambda: ["net", "enroll-token", "more", *many("--token", 65, "limits")]),
    ("the life of an enrolment token", "1d", lambda: ["net", "enroll-token", "day", "--token", "limits", "--ttl", "1d"],
     "--ttl is a time up to 1d", lambda: ["net", "enroll-token", "day", "--token", "limits", "--ttl", "86401s"]),
    ("tokens of one grant", "256", lambda: ["grant", "add", "nobody", *many("--token", 256, "limits")],
     "option '--token' may be given 256 times, and is given 257 times",
     lambda: ["grant", "add", "nobody", *many("--token", 257, "limits")]),
    ("the name of an authority", "64 octets", lambda: ["ca", "create", NAME[:64], *AUTHORITY, "--principal", "me"],
     "the name may have 64 octets, and has 65", lambda: ["ca", "create", NAME[:65], *AUTHORITY, "--principal", "me"]),
    ("a principal of an authority or a certificate", "256 octets",
     lambda: ["ca", "create", "wide", *AUTHORITY, "--principal", NAME[:256]],
     "option '--principal' may have 256 octets, and has 257", lambda: [*SIGN, "--ttl", "1h", "--principal", NAME[:257]]),
    ("principals of an authority", "64", lambda: ["ca", "create", "many", *AUTHORITY, *many("--principal", 64)],
     "option '--principal' may be given 64 times, and is given 65 times",
     lambda: ["ca", "create", "more", *AUTHORITY, *many("--principal", 65)]),
    ("principals of a certificate", "64", lambda: [*SIGN, "--ttl", "1h", *many("--principal", 64)],
     "option '--principal' may be given 64 times, and is given 65 times",
     lambda: [*SIGN, "--ttl", "1h", *many("--principal", 65)]),
    ("the id of a certificate", "256 octets", lambda: [*SIGN, *ONE_HOUR, "--id", NAME[:256]],
     "option '--id' may have 256 octets, and has 257", lambda: [*SIGN, *ONE_HOUR, "--id", NAME[:257]]),
    ("the life of a user's certificate", "366d, and what the authority allows", lambda: [*SIGN, "--ttl", "366d", "--principal", "me"],
     "the lifetime exceeds the profile", lambda: [*SIGN, "--ttl", "31622401s", "--principal", "me"]),
    ("`--max-ttl` of an authority", "366d for users, 3660d for hosts",
     lambda: ["ca", "create", "old", "--kind", "ssh-host", "--principal", "*", "--max-ttl", "3660d"],
     "a profile allows at most 366d for users and 3660d for hosts",
     lambda: ["ca", "create", "older", "--kind", "ssh-host", "--principal", "*", "--max-ttl", "3661d"]),
    ("the value of an option of a certificate", "4,096 octets", lambda: [*SIGN, *ONE_HOUR, "--option", "force-command=" + NAME[:4096]],
     "the value of option 'force-command' may have 4096 octets, and has 4097",
     lambda: [*SIGN, *ONE_HOUR, "--option", "force-command=" + NAME[:4097]]),
    ("a file with a public key of SSH", "128 KiB", lambda: [*SIGN[:3], "--public-key", public_key(131072), "-o", "-", *ONE_HOUR],
     "is longer than 131072 octets", lambda: [*SIGN[:3], "--public-key", public_key(131073), "-o", "-", *ONE_HOUR]),
    ("what `key sign` signs with ed25519", "4 MiB",
     lambda: ["key", "sign", "--label", "signer", *PINNED, "--in", zeros(4 * MIB), "-o", "out"],
     "this mechanism takes at most 4 MiB",
     lambda: ["key", "sign", "--label", "signer", *PINNED, "--in", zeros(4 * MIB + 1), "-o", "out"]),
    ("what `key encrypt` encrypts with an aes key", "4 MiB",
     lambda: ["key", "encrypt", "--label", "cipher", *PINNED, "--in", zeros(4 * MIB), "-o", "out"],
     "is longer than 4194304 octets",
     lambda: ["key", "encrypt", "--label", "cipher", *PINNED, "--in", zeros(4 * MIB + 1), "-o", "out"]),
    ("mechanisms of a key's policy", "64", lambda: [*POLICY, *many("--mechanism", 64, "ed25519")],
     "option '--mechanism' may be given 64 times, and is given 65 times", lambda: [*POLICY, *many("--mechanism", 65, "ed25519")]),
    ("principals of a key's policy", "256", lambda: [*POLICY, *many("--principal", 256, "{}")],
     "option '--principal' may be given 256 times, and is given 257 times", lambda: [*POLICY, *many("--principal", 257, "{}")]),
    ("the rate of a key's policy", "1000000 uses in 366d", lambda: [*POLICY, "--rate", "1000000/366d"],
     "at most 1000000 uses in 366d, and not '1000001/366d'", lambda: [*POLICY, "--rate", "1000001/366d"]),
    ("how long a destroyed object can come back", "366d", lambda: ["token", "policy", "set", "limits", "--undelete-window", "366d"],
     "--undelete-window is a time up to 366d", lambda: ["token", "policy", "set", "limits", "--undelete-window", "367d"]),
    ("shares of a backup, and those that it takes", "2 to 16", lambda: ["backup", "keep", "--custodians", "16/16", "--shares", "shares"],
     "both from 2 to 16, and not '2/17'", lambda: ["backup", "keep", "--custodians", "2/17", "--shares", "more"]),
    ("a time that is written as a duration", "36600d", lambda: [*POLICY, "--not-after", "36600d"],
     "a duration is at most a hundred years (36600d)", lambda: [*SIGN, "--principal", "me", "--ttl", "36601d"]),
]

faults = []


def expect(name, work, may_work=False):
    try:
        work()
    except Refusal as refusal:
        if refusal.name != name:
            raise
        return
    if not may_work:
        raise AssertionError(f"nothing was refused with CKR_{name}")


def rows_of(document, heading):
    """The rows of the table below a heading, as lists of cells."""
    part = document.split(f"## {heading}\n")[1].split("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in part.splitlines() if line.startswith("| ")]
    return [[cell.strip(" |") for cell in row] for row in rows[1:] if not set(row[0]) <= set("-|")]


def compare(heading, written, held):
    if written != held:
        for row in written:
            if row not in held:
                faults.append(f"{heading}: only in the document: {row}")
        for row in held:
            if row not in written:
                faults.append(f"{heading}: only in the test: {row}")


document = open(sys.argv[1]).read()
compare("calls", sorted([row[0], row[1], sorted(re.findall(r"CKR_(\w+)", row[2]))] for row in rows_of(document, "What one call may carry")),
        sorted([what, most, sorted(beyond)] for what, most, _, beyond in CALLS))
compare("commands", sorted(row[:3] for row in rows_of(document, "What one command may carry")),
        sorted([what, most, f"\"{message}\""] for what, most, _, message, _ in COMMANDS))

for what, most, enough, beyond in CALLS:
    try:
        enough()
    except (Refusal, AssertionError) as refusal:
        faults.append(f"{what}: {most} do not work: {refusal}")
    for name, more in beyond.items():
        try:
            if more is not None:
                expect(name, more)
        except (Refusal, AssertionError) as refusal:
            faults.append(f"{what}: beyond {most} it must be CKR_{name}: {refusal}")
for what, most, enough, message, more in COMMANDS:
    code, text = coffer(*enough())
    if code != 0:
        faults.append(f"{what}: {most} do not work: {text}")
    code, text = coffer(*more())
    if code == 0 or message not in text:
        faults.append(f"{what}: beyond {most} it must say '{message}', and says: {text}")
print("\n".join(faults))
sys.exit(1 if faults else 0)
