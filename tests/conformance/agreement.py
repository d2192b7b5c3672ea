# SPDX-License-Identifier: BSD-2-Clause
"""What agrees, what differs, and which differences have a stated reason."""
import collections

TSHARK = ('connection', 'client', 'completeness', 'initial_rtt', 't_syn', 't_synack', 't_ack',
          't_fin_client', 't_fin_server', 't_rst', 'rst_by', 'syn_retx', 'segs_client',
          'segs_server', 'bytes_client', 'bytes_server')
ZEEK = ('zeek connection', 'conn_state', 'history')


class Differences:
    """Rows: file, stream, field, packets, rule; comments begin with #."""

    def __init__(self, path, names):
        self.rows = {}
        with open(path, encoding='utf-8') as file:
            for number, line in enumerate(file, 1):
                line = line.rstrip('\n')
                if line == '' or line.startswith('#'):
                    continue
                cells = line.split('\t')
                if len(cells) != 5 or not all(cells):
                    raise SystemExit('%s:%d: five cells, none empty: file, stream, field, packets, '
                                     'rule' % (path, number))
                if cells[0] in names:
                    self.rows.update(((cells[0], cells[1], f), number) for f in cells[2].split(','))


class Agreement:
    def __init__(self):
        self.fields = TSHARK + ZEEK
        self.absent = {}  # fields that cannot be compared: the reason
        self.compared = collections.Counter()
        self.equal = collections.Counter()
        self.differing = []  # (file, stream, field, ours, theirs)
        self.files = 0
        self.errors = []

    def failed(self, name, error):
        self.errors.append('%s: %s' % (name, error))

    def check(self, name, stream, field, ours, theirs):
        self.compared[field] += 1
        if ours == theirs:
            self.equal[field] += 1
        else:
            self.differing.append((name, stream, field, str(ours), str(theirs)))

    def compare_streams(self, name, streams, records):
        """Both know the connections of a pair in the order in which they began."""
        if streams is None:
            return
        self.files += 1
        for stream in streams:
            pair = frozenset((stream.client, stream.server))
            record = next((r for r in records if not r.used and r.pair() == pair), None)
            self.check(name, stream.number, 'connection', record is not None, True)
            if record is not None:
                record.used = True
                self.compare_stream(name, stream, record)
        for record in records:
            if not record.used:
                self.check(name, 'of %s:%d' % record.ends[0], 'connection', True, False)

    def compare_stream(self, name, stream, record):
        for field in TSHARK[1:]:
            if field == 'client':
                self.check(name, stream.number, field, '%s:%d' % record.ends[0],
                           '%s:%d' % stream.client)
            else:
                self.check(name, stream.number, field, record.values[field], stream.values[field])

    def compare_zeek(self, name, rows, records):
        """Which of several connections of a tuple a row means is told by its packets."""
        for row in rows:
            ends = [(row['orig_h'], int(row['orig_p'])), (row['resp_h'], int(row['resp_p']))]
            label = 'zeek %s:%d %s' % (ends[0] + (row['test'],))
            same = [r for r in records if r.pair() == frozenset(ends)]
            counts = {'orig_pkts': 'client', 'resp_pkts': 'server'}
            best = [r for r in same
                    if all(row[k] == str(r.segments[e]) for k, e in counts.items())] or same
            self.check(name, label, 'zeek connection', bool(best), True)
            if best:
                self.check(name, label, 'conn_state', best[0].conn_state, row['conn_state'])
                self.check(name, label, 'history', best[0].history, row['history'])

    def compare_peer(self, name, peer, told, records):
        """Connection by connection of a pair, in the order in which they began."""
        left = list(records)
        for one in told:
            record = next((r for r in left if r.pair() == one.pair()), None)
            stream = '%s %s' % (peer.name, one.number)
            self.check(name, stream, peer.name + ' connection', record is not None, True)
            if record is None:
                continue
            left.remove(record)
            ours = peer.ours(record)
            for field, theirs in one.values.items():
                if theirs is not None:
                    self.check(name, stream, '%s %s' % (peer.name, field), ours[field], theirs)
        for record in left:
            self.check(name, '%s of %s:%d' % (peer.name, *record.ends[0]), peer.name + ' connection',
                       True, False)

    def table(self):
        yield '%d captures' % self.files
        yield '%-20s %9s %9s %9s' % ('field', 'equal', 'of', 'differ')
        for field in self.fields:
            equal, compared = self.equal[field], self.compared[field]
            yield '%-20s %9d %9d %9d' % (field, equal, compared, compared - equal)
        for field, reason in self.absent.items():
            yield '%-20s skipped: %s' % (field, reason)

    def cases(self, listed):
        """(name, notes, reason to skip or None): one a field, what differs without a row; and two for all rows
        and all captures."""
        cases = [('every capture is read', self.errors, None)]
        found = {row[:3] for row in self.differing}
        for field in self.fields:
            unlisted = ['%s stream %s: ours %s, theirs %s' % (row[0], row[1], row[3], row[4])
                        for row in self.differing
                        if row[2] == field and row[:3] not in listed.rows]
            cases.append(('%s agrees' % field, unlisted, None))
        cases += [('%s agrees' % field, [], reason) for field, reason in self.absent.items()]
        gone = ['differences:%d: %s stream %s: %s no longer differs' % ((number,) + key)
                for key, number in listed.rows.items()
                if key not in found and key[2] not in self.absent]
        cases.append(('every row of differences differs', gone, None))
        return cases
