#!/usr/bin/env python3
# power_loss: a vault's life is recorded, and what power losses at its moments leave behind is opened.
"""usage: power_loss.py [--seed N] [--seconds N | --states N] [--lives DIRECTORY]

  --seed N           draws moments and states (default: a random one, which is printed)
  --seconds N        how long to go on, recording included (60), and on a slow machine until 100 states were opened
  --states N         how many states to open instead
  --lives DIRECTORY  replays the lives recorded there; records them there first when there are none

The environment has COFFER, COFFER_MODULE, COFFER_BUILD and TMPDIR. Exit status 0: no state was faulty.
"""
import argparse
import collections
import hashlib
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

import disk
import ledger
import vault as vaults
from life import Life, TOKENS
from recording import Recording

# The roots of trust, and whether the file system of its vault is one with a journal.
LIVES = (("file", True), ("passphrase", True), ("file", False), ("passphrase", False))
HOWS = ("dropped", "kept", "until", "sectors", "pages", "sectors", "pages")
STATES_A_SWEEP = 25
# One state in so many is opened by the whole product: the guard's files, and the processes, are part of it then.
WHOLE_PRODUCT = 20
# Until init was acknowledged, it must be possible to have a vault, in one state of so many.
BEFORE_INIT = 4
OF_A_LIVING_VAULT = ("host.key", "store", "audit/mark", "audit/mark.new", "erasing")
INIT_HELPS = "'coffer init'"
FAULTS_SHOWN = 40
CHANGES_MIN = 1000
STATES_MIN = 100


class VaultReader:
    """The program vault_reader, started anew when it dies."""

    def __init__(self, work):
        self.process = None
        self.log = work / "vault_reader.log"

    def read(self, home, passphrase, pins):
        if self.process is None:
            with self.log.open("w") as log:
                self.process = subprocess.Popen([os.environ["COFFER_BUILD"] + "/bin/vault_reader"], stdin=subprocess.PIPE,
                                                stdout=subprocess.PIPE, stderr=log, text=True)
        question = [home, passphrase, *(f"{token}={','.join(each)}" for token, each in pins.items())]
        self.process.stdin.write("\t".join(question) + "\n")
        self.process.stdin.flush()
        facts = {}
        for line in self.process.stdout:
            if line == "end\n":
                return facts
            thing, _, value = line.rstrip("\n").partition("=")
            facts[thing] = value
        facts["state"] = f"vault_reader ended with {self.process.wait()}: {self.log.read_text()[-200:]}"
        self.process = None
        return facts

    def close(self):
        if self.process is not None:
            self.process.communicate()


def record(root_of_trust, directory, work):
    """Records a life; its journal and the backup that it made stay in `directory`."""
    recording = Recording(directory)
    home = str(recording.mount / "vault")
    vault = vaults.Vault(home, work)
    book = ledger.Ledger(recording.mount / "ledger")
    try:
        Life(vault, book, root_of_trust, str(recording.mount / "backup")).run()
        whole = vault.ask("backup", "verify", str(recording.mount / "backup"), "--passphrase-file", vault.secret("passphrase"))
        if whole[0] != 0:
            book.failures.append(f"the backup: {whole[2]}")
    finally:
        vault.kill()
        recording.close()
    entries = disk.read_journal(recording.journal)
    changes = sum(entry.kind != disk.NOTE for entry in entries)
    if book.failures:
        sys.exit(f"an undisturbed life failed: {book.failures}")
    if changes < CHANGES_MIN:
        sys.exit(f"a life of {changes} changes is too short to prove anything")
    print(f"recorded a life with root of trust {root_of_trust}: {changes} changes", flush=True)


def pins_of(values):
    """token -> the PINs that may be right, the likelier ones first."""
    return {token: sorted(values[f"pin {token}"] - {"gone"}) for token in TOKENS if f"pin {token}" in values}


