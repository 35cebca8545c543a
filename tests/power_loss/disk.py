# A disk that loses power: what recording_fs wrote down, and the states in which files and names may be found afterwards.
#
# What a file was told to write is on the disk for certain once the file was synced. Until then each sector or page of it
# is as it was at some moment since, whatever the others are, and so is its size. A name is there for certain once its
# directory was synced; on a file system with a journal (ext4, XFS), once anything was. Until then changes of names come in
# any order, but those of one name in the order in which they were made; a rename is one change of two names.
import struct

CREATE, WRITE, RESIZE, SYNC, SYNC_NAMES, RENAME, REMOVE, MAKE_DIRECTORY, REMOVE_DIRECTORY, FAILED_SYNC, NOTE = range(1, 12)
KINDS = {CREATE: "create", WRITE: "write", RESIZE: "resize", SYNC: "sync", SYNC_NAMES: "sync of the names in",
         RENAME: "rename", REMOVE: "remove", MAKE_DIRECTORY: "make directory", REMOVE_DIRECTORY: "remove directory",
         FAILED_SYNC: "failed sync", NOTE: "note in the ledger"}
RENAME_EXCHANGE = 2
SECTOR, PAGE = 512, 4096
ENTRY = struct.Struct("<BQQHI")
DIRECTORY = object()


class Entry:
    def __init__(self, kind, inode, offset, name, data):
        self.kind, self.inode, self.offset, self.name, self.data = kind, inode, offset, name, data


def read_journal(path):
    with open(path, "rb") as file:
        octets = file.read()
    entries, at = [], 0
    while at < len(octets):
        kind, inode, offset, name_bytes, data_bytes = ENTRY.unpack_from(octets, at)
        at += ENTRY.size
        name = octets[at:at + name_bytes].decode()
        at += name_bytes
        entries.append(Entry(kind, inode, offset, name, octets[at:at + data_bytes]))
        at += data_bytes
    return entries


def directory_of(name):
    return name.rpartition("/")[0] or "/"


class File:
    """What is on the disk for certain, and what may be there."""

    def __init__(self):
        self.durable = bytearray()
        self.pending = []  # (offset, octets), or (size, None)

    def sync(self):
        for change in self.pending:
            apply(self.durable, *change)
        self.pending = []


def apply(content, offset, octets):
    if octets is None:
        if offset <= len(content):
            del content[offset:]
        else:
            content.extend(bytes(offset - len(content)))
        return
    if len(content) < offset:
        content.extend(bytes(offset - len(content)))
    content[offset:offset + len(octets)] = octets


