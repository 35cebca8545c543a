# Texts that GCM, CCM and ChaCha20-Poly1305 encrypt and decrypt in every way that PKCS#11 has, up to the longest, and what
# becomes of them when something ends in the middle.
#
# usage: long_texts.py PIN sizes|ends|locks|kills|network ...; the environment has COFFER_MODULE and COFFER_HOME.
import ctypes
import itertools
import os
import pathlib
import signal
import subprocess
import sys
import threading
from ctypes import byref, c_ubyte, c_ulong, c_void_p

from pkcs11 import Mechanism, MechanismStruct, Module, Refusal, number

MEBI = 1 << 20
LONGEST = 64 * MEBI
TAG_BYTES = 16
LAST = c_ulong(1)  # CKF_END_OF_MESSAGE
GCM, CCM, CHACHA = 0x1087, 0x1088, 0x4021
AES_KEY_GEN, CHACHA_KEY_GEN = 0x1080, 0x1225
NONCE_BYTES = {GCM: 12, CCM: 11, CHACHA: 12}
ASSOCIATED = b"what belongs to it"


def room_of(octets):
    return (c_ubyte * max(len(octets), 1)).from_buffer_copy(bytes(octets) or b"\0")


class Structure:
    """A structure of pointers and numbers, all of them CK_ULONG wide."""

    def __init__(self, *fields):
        self.rooms = [room_of(each) if not isinstance(each, int) else None for each in fields]
        values = [each if room is None else ctypes.addressof(room) for each, room in zip(fields, self.rooms)]
        self.room = room_of(b"".join(map(number, values)))

    def octets(self, index):
        return bytes(self.rooms[index])

    @property
    def arguments(self):
        return self.room, c_ulong(len(self.room))


def mechanism_of(kind, nonce, bytes_of_text):
    """CK_GCM_PARAMS, CK_CCM_PARAMS, CK_SALSA20_CHACHA20_POLY1305_PARAMS."""
    associated = (ASSOCIATED, len(ASSOCIATED))
    if kind == GCM:
        structure = Structure(nonce, len(nonce), 8 * len(nonce), *associated, 8 * TAG_BYTES)
    elif kind == CCM:
        structure = Structure(bytes_of_text, nonce, len(nonce), *associated, TAG_BYTES)
    else:
        structure = Structure(nonce, len(nonce), *associated)
    mechanism = Mechanism(kind)
    mechanism.kept.append(structure)
    mechanism.struct = MechanismStruct(kind, ctypes.addressof(structure.room), len(structure.room))
    return mechanism


def message_of(kind, nonce, bytes_of_text, tag):
    """CK_GCM_MESSAGE_PARAMS, CK_CCM_MESSAGE_PARAMS, CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS, and where the tag is."""
    if kind == GCM:
        return Structure(nonce, len(nonce), 0, 0, tag, 8 * TAG_BYTES), 4
    if kind == CCM:
        return Structure(bytes_of_text, nonce, len(nonce), 0, 0, tag, TAG_BYTES), 5
    return Structure(nonce, 8 * len(nonce), tag), 2


