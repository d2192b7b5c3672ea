# SPDX-License-Identifier: BSD-2-Clause
"""The captures and what others say of them."""
import csv
import os


def rows(path):
    with open(path, newline='', encoding='utf-8') as file:
        return list(csv.DictReader(file, delimiter='\t', quoting=csv.QUOTE_NONE))


def nanoseconds(stamp):
    """'1.000000002' as an integer; None for ''. A fraction of more digits is nanoseconds too, over a second."""
    if stamp == '':
        return None
    whole, _, part = stamp.partition('.')
    sign = -1 if whole.startswith('-') else 1
    return sign * (abs(int(whole)) * 10**9 + int(part.ljust(9, '0')))


def endpoint(text):
    """'1.2.3.4:80' or '[::1]:80' as (address, port)."""
    address, _, port = text.rpartition(':')
    return address.strip('[]'), int(port)


class Stream:
    """One row of tshark's truth, in the units of our records."""
    TIMES = ('t_syn', 't_synack', 't_ack', 't_fin_client', 't_fin_server', 't_rst', 'initial_rtt')
    COUNTS = ('syn_retx', 'segs_client', 'segs_server', 'bytes_client', 'bytes_server')

    def __init__(self, row):
        self.number = row['stream']
        self.client, self.server = endpoint(row['client']), endpoint(row['server'])
        self.values = {key: nanoseconds(row[key]) for key in self.TIMES}
        self.values.update((key, int(row[key])) for key in self.COUNTS)
        self.values['completeness'] = int(row['mask_flags'])
        self.values['rst_by'] = row['rst_by'] or None
        self.first, self.last = row['f_first'], row['f_last']


class Captures:
    def __init__(self, folder, only):
        self.folder = folder
        self.only = only
        self.by_zeek = {}
        for row in rows(os.path.join(folder, 'zeek.tsv')):
            self.by_zeek.setdefault(row['file'], []).append(row)

    def names(self):
        names = sorted(os.listdir(os.path.join(self.folder, 'files')))
        return [name for name in names if not self.only or name in self.only]

    def path(self, name):
        return os.path.join(self.folder, 'files', name)

    def streams(self, name):
        """None where tshark was not asked."""
        path = os.path.join(self.folder, 'truth', name + '.tsv')
        return [Stream(row) for row in rows(path)] if os.path.exists(path) else None

    def zeek(self, name):
        return self.by_zeek.get(name, [])
