# known_good: what a check found good once is not looked at again, in whatever clone, until anything that it read differs.
"""Keys are hashes of everything that a check reads; a key that is there was found good.

They lie outside the tree, in ${XDG_CACHE_HOME:-~/.cache}/coffer/known-good. The folder may be deleted at any time.
"""
import hashlib
import json
import os
import pathlib
import shlex
import subprocess
import time

KEPT_SECONDS = 60 * 86400
ROOT = pathlib.Path(__file__).resolve().parent.parent


class KnownGood:
    """The store of one kind of check. Safe from many threads and processes: a key is an empty file."""

    def __init__(self, kind):
        cache = os.environ.get('XDG_CACHE_HOME') or pathlib.Path.home() / '.cache'
        self.folder = pathlib.Path(cache, 'coffer', 'known-good', kind)
        self.folder.mkdir(parents=True, exist_ok=True)
        oldest = time.time() - KEPT_SECONDS
        for path in self.folder.iterdir():
            if path.stat().st_mtime < oldest:
                path.unlink(missing_ok=True)

    def has(self, key):
        try:
            os.utime(self.folder / key)
        except FileNotFoundError:
            return False
        return True

    def add(self, key):
        (self.folder / key).touch()


def compile_commands():
    """The commands of the release build, without its precompiled headers: file -> list of words up to the output."""
    path = ROOT / 'build' / 'release' / 'compile_commands.json'
    if not path.is_file():
        raise SystemExit('configure first: cmake --preset release')
    commands = {}
    for entry in json.loads(path.read_text()):
        words = shlex.split(entry['command'])
        words = words[:words.index('-o')]
        if '-include' in words:
            at = words.index('-include')
            del words[at:at + 2]
        commands[entry['file']] = [word for word in words if word != '-Winvalid-pch']
    return commands


def key_of(command, text, *more):
    """The key of a file: a compiler's command, what else decides, and the preprocessed text with its comments and macros
    (the linter reads both). The place of the clone is no part of it. None when the preprocessor fails."""
    result = subprocess.run([*command, '-E', '-CC', '-dD', *(['-x', 'c++', '-'] if text else [])], input=text, text=True,
                            capture_output=True, check=False, errors='replace')
    if result.returncode != 0:
        return None
    parts = [' '.join(command), *more, result.stdout]
    whole = '\0'.join(parts).replace(str(ROOT), '')
    return hashlib.sha256(whole.encode('utf-8', 'replace')).hexdigest()
