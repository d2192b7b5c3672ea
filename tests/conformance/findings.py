#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What is found on captures of others, which are made of ordinary traffic for the most part: a finding on who
answered, or a certain one, has to stand in the file "judged" with what the segments show, and what stands there has
to be found; of the others there are no more than were looked at. The folder is that of tests/conformance/run."""
import collections
import json
import os
import subprocess
import sys

sys.dont_write_bytecode = True  # the sources stay as they are

from captures import Captures

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
SECONDS = 60
WHO_ANSWERED = ('old-connection', 'syn-proxy', 'middlebox-answered', 'reset-injected')
# As many as are right: the names that are absent have none.
MOST = {'refused': 10, 'unreachable': 18, 'silence': 14, 'syn-unanswered': 2, 'request-unanswered': 6,
        'reset-by-server': 51, 'fin-not-acknowledged': 2}


def endpoint(end):
    address = end['address'] if '.' in end['address'] else '[%s]' % end['address']
    return '%s:%d' % (address, end['port'])


def connections(program, path):
    done = subprocess.run([program, '-j', '-r', path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          timeout=SECONDS, check=False)
    records = map(json.loads, done.stdout.splitlines())
    return [record for record in records if record['type'] == 'connection']


def judged():
    with open(os.path.join(HERE, 'judged'), encoding='utf-8') as file:
        rows = [line.rstrip('\n').split('\t') for line in file if not line.startswith('#')]
    return {tuple(row[:4]) for row in rows}


class Findings:
    def __init__(self):
        self.connections = 0
        self.counts = collections.Counter()
        self.to_judge = set()

    def add(self, capture, record):
        self.connections += 1
        for finding in record['findings']:
            name, grade = finding['name'], finding['grade']
            self.counts[name] += 1
            if name in WHO_ANSWERED or grade == 'certain':
                self.to_judge.add((name, grade, capture, endpoint(record['client'])))

    def cases(self, listed):
        """Yields (name, what is wrong, one a line)."""
        yield 'findings that say who answered, or are certain, were judged', sorted(self.to_judge - listed)
        yield 'findings that were judged to be right are found', sorted(listed - self.to_judge)
        for name, count in sorted(self.counts.items()):
            if name not in WHO_ANSWERED and count > MOST.get(name, 0):
                yield name, [('%d, of which %d were looked at' % (count, MOST.get(name, 0)),)]
            elif name not in WHO_ANSWERED:
                yield name, []


def report(found, listed):
    cases = list(found.cases(listed))
    print('# %d connections: %s' % (found.connections, ', '.join(
        '%d %s' % (count, name) for name, count in sorted(found.counts.items()))))
    print('1..%d' % len(cases))
    for number, (name, wrong) in enumerate(cases, 1):
        print('%s %d - %s' % ('not ok' if wrong else 'ok', number, name))
        for row in wrong:
            print('# ' + ' '.join(row))
    return 1 if any(wrong for _, wrong in cases) else 0


def main():
    default = os.path.join(os.path.dirname(TOP), 'shared', 'captures')
    folder = os.environ.get('TCPSHAKE_CAPTURES', default)
    program = os.environ.get('TCPSHAKE', './tcpshake')
    if not os.path.isfile(os.path.join(folder, 'manifest.tsv')):
        print('1..0 # SKIP no captures in %s; set TCPSHAKE_CAPTURES' % folder)
        return 0
    captures = Captures(folder, [])
    found = Findings()
    for name in captures.names():
        for record in connections(program, captures.path(name)):
            found.add(name, record)
    return report(found, judged())


if __name__ == '__main__':
    sys.exit(main())
