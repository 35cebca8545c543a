#!/usr/bin/env python3
# full_disk: a vault's disk gets full while people work with it; when there is room again, nothing is wrong.
"""usage: full_disk.py [--seed N] [--seconds N | --all]

  --seed N     draws what is done with how much room (default: a random one, which is printed)
  --seconds N  how long to go on (30)
  --all        everything that people do, with every amount of room, once

The environment has COFFER, COFFER_MODULE and COFFER_BUILD. Exit status 0: nobody was locked out, nothing that was
acknowledged is lost, every use is in the audit log, and the log verifies.
"""
import argparse
import collections
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time

import ledger
import vault as vaults
from vault import CKO, CKU_USER, ECDSA, OFFICER_PIN, USER_PIN, Failed, Mechanism, Refusal, make_aes

DISK_BYTES = 32 << 20
PAGE = 4096
# What is left to the vault. The audit log keeps 4 MiB for the administrator: between nothing and more than that.
ROOM = (0, 1 * PAGE, 3 * PAGE, 16 * PAGE, 64 * PAGE, 256 * PAGE, 1100 * PAGE)
CKU_SO = 0
PIN_TRIES_MAX = 10
TRIES = PIN_TRIES_MAX + 2  # more than lock a PIN
SIGNING_SECONDS = 1.5  # uses are written each second,
USES_SECONDS = 10
SIGNERS = 20           # a line a key: more than the rest of a page


class Disk:
    """A tmpfs of DISK_BYTES, which `filler` fills."""

    def __init__(self, mount):
        self.mount = mount
        mount.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES},mode=700", "none", mount], check=True)

    def fill(self, room):
        about = os.statvfs(self.mount)
        size = about.f_bavail * about.f_frsize - room
        if size <= 0:
            return
        with open(self.mount / f"filler-{time.monotonic_ns()}", "wb") as file:
            os.posix_fallocate(file.fileno(), 0, size)

    def make_room(self):
        for each in self.mount.glob("filler-*"):
            each.unlink()

    def close(self):
        subprocess.run(["umount", "--lazy", self.mount], check=True)


