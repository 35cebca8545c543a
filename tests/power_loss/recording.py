# A mounted recording_fs: where it is, its control page, and its journal.
import mmap
import os
import pathlib
import struct
import subprocess
import time

# struct Control of recording_fs.cc.
CONTROL = struct.Struct("<QQIi")
READ_MICROSECONDS = struct.Struct("<I")  # behind it
KILL_BEFORE, KILL_AFTER, KILL_HALF, REFUSE = 1, 2, 3, 4
MOUNT_SECONDS = 20


class Recording:
    """A file system over `directory`/files, mounted at `directory`/mount. `directory` is made anew, unless `goes_on`."""

    def __init__(self, directory, goes_on=False):
        self.directory = pathlib.Path(directory)
        self.files, self.mount, self.journal = (self.directory / name for name in ("files", "mount", "journal"))
        if not goes_on:
            for each in (self.files, self.mount):
                each.mkdir(parents=True)
        self.journal.unlink(missing_ok=True)
        program = os.environ["COFFER_BUILD"] + "/bin/recording_fs"
        self.process = subprocess.Popen([program, self.files, self.directory / "control", self.journal, self.mount])
        end = time.monotonic() + MOUNT_SECONDS
        while not os.path.ismount(self.mount):
            if self.process.poll() is not None or time.monotonic() > end:
                raise SystemExit("recording_fs does not come up: it needs root and /dev/fuse")
            time.sleep(0.005)
        with open(self.directory / "control", "r+b") as file:
            self.control = mmap.mmap(file.fileno(), CONTROL.size + READ_MICROSECONDS.size)

    def slow_down(self, seconds):
        """Each reading takes so long from now on."""
        READ_MICROSECONDS.pack_into(self.control, CONTROL.size, round(seconds * 1e6))

    def arm(self, distance, fault, error=0):
        """The change that comes `distance` changes from now fails."""
        changes = CONTROL.unpack_from(self.control)[0]
        CONTROL.pack_into(self.control, 0, changes, changes + distance, fault, error)

    def disarm(self):
        """Tells whether the fault happened."""
        changes, target, fault, error = CONTROL.unpack_from(self.control)
        CONTROL.pack_into(self.control, 0, changes, target, 0, error)
        return fault == 0

    def close(self):
        # A killed process may still hold a file for a moment.
        end = time.monotonic() + MOUNT_SECONDS
        while subprocess.run(["umount", self.mount], stderr=subprocess.DEVNULL, check=False).returncode != 0:
            if time.monotonic() > end:
                subprocess.run(["umount", "--lazy", self.mount], check=True)
                break
            time.sleep(0.01)
        self.process.wait()
