# PyKCS11 makes and uses keys of a token. usage: python_uses_tokens.py MODULE PIN
import sys

import PyKCS11
from PyKCS11 import LowLevel as ck

module, pin = sys.argv[1:]
library = PyKCS11.PyKCS11Lib()
library.load(module)
slot = library.getSlotList(tokenPresent=True)[0]
session = library.openSession(slot, ck.CKF_SERIAL_SESSION | ck.CKF_RW_SESSION)


def refused(expected, work):
    try:
        work()
    except PyKCS11.PyKCS11Error as error:
        assert error.value == expected, error
    else:
        raise AssertionError("this must be refused")


refused(ck.CKR_PIN_INCORRECT, lambda: session.login("9999"))
session.login(pin)

public, private = session.generateKeyPair(
    [
        (ck.CKA_CLASS, ck.CKO_PUBLIC_KEY), (ck.CKA_KEY_TYPE, ck.CKK_RSA), (ck.CKA_TOKEN, ck.CK_TRUE),
        (ck.CKA_MODULUS_BITS, 2048), (ck.CKA_PUBLIC_EXPONENT, (1, 0, 1)), (ck.CKA_VERIFY, ck.CK_TRUE),
        (ck.CKA_ENCRYPT, ck.CK_TRUE), (ck.CKA_LABEL, "python"), (ck.CKA_ID, (1, 2)),
    ],
    [
        (ck.CKA_CLASS, ck.CKO_PRIVATE_KEY), (ck.CKA_KEY_TYPE, ck.CKK_RSA), (ck.CKA_TOKEN, ck.CK_TRUE),
        (ck.CKA_PRIVATE, ck.CK_TRUE), (ck.CKA_SIGN, ck.CK_TRUE), (ck.CKA_DECRYPT, ck.CK_TRUE),
        (ck.CKA_LABEL, "python"), (ck.CKA_ID, (1, 2)),
    ],
)
for mechanism in (
    PyKCS11.Mechanism(ck.CKM_SHA256_RSA_PKCS),
    PyKCS11.RSA_PSS_Mechanism(ck.CKM_SHA256_RSA_PKCS_PSS, ck.CKM_SHA256, ck.CKG_MGF1_SHA256, 32),
):
    signature = session.sign(private, b"what was agreed", mechanism)
    assert session.verify(public, b"what was agreed", signature, mechanism)
    assert not session.verify(public, b"what was not agreed", signature, mechanism)
oaep = PyKCS11.RSAOAEPMechanism(ck.CKM_SHA256, ck.CKG_MGF1_SHA256)
assert bytes(session.decrypt(private, session.encrypt(public, b"secret", oaep), oaep)) == b"secret"
# PyKCS11 shows what must not be read as None.
assert session.getAttributeValue(private, [ck.CKA_PRIVATE_EXPONENT, ck.CKA_PRIME_1]) == [None, None]

key = session.generateKey([
    (ck.CKA_CLASS, ck.CKO_SECRET_KEY), (ck.CKA_KEY_TYPE, ck.CKK_AES), (ck.CKA_VALUE_LEN, 32),
    (ck.CKA_TOKEN, ck.CK_FALSE), (ck.CKA_ENCRYPT, ck.CK_TRUE), (ck.CKA_DECRYPT, ck.CK_TRUE),
])
gcm = PyKCS11.AES_GCM_Mechanism(bytes(range(12)), b"header", 128)
sealed = session.encrypt(key, b"secret", gcm)
assert bytes(session.decrypt(key, sealed, gcm)) == b"secret"
sealed[0] ^= 1
refused(ck.CKR_ENCRYPTED_DATA_INVALID, lambda: session.decrypt(key, sealed, gcm))

assert bytes(session.digest(b"abc", PyKCS11.Mechanism(ck.CKM_SHA256))).hex().startswith("ba7816bf8f01cfea")
assert len(session.findObjects([(ck.CKA_LABEL, "python")])) == 2
session.destroyObject(private)
session.destroyObject(public)
assert session.findObjects([(ck.CKA_LABEL, "python")]) == []
session.logout()
session.closeSession()
