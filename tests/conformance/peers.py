# SPDX-License-Identifier: BSD-2-Clause
"""What tcptrace and argus say of some of the captures: those that both can read and that hold many
connections, or some that say much."""
import ipaddress
import os
import re
import shutil
import subprocess

SECONDS = 60
ALL_IN_ONE_RECORD = '100000'  # seconds; argus tells a connection that goes on once in so many

NAMES = (
    'OISF_suricata-verify__tests_base64-decode-5885_input.pcap',
    'OISF_suricata-verify__tests_dnp3_dnp3-max-points_test.pcap',
    'OISF_suricata-verify__tests_firewall_ruletype-firewall-117-ftp-all-data-ipv6_input.pcap',
    'OISF_suricata-verify__tests_output-eve-ftp-data_input.pcap',
    'OISF_suricata-verify__tests_smb1-02_smb1_osx.pcap',
    'arkime_arkime__tests_pcap_arkime_synthetic.pcap',
    'arkime_arkime__tests_pcap_dcerpc_synthetic.pcap',
    'arkime_arkime__tests_pcap_ospf.pcap',
    'arkime_arkime__tests_pcap_smtp-decrypted.pcap',
    'arkime_arkime__tests_pcap_tcp-reassembly-synthetic.pcap',
    'seladb_PcapPlusPlus__Tests_ExamplesTest_pcap_examples_http-packets2.pcap',
    'zeek_zeek__testing_btest_Traces_ftp_ipv4.pcap',
    'zeek_zeek__testing_btest_Traces_ftp_ipv6.pcap',
    'zeek_zeek__testing_btest_Traces_modbus_modbusSmall.pcap',
    'zeek_zeek__testing_btest_Traces_smtp.pcap',
    'zeek_zeek__testing_btest_Traces_wikipedia.pcap',
)


def _endpoint(address, port):
    return str(ipaddress.ip_address(address)), int(port)


def _output(command, source=subprocess.DEVNULL):
    return subprocess.run(command, stdin=source, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          timeout=SECONDS, check=False).stdout.decode('utf-8', 'replace')


class Told:
    """One connection as a peer tells it; a value of None is not compared."""

    def __init__(self, number, ends, values):
        self.number, self.ends, self.values = number, ends, values

    def pair(self):
        return frozenset(self.ends)


class Tcptrace:
    name = 'tcptrace'
    needs = ('tcptrace',)
    fields = ('packets', 'seen', 'graceful')
    LINE = re.compile(r' *(\d+): (\S+):(\d+) - (\S+):(\d+) \(\w+\) +(\d+)> +(\d+)<(.*)')

    def read(self, path):
        lines = map(self.LINE.match, _output(['tcptrace', '-n', path]).splitlines())
        return [self._told(*line.groups()) for line in lines if line]

    @staticmethod
    def _told(number, *rest):
        ends = [_endpoint(rest[0], rest[1]), _endpoint(rest[2], rest[3])]
        words = re.findall(r'\((\w+)\)', rest[6])
        return Told(number, ends, {
            'packets': dict(zip(ends, map(int, rest[4:6]))),
            'seen': words,
            'graceful': 'complete' in words if 'reset' not in words else None,  # then it may be either
        })

    @staticmethod
    def ours(record):
        """In its words: complete is SYN and FIN of both ends, acknowledged or not."""
        times = record.times
        complete = None not in (times['syn_ns'], times['synack_ns'], *times['fin_ns'].values())
        words = (('complete', complete), ('reset', times['rst_by']),
                 ('unidirectional', 0 in record.segments.values()))
        return {
            'packets': dict(zip(record.ends, (record.segments['client'], record.segments['server']))),
            'seen': [word for word, holds in words if holds],
            'graceful': record.handshake['result'] == 'completed' and
                        record.teardown['result'] == 'graceful',
        }


def _microseconds(seconds):
    """0 also stands for unknown."""
    whole, _, part = seconds.partition('.')
    return int(whole + part)


class Argus:
    name = 'argus'
    needs = ('argus', 'ra')
    fields = ('tcprtt', 'synack', 'ackdat')

    def read(self, path):
        with subprocess.Popen(['argus', '-S', ALL_IN_ONE_RECORD, '-r', path, '-w', '-'],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as argus:
            said = _output(['ra', '-r', '-', '-n', '-c', ',', '-s', 'saddr', 'sport', 'daddr', 'dport',
                            *self.fields, '-', 'tcp'], argus.stdout)
        lines = [line.split(',') for line in said.splitlines()[1:]]
        return [self._told(number, *line) for number, line in enumerate(lines, 1)]

    def _told(self, number, *cells):
        ends = [_endpoint(cells[0], cells[1]), _endpoint(cells[2], cells[3])]
        return Told(number, ends, dict(zip(self.fields, map(_microseconds, cells[4:]))))

    @staticmethod
    def ours(record):
        syn_ns, ack_ns = record.handshake['syn_rtt_ns'], record.handshake['ack_delay_ns']
        whole_ns = None if syn_ns is None or ack_ns is None else syn_ns + ack_ns
        times_ns = {'tcprtt': whole_ns, 'synack': syn_ns, 'ackdat': ack_ns}
        return {field: (time_ns or 0) // 1000 for field, time_ns in times_ns.items()}


PEERS = (Tcptrace(), Argus())


def missing(peer):
    """What is not installed of what the peer needs, or None."""
    return next((need for need in peer.needs if shutil.which(need) is None), None)


def fields(peer):
    """The names of what is compared with it."""
    return tuple('%s %s' % (peer.name, field) for field in ('connection', *peer.fields))


def readable(captures):
    """Those of the captures that are compared with peers."""
    return [name for name in captures.names() if name in NAMES and os.path.isfile(captures.path(name))]
