# SPDX-License-Identifier: BSD-2-Clause
"""The program and its records."""
import json
import os
import subprocess

SECONDS = 60  # more than the largest capture takes by far


def syns_seen(record):
    """SYNs of the client, copies of one included, which tshark takes for retransmissions."""
    steps = record['steps'] if not record['steps_omitted'] else []
    copies = sum(1 for step in steps if step['from'] == 'client' and step.get('flags') and
                 'S' in step['flags'] and 'A' not in step['flags'] and step['verdict'] == 'duplicate')
    return record['handshake']['syn_count'] + copies


class Record:
    """One connection as the program tells it, in the terms of the truth."""

    def __init__(self, record):
        self.ends = [(record[end]['address'], record[end]['port']) for end in ('client', 'server')]
        self.conn_state, self.history = record['conn_state'], record['history']
        self.segments, self.bytes = record['segments'], record['bytes']
        self.handshake, self.teardown, self.times = record['handshake'], record['teardown'], record['times']
        self.used = False
        start, times = record['start_ns'], record['times']

        def at(since):
            return None if since is None else start + since

        self.values = {
            'completeness': record['completeness'],
            'initial_rtt': record['handshake']['total_ns'],
            't_syn': at(times['syn_ns']),
            't_synack': at(times['synack_ns']),
            't_ack': at(times['ack_ns']),
            't_fin_client': at(times['fin_ns']['client']),
            't_fin_server': at(times['fin_ns']['server']),
            't_rst': at(times['rst_ns']),
            'rst_by': times['rst_by'],
            'syn_retx': max(syns_seen(record) - 1, 0),
            'segs_client': self.segments['client'],
            'segs_server': self.segments['server'],
            'bytes_client': self.bytes['client'],
            'bytes_server': self.bytes['server'],
        }

    def pair(self):
        return frozenset(self.ends)


class Program:
    def __init__(self, path):
        self.path = path

    def exists(self):
        return os.access(self.path, os.X_OK)

    def read(self, capture):
        """The records of a capture and None, or None and what went wrong."""
        done = subprocess.run([self.path, '-j', '-r', capture], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=SECONDS, check=False)
        if done.returncode < 0 or done.returncode > 3:
            return None, 'exit status %d: %s' % (done.returncode,
                                                 done.stderr.decode('utf-8', 'replace').strip())
        records = [json.loads(line) for line in done.stdout.splitlines()]
        return [Record(r) for r in records if r['type'] == 'connection'], None
