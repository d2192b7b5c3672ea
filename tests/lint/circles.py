#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Files of src reach each other in one direction only. Who reaches whom follows from the includes and from
the symbols of the objects; a header and its .c file are one. A circle, an arrow up the table in
tests/lint/wings, a folder with too many .c files and a function with too many parameters fail. The
checks are first tried on files in a temporary folder that do all of that."""
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

TOP = pathlib.Path(os.environ.get('top_srcdir') or pathlib.Path(__file__).resolve().parents[2])
BUILD = pathlib.Path(os.environ.get('top_builddir') or TOP / 'build')
NM = shlex.split(os.environ.get('NM') or 'nm')
CC = shlex.split(os.environ.get('CC') or 'cc')
FILES_MOST, PARAMETERS_MOST = 15, 6

# Circles that are being taken apart. One that is no longer there has to go from this list too.
KNOWN_CIRCLES = []

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+"([^"]+)\.h"', re.MULTILINE)
COMMENTS_AND_TEXTS = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)
DIRECTIVES = re.compile(r'^[ \t]*#(?:\\\n|[^\n])*', re.MULTILINE)
TOKENS = re.compile(r'\w+|[(){};,=]')


class Unreadable(Exception):
    """The objects do not tell their symbols; the text says why."""


def read_wings(path):
    """The rows of the table: wing to the set of those below it."""
    rows = [line.split() for line in path.read_text().splitlines() if line and not line.startswith('#')]
    return {row[0]: set(row[2:]) for row in rows}


def sources(src):
    """Path without ending, below src, to the files of that name."""
    nodes = {}
    for path in sorted(src.rglob('*.[ch]')):
        nodes.setdefault(str(path.relative_to(src).with_suffix('')), []).append(path)
    return nodes


def included(nodes):
    """(from, to, reason) of each include."""
    for node, paths in nodes.items():
        for path in paths:
            for name in INCLUDE.findall(path.read_text()):
                if name != node:
                    yield node, name, f'{path.name} includes "{name}.h"'


def object_files(build, nodes):
    """The objects that lie beside their source in the build's tree, to the node: those of a library or program
    have its name before their own."""
    found = {}
    for path in sorted((build / 'src').rglob('*.o')):
        stem = path.stem.split('-', 1)[-1]
        node = str((path.parent / stem).relative_to(build / 'src'))
        if any(source.suffix == '.c' for source in nodes.get(node, ())):
            found[str(path)] = node
    return found


def symbols(objects):
    """(node, type, name) of each external symbol."""
    done = subprocess.run(NM + ['-A', '-P', '-g'] + list(objects), stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        raise Unreadable(f'{NM[0]} cannot read them: {done.stderr.strip()[:200]}')
    for line in done.stdout.splitlines():
        path, _, rest = line.rpartition(': ')
        name, kind = rest.split()[:2]
        if name.startswith('__gnu_lto_slim'):
            raise Unreadable('they hold intermediate code alone (-fno-fat-lto-objects)')
        yield objects[path], kind, name


def called(objects):
    """(from, to, reason) of each symbol that one object takes from another. What several define is the
    compiler's own."""
    defined, used = {}, []
    for node, kind, name in symbols(objects):
        if kind in 'Uwv':
            used.append((node, name))
        else:
            defined.setdefault(name, set()).add(node)
    for node in set(objects.values()):
        if not any(node in places for places in defined.values()):
            raise Unreadable(f'that of {node} defines nothing')
    for node, name in used:
        for place in defined.get(name, ()):
            if len(defined[name]) == 1 and place != node:
                yield node, place, f'{name} is defined there'


def graph_of(edges):
    graph = {}
    for start, end, reason in edges:
        graph.setdefault(start, {}).setdefault(end, []).append(reason)
        graph.setdefault(end, {})
    return graph


def reachable(graph, start):
    seen, pending = set(), [start]
    while pending:
        for end in graph[pending.pop()]:
            if end not in seen:
                seen.add(end)
                pending.append(end)
    return seen


