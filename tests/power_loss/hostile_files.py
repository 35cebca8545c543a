#!/usr/bin/env python3
# hostile_files: whoever owns the disk changes the files of a stopped vault; what the vault says then is true, or it refuses.
"""usage: hostile_files.py [--seed N] [--seconds N | --states N]

  --seed N     draws the changes (default: a random one, which is printed)
  --seconds N  how long to go on, the making of the vaults included (15), and until 100 states were opened
  --states N   how many states to open instead

Files are the store with its log, the audit log, the mark and host.key; a change flips, overwrites, swaps, deletes, cuts,
extends, or puts back what was there earlier. Store, audit log and mark of one earlier moment together are the one thing
that nobody can notice (SECURITY.md), and are never put back together.

The environment has COFFER, COFFER_MODULE and COFFER_BUILD. Exit status 0: no change went unnoticed.
"""
import argparse
import collections
import pathlib
import random
import shutil
import sqlite3
import sys
import tempfile
import time

import ledger
import vault as vaults
from life import Life
from power_loss import VaultReader, pins_of

STATES_MIN = 100
WHOLE_PRODUCT = 50  # one state of so many is opened by all processes
SECTOR, PAGE = 512, 4096
PARTS = ("store", "audit", "mark")
STORE, MARK, HOST_KEY = "store/store.db", "audit/mark", "host.key"
# What is said of something whose record is refused when it is used.
REFUSED_IN_USE = ("unusable", "damaged", "DEVICE_ERROR")


def is_log(name):
    return name.startswith("audit/audit-")


def part_of(name):
    if name.startswith(STORE):
        return "store"
    return "audit" if is_log(name) else "mark" if name.startswith(MARK) else "host key"


class Home:
    """The files of a vault that does not run, and, of an earlier moment, the rows of its store."""

    def __init__(self, path, rows_then=None):
        self.path, self.rows_then = path, rows_then

    def names(self):
        every = sorted(str(each.relative_to(self.path)) for each in self.path.rglob("*") if each.is_file())
        return [name for name in every if name in (STORE, STORE + "-wal", MARK, HOST_KEY) or is_log(name)]

    def read(self, name):
        file = self.path / name
        return bytearray(file.read_bytes()) if file.exists() else bytearray()

    def write(self, name, octets):
        (self.path / name).write_bytes(octets)

    def remove(self, name):
        (self.path / name).unlink(missing_ok=True)

    def rows(self):
        database = sqlite3.connect(self.path / STORE)
        try:
            return dict(database.execute("SELECT key, value FROM record ORDER BY key"))
        finally:
            database.close()

    def put(self, key, value):
        """Puts a row into the store; no value: takes it out."""
        database = sqlite3.connect(self.path / STORE)
        try:
            database.execute("DELETE FROM record WHERE key = ?", (key,))
            if value is not None:
                database.execute("INSERT INTO record(key, value, revision) VALUES(?, ?, (SELECT max(revision) FROM history))",
                                 (key, value))
            database.commit()
        finally:
            database.close()

    def audit_log(self):
        return b"".join(self.read(name) for name in self.names() if is_log(name))


