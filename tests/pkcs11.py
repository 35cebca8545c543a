# PKCS#11 for tests in Python: the module's functions by ctypes, with nothing in between that knows better. Numbers are
# those of the standard (PKCS#11 3.2); an answer other than CKR_OK is a Refusal.
import ctypes
from ctypes import POINTER, byref, c_ubyte, c_ulong, c_void_p

CKA = dict(
    CLASS=0x0, TOKEN=0x1, PRIVATE=0x2, LABEL=0x3, UNIQUE_ID=0x4, APPLICATION=0x10, VALUE=0x11, OBJECT_ID=0x12,
    CERTIFICATE_TYPE=0x80, ISSUER=0x81, SERIAL_NUMBER=0x82, TRUSTED=0x86, CERTIFICATE_CATEGORY=0x87,
    CHECK_VALUE=0x90, KEY_TYPE=0x100, SUBJECT=0x101, ID=0x102, SENSITIVE=0x103, ENCRYPT=0x104, DECRYPT=0x105,
    WRAP=0x106, UNWRAP=0x107, SIGN=0x108, SIGN_RECOVER=0x109, VERIFY=0x10A, VERIFY_RECOVER=0x10B, DERIVE=0x10C,
    START_DATE=0x110, END_DATE=0x111, MODULUS=0x120, MODULUS_BITS=0x121, PUBLIC_EXPONENT=0x122,
    PUBLIC_KEY_INFO=0x129, VALUE_LEN=0x161, EXTRACTABLE=0x162, LOCAL=0x163, NEVER_EXTRACTABLE=0x164,
    ALWAYS_SENSITIVE=0x165, KEY_GEN_MECHANISM=0x166, MODIFIABLE=0x170, COPYABLE=0x171, DESTROYABLE=0x172,
    EC_PARAMS=0x180, EC_POINT=0x181, ALWAYS_AUTHENTICATE=0x202, WRAP_WITH_TRUSTED=0x210, PARAMETER_SET=0x61D,
    ENCAPSULATE=0x633, DECAPSULATE=0x634, WRAP_TEMPLATE=0x40000211, UNWRAP_TEMPLATE=0x40000212,
    DERIVE_TEMPLATE=0x40000213, ALLOWED_MECHANISMS=0x40000600)
NESTED = {CKA["WRAP_TEMPLATE"], CKA["UNWRAP_TEMPLATE"], CKA["DERIVE_TEMPLATE"]}
CKO = dict(DATA=0, CERTIFICATE=1, PUBLIC_KEY=2, PRIVATE_KEY=3, SECRET_KEY=4, MECHANISM=7, PROFILE=9)
CKK = dict(
    RSA=0, EC=3, GENERIC_SECRET=0x10, DES3=0x15, AES=0x1F, MD5_HMAC=0x27, SHA_1_HMAC=0x28, SHA256_HMAC=0x2B,
    SHA384_HMAC=0x2C, SHA512_HMAC=0x2D, SHA224_HMAC=0x2E, CHACHA20=0x33, AES_XTS=0x35, SHA3_224_HMAC=0x36,
    SHA3_256_HMAC=0x37, SHA3_384_HMAC=0x38, SHA3_512_HMAC=0x39, EC_EDWARDS=0x40, EC_MONTGOMERY=0x41, HKDF=0x42,
    SHA512_224_HMAC=0x43, SHA512_256_HMAC=0x44, ML_KEM=0x49, ML_DSA=0x4A, SLH_DSA=0x4B)
CKU_SO, CKU_USER, CKU_CONTEXT_SPECIFIC = 0, 1, 2
CKR = {
    0x00: "OK", 0x05: "GENERAL_ERROR", 0x06: "FUNCTION_FAILED", 0x07: "ARGUMENTS_BAD", 0x11: "ATTRIBUTE_SENSITIVE",
    0x12: "ATTRIBUTE_TYPE_INVALID", 0x13: "ATTRIBUTE_VALUE_INVALID", 0x1B: "ACTION_PROHIBITED",
    0x21: "DATA_LEN_RANGE", 0x30: "DEVICE_ERROR", 0x31: "DEVICE_MEMORY", 0x32: "DEVICE_REMOVED",
    0x40: "ENCRYPTED_DATA_INVALID", 0x41: "ENCRYPTED_DATA_LEN_RANGE", 0x42: "AEAD_DECRYPT_FAILED",
    0x60: "KEY_HANDLE_INVALID", 0x62: "KEY_SIZE_RANGE", 0x68: "KEY_FUNCTION_NOT_PERMITTED", 0x69: "KEY_NOT_WRAPPABLE",
    0x6A: "KEY_UNEXTRACTABLE", 0x70: "MECHANISM_INVALID", 0x71: "MECHANISM_PARAM_INVALID",
    0x82: "OBJECT_HANDLE_INVALID", 0x91: "OPERATION_NOT_INITIALIZED", 0xA0: "PIN_INCORRECT", 0xA2: "PIN_LEN_RANGE",
    0xA4: "PIN_LOCKED", 0xB1: "SESSION_COUNT", 0xC0: "SIGNATURE_INVALID", 0xD1: "TEMPLATE_INCONSISTENT",
    0xE0: "TOKEN_NOT_PRESENT", 0xE1: "TOKEN_NOT_RECOGNIZED", 0x100: "USER_ALREADY_LOGGED_IN",
    0x101: "USER_NOT_LOGGED_IN", 0x102: "USER_PIN_NOT_INITIALIZED", 0x103: "USER_TYPE_INVALID",
    0x200: "FUNCTION_REJECTED",
}


