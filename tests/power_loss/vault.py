# A vault for the tests of this folder: its commands, its module, and what is in it while it runs.
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from pkcs11 import CKO, CKU_USER, Mechanism, Module, Refusal  # noqa: E402, F401 - it lies in the folder above

PASSPHRASE, WRONG_PASSPHRASE = "correct horse battery", "wrong horse battery"
USER_PIN, OTHER_PIN, OFFICER_PIN, WRONG_PIN = "1234", "4321", "12345678", "9999"
EC_PAIR, ECDSA, AES_KEY = 0x1040, 0x1041, 0x1080
P256 = bytes.fromhex("06082a8648ce3d030107")
NO_LABEL = "without a label"  # of an object whose record is refused
COMMAND_SECONDS, START_SECONDS = 60, 30


class Failed(Exception):
    pass


class Vault:
    """The vault in `home`. Secrets lie in `work`, in files that no loss of power touches."""

    def __init__(self, home, work):
        self.home, self.work, self.program = home, work, os.environ["COFFER"]
        for name, text in (("passphrase", PASSPHRASE), ("wrong-passphrase", WRONG_PASSPHRASE), ("pin", USER_PIN),
                           ("other-pin", OTHER_PIN), ("officer-pin", OFFICER_PIN)):
            file = os.open(self.secret(name), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            os.write(file, text.encode())
            os.close(file)

    def secret(self, name):
        return f"{self.work}/{name}"

    def ask(self, *words):
        """(exit code, output, complaint) of a command."""
        try:
            done = subprocess.run([self.program, "--home", self.home, *words], capture_output=True, text=True, errors="replace",
                                  timeout=COMMAND_SECONDS, stdin=subprocess.DEVNULL, check=False)
        except subprocess.TimeoutExpired:
            return 1, "", f"no end within {COMMAND_SECONDS} s"
        return done.returncode, done.stdout, done.stderr

    def run(self, *words):
        code, output, complaint = self.ask(*words)
        if code != 0:
            raise Failed(f"{' '.join(words[:2])} ended with {code}: {complaint.strip()}")
        return output

    def restored(self):
        """The vault beside this one that is made out of its backup."""
        return Vault(str(pathlib.Path(self.home).with_name("restored")), self.work)

    def restore(self, backup):
        self.run("backup", "restore", backup, "--passphrase-file", self.secret("passphrase"))

    def state(self):
        try:
            return json.loads(self.ask("status", "--json")[1])
        except ValueError:
            return {"state": "does not answer"}

    def unlock(self):
        """Waits for the delay of wrong passphrases first."""
        end = time.monotonic() + START_SECONDS
        while True:
            code, _, complaint = self.ask("unlock", "--passphrase-file", self.secret("passphrase"))
            if code == 0:
                return
            if "too many" not in complaint or time.monotonic() > end:
                raise Failed(f"unlock: {complaint.strip()}")

    def module(self):
        os.environ["COFFER_HOME"], os.environ["COFFER_BIN"] = self.home, self.program
        return Module(os.environ["COFFER_MODULE"])

    def processes(self):
        """The guards of this vault and of those beside it, whatever their files say, and those that they started."""
        beside = pathlib.Path(self.home).parent
        servers, guards = (numbers(["pgrep", "-f", "--", f"^coffer --role ({role}) {beside}/"])
                           for role in ("store|audit", "guard"))
        guards = {*guards, *(guard for guard in map(parent_of, servers) if is_coffer(guard))}
        return [*guards, *(each for guard in guards for each in numbers(["pgrep", "-P", str(guard)]))]

    def has_all_processes(self):
        """Tells whether none of the guard's three is missing. One that was killed is, until all are started anew."""
        servers = numbers(["pgrep", "-f", "--", f"^coffer --role (store|audit) {self.home}( |$)"])
        guards = set(map(parent_of, servers))
        return len(servers) == 2 and len(guards) == 1 and numbers(["pgrep", "-P", str(*guards), "-f", "--", "--role chip"]) != []

    def kill(self):
        """Ends the vault, and those beside it, at once, as a loss of power does."""
        processes = self.processes()
        for process in processes:
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                pass
        end = time.monotonic() + START_SECONDS
        while any(is_running(process) for process in processes):
            if time.monotonic() > end:
                raise Failed("a killed process does not end")
            time.sleep(0.005)


def numbers(command):
    return [int(each) for each in subprocess.run(command, capture_output=True, text=True, check=False).stdout.split()]


def state_of(process):
    """(state, parent) of a process; nothing when it is gone."""
    try:
        return pathlib.Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[:2]
    except OSError:
        return "Z", 0


def is_running(process):
    """Also while the last thread of a process that was killed has not ended: until then it holds its locks."""
    try:
        threads = os.listdir(f"/proc/{process}/task")
    except OSError:
        return False
    return len(threads) > 1 or state_of(process)[0] != "Z"


def parent_of(process):
    return int(state_of(process)[1])


def is_coffer(process):
    try:
        return b"coffer" in pathlib.Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return False


def make_pair(session, label):
    session.generate_pair(EC_PAIR, dict(CLASS=CKO["PUBLIC_KEY"], TOKEN=True, LABEL=label, EC_PARAMS=P256, VERIFY=True),
                          dict(CLASS=CKO["PRIVATE_KEY"], TOKEN=True, LABEL=label, SIGN=True))


def make_aes(session, **attributes):
    return session.generate(AES_KEY, CLASS=CKO["SECRET_KEY"], TOKEN=True, VALUE_LEN=32, ENCRYPT=True, **attributes)


def is_usable(session, public, private):
    try:
        session.verify(Mechanism(ECDSA), public, b"x" * 32, session.sign(Mechanism(ECDSA), private, b"x" * 32))
        return True
    except Refusal:
        return False


def objects_of(session, token, facts):
    found = {}
    for name in ("PUBLIC_KEY", "PRIVATE_KEY", "SECRET_KEY", "DATA"):
        for handle in session.find(CLASS=CKO[name], TOKEN=True):
            label = session.read(handle, "LABEL")
            found.setdefault((name, label.decode() if isinstance(label, bytes) else NO_LABEL), []).append(handle)
    for (name, label), handles in found.items():
        thing = f"object {token} {label}"
        public, private = found.get(("PUBLIC_KEY", label)), found.get(("PRIVATE_KEY", label))
        if len(handles) > 1:
            facts[thing] = f"{len(handles)} of them"
        elif name in ("PUBLIC_KEY", "PRIVATE_KEY") and None in (public, private):
            facts[thing] = "half"
        elif name == "PUBLIC_KEY":
            facts[thing] = "there" if is_usable(session, public[0], private[0]) else "unusable"
        elif name != "PRIVATE_KEY":
            facts[thing] = "there"


def read_token(module, token, pins, facts):
    session = module.session(token)
    facts[f"pin {token}"] = "another"
    for pin in pins:
        try:
            session.login(pin)
        except Refusal as refusal:
            facts[f"pin {token}"] = refusal.name
            continue
        facts[f"pin {token}"] = pin
        objects_of(session, token, facts)
        try:
            session.destroy(make_aes(session))
        except Refusal as refusal:
            facts[f"a new key in {token}"] = refusal.name
        session.logout()
        break
    session.close()


def read_running(vault, pins):
    """What is in a vault that runs: things and their values, as vault_reader says them."""
    state = vault.state()
    facts = {"state": state["state"]}
    if state["state"] == "locked":
        facts["wrong passphrases"] = str(state["unlock_failures"])
        try:
            vault.unlock()
        except Failed as failure:
            facts["unlock"] = str(failure)
        facts["state"] = vault.state()["state"]
    if facts["state"] != "unlocked":
        return facts
    for authority in json.loads(vault.run("ca", "list", "--json"))["authorities"]:
        facts[f"authority {authority['name']}"] = "there"
    tokens = json.loads(vault.run("token", "list", "--json"))["tokens"]
    for each in tokens:
        token = each["label"]
        facts[f"token {token}"] = "there"
        facts[f"wrong {token}"] = str(each["tries_max"] - each["user_tries_left"])
        facts[f"wrong-officer {token}"] = str(each["tries_max"] - each["officer_tries_left"])
        for person in json.loads(vault.run("operator", "list", token, "--json"))["operators"]:
            facts[f"operator {token} {person['name']}"] = "there"
    module = vault.module()
    try:
        for each in tokens:
            if each["label"] in pins:
                read_token(module, each["label"], pins[each["label"]], facts)
    except (Refusal, LookupError) as failure:
        facts["the module"] = str(failure)
    finally:
        module.finish()
    code, _, complaint = vault.ask("audit", "verify")
    facts["audit"] = "right" if code == 0 else complaint.strip()
    return facts
