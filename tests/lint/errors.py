#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""An error for want of memory counts as one: callers that go on after other errors end the run after this one. So
error_set never says that memory ran out, which error_set_memory does, nor ends with what errno says, which
error_set_code does. The check is first tried on calls that do both."""
import os
import pathlib
import re
import sys

TOP = pathlib.Path(os.environ.get('top_srcdir') or pathlib.Path(__file__).resolve().parents[2])
CALL = re.compile(r'\berror_set\(((?:"(?:\\.|[^"\\])*"|[^;"])*)\)\s*;')
MEMORY = re.compile(r'out of memory|cannot allocate|\bENOMEM\b', re.I)
ERRNO = re.compile(r',\s*strerror\([^;]*\)\s*$')

WRONG = ['error_set(error, STATUS_RUN, "out of memory");',
         'return error_set(&one->error,\n STATUS_RUN, "%s: out of "\n "memory", name);',
         'error_set(error, STATUS_RUN, "%s: %s", path, strerror(ENOMEM));',
         'return ok ? 0 : error_set(error, STATUS_RUN, "cannot (really) open; %s", strerror(-code));']
RIGHT = ['error_set_memory(error, "out of memory");',
         'error_set_code(error, errno, "cannot open \'%s\'", path);',
         'error_set(error, STATUS_RUN, "port %u: %s%s", port, strerror(code), hint); error_set_memory(error, "none");',
         'error_set(error, STATUS_RUN, "first: %s; second: %s", strerror(codes[0]), strerror(codes[1]));']


def findings(text):
    """Pairs of a line and what is wrong with the call that begins there."""
    for call in CALL.finditer(text):
        arguments = re.sub(r'"\s*"', '', call[1])
        line = text.count('\n', 0, call.start()) + 1
        if MEMORY.search(arguments):
            yield line, 'use error_set_memory'
        elif ERRNO.search(arguments) and arguments.count('strerror(') == 1:
            yield line, 'use error_set_code'


def result(number, good, what, lines=()):
    print(f'{"ok" if good else "not ok"} {number} - {what}')
    for line in lines:
        print(f'# {line}')
    return good


def main():
    tried = all(list(findings(text)) for text in WRONG) and not any(list(findings(text)) for text in RIGHT)
    found = [f'{path.relative_to(TOP)}:{line}: {what}' for path in sorted((TOP / 'src').rglob('*.c'))
             if path.name != 'error.c' for line, what in findings(path.read_text(encoding='utf-8'))]
    good = [result(1, tried, 'errors that do not count as what they are, are found'),
            result(2, not found, 'memory that ran out, and errno, are told by their own functions', found)]
    print('1..2')
    return 0 if all(good) else 1


if __name__ == '__main__':
    sys.exit(main())