class People:
    """What is done with a vault on the disk. Each way of working fills the disk when it is about to begin."""

    def __init__(self, root_of_trust, disk, work):
        self.root_of_trust, self.disk, self.work = root_of_trust, disk, work
        self.vault = vaults.Vault(str(disk.mount / "vault"), work)
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.vault.secret("ssh-key")], check=True)
        self.book = ledger.Ledger(work / "ledger")
        self.uses = collections.Counter()   # event -> how many were acknowledged
        self.tried = collections.Counter()  # ... and how many were asked for
        self.serial = 0

    def begin(self):
        words = ["--passphrase-file", self.vault.secret("passphrase"), "--stretch-ms", "10"]
        self.vault.run("init", "--root-of-trust", self.root_of_trust, *(words if self.root_of_trust == "passphrase" else []))
        self.book.change(lambda: self.vault.run("token", "create", "web", "--pin-file", self.vault.secret("pin"),
                                                "--so-pin-file", self.vault.secret("officer-pin")),
                         {"token web": "there", "pin web": USER_PIN})
        self.at_token(lambda session: self.logged_in(session, lambda: self.make_signers(session)))
        self.book.change(lambda: self.vault.run("ca", "create", "team", "--kind", "ssh-user", "--principal", "deploy"),
                         {"authority team": "there"})
        if self.book.failures:
            sys.exit(f"with room enough: {self.book.failures}")

    def make_signers(self, session):
        for number in range(SIGNERS):
            self.book.change(lambda label=f"signer-{number}": vaults.make_pair(session, label),
                             {f"object web signer-{number}": "there"})

    def count(self, event, work):
        self.tried[event] += 1
        try:
            work()
        except (Refusal, Failed):
            return
        self.uses[event] += 1

    # ---- with the module ----

    def at_token(self, work):
        """A vault may not answer on a full disk; what it may not have lost is looked at afterwards."""
        module = self.vault.module()
        try:
            work(module.session("web"))
        except (Refusal, LookupError):
            pass
        finally:
            module.finish()

    def log_in(self, session, pin, thing, user):
        count = str(int(self.book.value(thing)) + 1)
        return self.book.change(lambda: session.login(pin, user), {thing: "0"}, {thing: [count]})

    def logged_in(self, session, work):
        if self.log_in(session, USER_PIN, "wrong web", CKU_USER):
            work()
            session.logout()

    def log_in_often(self, fill):
        def work(session):
            fill()
            for _ in range(TRIES):
                self.logged_in(session, lambda: None)
        self.at_token(work)

    def officer(self, fill):
        def work(session):
            fill()
            for _ in range(TRIES):
                if self.log_in(session, OFFICER_PIN, "wrong-officer web", CKU_SO):
                    self.book.change(lambda: session.call("C_InitPIN", USER_PIN.encode(), len(USER_PIN)),
                                     {"pin web": USER_PIN, "wrong web": "0"})
                    session.logout()
        self.at_token(work)

    def sign(self, fill):
        def work(session):
            keys = session.find(CLASS=CKO["PRIVATE_KEY"])
            fill()
            end = time.monotonic() + SIGNING_SECONDS
            while time.monotonic() < end:
                for key in keys:
                    self.count("key.sign", lambda key=key: session.sign(Mechanism(ECDSA), key, b"x" * 32))
        self.at_token(lambda session: self.logged_in(session, lambda: work(session)))

    def sign_and_end(self, fill):
        self.sign(fill)
        self.disk.make_room()
        self.vault.run("down")

    def make_keys(self, fill):
        def work(session):
            fill()
            for _ in range(TRIES):
                self.serial += 1
                self.make_and_destroy(session, f"key-{self.serial}")
        self.at_token(lambda session: self.logged_in(session, lambda: work(session)))

    def make_and_destroy(self, session, label):
        thing = f"object web {label}"
        if self.book.change(lambda: make_aes(session, LABEL=label), {thing: "there"}):
            self.book.change(lambda: session.destroy(session.one(CLASS=CKO["SECRET_KEY"], LABEL=label)), {thing: "gone"})

    # ---- with the command line ----

    def certify(self, fill):
        fill()
        for _ in range(4):
            self.count("ca.sign", lambda: self.vault.run("ca", "sign", "team", "--public-key", self.vault.secret("ssh-key.pub"),
                                                         "--principal", "deploy", "--ttl", "5m", "-o", "-"))

    def look_at_log(self, fill):
        fill()
        for _ in range(3):
            self.vault.ask("audit", "verify")

    def back_up(self, fill):
        fill()
        path = self.disk.mount / f"backup-{time.monotonic_ns()}"
        words = (str(path), "--passphrase-file", self.vault.secret("passphrase"))
        code, _, _ = self.vault.ask("backup", "create", *words, "--stretch-ms", "10")
        self.disk.make_room()
        if code == 0 or path.exists():
            self.vault.run("backup", "verify", *words)
            path.unlink()

    def start(self, fill):
        self.vault.run("down")
        fill()
        self.vault.ask("up")
        self.disk.make_room()
        self.vault.run("up")
        self.vault.run("down")
        if self.vault.processes():
            raise Failed("'coffer down' says that the vault ended, and it runs")

    def start_after_a_kill(self, fill):
        self.vault.kill()
        fill()
        self.vault.ask("up")

    def unlock(self, fill):
        self.vault.run("lock")
        fill()
        for _ in range(TRIES):
            count = str(int(self.book.value("wrong passphrases")) + 1)
            self.book.change(lambda: self.vault.run("unlock", "--passphrase-file", self.vault.secret("passphrase")),
                             {"wrong passphrases": "0"}, {"wrong passphrases": [count]})
            self.vault.ask("lock")

    # ---- afterwards ----

    def try_way(self, way, room):
        """What is wrong after one way of working with so much room, and with room again."""
        try:
            WAYS[way](self, lambda: self.disk.fill(room))
            self.disk.make_room()
            return self.judge()
        except Failed as failure:
            return [str(failure)]
        finally:
            self.disk.make_room()

    def judge(self):
        self.vault.run("up")
        values = ledger.possible(self.book.path.read_bytes())
        if self.vault.state()["state"] == "unlocked":
            values.pop("wrong passphrases", None)
        facts = vaults.read_running(self.vault, {"web": [USER_PIN]})
        self.tried["key.sign"] += SIGNERS  # reading looks at each
        self.uses["key.sign"] += sum(facts.get(f"object web signer-{number}") == "there" for number in range(SIGNERS))
        found = ledger.faults(values, facts)
        if found:
            return found
        # The vault took the right PIN and passphrase.
        counts = {"wrong web": "0", "wrong passphrases": "0", "wrong-officer web": facts["wrong-officer web"]}
        self.book.change(lambda: None, counts)
        return self.judge_uses()

    def judge_uses(self):
        # Uses are written each second.
        end = time.monotonic() + USES_SECONDS
        while (found := self.missing_uses()) and time.monotonic() < end:
            time.sleep(0.05)
        return found

    def missing_uses(self):
        recorded = collections.Counter()
        for path in pathlib.Path(self.vault.home, "audit").glob("audit-*.log"):
            for line in complete_lines(path):
                entry = json.loads(line)
                if entry.get("result", "ok") == "ok":
                    recorded[entry["event"]] += entry.get("count", 1)
        return [f"{event}: {recorded[event]} are recorded, {self.uses[event]} were acknowledged of {self.tried[event]}"
                for event in self.tried if not self.uses[event] <= recorded[event] <= self.tried[event]]