class Hostility:
    """Changes of `home`, whose earlier moments are `older`."""

    def __init__(self, home, older, dice):
        self.home, self.older, self.dice = home, older, dice
        self.log = []
        self.put_back = set()  # what may be as it was at an earlier moment

    def change(self):
        try:
            self.dice.choice(KINDS)(self)
        except sqlite3.Error:
            self.log.append("a store that was no database any more")

    def may_put_back(self, what):
        """Not all three."""
        if self.put_back | what >= set(PARTS):
            return False
        self.put_back |= what
        return True

    def draw_file(self):
        names = self.home.names()
        # What is small would hardly be drawn otherwise: each part is as likely as the others.
        part = self.dice.choice(sorted(set(map(part_of, names))))
        return self.dice.choice([name for name in names if part_of(name) == part])

    def edit(self, what, work, puts_back=False):
        name = self.draw_file()
        if puts_back and not self.may_put_back({part_of(name)}):
            return
        octets = self.home.read(name)
        self.log.append(f"{what} {name}")
        if octets:
            self.home.write(name, work(name, octets))

    # ---- octets of files ----

    def flip(self):
        def work(_, octets):
            octets[self.dice.randrange(len(octets))] ^= 1 << self.dice.randrange(8)
            return octets
        self.edit("flip a bit of", work)

    def overwrite(self):
        def work(_, octets):
            at, count = self.dice.randrange(len(octets)), self.dice.randint(1, SECTOR)
            junk = self.dice.choice((bytes(count), self.dice.randbytes(count)))
            octets[at:at + count] = junk[:len(octets) - at]
            return octets
        self.edit("overwrite a piece of", work)

    def swap(self):
        def work(name, octets):
            pieces = self.pieces(name, octets)
            one, other = self.dice.randrange(len(pieces)), self.dice.randrange(len(pieces))
            pieces[one], pieces[other] = pieces[other], pieces[one]
            return b"".join(pieces)
        self.edit("swap two pieces of", work)

    def take_out(self):
        def work(name, octets):
            pieces = self.pieces(name, octets)
            del pieces[self.dice.randrange(len(pieces))]
            return b"".join(pieces)
        self.edit("take a piece out of", work, puts_back=True)

    def repeat(self):
        def work(name, octets):
            pieces = self.pieces(name, octets)
            pieces.insert(self.dice.randint(0, len(pieces)), self.dice.choice(pieces))
            return b"".join(pieces)
        self.edit("repeat a piece of", work)

    def cut(self):
        def work(name, octets):
            pieces = self.pieces(name, octets)
            whole = b"".join(pieces[:self.dice.randint(0, len(pieces) - 1)])
            return self.dice.choice((whole, octets[:self.dice.randrange(len(octets))]))
        self.edit("cut off the end of", work, puts_back=True)

    def extend(self):
        def work(_, octets):
            count = self.dice.randint(1, PAGE)
            return octets + self.dice.choice((bytes(count), self.dice.randbytes(count), octets[-count:]))
        self.edit("extend", work)

    def pieces(self, name, octets):
        if is_log(name):
            return octets.splitlines(keepends=True)
        size = PAGE if name.startswith(STORE) else 16
        return [octets[at:at + size] for at in range(0, len(octets), size)]

    # ---- files ----

    def delete(self):
        name = self.draw_file()
        self.log.append(f"delete {name}")
        self.home.remove(name)

    def put_older_file(self):
        self.put_older({self.dice.choice(PARTS)})

    def put_two_older(self):
        self.put_older(set(self.dice.sample(PARTS, 2)))

    def put_older(self, parts):
        if not self.may_put_back(parts):
            return
        older = self.dice.choice(self.older)
        self.log.append(f"put back an older {' and '.join(sorted(parts))}")
        for name in sorted({*self.home.names(), *older.names()}):
            if part_of(name) not in parts:
                continue
            self.home.remove(name)
            if name in older.names():
                self.home.write(name, older.read(name))

    def put_older_piece(self):
        older = self.dice.choice(self.older)

        def work(name, octets):
            pieces, others = self.pieces(name, octets), self.pieces(name, older.read(name))
            at = self.dice.randrange(max(1, min(len(pieces), len(others))))
            pieces[at:at + 1] = others[at:at + 1]
            return b"".join(pieces)
        self.edit("put back an older piece of", work, puts_back=True)

    def put_older_log(self):
        """The log of a store that was not closed, beside one that was."""
        if not self.may_put_back({"store"}):
            return
        with_log = [older for older in self.older if STORE + "-wal" in older.names()]
        self.log.append("put back an older log of the store")
        self.home.write(STORE + "-wal", self.dice.choice(with_log).read(STORE + "-wal"))

    # ---- rows of the store ----

    def draw_row(self, rows):
        return self.dice.choice(sorted(rows))

    def flip_row(self):
        rows = self.home.rows()
        key = self.draw_row(rows)
        value = bytearray(rows[key])
        value[self.dice.randrange(len(value))] ^= 1 << self.dice.randrange(8)
        self.log.append(f"flip a bit of row {key.hex()}")
        self.home.put(key, bytes(value))

    def delete_row(self):
        key = self.draw_row(self.home.rows())
        self.log.append(f"delete row {key.hex()}")
        self.home.put(key, None)

    def swap_rows(self):
        rows = self.home.rows()
        one, other = self.draw_row(rows), self.draw_row(rows)
        self.log.append(f"swap rows {one.hex()} and {other.hex()}")
        self.home.put(one, rows[other])
        self.home.put(other, rows[one])

    def copy_row(self):
        rows = self.home.rows()
        key = self.draw_row(rows)
        copy = key[:-1] + bytes([key[-1] ^ 1])
        self.log.append(f"copy row {key.hex()}")
        self.home.put(copy, rows[key])

    def put_older_rows(self):
        if not self.may_put_back({"store"}):
            return
        rows, older = self.home.rows(), self.dice.choice(self.older).rows_then
        changed = sorted(key for key in {*rows, *older} if rows.get(key) != older.get(key))
        some = self.dice.sample(changed, min(len(changed), self.dice.choice((1, 1, 2, len(changed) // 2, len(changed)))))
        self.log.append(f"put back {len(some)} of {len(changed)} older rows")
        for key in some:
            self.home.put(key, older.get(key))

    def change_history(self):
        if not self.may_put_back({"store"}):
            return
        database = sqlite3.connect(self.home.path / STORE)
        try:
            self.log.append("take rows out of the store's history")
            database.execute("DELETE FROM history WHERE revision >= (SELECT max(revision) FROM history) - ?",
                             (self.dice.randrange(10),))
            database.commit()
        finally:
            database.close()


KINDS = (Hostility.flip, Hostility.flip, Hostility.overwrite, Hostility.swap, Hostility.take_out, Hostility.repeat,
         Hostility.cut, Hostility.cut, Hostility.extend, Hostility.delete, Hostility.put_older_file, Hostility.put_two_older,
         Hostility.put_older_piece, Hostility.put_older_log, Hostility.flip_row, Hostility.delete_row, Hostility.swap_rows,
         Hostility.copy_row, Hostility.put_older_rows, Hostility.change_history)


class Subject:
    """A vault at several moments; the last one is the truth."""

    def __init__(self, root_of_trust, work):
        self.root_of_trust, self.work = root_of_trust, work
        self.place = work / f"life-{root_of_trust}"
        self.place.mkdir()
        vault = vaults.Vault(str(self.place / "vault"), work)
        self.book = ledger.Ledger(self.place / "ledger")
        life = Life(vault, self.book, root_of_trust, str(self.place / "backup"))
        steps = dict(life.steps())
        self.older = []
        try:
            for name in ("init", "make tokens", "wrong PINs 1", "make keys"):
                steps[name]()
            vault.kill()
            self.older.append(self.keep("killed"))
            for name in ("up", "a new PIN", "change objects", "wrong PINs 2", "down"):
                steps[name]()
            self.older.append(self.keep("ended"))
            for name in ("up", "a policy", "an authority", "an operator", "destroy a token"):
                steps[name]()
            if root_of_trust == "passphrase":
                steps["lock"]()
                steps["wrong passphrases"]()
            steps["down"]()
        finally:
            vault.kill()
        if self.book.failures:
            sys.exit(f"an undisturbed life failed: {self.book.failures}")
        self.newest = self.keep("newest")
        self.values = ledger.possible((self.place / "ledger").read_bytes())

    def keep(self, name):
        kept, looked_into = self.place / name, self.place / f"{name}-rows"
        for each in (kept, looked_into):
            shutil.copytree(self.place / "vault", each, ignore=shutil.ignore_patterns("run"))
        # Who opens a store that was not closed closes it.
        return Home(kept, Home(looked_into).rows())

    def read(self, home, reader, is_whole):
        pins = pins_of(self.values)
        if not is_whole:
            return reader.read(str(home.path), vaults.PASSPHRASE if self.root_of_trust == "passphrase" else "", pins)
        vault = vaults.Vault(str(home.path), self.work)
        try:
            code, _, complaint = vault.ask("up")
            return vaults.read_running(vault, pins) if code == 0 else {"state": f"does not start: {complaint}"}
        except vaults.Failed as failure:
            return {"state": f"refuses: {failure}"}
        finally:
            vault.kill()

    def judge(self, home, facts):
        """(how the change was noticed, what was not noticed)."""
        if "vault_reader ended" in facts["state"]:
            return "", [facts["state"]]
        if facts["state"] != "unlocked":
            return "does not open", []
        if facts["audit"] != "right":
            return "the audit log does not verify", []
        if not home.audit_log().startswith(self.newest.audit_log()):
            return "", ["the audit log verifies, and is another"]
        found = [text for text in ledger.faults(self.values, facts) if not is_refusal(text, facts)]
        if found:
            return "", found
        return ("refused in use" if any(is_refused_in_use(*fact) for fact in facts.items()) else "nothing is different"), []


def is_refused_in_use(thing, fact):
    return thing.endswith(vaults.NO_LABEL) or fact in REFUSED_IN_USE or fact.startswith("refused")


def is_refusal(fault, facts):
    """An object that is said to be gone, or half, is one of those whose records, and so labels, are refused."""
    thing = fault.partition(": ")[0]
    fact = facts.get(thing, "gone")
    if is_refused_in_use(thing, fact):
        return True
    token = " ".join(thing.split(" ")[:2])
    return thing.startswith("object") and fact in ("gone", "half") and f"{token} {vaults.NO_LABEL}" in facts


def main():
    parser = argparse.ArgumentParser(add_help=False, usage=__doc__)
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--states", type=int)
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    began = time.monotonic()
    dice = random.Random(options.seed)
    noticed, faulty, count = collections.Counter(), 0, 0
    with tempfile.TemporaryDirectory(prefix="coffer-hostile-files-", dir="/dev/shm") as scratch:
        work = pathlib.Path(scratch)
        subjects = [Subject(root_of_trust, work) for root_of_trust in ("file", "passphrase")]
        reader = VaultReader(work)

        def is_over():
            if options.states is not None:
                return count >= options.states
            return count >= STATES_MIN and time.monotonic() - began >= options.seconds

        while not is_over():
            subject = subjects[count % len(subjects)]
            place = work / "state" / "vault"
            shutil.rmtree(place.parent, ignore_errors=True)
            shutil.copytree(subject.newest.path, place)
            hostility = Hostility(Home(place), subject.older, dice)
            for _ in range(dice.choice((1, 1, 1, 2, 3))):
                hostility.change()
            how, found = subject.judge(hostility.home, subject.read(hostility.home, reader, dice.randrange(WHOLE_PRODUCT) == 0))
            count += 1
            noticed[how] += 1
            faulty += bool(found)
            for text in found:
                print(f"FAULT {subject.root_of_trust}, state {count} ({', then '.join(hostility.log)}): {text}", flush=True)
        reader.close()
    for how, times in noticed.most_common():
        print(f"{times:5} times: {how or 'NOT NOTICED'}")
    print(f"{count} states opened, {faulty} faulty, {time.monotonic() - began:.0f} s")
    return 1 if faulty or not noticed["does not open"] else 0


if __name__ == "__main__":
    sys.exit(main())