class Replay:
    def __init__(self, seed, root_of_trust, has_journal, directory, work, reader):
        self.seed, self.root_of_trust, self.has_journal, self.work = seed, root_of_trust, has_journal, work
        self.entries = disk.read_journal(directory / "journal")
        backup = directory / "files" / "backup"
        self.backup = backup.read_bytes()
        self.reader = reader
        self.seen = set()
        self.sweeps = self.count = self.count_whole = self.count_faulty = 0
        self.faults = []  # (where, text)

    def sweep(self, is_over):
        """Goes through the life once and opens states of drawn moments."""
        dice = random.Random(f"{self.seed} {self.root_of_trust} {self.has_journal} {self.sweeps}")
        self.sweeps += 1
        moments = collections.Counter(dice.randrange(len(self.entries)) for _ in range(STATES_A_SWEEP))
        state = disk.Disk(self.has_journal)
        for moment, entry in enumerate(self.entries):
            for _ in range(moments[moment]):
                how = dice.choice(HOWS)
                names, contents = state.lose_power(how, dice)
                self.open_state((moment, how, state.describe(entry)), names, contents, bytes(state.ledger), dice)
                if is_over():
                    return
            state.step(entry)

    def open_state(self, where, names, contents, notes, dice):
        digest = hashlib.sha256(notes)
        for name in sorted(names):
            digest.update(name.encode() + b"\0")
            if names[name] is not disk.DIRECTORY:
                digest.update(hashlib.sha256(contents[id(names[name])]).digest())
        values = ledger.possible(notes)
        is_made = "gone" not in values.get("vault", {"gone"})
        if digest.digest() in self.seen or (not is_made and dice.randrange(BEFORE_INIT) != 0):
            return
        self.seen.add(digest.digest())
        place = self.work / "state"
        shutil.rmtree(place, ignore_errors=True)
        build(place, names, contents)
        is_whole = values.get("vault") != {"there"} or dice.randrange(WHOLE_PRODUCT) == 0
        found = self.judge(place, values, is_whole) + self.judge_restored(place, values, ledger.at_backup(notes))
        self.count += 1
        self.count_whole += is_whole
        self.count_faulty += bool(found)
        for text in found:
            moment, how, change = where
            self.faults.append((where, text))
            print(f"FAULT seed {self.seed}, {self.root_of_trust}, {'a' if self.has_journal else 'no'} journal, before change "
                  f"{moment} ({change}), {how}: {text}", flush=True)

    def judge(self, place, values, is_whole):
        home = str(place / "vault")
        found = self.judge_backup(place, values.get("backup", {"gone"}))
        if is_whole:
            vault = vaults.Vault(home, self.work)
            try:
                return found + judge_whole(vault, values, self.root_of_trust)
            except vaults.Failed as failure:
                return found + [f"the product fails: {failure}"]
            finally:
                vault.kill()
        passphrase = vaults.PASSPHRASE if self.root_of_trust == "passphrase" else ""
        return found + ledger.faults(values, self.reader.read(home, passphrase, pins_of(values)))

    def judge_restored(self, place, values, content):
        vault = vaults.Vault(str(place / "vault"), self.work)
        try:
            return judge_restored(vault, place / "backup", values, content)
        finally:
            vault.kill()

    def judge_backup(self, place, may_be):
        backup = place / "backup"
        is_there = backup.exists()
        if is_there and backup.read_bytes() != self.backup:
            return ["the backup is there by half"]
        fact = "there" if is_there else "gone"
        return [] if fact in may_be else [f"the backup is {fact}"]


def build(place, names, contents):
    place.mkdir()
    for name in sorted(names, key=lambda each: each.count("/")):
        path = f"{place}{name}"
        if names[name] is disk.DIRECTORY:
            os.mkdir(path, 0o700)
            continue
        with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
            content = contents[id(names[name])]
            if content.count(0) == len(content):
                file.truncate(len(content))
            else:
                file.write(content)


def judge_whole(vault, values, root_of_trust):
    """Opens a state with the whole product; what an interrupted init left behind must become a vault."""
    if "destroyed" in values.get("vault", ()):
        return judge_doomed(vault, values)
    code, _, complaint = vault.ask("up")
    state = vault.state()["state"] if code == 0 else ""
    if values.get("vault") != {"there"}:
        if code != 0 or state == "uninitialized":
            words = ["--passphrase-file", vault.secret("passphrase"), "--stretch-ms", "10"]
            again = vault.ask("init", "--root-of-trust", root_of_trust, *(words if root_of_trust == "passphrase" else []))
            if again[0] != 0:
                return [f"half an init: up says {complaint.strip()!r}, init says {again[2].strip()!r}"]
        values = {**values, "wrong passphrases": {"0", "1"}}
    elif code != 0:
        return [f"up: {complaint.strip()}"]
    return ledger.faults(values, vaults.read_running(vault, pins_of(values)))