class Way:
    """One way to encrypt and to decrypt. `step` is the size of a part; nothing: all in one call."""

    def __init__(self, name, uses_messages, step=None):
        self.name, self.uses_messages, self.step = name, uses_messages, step

    def run(self, session, verb, kind, key, nonce, octets, between=lambda: None):
        work = self.message if self.uses_messages else self.plain
        return work(session, verb, kind, key, nonce, octets, between)

    def plain(self, session, verb, kind, key, nonce, octets, between):
        text_bytes = len(octets) - (TAG_BYTES if verb == "Decrypt" else 0)
        mechanism = mechanism_of(kind, nonce, text_bytes)
        session.call(f"C_{verb}Init", byref(mechanism.struct), c_ulong(key))
        given, out, length = room_of(octets), (c_ubyte * (len(octets) + TAG_BYTES))(), c_ulong()

        def take(function, offset, *part):
            length.value = len(out) - offset
            session.call(function, *part, byref(out, offset), byref(length))
            return offset + length.value

        if self.step is None:
            return bytes(memoryview(out)[: take(f"C_{verb}", 0, given, c_ulong(len(octets)))])
        end = 0
        for at in range(0, len(octets), self.step):
            end = take(f"C_{verb}Update", end, byref(given, at), c_ulong(min(self.step, len(octets) - at)))
            between()
        return bytes(memoryview(out)[: take(f"C_{verb}Final", end)])

    def message(self, session, verb, kind, key, nonce, octets, between):
        text, tag = octets, bytes(TAG_BYTES)
        if verb == "Decrypt":
            text, tag = octets[:-TAG_BYTES], octets[-TAG_BYTES:]
        parameter, tag_at = message_of(kind, nonce, len(text), tag)
        session.call(f"C_Message{verb}Init", byref(Mechanism(kind).struct), c_ulong(key))
        given, out, length = room_of(text), (c_ubyte * max(len(text), 1))(), c_ulong(len(text))
        associated = room_of(ASSOCIATED), c_ulong(len(ASSOCIATED))
        end = 0
        if self.step is None:
            session.call(f"C_{verb}Message", *parameter.arguments, *associated, given, c_ulong(len(text)), out, byref(length))
            end = length.value
        else:
            session.call(f"C_{verb}MessageBegin", *parameter.arguments, *associated)
            starts = range(0, max(len(text), 1), self.step)
            for at in starts:
                length.value = len(out) - end
                session.call(f"C_{verb}MessageNext", *parameter.arguments, byref(given, at),
                             c_ulong(min(self.step, len(text) - at)), byref(out, end), byref(length),
                             LAST if at == starts[-1] else c_ulong(0))
                end += length.value
                between()
        session.call(f"C_Message{verb}Final")
        return bytes(memoryview(out)[:end]) + (parameter.octets(tag_at) if verb == "Encrypt" else b"")


WAYS = [Way("in one call", False), Way("in parts", False, 700_001), Way("as a message", True),
        Way("as a message in parts", True, 900_007)]
IN_PARTS = [WAYS[1], WAYS[3]]
KEYS = [(GCM, 16), (GCM, 24), (GCM, 32), (CCM, 16), (CCM, 24), (CCM, 32), (CHACHA, 32)]


def make_key(session, kind, key_bytes):
    attributes = dict(ENCRYPT=True, DECRYPT=True)
    if kind == CHACHA:
        return session.generate(CHACHA_KEY_GEN, **attributes)
    return session.generate(AES_KEY_GEN, VALUE_LEN=key_bytes, **attributes)


def refusal_of(work):
    try:
        work()
    except Refusal as refusal:
        return refusal.name
    return "OK"


def must(what, *which):
    if not what:
        sys.exit("FAILED: " + " ".join(map(str, which)))


numbers = itertools.count(1)


def new_nonce(kind):
    return next(numbers).to_bytes(NONCE_BYTES[kind], "big")


def each_size(session):
    """Every key type and every way to encrypt, decrypted in every way; around the size of one request, and the longest."""
    sizes = [0, 1, 4 * MEBI - TAG_BYTES, 4 * MEBI, 4 * MEBI + 1, 5 * MEBI + 3]
    for kind, key_bytes in KEYS:
        key = make_key(session, kind, key_bytes)
        for size in sizes:
            text = os.urandom(size)
            nonce = new_nonce(kind)
            which = hex(kind), key_bytes, size
            # One nonce for one text, so that all ways must give the same.
            sealed = {way.run(session, "Encrypt", kind, key, nonce, text) for way in WAYS}
            must(len(sealed) == 1, "the ways to encrypt differ", *which)
            sealed = sealed.pop()
            for way in WAYS:
                must(way.run(session, "Decrypt", kind, key, nonce, sealed) == text, "decrypted", way.name, *which)
                wrong = sealed[:-1] + bytes([sealed[-1] ^ 1])
                refused = refusal_of(lambda: way.run(session, "Decrypt", kind, key, nonce, wrong))
                expected = "AEAD_DECRYPT_FAILED" if way.uses_messages else "ENCRYPTED_DATA_INVALID"
                must(refused == expected, "a wrong tag", way.name, refused, *which)
                session.call("C_SessionCancel", c_ulong(0xFFFFFFFF))
        session.destroy(key)


def the_longest(session):
    text = os.urandom(LONGEST)
    for kind in GCM, CCM, CHACHA:
        key = make_key(session, kind, 32)
        for encrypting, decrypting in zip(WAYS, WAYS[1:] + WAYS[:1]):
            nonce = new_nonce(kind)
            sealed = encrypting.run(session, "Encrypt", kind, key, nonce, text)
            must(decrypting.run(session, "Decrypt", kind, key, nonce, sealed) == text, hex(kind), decrypting.name)
            refused = refusal_of(lambda: encrypting.run(session, "Encrypt", kind, key, new_nonce(kind), text + b"+"))
            must(refused == "DATA_LEN_RANGE", "one octet more", hex(kind), encrypting.name, refused)
            session.call("C_SessionCancel", c_ulong(0xFFFFFFFF))


