#!/usr/bin/env python3
# secret_types_test: copying, comparing, hashing and printing a secret does not compile, whatever its type is called.
"""usage: secret_types_test.py COMPILER

Writes one source file with a line for each misuse of each secret type, compiles it, and expects an error of the right
kind at each of those lines. The same file with the permitted uses only must compile. The types are Secret<N>,
SecretBytes and every type that a header of src/ derives from them.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent

DERIVED = re.compile(r'^(?:struct|class) (\w+)(?: final)? : (?:public )?(Secret<\d+>|BearerSecret<\d+>|BearerBytes|SecretBytes)')
NAMESPACE = re.compile(r'^namespace (coffer[\w:]*) \{')

DELETED = 'use of deleted function|call to deleted|overload resolution selected deleted|' \
          'implicitly-deleted|deleted default constructor|attempt to use a deleted function'
NO_OPERATOR = "no match for .operator|invalid operands to binary expression"
NO_CONVERSION = 'cannot convert|could not convert|no matching function|no match for call|no viable|' \
                'conversion from .* to non-scalar type|is ambiguous|no known conversion'
ELLIPSIS = 'cannot pass object'

# What must not compile, with `a` and `b` of the type T: the statement, and what the compiler says about it.
REFUSED = {
    'copied': ('T copy(a); use(copy);', DELETED),
    'assigned': ('b = a;', DELETED),
    'passed by value': ('[](T given) { use(given); }(a);', DELETED),
    'captured': ('use([a] { return sizeof a; });', DELETED),
    'compared': ('use(a == b);', DELETED),
    'compared for difference': ('use(a != b);', DELETED),
    'ordered': ('use(a < b);', NO_OPERATOR),
    'ordered in three ways': ('use(a <=> b);', NO_OPERATOR),
    'hashed': ('use(std::hash<T>()(a));', f'{DELETED}|{NO_CONVERSION}'),
    'printed to a stream': ('stream << a;', DELETED),
    'formatted': ('std::printf("%s", a);', f'{DELETED}|{ELLIPSIS}'),
    'logged': ('log_line("test", a);', NO_CONVERSION),
    'written as JSON': ('json.value(a);', NO_CONVERSION),
    'shown in hexadecimal': ('use(to_hex(a));', NO_CONVERSION),
    'taken for octets': ('Bytes view = a; use(view);', NO_CONVERSION),
}
# Keys cannot be written into replies; what is made to be handed out can.
REFUSED_FOR_KEYS = {'written into a reply': ('writer(a LIMIT);', NO_CONVERSION)}

# What is noticed inside a template of somebody else, where the compiler looks only when all else was right.
REFUSED_INSIDE = {
    'put into a list': ('std::vector<T> list(2, a); use(list);', f'{DELETED}|must be constructible'),
    'a key of a map': ('use(std::less<T>()(a, b));', NO_OPERATOR),
    'printed by GoogleTest': ('use(testing::PrintToString(a));', DELETED),
}

# The same shapes with what is meant instead. They keep the table above from being about something else.
PERMITTED = ('T moved(std::move(a)); use(moved);', 'b = std::move(a);', '[](T given) { use(given); }(std::move(a));',
             'std::vector<T> list(2); list.push_back(std::move(a));', 'use(equal_secret(a, b));',
             'secret_writer(a LIMIT);', 'reader(a LIMIT);')
PERMITTED_FOR_BEARERS = ('T copy(clone(a)); use(copy);', 'writer(a LIMIT);')

HEAD = '''#include <compare>
#include <cstdio>
#include <functional>
#include <ostream>
#include <utility>
#include <vector>
#include <gtest/gtest.h>
#include "base/log.h"
#include "base/secret.h"
#include "codec/binary.h"
#include "codec/json.h"
#include "wire/field_writer.h"
'''


def secret_types():
    """Gives (name with namespace, header, what it derives from) of each type."""
    found = [('coffer::Secret<32>', None, 'Secret<32>'), ('coffer::SecretBytes', None, 'SecretBytes')]
    for path in sorted((ROOT / 'src').rglob('*.h')):
        namespace = None
        for line in path.read_text().splitlines():
            if match := NAMESPACE.match(line):
                namespace = match[1]
            elif (match := DERIVED.match(line)) and path.name != 'secret.h':
                found.append((f'{namespace}::{match[1]}', path.relative_to(ROOT / 'src').as_posix(), match[2]))
    return found


def write(types, tables):
    """Gives the source, and (line, type, what, pattern) of each misuse in it."""
    lines = HEAD.splitlines() + [f'#include "{header}"' for header in sorted({each[1] for each in types if each[1]})]
    lines += ['namespace coffer {', 'void use(const auto&) {}']
    expected = []
    for number, (name, _, base) in enumerate(types):
        limit = ', std::size_t{64}' if 'Bytes' in base else ''
        lines += [f'void use_{number}(auto& stream, auto& json, auto& writer, auto& secret_writer, auto& reader, '
                  f'{name}& a, {name}& b) {{', f'  using T = {name};', '  use(sizeof(T));']
        for what, statement, pattern in tables(base):
            lines.append('  { ' + statement.replace(' LIMIT', limit) + ' }')
            expected.append((len(lines), name, what, pattern))
        lines.append('}')
        lines.append(f'void call_{number}(std::ostream& stream, codec::JsonWriter& json, codec::BinaryWriter& writer, '
                     f'codec::SecretWriter& secret_writer, codec::BinaryReader& reader, {name}& a, {name}& b) {{ '
                     f'use_{number}(stream, json, writer, secret_writer, reader, a, b); }}')
    lines.append('}')
    return '\n'.join(lines) + '\n', expected


def misuses(base):
    rows = REFUSED if base.startswith('Bearer') else REFUSED | REFUSED_FOR_KEYS
    return [(what, statement, pattern) for what, (statement, pattern) in rows.items()]


def misuses_inside(_):
    return [(what, statement, pattern) for what, (statement, pattern) in REFUSED_INSIDE.items()]


def permitted(base):
    rows = PERMITTED + PERMITTED_FOR_BEARERS if base.startswith('Bearer') else PERMITTED
    return [('used as it is meant', statement, None) for statement in rows]


def compile_source(compiler, source):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, 'snippets.cc')
        path.write_text(source)
        result = subprocess.run([compiler, '-std=c++20', '-S', '-o', '/dev/null', '-fdiagnostics-color=never', '-Wno-unused',
                                 '-fmax-errors=0' if 'clang' not in compiler else '-ferror-limit=0',
                                 '-I', str(ROOT / 'src'), str(path)], capture_output=True, text=True, check=False,
                                env={'LC_ALL': 'C', 'PATH': '/usr/bin:/bin'})
        return result.returncode, result.stderr


def errors_by_line(output):
    """Gives line of snippets.cc -> what was said there: an error belongs to the last of our lines that led to it."""
    said = {}
    block = []
    for line in output.splitlines() + ['snippets.cc:0:0: error: end']:
        block.append(line)
        if ' error: ' not in line:
            continue
        # The lines before an error say from where it was instantiated; it may name one of ours itself.
        places = re.findall(r'snippets\.cc:(\d+):', '\n'.join(each for each in block
                                                             if 'required from' in each or each is line))
        for place in places:
            said.setdefault(int(place), []).append(line)
        block = []
    return said


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    compiler = sys.argv[1]
    types = secret_types()
    if not {'coffer::wire::ApplicationId', 'coffer::wire::LoginTicket', 'coffer::wire::JoinSecret'} <= \
            {each[0] for each in types}:
        sys.exit('the bearer secrets of the wire were not found: has a declaration another form?')
    status, output = compile_source(compiler, write(types, permitted)[0])
    if status != 0:
        sys.exit('what is permitted does not compile:\n' + output[:4000])
    count = failures = 0
    for table in misuses, misuses_inside:
        source, expected = write(types, table)
        said = errors_by_line(compile_source(compiler, source)[1])
        for line, name, what, pattern in expected:
            count += 1
            errors = said.get(line, [])
            if any(re.search(pattern, error) for error in errors):
                continue
            failures += 1
            print(f'{name} can be {what}' if not errors else f'{name}: {what} fails for another reason: {errors[0]}')
    if failures:
        sys.exit(f'{failures} of {count} misuses')
    print(f'{len(types)} secret types, {count} misuses: none compiles')


main()