def circles(graph):
    """The sets of files that all reach each other."""
    reach = {node: reachable(graph, node) for node in graph}
    found = []
    for node in sorted(graph):
        members = {end for end in reach[node] if node in reach[end]}
        if len(members) > 1 and members not in found:
            found.append(members)
    return found


def tell_circle(graph, members):
    yield 'circle: ' + ' '.join(sorted(members))
    for start in sorted(members):
        for end in sorted(members & graph[start].keys()):
            yield f'    {start} -> {end}: {"; ".join(graph[start][end][:3])}'


def unknown_circles(graph, known):
    found = circles(graph)
    for members in found:
        if members not in known:
            yield from tell_circle(graph, members)
    for members in known:
        if members not in found:
            yield 'no circle any more: ' + ' '.join(sorted(members))


def arrows_up(graph, wings):
    """What a file of a wing reaches that is neither in it nor below it. The files in no wing stand above all."""
    for start in sorted(graph):
        wing = os.path.dirname(start)
        for end in sorted(graph[start]):
            other = os.path.dirname(end)
            if wing and other != wing and other not in wings.get(wing, ()):
                yield f'up: {start} -> {end}: {"; ".join(graph[start][end][:3])}'


def crowded(src):
    for folder in [src] + sorted(path for path in src.rglob('*') if path.is_dir()):
        count = len(list(folder.glob('*.c')))
        if count > FILES_MOST:
            yield f'{folder.relative_to(src.parent)}: {count} .c files'


def end_of_group(tokens, at):
    """The place of the parenthesis that closes the one there."""
    depth = 0
    while True:
        depth += (tokens[at] == '(') - (tokens[at] == ')')
        if depth == 0:
            return at
        at += 1


def parameters_in(group):
    """How many parameters stand between the parentheses."""
    depth = commas = 0
    for token in group:
        depth += (token == '(') - (token == ')')
        commas += depth == 0 and token == ','
    return commas + 1


def parameter_lists(text):
    """(name, number of parameters) of each function that is declared or defined, and of each function that
    a variable or a member points to."""
    text = COMMENTS_AND_TEXTS.sub(lambda match: '0' if match[0][0] in '"\'' else ' ', text)
    tokens = TOKENS.findall(DIRECTIVES.sub('', text)) + [';']
    braces = []  # of each that is open: whether it holds declarations
    before = name = ''
    value = False  # behind an = sign
    at = 0
    while at < len(tokens):
        token = tokens[at]
        declares = all(braces) and not value
        if token == '(' and declares:
            end = end_of_group(tokens, at)
            if tokens[end + 1] == '(':  # int (*name)(...)
                name = tokens[end - 1]
            elif before not in ('__attribute__', '_Static_assert'):
                yield name if before == ')' else before, parameters_in(tokens[at + 1:end])
            at, token = end, ')'
        elif token == '{':
            braces.append(declares and before != ')')
        elif token == '}':
            braces.pop()
        if all(braces):
            value = token == '=' or value and token != ';'
        before = token
        at += 1


def long_lists(nodes):
    for node in sorted(nodes):
        for path in nodes[node]:
            for name, count in parameter_lists(path.read_text()):
                if count > PARAMETERS_MOST:
                    yield f'{node}{path.suffix}: {name} has {count} parameters'


class House:
    """A tree of sources with its objects."""

    def __init__(self, top, build):
        self.src = top / 'src'
        self.nodes = sources(self.src)
        self.objects = object_files(build, self.nodes)
        self.unreadable = None
        edges = list(included(self.nodes))
        try:
            edges += called(self.objects) if self.objects else ()
        except Unreadable as why:
            self.unreadable = str(why)
        if not self.objects:
            self.unreadable = 'there are none'
        self.graph = graph_of(edges)

    def without_object(self):
        built = set(self.objects.values())
        return [node for node, paths in self.nodes.items()
                if node not in built and any(path.suffix == '.c' for path in paths)]