class Refusal(Exception):
    def __init__(self, function, value):
        super().__init__(f"{function}: CKR_{CKR.get(value, hex(value))}")
        self.name = CKR.get(value, hex(value))


class Attribute(ctypes.Structure):
    _fields_ = [("type", c_ulong), ("value", c_void_p), ("length", c_ulong)]


class MechanismStruct(ctypes.Structure):
    _fields_ = [("number", c_ulong), ("parameter", c_void_p), ("length", c_ulong)]


def number(value):
    return int(value).to_bytes(8, "little")


def octets_of(value):
    if isinstance(value, bool):
        return bytes([value])
    if isinstance(value, int):
        return number(value)
    return value.encode() if isinstance(value, str) else bytes(value)


class Template:
    """Attributes by name, as C wants them; a dict as the value is a template inside."""

    def __init__(self, attributes):
        self.kept = []
        self.array = (Attribute * max(len(attributes), 1))()
        self.count = len(attributes)
        for entry, (name, value) in zip(self.array, attributes.items()):
            entry.type = CKA[name]
            if isinstance(value, dict):
                inner = Template(value)
                self.kept.append(inner)
                entry.value, entry.length = ctypes.addressof(inner.array), inner.count * ctypes.sizeof(Attribute)
                continue
            octets = octets_of(value)
            room = (c_ubyte * max(len(octets), 1)).from_buffer_copy(octets or b"\0")
            self.kept.append(room)
            entry.value, entry.length = ctypes.addressof(room), len(octets)


class Mechanism:
    """A mechanism with a parameter of octets, or of a structure that `parts` name: numbers, octets (pointer and length)."""

    def __init__(self, value, parameter=b"", parts=None):
        self.kept = []
        octets = bytes(parameter)
        for part in parts or ():
            if isinstance(part, int):
                octets += number(part)
                continue
            room = (c_ubyte * max(len(part), 1)).from_buffer_copy(bytes(part) or b"\0")
            self.kept.append(room)
            octets += number(ctypes.addressof(room) if part else 0) + number(len(part))
        room = (c_ubyte * max(len(octets), 1)).from_buffer_copy(octets or b"\0")
        self.kept.append(room)
        self.struct = MechanismStruct(value, ctypes.addressof(room) if octets else None, len(octets))


def gcm(nonce, associated=b""):
    parameter = Mechanism(0x1087)
    parameter.kept = [(c_ubyte * 12).from_buffer_copy(nonce), (c_ubyte * max(len(associated), 1)).from_buffer_copy(
        associated or b"\0")]
    octets = b"".join(number(each) for each in (
        ctypes.addressof(parameter.kept[0]), 12, 96, ctypes.addressof(parameter.kept[1]) if associated else 0,
        len(associated), 128))
    room = (c_ubyte * len(octets)).from_buffer_copy(octets)
    parameter.kept.append(room)
    parameter.struct = MechanismStruct(0x1087, ctypes.addressof(room), len(octets))
    return parameter


def oaep_sha256():
    # CKM_SHA256, CKG_MGF1_SHA256, CKZ_DATA_SPECIFIED without data.
    return Mechanism(0x9, number(0x250) + number(2) + number(1) + number(0) + number(0))


def pss_sha256():
    return Mechanism(0x43, number(0x250) + number(2) + number(32))


