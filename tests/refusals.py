# With COFFER_DEBUG=1 each refused call is told once, by its name and its return value, and with a reason where there is one;
# without, none. What the caller handed over is not told: refusals.py FUNCTION_NAMES_H LABEL [calls]
import ctypes
import os
import re
import subprocess
import sys
from ctypes import byref, c_ulong

import pkcs11
from pkcs11 import CKO, CKK, Mechanism, Module, Refusal

SECRETS = ("wrong-pin-of-this-test", "data-of-this-test", "label-of-this-test")
ORDINARY = {0x0, 0x8, 0x150, 0x200 + 0x4}  # OK, NO_EVENT, BUFFER_TOO_SMALL, PENDING


def answered(name, *arguments):
    function = getattr(module.library, name)
    function.restype = c_ulong
    print(name, function(*arguments), flush=True)


def refused(name, work):
    try:
        work()
        print(name, 0, flush=True)
    except Refusal as refusal:
        number = [value for value, word in pkcs11.CKR.items() if word == refusal.name]
        print(name, number[0] if number else int(refusal.name, 16), flush=True)


def calls(names):
    for name in names:
        if name not in ("C_Finalize", "C_Initialize"):
            answered(name, *[c_ulong(0)] * 12)
    session = module.session(sys.argv[2])
    refused("C_Login", lambda: session.login(SECRETS[0]))
    session.login("1234")
    key = session.generate(0x1080, VALUE_LEN=32, ENCRYPT=True)
    refused("C_CreateObject", lambda: session.create(CLASS=CKO["SECRET_KEY"], KEY_TYPE=CKK["AES"], LABEL=SECRETS[2],
                                                     VALUE=SECRETS[1].encode()))
    answered("C_SignInit", session.handle, byref(Mechanism(0x1).struct), c_ulong(key))
    answered("C_SignInit", session.handle, byref(Mechanism(0x1).struct), c_ulong(key + 1000))
    answered("C_EncryptInit", session.handle, byref(Mechanism(0x1082, b"short").struct), c_ulong(key))
    answered("C_Encrypt", session.handle, SECRETS[1].encode(), c_ulong(17), None, byref(c_ulong()))
    module.finish()


def run(debug):
    environment = {**os.environ, "COFFER_DEBUG": debug}
    done = subprocess.run([sys.executable, *sys.argv, "calls"], env=environment, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True)
    assert done.returncode == 0, done.stderr
    return [line.split() for line in done.stdout.splitlines()], done.stderr.splitlines()


names = re.findall(r'"(C_\w+)"', open(sys.argv[1]).read())
assert len(names) > 90, names
if sys.argv[3:] == ["calls"]:
    module = Module(os.environ["COFFER_MODULE"])
    calls(names)
    sys.exit(0)

header = open(os.path.join(os.path.dirname(sys.argv[1]), "pkcs11.h")).read()
values = {int(value, 16): name for name, value in re.findall(r"#define (CKR_\w+) (0x[0-9a-f]+)UL", header)}
answers, lines = run("1")
wanted = [f"coffer[pkcs11]: {name}: {values[int(value)]}" for name, value in answers if int(value) not in ORDINARY]
assert len(wanted) > 80, wanted
assert len(lines) == len(wanted), f"{len(wanted)} calls were refused, and {len(lines)} lines tell of it: {lines}"
for line, expected in zip(lines, wanted):
    assert line == expected or line.startswith(expected + ": "), f"{line!r} is not {expected!r}"
reasons = [line for line, expected in zip(lines, wanted) if line != expected]
assert any(line.startswith("coffer[pkcs11]: C_Login: CKR_PIN_INCORRECT: ") for line in reasons), lines[-8:]
assert any(line.startswith("coffer[pkcs11]: C_CreateObject: ") for line in reasons), lines[-8:]
for secret in SECRETS:
    assert not any(secret in line for line in lines), f"{secret} is told"
for debug in ("", "0"):
    assert run(debug)[1] == [], f"COFFER_DEBUG={debug} tells of refusals"
