# The scripted life of a vault: each step does something that people do with one, and writes it into the ledger.
import json
import subprocess

from vault import (CKO, OTHER_PIN, USER_PIN, WRONG_PIN, Failed, Refusal, make_aes, make_pair)

TOKENS = ("web", "two")
PAIRS = 9
WRONG_PINS = 3  # with one try more there is no delay yet
DATA = b"d" * 9000


class Life:
    """The steps are self-contained: each finds the vault running and unlocked, whichever process it was that ran before."""

    def __init__(self, vault, ledger, root_of_trust, backup):
        self.vault, self.ledger, self.root_of_trust, self.backup = vault, ledger, root_of_trust, backup

    def steps(self):
        # Wrong PINs leave lines in the audit log that nobody waits for: what comes behind them must not rely on them.
        wrong = [(f"wrong PINs {number}", self.wrong_pins) for number in range(1, 5)]
        steps = [("init", self.init), ("make tokens", self.make_tokens), wrong[0],
                 ("make keys", lambda: self.make_keys("a")), wrong[1], ("a new PIN", self.new_pin),
                 ("change objects", self.change_objects), wrong[2], ("a policy", self.policy), ("an authority", self.authority),
                 ("a crash", self.crash), ("an operator", self.operator), ("a backup", self.make_backup), wrong[3],
                 ("down", self.down), ("up", self.up)]
        if self.root_of_trust == "passphrase":
            steps += [("lock", self.lock), ("wrong passphrases", self.wrong_passphrases), ("unlock", self.unlock)]
        return steps + [("make more keys", lambda: self.make_keys("b")), ("a key's policy", self.key_policy),
                        ("destroy a token", self.destroy_token), ("restore", self.restore), ("end", self.down),
                        ("zeroize", self.zeroize)]

    def run(self):
        for _, step in self.steps():
            step()

    # ---- life and death ----

    def init(self):
        words = ["init", "--root-of-trust", self.root_of_trust]
        if self.root_of_trust == "passphrase":
            words += ["--passphrase-file", self.vault.secret("passphrase"), "--stretch-ms", "10"]
        self.ledger.change(lambda: self.vault.run(*words), {"vault": "there"})

    def down(self):
        self.ledger.change(lambda: self.vault.run("down"), {})

    def up(self):
        self.ledger.change(lambda: self.vault.run("up"), {})
        if self.root_of_trust == "passphrase":
            self.unlock()

    def crash(self):
        self.vault.kill()
        self.up()

    def lock(self):
        self.ledger.change(lambda: self.vault.run("lock"), {})

    def wrong_passphrases(self):
        for _ in range(2):
            count = int(self.ledger.value("wrong passphrases")) + 1
            self.ledger.change(self.give_wrong_passphrase, {"wrong passphrases": str(count)})

    def give_wrong_passphrase(self):
        _, _, complaint = self.vault.ask("unlock", "--passphrase-file", self.vault.secret("wrong-passphrase"))
        if "is wrong" not in complaint:
            raise Failed(f"the vault did not say that the passphrase is wrong: {complaint}")

    def unlock(self):
        count = int(self.ledger.value("wrong passphrases")) + 1
        self.ledger.change(self.vault.unlock, {"wrong passphrases": "0"}, {"wrong passphrases": [str(count)]})

    # ---- tokens and PINs ----

    def make_tokens(self):
        for token in TOKENS:
            self.with_right_pin(lambda token=token: self.vault.run(
                "token", "create", token, "--pin-file", self.vault.secret("pin"), "--so-pin-file",
                self.vault.secret("officer-pin")), token, {f"token {token}": "there", f"pin {token}": USER_PIN},
                "wrong-officer")

    def with_right_pin(self, work, token, changes, user="wrong"):
        """A right PIN is counted as a wrong one until it was found right."""
        count = f"{user} {token}"
        meanwhile = {count: [str(int(self.ledger.value(count)) + 1)]}
        self.ledger.change(work, {**changes, count: "0"}, meanwhile)

    def logged_in(self, token, work):
        module = self.vault.module()
        try:
            session = module.session(token)
            self.with_right_pin(lambda: session.login(self.ledger.value(f"pin {token}")), token, {})
            work(session)
        except Refusal as refusal:
            self.ledger.failures.append(str(refusal))
        finally:
            module.finish()

    def wrong_pins(self):
        module = self.vault.module()
        try:
            session = module.session("web")
            for _ in range(WRONG_PINS):
                count = int(self.ledger.value("wrong web")) + 1
                self.ledger.change(lambda: give_wrong_pin(session), {"wrong web": str(count)})
        except Refusal as refusal:
            self.ledger.failures.append(str(refusal))
        finally:
            module.finish()

    def new_pin(self):
        # C_SetPIN logs in anew behind the change; what it answers does not tell whether that try was taken back.
        def change(session):
            self.ledger.change(lambda: session.call("C_SetPIN", USER_PIN.encode(), len(USER_PIN), OTHER_PIN.encode(),
                                                    len(OTHER_PIN)), {"pin two": OTHER_PIN}, {"wrong two": ["0", "1"]})
        self.logged_in("two", change)

    def destroy_token(self):
        gone = [thing for thing in self.ledger.now if thing.split()[0] in ("object", "pin") and thing.split()[1] == "two"]
        self.ledger.change(lambda: self.vault.run("token", "destroy", "two", "--yes"),
                           {"token two": "gone", **{thing: "gone" for thing in gone}})

    # ---- objects ----

    def make_keys(self, batch):
        for token in TOKENS:
            self.logged_in(token, lambda session, token=token: self.make_keys_in(session, token, batch))

    def make_keys_in(self, session, token, batch):
        for number in range(PAIRS if token == "web" else 2):
            name = f"{batch}{number}"
            self.make(lambda name=name: make_pair(session, name), token, name)
            self.make(lambda name=name: make_aes(session, LABEL=name + "-aes"), token, name + "-aes")
        self.make(lambda: session.create(CLASS=CKO["DATA"], TOKEN=True, LABEL=f"{batch}-data", VALUE=DATA), token,
                  f"{batch}-data")

    def make(self, work, token, label):
        self.ledger.change(work, {f"object {token} {label}": "there"})

    def change_objects(self):
        self.logged_in("web", self.change_objects_in)

    def change_objects_in(self, session):
        self.ledger.change(lambda: session.change(session.one(CLASS=CKO["SECRET_KEY"], LABEL="a0-aes"), LABEL="renamed"),
                           {"object web a0-aes": "gone", "object web renamed": "there"})
        for number in range(1, 4):
            self.destroy(session, f"a{number}-aes")

    def destroy(self, session, label):
        self.ledger.change(lambda: session.destroy(session.one(CLASS=CKO["SECRET_KEY"], LABEL=label)),
                           {f"object web {label}": "gone"})

    # ---- the owner's work ----

    def policy(self):
        self.ledger.change(lambda: self.vault.run("token", "policy", "set", "web", "--undelete-window", "7d", "--objects",
                                                  "500"), {})
        self.logged_in("web", lambda session: self.destroy(session, "a4-aes"))

    def authority(self):
        key = self.vault.secret("ssh-key")
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True, input=b"y\n",
                       stdout=subprocess.DEVNULL)
        self.ledger.change(lambda: self.vault.run("ca", "create", "team", "--kind", "ssh-user", "--principal", "deploy"),
                           {"authority team": "there"})
        self.ledger.change(lambda: self.vault.run("ca", "sign", "team", "--public-key", key + ".pub", "--principal", "deploy",
                                                  "--ttl", "5m", "-o", "-"), {})

    def operator(self):
        self.with_right_pin(lambda: self.vault.run("operator", "add", "web", "alice", "--pin-file", self.vault.secret("pin"),
                                                   "--so-pin-file", self.vault.secret("officer-pin")), "web",
                            {"operator web alice": "there"}, "wrong-officer")

    def make_backup(self):
        self.ledger.change(lambda: self.vault.run("backup", "create", self.backup, "--passphrase-file",
                                                  self.vault.secret("passphrase"), "--stretch-ms", "10"), {"backup": "there"})

    def restore(self):
        """Makes another vault out of the backup, beside this one."""
        restored = self.vault.restored()
        self.ledger.change(lambda: restored.restore(self.backup), {"restored": "there"})
        restored.ask("down")

    def zeroize(self):
        self.up()
        code = json.loads(self.vault.run("zeroize", "--json"))["code"]
        self.ledger.change(lambda: self.vault.run("zeroize", "--confirm", code), {"vault": "destroyed"})

    def key_policy(self):
        self.with_right_pin(lambda: self.vault.run("key", "policy", "set", "--token", "web", "--label", "b0", "--uses", "500",
                                                   "--pin-file", self.vault.secret("pin")), "web", {})


def give_wrong_pin(session):
    try:
        session.login(WRONG_PIN)
    except Refusal as refusal:
        if refusal.name == "PIN_INCORRECT":
            return
        raise
    raise Failed("a wrong PIN was taken")
