#!/usr/bin/env python3
# memory_scan: looks for secrets in all ordinary memory of a vault's processes, as root can.
"""usage: memory_scan.py GUARD-PID NEEDLES

NEEDLES holds lines "NAME HEX". Exit status: 0 when none was found, 1 when one was, 2 when nothing could be read.
Hidden memory (memfd_secret) cannot be read at all, and is counted.
"""
import pathlib
import sys


def children_of(process):
    found = [process]
    for child in pathlib.Path(f'/proc/{process}/task/{process}/children').read_text().split():
        found += children_of(int(child))
    return found


def mappings_of(process):
    for line in pathlib.Path(f'/proc/{process}/maps').read_text().splitlines():
        place, rights, _, _, _, *name = line.split(None, 5)
        low, high = (int(number, 16) for number in place.split('-'))
        if rights.startswith('r'):
            yield low, high, name[0] if name else ''


def role_of(process):
    words = pathlib.Path(f'/proc/{process}/cmdline').read_bytes().decode(errors='replace').split('\0')
    return words[words.index('--role') + 1] if '--role' in words else words[0]


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    needles = {name: bytes.fromhex(octets)
               for name, octets in (line.split() for line in pathlib.Path(sys.argv[2]).read_text().splitlines())}
    found = False
    looked = hidden = 0
    for process in children_of(int(sys.argv[1])):
        with open(f'/proc/{process}/mem', 'rb', 0) as memory:
            for low, high, name in mappings_of(process):
                try:
                    memory.seek(low)
                    octets = memory.read(high - low)
                    while len(octets) < high - low:
                        more = memory.read(high - low - len(octets))
                        if not more:
                            break
                        octets += more
                except (OSError, ValueError, OverflowError):
                    hidden += high - low
                    continue
                looked += len(octets)
                for needle, value in needles.items():
                    at = octets.find(value)
                    if at >= 0:
                        found = True
                        print(f'{needle} lies in the memory of the {role_of(process)} ({process}) '
                              f'at {low + at:x} {name}')
    print(f'{len(needles)} secrets looked for in {looked >> 20} MiB of memory; {hidden >> 20} MiB are hidden')
    sys.exit(2 if looked == 0 else 1 if found else 0)


main()