DECOY = {
    'low/a.c': 'int b(void);\nint a(void);\nint a(void) { return b(); }\n',
    'low/b.c': 'int a(void);\nint b(void);\nint b(void) { return a(); }\n',
    'low/c.h': '#include "low/d.h"\n',
    'low/d.h': '#include "low/e.h"\n',
    'low/e.c': '#include "low/e.h"\n#include "low/c.h"\nint e;\n',
    'low/e.h': 'extern int e;\n',
    'low/f.c': 'int g(void);\nint f(void);\nint f(void) { return g(); }\n',
    'high/g.c': '#include "low/e.h"\nint g(void);\nint g(void) { return e; }\n',
    'high/h.c': 'int h(int a, int b, int c, int d, int e, int f, int g);\n'
                'static int i(int a, int b, int c, int d, int (*e)(int, int), int f, int g)\n'
                '{\n    return e(a, b) + h(a, b, c, d, 0, f, g);\n}\n'
                'struct j {\n    int (*k)(int, int, int, int, int, int, int);\n'
                '    int (*l)(int, int, int, int, int, int);\n};\n'
                'int h(int a, int b, int c, int d, int e, int f, int g)\n'
                '{\n    return a ? i(a, b, c, d, 0, f, g) : e;\n}\n',
}
DECOY.update({f'crowd/m{i}.c': f'int m{i};\n' for i in range(FILES_MOST + 1)})
DECOY_WINGS = {'low': set(), 'high': {'low'}, 'crowd': set()}
DECOY_ANSWERS = {
    'circles': ['circle: low/a low/b', '    low/a -> low/b: b is defined there',
                '    low/b -> low/a: a is defined there', 'circle: low/c low/d low/e',
                '    low/c -> low/d: c.h includes "low/d.h"', '    low/d -> low/e: d.h includes "low/e.h"',
                '    low/e -> low/c: e.c includes "low/c.h"', 'no circle any more: low/x low/y'],
    'arrows up': ['up: low/f -> high/g: g is defined there'],
    'crowded folders': [f'src/crowd: {FILES_MOST + 1} .c files'],
    'long lists of parameters': ['high/h.c: h has 7 parameters', 'high/h.c: i has 7 parameters',
                                 'high/h.c: k has 7 parameters', 'high/h.c: h has 7 parameters'],
}


def make_decoy(top):
    for name, text in DECOY.items():
        path = top / 'src' / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for name in ('low/a', 'low/b', 'low/e', 'low/f', 'high/g'):
        subprocess.run(CC + ['-I', top / 'src', '-c', '-o', top / 'src' / f'{name}.o', top / 'src' / f'{name}.c'],
                       check=True)


def findings(house, wings, known):
    return {
        'circles': list(unknown_circles(house.graph, known)),
        'arrows up': list(arrows_up(house.graph, wings)),
        'crowded folders': list(crowded(house.src)),
        'long lists of parameters': list(long_lists(house.nodes)),
    }


class Tap:
    """Test Anything Protocol, version 12."""

    count = failed = 0

    def result(self, passed, what, notes=()):
        self.count += 1
        self.failed += not passed
        print(f'{"ok" if passed else "not ok"} {self.count} - {what}')
        for note in () if passed else notes:
            print(f'# {note}')

    def skip(self, what, why):
        self.count += 1
        print(f'ok {self.count} - {what} # SKIP {why}')

    def done(self):
        print(f'1..{self.count}')
        return 1 if self.failed else 0


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix='circles-') as name:
        top = pathlib.Path(name)
        make_decoy(top)
        decoy = House(top, top)
        for what, lines in findings(decoy, DECOY_WINGS, [{'low/x', 'low/y'}]).items():
            if decoy.unreadable:
                tap.skip(f'{what} are found', f'objects: {decoy.unreadable}')
            else:
                tap.result(lines == DECOY_ANSWERS[what], f'{what} are found', lines)
    house = House(TOP, BUILD)
    if house.unreadable:
        tap.skip('every .c file has its object', f'objects: {house.unreadable}')
    else:
        missing = house.without_object()
        tap.result(not missing, 'every .c file has its object', missing)
    for what, lines in findings(house, read_wings(TOP / 'tests/lint/wings'), KNOWN_CIRCLES).items():
        tap.result(not lines, f'no {what} in src', lines)
    return tap.done()


if __name__ == '__main__':
    sys.exit(main())