def settle(vault):
    """Starts a vault that may be about to be erased or to start anew: what `up` says when it lives, or is gone."""
    end = time.monotonic() + vaults.START_SECONDS
    while True:
        code, _, complaint = vault.ask("up")
        lives = code == 0 and vault.has_all_processes() and vault.state()["state"] in ("unlocked", "locked")
        if lives or INIT_HELPS in complaint or time.monotonic() > end:
            return code, complaint


def judge_doomed(vault, values):
    """What coffer zeroize left behind: a vault that lives, whole, or one that is destroyed, wholly."""
    code, complaint = settle(vault)
    if code == 0:
        found = ledger.faults(values, vaults.read_running(vault, pins_of(values)))
        if not found:
            return [] if "there" in values["vault"] else ["a vault that was destroyed lives"]
        # It may have been destroyed meanwhile: by the chip that starts after one that could not tell whether it was.
        code, complaint = settle(vault)
        if code == 0:
            return found
    return judge_destroyed(vault, complaint)


def judge_destroyed(vault, complaint):
    """A vault that coffer zeroize has destroyed: no key is left, and the audit log verifies."""
    found = [f"{name} is left of a destroyed vault" for name in OF_A_LIVING_VAULT if os.path.exists(f"{vault.home}/{name}")]
    if INIT_HELPS not in complaint:
        found.append(f"up, of a destroyed vault: {complaint.strip()}")
    if vault.state()["state"] != "destroyed":
        found.append(f"a destroyed vault is {vault.state()['state']}")
    code, _, complaint = vault.ask("audit", "verify")
    return found if code == 0 else [*found, f"the audit log of a destroyed vault: {complaint.strip()}"]


def judge_restored(vault, backup, values, content):
    """What a restore left behind: a whole vault, or none, and the next restore makes it. `content` is the backup's."""
    restored = vault.restored()
    may_be = values.get("restored", {"gone"})
    is_there = os.path.isdir(restored.home)
    if ("there" if is_there else "gone") not in may_be:
        return [f"the restored vault is {'there' if is_there else 'gone'}"]
    if "there" not in may_be:
        return []
    try:
        if not is_there:
            restored.restore(str(backup))
        restored.run("up")
        found = ledger.faults(content, vaults.read_running(restored, pins_of(content)))
        left = f"{restored.home}.restoring"
        return [f"restored: {text}" for text in found] + ([f"{left} is left"] if os.path.exists(left) else [])
    except vaults.Failed as failure:
        return [f"restored: {failure}"]


def kinds(replays):
    """How often each kind of fault was found: its text without names and numbers."""
    count = collections.Counter()
    for replay in replays:
        for _, text in replay.faults:
            count["".join("N" if each.isdigit() else each for each in text)[:100]] += 1
    return count


def main():
    parser = argparse.ArgumentParser(add_help=False, usage=__doc__)
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--states", type=int)
    parser.add_argument("--lives", type=pathlib.Path)
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="coffer-power-loss-", dir="/dev/shm") as scratch:
        work = pathlib.Path(scratch)
        lives = options.lives or work / "lives"
        for root_of_trust in dict(LIVES):
            if not (lives / root_of_trust).exists():
                record(root_of_trust, lives / root_of_trust, work)
        reader = VaultReader(work)
        replays = [Replay(options.seed, *life, lives / life[0], work, reader) for life in LIVES]

        def is_over():
            opened = sum(replay.count for replay in replays)
            if options.states is not None:
                return opened >= options.states
            return opened >= STATES_MIN and time.monotonic() - began >= options.seconds

        while not is_over():
            min(replays, key=lambda replay: replay.sweeps).sweep(is_over)
        reader.close()
    count, whole = sum(replay.count for replay in replays), sum(replay.count_whole for replay in replays)
    faulty = sum(replay.count_faulty for replay in replays)
    for kind, times in kinds(replays).most_common(FAULTS_SHOWN):
        print(f"{times:5} times: {kind}")
    print(f"{count} states opened, {whole} of them with the whole product, {faulty} faulty, {time.monotonic() - began:.0f} s")
    return 1 if faulty else 0


if __name__ == "__main__":
    sys.exit(main())