def ecdh(peer):
    # CKD_NULL, no shared data, the peer's point.
    mechanism = Mechanism(0x1050)
    room = (c_ubyte * len(peer)).from_buffer_copy(peer)
    octets = number(1) + number(0) + number(0) + number(len(peer)) + number(ctypes.addressof(room))
    parameter = (c_ubyte * len(octets)).from_buffer_copy(octets)
    mechanism.kept = [room, parameter]
    mechanism.struct = MechanismStruct(0x1050, ctypes.addressof(parameter), len(octets))
    return mechanism


def hkdf_sha256(info):
    # bExtract, bExpand, CKM_SHA256, CKF_HKDF_SALT_NULL.
    mechanism = Mechanism(0x402A)
    room = (c_ubyte * len(info)).from_buffer_copy(info)
    octets = b"\1\1" + bytes(6) + number(0x250) + number(1) + number(0) + number(0) + number(0)
    octets += number(ctypes.addressof(room)) + number(len(info))
    parameter = (c_ubyte * len(octets)).from_buffer_copy(octets)
    mechanism.kept = [room, parameter]
    mechanism.struct = MechanismStruct(0x402A, ctypes.addressof(parameter), len(octets))
    return mechanism


def deterministic(value):
    # CK_SIGN_ADDITIONAL_CONTEXT with CKH_DETERMINISTIC_REQUIRED (2) and no context.
    return Mechanism(value, number(2) + number(0) + number(0))


class Module:
    def __init__(self, path):
        self.library = ctypes.CDLL(path)
        self.call("C_Initialize", None)

    def call(self, function, *arguments):
        value = getattr(self.library, function)(*arguments)
        if value != 0:
            raise Refusal(function, value & 0xFFFFFFFFFFFFFFFF)

    def slots(self):
        count = c_ulong()
        self.call("C_GetSlotList", c_ubyte(1), None, byref(count))
        numbers = (c_ulong * count.value)()
        self.call("C_GetSlotList", c_ubyte(1), numbers, byref(count))
        return list(numbers[: count.value])

    def label(self, slot):
        room = (c_ubyte * 512)()
        self.call("C_GetTokenInfo", c_ulong(slot), room)
        return bytes(room[:32]).decode().rstrip()

    def session(self, label):
        for slot in self.slots():
            if self.label(slot) == label:
                return Session(self, slot)
        raise LookupError(f"there is no token {label}")

    def finish(self):
        self.call("C_Finalize", None)


