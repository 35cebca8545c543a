#!/usr/bin/env python3
# memory_scan: looks for secrets in the ordinary memory of processes, as root can.
"""usage: memory_scan.py [--writable] NEEDLES WHERE...

NEEDLES holds lines "NAME HEX". WHERE is PID, for all memory of a process and of all its children, or ring:PID, for what
a process shares with a chip and nothing else of it. With --writable only what can be written is looked at, which is
much less: no programs and libraries. Exit status: 0 when none was found, 1 when one was, 2 when nothing
could be read. Hidden memory (memfd_secret) cannot be read at all, and is counted.
"""
import pathlib
import sys

RING = 'memfd:coffer-shared'
PAGE = 4096
NOTHING = bytes(PAGE)


def children_of(process):
    found = [process]
    for child in pathlib.Path(f'/proc/{process}/task/{process}/children').read_text().split():
        found += children_of(int(child))
    return found


def mappings_of(process, writable):
    """Gives what can be read, but for memory that was never touched."""
    mapping = None
    for line in pathlib.Path(f'/proc/{process}/smaps').read_text().splitlines():
        words = line.split(None, 5)
        if '-' in words[0] and len(words) >= 5:
            low, high = (int(number, 16) for number in words[0].split('-'))
            mapping = (low, high, words[5] if len(words) > 5 else '')
            wanted = words[1].startswith('rw' if writable else 'r')
        elif words[0] == 'Rss:' and wanted and int(words[1]) > 0:
            yield mapping


def role_of(process):
    words = pathlib.Path(f'/proc/{process}/cmdline').read_bytes().decode(errors='replace').split('\0')
    return words[words.index('--role') + 1] if '--role' in words else words[0]


def touched_runs(octets):
    """Gives (offset, octets) of each run of pages that are not all zeroes: rings are large, and mostly are."""
    begin = None
    for at in range(0, len(octets) + PAGE, PAGE):
        is_touched = at < len(octets) and octets[at:at + PAGE] != NOTHING
        if is_touched and begin is None:
            begin = at
        elif not is_touched and begin is not None:
            yield begin, octets[begin:at]
            begin = None


class Scan:
    def __init__(self, needles, writable):
        self.needles = needles
        self.writable = writable
        self.found = False
        self.looked = self.hidden = 0

    def look(self, process, only_ring=False):
        with open(f'/proc/{process}/mem', 'rb', 0) as memory:
            for low, high, name in mappings_of(process, self.writable):
                if only_ring and RING not in name:
                    continue
                try:
                    memory.seek(low)
                    octets = memory.read(high - low)
                    while len(octets) < high - low:
                        more = memory.read(high - low - len(octets))
                        if not more:
                            break
                        octets += more
                except (OSError, ValueError, OverflowError):
                    self.hidden += high - low
                    continue
                self.looked += len(octets)
                for begin, run in touched_runs(octets):
                    for needle, value in self.needles.items():
                        at = run.find(value)
                        if at >= 0:
                            self.found = True
                            print(f'{needle} lies in the memory of the {role_of(process)} ({process}) '
                                  f'at {low + begin + at:x} {name}')


def main():
    words = sys.argv[1:]
    writable = words[:1] == ['--writable']
    if writable:
        words = words[1:]
    if len(words) < 2:
        sys.exit(__doc__)
    lines = pathlib.Path(words[0]).read_text().splitlines()
    scan = Scan({name: bytes.fromhex(octets) for name, octets in (line.split() for line in lines)}, writable)
    for where in words[1:]:
        before = scan.looked
        try:
            if where.startswith('ring:'):
                scan.look(int(where.removeprefix('ring:')), only_ring=True)
            else:
                for process in children_of(int(where)):
                    scan.look(process)
        except OSError as error:
            print(error)
        if scan.looked == before:
            print(f'nothing could be read of {where}')
            sys.exit(2)
    print(f'{len(scan.needles)} secrets looked for in {scan.looked >> 20} MiB of memory; '
          f'{scan.hidden >> 20} MiB are hidden')
    sys.exit(1 if scan.found else 0)


main()
