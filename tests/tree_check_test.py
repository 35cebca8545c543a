#!/usr/bin/env python3
# tree_check_test: scripts/tree-check refuses a large commit whose message has a subject only; in scratch repositories.
import importlib.machinery
import importlib.util
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
SCRIPT = pathlib.Path(__file__).resolve().parent.parent / 'scripts' / 'tree-check'
LOADER = importlib.machinery.SourceFileLoader('tree_check', str(SCRIPT))
tree_check = importlib.util.module_from_spec(importlib.util.spec_from_loader('tree_check', LOADER))
LOADER.exec_module(tree_check)

MANY = tree_check.SILENT_FILES_MAX + 1
REASON = 'A door read a name that the vault did not know.'


class Repository(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.parent = pathlib.Path(folder.name).resolve()
        self.root = self.parent / 'tree'
        # Nothing of the person who runs this, and no repository around it.
        for name in [name for name in os.environ if name.startswith('GIT_')]:
            del os.environ[name]
        os.environ.update(HOME=str(self.parent), GIT_CONFIG_NOSYSTEM='1', GIT_AUTHOR_NAME='a', GIT_AUTHOR_EMAIL='a@b',
                          GIT_COMMITTER_NAME='a', GIT_COMMITTER_EMAIL='a@b')
        self.git('init', '--quiet', '--initial-branch=main', str(self.root), where=self.parent)
        self.commit('base: Begin', MANY)
        self.since(self.git('rev-parse', 'HEAD'))

    def git(self, *words, where=None):
        result = subprocess.run(['git', '-C', str(where or self.root), *words], capture_output=True, text=True,
                                check=True)
        return result.stdout.strip()

    def since(self, commit):
        tree_check.REASONS_SINCE = commit

    def commit(self, message, file_count, folder='one'):
        (self.root / folder).mkdir(exist_ok=True)
        for index in range(file_count):
            with open(self.root / folder / str(index), 'a', encoding='utf-8') as file:
                file.write(message)
        self.git('add', '--all')
        self.git('commit', '--quiet', '--message', message)

    def found(self, root=None):
        return [subject for _, subject, _ in tree_check.commits_without_reason(root or self.root)]

    def clone(self, *options):
        place = self.parent / 'clone'
        self.git('clone', '--quiet', *options, f'file://{self.root}', str(place), where=self.parent)
        return place


class LargeCommits(Repository):
    def test_without_a_body_are_refused(self):
        self.commit('base: Change much', MANY)
        self.assertEqual(self.found(), ['base: Change much'])

    def test_tell_how_many_files(self):
        self.commit('base: Change much', MANY)
        self.assertEqual([count for _, _, count in tree_check.commits_without_reason(self.root)], [MANY])

    def test_with_a_reason_pass(self):
        self.commit('base: Change much\n\n' + REASON, MANY)
        self.assertEqual(self.found(), [])

    def test_with_a_few_words_are_refused(self):
        self.commit('base: Change much\n\nSee the subject.', MANY)
        self.assertEqual(self.found(), ['base: Change much'])

    def test_with_a_trailer_only_are_refused(self):
        self.commit('base: Change much\n\nReviewed-by: one two three four <five@six>', MANY)
        self.assertEqual(self.found(), ['base: Change much'])

    def test_with_a_reason_and_a_trailer_pass(self):
        self.commit('base: Change much\n\n' + REASON + '\n\nReviewed-by: one <two@three>', MANY)
        self.assertEqual(self.found(), [])

    def test_that_only_move_are_counted_once_a_file(self):
        self.git('mv', 'one', 'two')
        self.git('commit', '--quiet', '--message', 'base: Move much')
        self.assertEqual([count for _, _, count in tree_check.commits_without_reason(self.root)], [MANY])

    def test_are_found_behind_a_small_one(self):
        self.commit('base: Change much', MANY)
        self.commit('base: Change little', 1)
        self.assertEqual(self.found(), ['base: Change much'])


class OtherCommits(Repository):
    def test_that_are_small_need_no_body(self):
        self.commit('base: Change some', MANY - 1)
        self.assertEqual(self.found(), [])

    def test_that_merge_are_not_counted(self):
        self.git('branch', 'side')
        self.commit('base: Change much\n\n' + REASON, MANY)
        self.git('checkout', '--quiet', 'side')
        self.commit('base: Change elsewhere\n\n' + REASON, MANY, 'two')
        self.git('merge', '--quiet', '--no-edit', 'main')
        self.assertEqual(self.found(), [])

    def test_that_are_older_than_the_rule_pass(self):
        self.commit('base: Change much', MANY)
        self.since(self.git('rev-parse', 'HEAD'))
        self.assertEqual(self.found(), [])


class Clones(Repository):
    def test_at_their_upstream_look_back_to_the_beginning_of_the_rule(self):
        self.commit('base: Change much', MANY)
        self.assertEqual(self.found(self.clone()), ['base: Change much'])

    def test_before_their_upstream_look_at_what_is_theirs(self):
        self.commit('base: Change much', MANY)
        self.root = self.clone()
        self.commit('base: Change much here', MANY)
        self.assertEqual(self.found(), ['base: Change much here'])

    def test_that_are_shallow_look_at_what_they_have(self):
        self.commit('base: Change much', MANY)
        self.commit('base: Change much again', MANY)
        self.assertEqual(self.found(self.clone('--depth=2')), ['base: Change much again'])


class NoRepository(Repository):
    def test_nothing_is_said(self):
        (self.root / '.git').rename(self.parent / 'elsewhere')
        self.assertEqual(self.found(), [])

    def test_nothing_is_said_of_the_repository_around_an_archive(self):
        self.commit('base: Change much', MANY)
        self.assertEqual(self.found(self.root / 'one'), [])

    def test_nothing_is_said_without_git(self):
        self.commit('base: Change much', MANY)
        path = os.environ['PATH']
        self.addCleanup(os.environ.update, PATH=path)
        os.environ['PATH'] = str(self.parent)
        self.assertEqual(self.found(), [])


if __name__ == '__main__':
    unittest.main()