def complete_lines(path):
    return path.read_text(encoding="utf-8").split("\n")[:-1]


WAYS = {"logging in": People.log_in_often, "the officer's work": People.officer, "signing": People.sign,
        "signing until the vault ends": People.sign_and_end,
        "making and destroying keys": People.make_keys, "certificates": People.certify,
        "looking at the audit log": People.look_at_log, "backups": People.back_up, "starting": People.start,
        "starting after a kill": People.start_after_a_kill, "unlocking": People.unlock}


class Hosts:
    """A vault of each root of trust, on a disk of its own; what a fault has spoilt is made anew."""

    def __init__(self, work):
        self.work, self.number, self.disks, self.people = work, 0, [], {}

    def people_with(self, root_of_trust):
        if root_of_trust not in self.people:
            self.number += 1
            place = self.work / str(self.number)
            place.mkdir()
            self.disks.append(Disk(place / "disk"))
            self.people[root_of_trust] = People(root_of_trust, self.disks[-1], place)
            self.people[root_of_trust].begin()
        return self.people[root_of_trust]

    def discard(self, root_of_trust):
        self.people.pop(root_of_trust).vault.kill()

    def close(self):
        for root_of_trust in list(self.people):
            self.discard(root_of_trust)
        for each in self.disks:
            each.close()


def trials(dice, everything):
    """(root of trust, way, room): each way in each round; with `everything` one round with each amount of room."""
    ways = [("passphrase", way) for way in WAYS] + [("file", way) for way in WAYS if way != "unlocking"]
    if everything:
        yield from ((*way, room) for way in ways for room in ROOM)
        return
    while True:
        dice.shuffle(ways)
        yield from ((*way, dice.choice(ROOM)) for way in ways)


def main():
    parser = argparse.ArgumentParser(add_help=False, usage=__doc__)
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--all", action="store_true")
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    began = time.monotonic()
    count = faulty = 0
    with tempfile.TemporaryDirectory(prefix="coffer-full-disk-") as work:
        hosts = Hosts(pathlib.Path(work))
        for root_of_trust, way, room in trials(random.Random(options.seed), options.all):
            if not options.all and time.monotonic() - began >= options.seconds:
                break
            found = hosts.people_with(root_of_trust).try_way(way, room)
            count += 1
            if found:
                faulty += 1
                hosts.discard(root_of_trust)
            for text in found:
                print(f"FAULT {root_of_trust}, {way} with room for {room} octets: {text}", flush=True)
        hosts.close()
    print(f"{count} times the disk was full, {faulty} with faults, {time.monotonic() - began:.0f} s")
    return 1 if faulty or count == 0 else 0


sys.exit(main())