def begin_stream(session, key):
    mechanism = mechanism_of(GCM, new_nonce(GCM), 0)
    session.call("C_EncryptInit", byref(mechanism.struct), c_ulong(key))
    room, length = (c_ubyte * 64)(), c_ulong(64)
    session.call("C_EncryptUpdate", bytes(40), c_ulong(40), room, byref(length))


def finish_stream(session):
    room, length = (c_ubyte * 64)(), c_ulong(64)
    session.call("C_EncryptFinal", room, byref(length))


def ends(module, label, pin):
    """C_Logout and C_CloseSession in the middle: refused, and nothing is left of 1,000 at a time in the chip."""
    session = module.session(label)
    session.login(pin)
    for _ in range(3):
        key = make_key(session, GCM, 32)
        others = [module.session(label) for _ in range(1000)]
        for other in others:
            begin_stream(other, key)
        session.logout()
        for other in others:
            must(refusal_of(lambda: finish_stream(other)) == "USER_NOT_LOGGED_IN", "after C_Logout")
        session.login(pin)
        key = make_key(session, GCM, 32)
        for other in others:
            begin_stream(other, key)
        for other in others:
            other.close()
    for kind, way in itertools.product((GCM, CCM, CHACHA), IN_PARTS):
        key = make_key(session, kind, 32)
        text, nonce = os.urandom(5 * MEBI), new_nonce(kind)
        sealed = way.run(session, "Encrypt", kind, key, nonce, text)
        for verb, octets in ("Encrypt", text), ("Decrypt", sealed):
            other = module.session(label)
            calls = itertools.count()
            refused = refusal_of(lambda: way.run(
                other, verb, kind, key, nonce, octets, lambda: next(calls) == 2 and session.logout()))
            must(refused in ("USER_NOT_LOGGED_IN", "KEY_HANDLE_INVALID"), verb, hex(kind), way.name, refused)
            session.login(pin)
            other.close()
            key = make_key(session, kind, 32)
            sealed = way.run(session, "Encrypt", kind, key, nonce, text)
    session.close()


def chip_pid():
    guard = int(pathlib.Path(os.environ["COFFER_HOME"], "run/guard.pid").read_text())
    for child in pathlib.Path(f"/proc/{guard}/task/{guard}/children").read_text().split():
        if b"--role\0chip" in pathlib.Path(f"/proc/{child}/cmdline").read_bytes():
            return int(child)
    return None


def kill_chip():
    pid = chip_pid()
    if pid is not None:
        os.kill(pid, signal.SIGKILL)


BROKEN = "DEVICE_ERROR", "DEVICE_REMOVED", "OPERATION_NOT_INITIALIZED", "KEY_HANDLE_INVALID", "USER_NOT_LOGGED_IN"


def lasting_keys(session):
    return {kind: session.generate(CHACHA_KEY_GEN if kind == CHACHA else AES_KEY_GEN, TOKEN=True, ENCRYPT=True,
                                   DECRYPT=True, **({} if kind == CHACHA else {"VALUE_LEN": 32}))
            for kind in (GCM, CCM, CHACHA)}


