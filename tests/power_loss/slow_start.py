#!/usr/bin/env python3
# slow_start: a vault starts on a disk that is very slow to read.
"""usage: slow_start.py [--all]

  --all  also starts a vault of 50,000 objects on a disk that takes 8 ms a reading, after a kill and after a good end

The environment has COFFER, COFFER_MODULE and COFFER_BUILD. Exit status 0: it starts, and says meanwhile how far it is.
"""
import os
import pathlib
import re
import sqlite3
import subprocess
import sys
import tempfile
import time

import vault as vaults
from recording import Recording

FILLING_BYTES = 64 << 20
READ_SECONDS = 0.1  # for 128 KiB at most: reading all takes longer than a minute
WATCHED_SECONDS = 21  # a start once had to end within 20
STEPS_SEEN = 3
OBJECTS, OBJECTS_READ_SECONDS, OBJECTS_START_SECONDS = 50000, 0.008, 300
PROGRESS = re.compile(r"store broker reads the store, (\d+) of (\d+) MiB")


class Fault(Exception):
    pass


def expect(condition, what):
    if not condition:
        raise Fault(what)


class SlowDisk:
    """A vault on a disk whose files nobody has read yet."""

    def __init__(self, directory, work, seconds=0.0):
        self.recording = Recording(directory, goes_on=True)
        self.recording.slow_down(seconds)
        self.vault = vaults.Vault(str(self.recording.mount / "vault"), work)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.vault.kill()
        self.recording.close()


def make(directory, work):
    for each in ("files", "mount"):
        (directory / each).mkdir(parents=True)
    with SlowDisk(directory, work) as disk:
        disk.vault.run("init", "--root-of-trust", "file")
        disk.vault.run("token", "create", "web", "--pin-file", disk.vault.secret("pin"), "--so-pin-file",
                       disk.vault.secret("officer-pin"))
        disk.vault.run("down")


def fill(directory):
    """Much to read: a table that nobody asks for."""
    database = sqlite3.connect(directory / "files" / "vault" / "store" / "store.db")
    database.execute("CREATE TABLE filling(octets BLOB)")
    database.execute("INSERT INTO filling VALUES(zeroblob(?))", (FILLING_BYTES,))
    database.commit()
    database.close()


def start(vault):
    return subprocess.Popen([vault.program, "--home", vault.home, "up"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True)


def watch(vault, starting, seconds, steps):
    """Watches a start that goes on for so long, and says in so many steps how much of the store was read; what it said."""
    end = time.monotonic() + seconds
    said = []
    while starting.poll() is None and (time.monotonic() < end or len(said) < steps):
        found = PROGRESS.search(vault.state().get("progress", ""))
        if found and found[1] not in said:
            said.append(found[1])
    return said


def end_of(starting):
    output, _ = starting.communicate(timeout=vaults.COMMAND_SECONDS)
    return starting.returncode, output.strip()


def start_takes_long(directory, work):
    """A start goes on as long as the store is being read, and says how far it is."""
    with SlowDisk(directory, work, READ_SECONDS) as disk:
        starting = start(disk.vault)
        said = watch(disk.vault, starting, WATCHED_SECONDS, STEPS_SEEN)
        expect(starting.poll() is None, f"up has ended before all was read: {starting.poll()}")
        os.environ["COFFER_AUTOSTART"] = "0"
        code, _, complaint = disk.vault.ask("token", "list")
        del os.environ["COFFER_AUTOSTART"]
        says_so = any(f"is being started: the {each}" in complaint for each in ("store broker", "start goes on"))
        expect(code != 0 and says_so, f"a command says {complaint}")
        disk.recording.slow_down(0)
        code, output = end_of(starting)
        expect(code == 0, f"up ended with {code}: {output}")
        expect("web" in disk.vault.run("token", "list"), "the token is gone")
        log = pathlib.Path(disk.vault.home, "log").read_text()
        expect("starting anew" not in log, f"the store broker was not left in peace: {log}")
        print(f"started; said meanwhile that {', '.join(said)} MiB were read", flush=True)


def start_is_ended(directory, work):
    """Who asks a vault to end need not wait until it has started."""
    with SlowDisk(directory, work, READ_SECONDS) as disk:
        starting = start(disk.vault)
        watch(disk.vault, starting, 0, 1)
        disk.vault.run("down")
        code, _ = end_of(starting)
        expect(code != 0, "up says that it has started what was ended")
        expect(not disk.vault.processes(), "processes are left")
        print("ended while it started", flush=True)


def kill_after_a_change(directory, work):
    with SlowDisk(directory, work) as disk:
        disk.vault.run("up")
        disk.vault.run("token", "create", "more", "--pin-file", disk.vault.secret("pin"), "--so-pin-file",
                       disk.vault.secret("officer-pin"))
        disk.vault.kill()
        expect(os.path.getsize(f"{disk.vault.home}/store/store.db-wal") > 0, "the store was closed")


def start_with_many_objects(directory, work):
    make(directory, work)
    with SlowDisk(directory, work) as disk:
        disk.vault.run("up")
        program = os.environ["COFFER_BUILD"] + "/bin/capacity_load"
        environment = {**os.environ, "COFFER_HOME": disk.vault.home, "COFFER_BIN": disk.vault.program}
        subprocess.run([program, "--step", "fill", "--objects", str(OBJECTS), "--module", os.environ["COFFER_MODULE"], "--pin",
                        vaults.USER_PIN, "--threads", "8"], env=environment, check=True)
        disk.vault.kill()
    for what in ("a kill", "a good end"):
        with SlowDisk(directory, work, OBJECTS_READ_SECONDS) as disk:
            began = time.monotonic()
            starting = start(disk.vault)
            output, _ = starting.communicate(timeout=OBJECTS_START_SECONDS)
            expect(starting.returncode == 0, f"after {what} up says {output}")
            print(f"{OBJECTS} objects, {OBJECTS_READ_SECONDS * 1000:.0f} ms a reading, after {what}: started in "
                  f"{time.monotonic() - began:.1f} s", flush=True)
            expect(disk.vault.state()["objects"] >= OBJECTS, "objects are gone")
            disk.vault.run("down")


def main():
    with tempfile.TemporaryDirectory(prefix="coffer-slow-start-", dir="/dev/shm") as scratch:
        work = pathlib.Path(scratch)
        try:
            directory = work / "disk"
            make(directory, work)
            fill(directory)
            kill_after_a_change(directory, work)
            start_takes_long(directory, work)
            start_is_ended(directory, work)
            if sys.argv[1:] == ["--all"]:
                start_with_many_objects(work / "many", work)
        except (Fault, vaults.Failed) as fault:
            print(f"FAULT {fault}", flush=True)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
