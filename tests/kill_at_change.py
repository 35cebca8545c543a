#!/usr/bin/env python3
# kill_at_change: runs a command that starts a vault, and kills all of it at its Nth change of the vault's directory.
"""usage: kill_at_change.py HOME N COMMAND...

Exit status: 9 when everything was killed, 0 when the command ended with success before, 1 when it failed.
"""
import ctypes
import os
import select
import struct
import subprocess
import sys

HOME, LAST, COMMAND = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
WATCHED = ('', 'store', 'audit')
# inotify(7): modified, moved in, created, removed.
CHANGES = 0x2 | 0x80 | 0x100 | 0x200
EVENT = struct.Struct('iIII')

libc = ctypes.CDLL(None, use_errno=True)
watcher = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
watched = {}


def watch():
    """Begins to watch what is there by now; what a directory holds already counts as changes."""
    found = 0
    for name in WATCHED:
        path = os.path.join(HOME, name)
        if name in watched or not os.path.isdir(path):
            continue
        watched[name] = libc.inotify_add_watch(watcher, path.encode(), CHANGES)
        found += len(os.listdir(path))
    return found


def changes():
    """Gives how many changes were told of."""
    try:
        octets = os.read(watcher, 65536)
    except BlockingIOError:
        return 0
    count = 0
    while octets:
        length = EVENT.unpack_from(octets)[3]
        octets = octets[EVENT.size + length:]
        count += 1
    return count


# The end of a process namespace is the end of everything in it, at once.
process = subprocess.Popen(['unshare', '--pid', '--fork', '--kill-child', '--mount-proc', '--map-root-user', *COMMAND],
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
seen = 0
while process.poll() is None and seen < LAST:
    seen += watch()
    if select.select([watcher], [], [], 0.001)[0]:
        seen += changes()
if seen < LAST:
    sys.exit(0 if process.returncode == 0 else 1)
process.kill()
process.wait()
sys.exit(9)
