#!/usr/bin/env python3
# What a loss of power may leave, and what it may not: the rules of disk.py.
import random
import sys
import unittest

sys.dont_write_bytecode = True
import disk  # noqa: E402 - it leaves nothing behind

DRAWS = 400


def write(inode, offset, data):
    return disk.Entry(disk.WRITE, inode, offset, "", data)


def named(kind, name, inode=0):
    return disk.Entry(kind, inode, 0, name, b"")


def sync(inode):
    return disk.Entry(disk.SYNC, inode, 0, "", b"")


def states(entries, has_journal, hows=("dropped", "kept", "until", "sectors", "pages")):
    """All that is found in many draws: sets of (name, content)."""
    found = set()
    dice = random.Random(1)
    for draw in range(DRAWS):
        state = disk.Disk(has_journal)
        for entry in entries:
            state.step(entry)
        names, contents = state.lose_power(hows[draw % len(hows)], dice)
        found.add(frozenset((name, None if file is disk.DIRECTORY else bytes(contents[id(file)]))
                            for name, file in names.items()))
    return found


FILE = [named(disk.CREATE, "/a", 1), write(1, 0, b"1" * 1024), sync(1), named(disk.SYNC_NAMES, "/")]


class LossOfPower(unittest.TestCase):
    def test_what_was_synced_is_there(self):
        self.assertEqual(states(FILE, has_journal=False), {frozenset({("/a", b"1" * 1024)})})

    def test_each_sector_is_there_or_not(self):
        found = states([*FILE, write(1, 0, b"2" * 1024)], has_journal=True)
        self.assertEqual(found, {frozenset({("/a", first * 512 + second * 512)})
                                 for first in (b"1", b"2") for second in (b"1", b"2")})

    def test_a_file_may_have_grown_without_what_was_written(self):
        found = {content for state in states([*FILE, write(1, 1024, b"2" * 512)], has_journal=True) for _, content in state}
        self.assertEqual(found, {b"1" * 1024, b"1" * 1024 + b"2" * 512, b"1" * 1024 + bytes(512)})

    def test_what_was_cut_off_may_be_there_or_not(self):
        found = {content for state in states([*FILE, disk.Entry(disk.RESIZE, 1, 512, "", b"")], has_journal=True)
                 for _, content in state}
        self.assertLessEqual({b"1" * 1024, b"1" * 512}, found)
        self.assertTrue(all(content.startswith(b"1" * 512) for content in found))

    def test_a_failed_sync_loses_what_it_should_have_written(self):
        failed = disk.Entry(disk.FAILED_SYNC, 1, 0, "", b"")
        found = states([*FILE, write(1, 0, b"2" * 1024), failed, sync(1)], has_journal=True)
        self.assertEqual(found, {frozenset({("/a", b"1" * 1024)})})

    def test_a_journal_keeps_names_with_any_sync(self):
        made = [*FILE, named(disk.CREATE, "/b", 2), write(1, 0, b"2"), sync(1)]
        self.assertTrue(all(("/b", b"") in state for state in states(made, has_journal=True)))
        self.assertFalse(all(("/b", b"") in state for state in states(made, has_journal=False)))

    def test_a_file_is_replaced_whole_or_not(self):
        made = [*FILE, named(disk.CREATE, "/a.new", 2), write(2, 0, b"new"), sync(2), named(disk.RENAME, "/a.new\n/a")]
        found = {state for state in states(made, has_journal=False)}
        old, new = ("/a", b"1" * 1024), ("/a", b"new")
        self.assertEqual(found, {frozenset({old}), frozenset({old, ("/a.new", b"new")}), frozenset({new})})

    def test_a_replacement_that_was_not_synced_may_be_empty(self):
        made = [*FILE, named(disk.CREATE, "/a.new", 2), write(2, 0, b"new"), named(disk.RENAME, "/a.new\n/a")]
        self.assertIn(frozenset({("/a", b"")}), states(made, has_journal=True))

    def test_changes_of_different_names_come_in_any_order(self):
        made = [*FILE, named(disk.CREATE, "/b", 2), named(disk.CREATE, "/c", 3)]
        found = {frozenset(name for name, _ in state) for state in states(made, has_journal=True)}
        self.assertEqual(found, {frozenset({"/a", *others}) for others in ((), ("/b",), ("/c",), ("/b", "/c"))})

    def test_what_lies_in_a_directory_that_is_gone_is_gone(self):
        made = [named(disk.MAKE_DIRECTORY, "/d"), named(disk.CREATE, "/d/a", 1), sync(1), named(disk.SYNC_NAMES, "/d")]
        self.assertIn(frozenset(), states(made, has_journal=False))

    def test_two_names_are_exchanged_at_once(self):
        made = [*FILE, named(disk.CREATE, "/b", 2), write(2, 0, b"2"), sync(2),
                disk.Entry(disk.RENAME, 0, disk.RENAME_EXCHANGE, "/a\n/b", b"")]
        self.assertEqual(states(made, has_journal=True),
                         {frozenset({("/a", b"1" * 1024), ("/b", b"2")}), frozenset({("/b", b"1" * 1024), ("/a", b"2")})})


if __name__ == "__main__":
    unittest.main()