def at_moments(file, moment_of, size_moment, block_bytes):
    """The content when each block is as it was after the first `moment_of(block)` changes, and the size as after
    `size_moment`."""
    size = len(file.durable)
    content = bytearray(file.durable)
    moments = {}
    for number, (offset, octets) in enumerate(file.pending):
        end = offset if octets is None else offset + len(octets)
        if number < size_moment:
            size = end if octets is None else max(size, end)
        if octets is None:
            # What was cut off reads as zeros, if the file grows again.
            octets, end = bytes(max(len(content) - offset, 0)), len(content)
        for block in range(offset // block_bytes, -(-end // block_bytes)):
            moment = moments.setdefault(block, moment_of(block))
            if number >= moment:
                continue
            first, last = max(offset, block * block_bytes), min(end, (block + 1) * block_bytes)
            apply(content, first, octets[first - offset:last - offset])
    apply(content, size, None)
    return content


class Disk:
    def __init__(self, has_journal):
        self.has_journal = has_journal
        self.files = {}    # inode -> File, for the inodes that have a name now
        self.names = {}    # what is there for certain: name -> File or DIRECTORY
        self.changes = []  # of names, since: Entry and File
        self.ledger = bytearray()

    def step(self, entry):
        if entry.kind == CREATE:
            self.files[entry.inode] = File()
            self.changes.append((entry, self.files[entry.inode]))
        elif entry.kind == WRITE:
            self.files[entry.inode].pending.append((entry.offset, entry.data))
        elif entry.kind == RESIZE:
            self.files[entry.inode].pending.append((entry.offset, None))
        elif entry.kind == SYNC:
            self.files[entry.inode].sync()
            if self.has_journal:
                self.settle(lambda name: True)
        elif entry.kind == SYNC_NAMES:
            self.settle(lambda name: self.has_journal or directory_of(name) == entry.name)
        elif entry.kind == FAILED_SYNC:
            self.files[entry.inode].pending = []
        elif entry.kind == NOTE:
            self.ledger += entry.data
        else:
            self.changes.append((entry, None))

    def settle(self, is_synced):
        kept = []
        for entry, file in self.changes:
            if is_synced(entry.name.rpartition("\n")[2]):
                change_names(self.names, entry, file)
            else:
                kept.append((entry, file))
        self.changes = kept

    def describe(self, entry):
        """A change in words, before it is made."""
        file = self.files.get(entry.inode)
        known = {**self.names, **{change.name: made for change, made in self.changes if change.kind == CREATE}}
        name = entry.name or " or ".join(name for name, each in known.items() if each is file)
        return f"{KINDS[entry.kind]} {name}".replace("\n", " to ").strip()

    def lose_power(self, how, dice):
        """A state that may be found: (names, contents). `how` is 'dropped', 'kept', 'until', 'sectors' or 'pages'."""
        names = dict(self.names)
        for change in kept_changes(self.changes, how, dice):
            change_names(names, *change)
        names = {name: file for name, file in names.items() if is_reachable(names, name)}
        contents = {id(file): content_of(file, how, dice) for file in unique(names.values())}
        return names, contents


def unique(files):
    return {id(file): file for file in files if file is not DIRECTORY}.values()


def content_of(file, how, dice):
    count = len(file.pending)
    if how == "dropped" or count == 0:
        return file.durable
    if how == "kept":
        moment = count
    elif how == "until":
        moment = dice.randint(0, count)
    else:
        block_bytes = SECTOR if how == "sectors" else PAGE
        return at_moments(file, lambda block: dice.randint(0, count), dice.randint(0, count), block_bytes)
    content = bytearray(file.durable)
    for change in file.pending[:moment]:
        apply(content, *change)
    return content


def kept_changes(changes, how, dice):
    if how in ("dropped", "kept"):
        return changes if how == "kept" else []
    if how == "until":
        return changes[:dice.randint(0, len(changes))]
    # Changes that share a name, directly or over others, form a group; of each group the first ones are there.
    group_of, groups = {}, []
    for change in changes:
        touched = change[0].name.split("\n")
        mine = {id(group_of[name]): group_of[name] for name in touched if name in group_of}
        merged = sorted((each for group in mine.values() for each in group), key=changes.index)
        groups = [group for group in groups if id(group) not in mine]
        merged.append(change)
        groups.append(merged)
        for name in (name for each in merged for name in each[0].name.split("\n")):
            group_of[name] = merged
    kept = [change for group in groups for change in group[:dice.randint(0, len(group))]]
    return sorted(kept, key=changes.index)


def change_names(names, entry, file):
    if entry.kind == CREATE:
        names[entry.name] = file
    elif entry.kind == MAKE_DIRECTORY:
        names[entry.name] = DIRECTORY
    elif entry.kind in (REMOVE, REMOVE_DIRECTORY):
        names.pop(entry.name, None)
    elif entry.kind == RENAME:
        old, new = entry.name.split("\n")
        moved = take_tree(names, old)
        replaced = take_tree(names, new)
        names.update({new + rest: file for rest, file in moved.items()})
        if entry.offset & RENAME_EXCHANGE:
            names.update({old + rest: file for rest, file in replaced.items()})


def take_tree(names, top):
    inside = [name for name in names if name == top or name.startswith(top + "/")]
    return {name[len(top):]: names.pop(name) for name in inside}


def is_reachable(names, name):
    directory = directory_of(name)
    return directory == "/" or (names.get(directory) is DIRECTORY and is_reachable(names, directory))
