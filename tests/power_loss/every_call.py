#!/usr/bin/env python3
# every_call: whoever makes a change of a vault's files is killed there, or the disk refuses the change; each change once.
"""usage: every_call.py PART PARTS [STEP...]

Each step of the life (life.py) is done again for each change that it makes: the caller is killed before it, behind it or in
the middle of it; the disk has no room for it; the disk fails at it, and loses its power at the end of the step. PART (from 0)
of PARTS takes every PARTS-th change. ./check --full runs all parts. When steps are named, the others are done undisturbed.

The environment has COFFER, COFFER_MODULE and COFFER_BUILD. Exit status 0: no fault was found.
"""
import errno
import pathlib
import shutil
import subprocess
import sys
import tempfile

import disk
import ledger
import vault as vaults
from life import Life
from power_loss import VaultReader, build, judge_restored, judge_whole, pins_of
from recording import KILL_AFTER, KILL_BEFORE, KILL_HALF, REFUSE, Recording

KILLS = (KILL_BEFORE, KILL_HALF, KILL_AFTER)
STARTS_BY_ITSELF = ("init", "up", "restore")
STAYS_LOCKED = ("wrong passphrases", "unlock", "restore")
CHANGES_OF_A_STEP_MAX = 2000


class Stage:
    """The vault between two steps: files, stopped, and what the ledger says."""

    def __init__(self, root_of_trust, directory, work):
        self.root_of_trust, self.directory, self.work = root_of_trust, directory, work
        self.now = {}

    def begin(self, name, goes_on):
        recording = Recording(self.directory, goes_on)
        vault = vaults.Vault(str(recording.mount / "vault"), self.work)
        book = ledger.Ledger(recording.mount / "ledger")
        book.now = dict(self.now)
        if name not in STARTS_BY_ITSELF:
            vault.run("up")
            if self.root_of_trust == "passphrase" and name not in STAYS_LOCKED:
                vault.unlock()
        life = Life(vault, book, self.root_of_trust, str(recording.mount / "backup"))
        return recording, vault, book, dict(life.steps())[name]


def loaded(directory):
    """The disk as it was when everything was synced."""
    state = disk.Disk(has_journal=True)
    for path in sorted(directory.rglob("*")):
        name = "/" + str(path.relative_to(directory))
        if path.is_dir():
            state.names[name] = disk.DIRECTORY
        elif path.is_file() and name != "/ledger":
            file = disk.File()
            file.durable = bytearray(path.read_bytes())
            state.names[name] = state.files[path.stat().st_ino] = file
    return state


def copy(directory, to):
    subprocess.run(["cp", "--archive", "--no-target-directory", directory, to], check=True)


class Trial:
    """One step with one fault."""

    def __init__(self, stage, name, number, fault, error, reader):
        self.stage, self.name, self.number, self.fault, self.error, self.reader = stage, name, number, fault, error, reader
        self.what = ""

    def run(self, snapshot):
        """(whether the step has so many changes, what is wrong afterwards)."""
        shutil.rmtree(self.stage.directory, ignore_errors=True)
        for each in ("files", "mount"):
            (self.stage.directory / each).mkdir(parents=True)
        if snapshot.exists():
            copy(snapshot, self.stage.directory / "files")
        before = loaded(self.stage.directory / "files")
        recording, vault, book, step = self.stage.begin(self.name, goes_on=True)
        try:
            recording.arm(self.number, self.fault, self.error)
            try:
                step()
            except (vaults.Failed, vaults.Refusal, LookupError) as failure:
                book.failures.append(str(failure))
            happened = recording.disarm()
            if not happened:
                return False, []
            notes = (recording.files / "ledger").read_bytes()
            if self.error == errno.EIO:
                vault.kill()
                return True, self.judge_after_power_loss(before, recording.journal, notes)
            return True, self.judge(vault, recording.mount, notes)
        except vaults.Failed as failure:
            return True, [f"the product fails: {failure}"]
        finally:
            vault.kill()
            recording.close()

    def judge(self, vault, place, notes):
        values = ledger.possible(notes)
        return [*judge_whole(vault, values, self.stage.root_of_trust),
                *judge_restored(vault, place / "backup", values, ledger.at_backup(notes))]

    def judge_after_power_loss(self, state, journal, notes):
        for entry in disk.read_journal(journal):
            if entry.kind == disk.FAILED_SYNC:
                self.what = f", {state.describe(entry)}"
            state.step(entry)
        names, contents = state.lose_power("dropped", None)
        place = self.stage.work / "state"
        shutil.rmtree(place, ignore_errors=True)
        build(place, names, contents)
        home = str(place / "vault")
        values = ledger.possible(notes)
        if values.get("vault") != {"there"} or "restored" in values:
            vault = vaults.Vault(home, self.stage.work)
            try:
                return self.judge(vault, place, notes)
            finally:
                vault.kill()
        passphrase = vaults.PASSPHRASE if self.stage.root_of_trust == "passphrase" else ""
        return ledger.faults(values, self.reader.read(home, passphrase, pins_of(values)))


def try_step(stage, name, snapshot, part, parts, reader):
    """(how often, how often something was wrong)."""
    count = faulty = 0
    for number in range(part + 1, CHANGES_OF_A_STEP_MAX, parts):
        kinds = ((KILLS[number % 3], 0, "kill"), (REFUSE, errno.EIO, "EIO"), (REFUSE, errno.ENOSPC, "ENOSPC"))
        for fault, error, word in kinds:
            trial = Trial(stage, name, number, fault, error, reader)
            has_so_many, found = trial.run(snapshot)
            if not has_so_many:
                continue
            count += 1
            faulty += bool(found)
            for text in found:
                print(f"FAULT {stage.root_of_trust}, {name}, change {number}{trial.what}, {word}: {text}", flush=True)
        if not has_so_many:
            break
    return count, faulty


def try_life(root_of_trust, part, parts, chosen, work):
    stage = Stage(root_of_trust, work / f"life-{root_of_trust}" / "trial", work)
    master = Stage(root_of_trust, work / f"life-{root_of_trust}" / "master", work)
    reader = VaultReader(work)
    count = faulty = 0
    for number, (name, _) in enumerate(Life(None, ledger.Ledger(None), root_of_trust, "").steps()):
        snapshot = work / f"life-{root_of_trust}" / f"before-{number}"
        files = master.directory / "files"
        if files.exists():
            copy(files, snapshot)
        stage.now = master.now
        if not chosen or name in chosen:
            tried = try_step(stage, name, snapshot, part, parts, reader)
            count, faulty = count + tried[0], faulty + tried[1]
            print(f"{root_of_trust}, {name}: {tried[0]} changes killed or refused, {tried[1]} with faults", flush=True)
        # The step itself, undisturbed.
        recording, vault, book, step = master.begin(name, goes_on=files.exists())
        try:
            step()
            vault.ask("down")
            if book.failures:
                sys.exit(f"an undisturbed step failed: {name}: {book.failures}")
            master.now = book.now
        finally:
            vault.kill()
            recording.close()
        shutil.rmtree(snapshot, ignore_errors=True)
    reader.close()
    return count, faulty


def main():
    part, parts, *chosen = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="coffer-every-call-", dir="/dev/shm") as scratch:
        done = [try_life(root_of_trust, int(part), int(parts), chosen, pathlib.Path(scratch))
                for root_of_trust in ("file", "passphrase")]
    count, faulty = map(sum, zip(*done))
    print(f"{count} changes killed or refused, {faulty} with faults")
    return 1 if faulty or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