class Session:
    def __init__(self, module, slot):
        self.module = module
        handle = c_ulong()
        module.call("C_OpenSession", c_ulong(slot), c_ulong(6), None, None, byref(handle))  # serial, read and write
        self.handle = handle

    def call(self, function, *arguments):
        self.module.call(function, self.handle, *arguments)

    def close(self):
        self.call("C_CloseSession")

    def login(self, pin, user=CKU_USER):
        self.call("C_Login", c_ulong(user), pin.encode(), c_ulong(len(pin)))

    def login_as(self, name, pin):
        self.call("C_LoginUser", c_ulong(CKU_USER), pin.encode(), c_ulong(len(pin)), name.encode(), c_ulong(len(name)))

    def logout(self):
        self.call("C_Logout")

    def find(self, **attributes):
        template = Template(attributes)
        self.call("C_FindObjectsInit", template.array, c_ulong(template.count))
        found = []
        try:
            while True:
                handles, count = (c_ulong * 64)(), c_ulong()
                self.call("C_FindObjects", handles, c_ulong(64), byref(count))
                found += handles[: count.value]
                if count.value == 0:
                    return found
        finally:
            self.call("C_FindObjectsFinal")

    def one(self, **attributes):
        found = self.find(**attributes)
        if len(found) != 1:
            raise LookupError(f"{len(found)} objects are {attributes}")
        return found[0]

    def read(self, handle, name):
        """The value of an attribute: octets, a dict for a template inside, or the name of the refusal."""
        entry = Attribute(CKA[name], None, 0)
        try:
            self.call("C_GetAttributeValue", c_ulong(handle), byref(entry), c_ulong(1))
            if CKA[name] in NESTED:
                return self.read_nested(handle, name, entry.length // ctypes.sizeof(Attribute))
            room = (c_ubyte * max(entry.length, 1))()
            entry.value = ctypes.addressof(room)
            self.call("C_GetAttributeValue", c_ulong(handle), byref(entry), c_ulong(1))
            return bytes(room[: entry.length])
        except Refusal as refusal:
            return refusal.name

    def read_nested(self, handle, name, count):
        rooms = [(c_ubyte * 256)() for _ in range(count)]
        inner = (Attribute * max(count, 1))()
        for entry, room in zip(inner, rooms):
            entry.value, entry.length = ctypes.addressof(room), 256
        outer = Attribute(CKA[name], ctypes.addressof(inner), count * ctypes.sizeof(Attribute))
        self.call("C_GetAttributeValue", c_ulong(handle), byref(outer), c_ulong(1))
        names = {value: key for key, value in CKA.items()}
        return {names[entry.type]: bytes(room[: entry.length]) for entry, room in zip(inner, rooms)}

    def create(self, **attributes):
        template, handle = Template(attributes), c_ulong()
        self.call("C_CreateObject", template.array, c_ulong(template.count), byref(handle))
        return handle.value

    def change(self, handle, **attributes):
        template = Template(attributes)
        self.call("C_SetAttributeValue", c_ulong(handle), template.array, c_ulong(template.count))

    def destroy(self, handle):
        self.call("C_DestroyObject", c_ulong(handle))

    def generate(self, mechanism, **attributes):
        template, handle = Template(attributes), c_ulong()
        self.call("C_GenerateKey", byref(Mechanism(mechanism).struct), template.array, c_ulong(template.count),
                  byref(handle))
        return handle.value

    def generate_pair(self, mechanism, of_public, of_private):
        public, private = Template(of_public), Template(of_private)
        handles = c_ulong(), c_ulong()
        self.call("C_GenerateKeyPair", byref(Mechanism(mechanism).struct), public.array, c_ulong(public.count),
                  private.array, c_ulong(private.count), byref(handles[0]), byref(handles[1]))
        return handles[0].value, handles[1].value

    def transform(self, begin, work, mechanism, key, data):
        self.call(begin, byref(mechanism.struct), c_ulong(key))
        room, length = (c_ubyte * (len(data) + 65536))(), c_ulong(len(data) + 65536)
        self.call(work, bytes(data), c_ulong(len(data)), room, byref(length))
        return bytes(room[: length.value])

    def sign(self, mechanism, key, data):
        return self.transform("C_SignInit", "C_Sign", mechanism, key, data)

    def verify(self, mechanism, key, data, signature):
        self.call("C_VerifyInit", byref(mechanism.struct), c_ulong(key))
        self.call("C_Verify", bytes(data), c_ulong(len(data)), bytes(signature), c_ulong(len(signature)))

    def encrypt(self, mechanism, key, data):
        return self.transform("C_EncryptInit", "C_Encrypt", mechanism, key, data)

    def decrypt(self, mechanism, key, data):
        return self.transform("C_DecryptInit", "C_Decrypt", mechanism, key, data)

    def sign_authorized(self, mechanism, key, data, pin):
        self.call("C_SignInit", byref(mechanism.struct), c_ulong(key))
        self.login(pin, CKU_CONTEXT_SPECIFIC)
        room, length = (c_ubyte * 65536)(), c_ulong(65536)
        self.call("C_Sign", bytes(data), c_ulong(len(data)), room, byref(length))
        return bytes(room[: length.value])

    def derive(self, mechanism, key, **attributes):
        template, handle = Template(attributes), c_ulong()
        self.call("C_DeriveKey", byref(mechanism.struct), c_ulong(key), template.array, c_ulong(template.count),
                  byref(handle))
        return handle.value

    def wrap(self, mechanism, wrapping, key):
        room, length = (c_ubyte * 65536)(), c_ulong(65536)
        self.call("C_WrapKey", byref(mechanism.struct), c_ulong(wrapping), c_ulong(key), room, byref(length))
        return bytes(room[: length.value])

    def unwrap(self, mechanism, wrapping, wrapped, **attributes):
        template, handle = Template(attributes), c_ulong()
        self.call("C_UnwrapKey", byref(mechanism.struct), c_ulong(wrapping), bytes(wrapped), c_ulong(len(wrapped)),
                  template.array, c_ulong(template.count), byref(handle))
        return handle.value

    def encapsulate(self, key, **attributes):
        template, handle = Template(attributes), c_ulong()
        room, length = (c_ubyte * 4096)(), c_ulong(4096)
        self.call("C_EncapsulateKey", byref(Mechanism(0x17).struct), c_ulong(key), template.array,
                  c_ulong(template.count), room, byref(length), byref(handle))
        return bytes(room[: length.value]), handle.value

    def decapsulate(self, key, ciphertext, **attributes):
        template, handle = Template(attributes), c_ulong()
        self.call("C_DecapsulateKey", byref(Mechanism(0x17).struct), c_ulong(key), template.array,
                  c_ulong(template.count), bytes(ciphertext), c_ulong(len(ciphertext)), byref(handle))
        return handle.value