def kills(module, label, pin):
    """The chip is killed between parts, and in the two passes: an error or the right octets, nothing else."""
    session, *others = (module.session(label) for _ in range(9))
    session.login(pin)
    keys = lasting_keys(session)
    text = os.urandom(9 * MEBI)
    # The guard waits longer after each death, so there are few.
    for kind, verb, way in (GCM, "Encrypt", WAYS[1]), (CHACHA, "Encrypt", WAYS[3]), (GCM, "Decrypt", WAYS[3]):
        key, nonce = keys[kind], new_nonce(kind)
        sealed = way.run(session, "Encrypt", kind, key, nonce, text)
        octets, right = (text, sealed) if verb == "Encrypt" else (sealed, text)
        calls, got = itertools.count(), []

        def between():
            if next(calls) == 3:
                kill_chip()
                # Other threads of the process are the first to begin something in the new chip.
                for other in others:
                    begin_stream(other, keys[GCM])

        refused = refusal_of(lambda: got.append(way.run(session, verb, kind, key, nonce, octets, between)))
        # What waits in the application needs no chip until its end.
        must(not got and refused in BROKEN if verb == "Encrypt" else got == [right], verb, hex(kind), way.name, refused)
        for other in others:
            finish_stream(other)
        session.call("C_SessionCancel", c_ulong(0xFFFFFFFF))
        must(way.run(session, "Encrypt", kind, key, nonce, text) == sealed, "the next one", hex(kind), way.name)

    text = os.urandom(LONGEST)
    for kind, key in keys.items():
        nonce = new_nonce(kind)
        sealed = WAYS[0].run(session, "Encrypt", kind, key, nonce, text)
        mechanism = mechanism_of(kind, nonce, len(text))
        session.call("C_DecryptInit", byref(mechanism.struct), c_ulong(key))
        out, length = room_of(b"\xee" * len(sealed)), c_ulong(len(sealed))
        killer = threading.Timer(0.1, kill_chip)
        killer.start()
        refused = refusal_of(lambda: session.call("C_Decrypt", sealed, c_ulong(len(sealed)), out, byref(length)))
        killer.join()
        written = bytes(out)[: len(text)]
        is_empty = written.rstrip(b"\xee").strip(b"\0") == b""
        must(written == text if refused == "OK" else refused in BROKEN and is_empty, "killed in", hex(kind), refused)
        must(WAYS[0].run(session, "Decrypt", kind, key, nonce, sealed) == text, "after the kills", hex(kind))
    for each in session, *others:
        each.close()


def locks(module, label, pin):
    """The vault is locked in the middle."""
    session = module.session(label)
    session.login(pin)
    keys = lasting_keys(session)
    text = os.urandom(5 * MEBI)
    for (kind, key), way, verb in itertools.product(keys.items(), IN_PARTS, ("Encrypt", "Decrypt")):
        nonce = new_nonce(kind)
        sealed = way.run(session, "Encrypt", kind, key, nonce, text)
        calls = itertools.count()
        octets = text if verb == "Encrypt" else sealed
        refused = refusal_of(lambda: way.run(session, verb, kind, key, nonce, octets,
                                             lambda: next(calls) == 3 and coffer("lock")))
        must(refused in BROKEN, verb, hex(kind), way.name, refused)
        coffer("unlock")
        session.call("C_SessionCancel", c_ulong(0xFFFFFFFF))
        # What was locked has forgotten who was logged in.
        if refusal_of(lambda: session.login(pin)) not in ("OK", "USER_ALREADY_LOGGED_IN"):
            session.close()
            session = module.session(label)
            session.login(pin)
        must(way.run(session, "Decrypt", kind, key, nonce, sealed) == text, "after the lock", hex(kind), way.name)
    session.close()


def coffer(verb):
    subprocess.run([os.environ["COFFER"], verb], check=True, stdout=subprocess.DEVNULL)


def network(module, label, pin):
    """Some of everything, while a bad network cuts connections."""
    session = module.session(label)
    session.login(pin)
    text = os.urandom(5 * MEBI + 3)
    for kind, key_bytes in (GCM, 32), (CCM, 16), (CHACHA, 32):
        key = make_key(session, kind, key_bytes)
        nonce = new_nonce(kind)
        sealed = {way.run(session, "Encrypt", kind, key, nonce, text) for way in WAYS}
        must(len(sealed) == 1, "the ways to encrypt differ", hex(kind))
        sealed = sealed.pop()
        for way in WAYS:
            must(way.run(session, "Decrypt", kind, key, nonce, sealed) == text, way.name, hex(kind))
    text = os.urandom(LONGEST)
    must(WAYS[3].run(session, "Decrypt", kind, key, nonce, WAYS[0].run(session, "Encrypt", kind, key, nonce, text)) == text,
         "the longest")
    session.close()


def main():
    module = Module(os.environ["COFFER_MODULE"])
    label, pin, *wanted = "texts", *sys.argv[1:]
    for each in wanted:
        work = {"ends": ends, "kills": kills, "locks": locks, "network": network}.get(each)
        if work is not None:
            work(module, label, pin)
        else:
            session = module.session(label)
            session.login(pin)
            each_size(session)
            the_longest(session)
            session.close()
        print(f"long texts: {each}")
    module.finish()


main()
