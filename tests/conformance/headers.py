#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""One connection behind many headers that can stand before IP, and in many shapes of a pcapng file: the program
reads all of them, and finds what tshark finds in those that tshark reads.

headers.py --write NAME FILE writes the capture of a row; some are kept in pcaps/."""
import os
import shutil
import struct
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

sys.dont_write_bytecode = True  # the sources stay as they are

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), 'live'))

from lab import packet  # noqa: E402 (the path has to be set before)
from ours import Program  # noqa: E402

ADDRESSES = {4: ('192.0.2.1', '192.0.2.2'), 6: ('2001:db8::1', '2001:db8::2')}
TYPES = {4: '0800', 6: '86dd'}
MACS = '020000000002 020000000001'
SECONDS = 1_700_000_000
SEGMENTS = 8


def datagrams(family):
    """A connection that opens, carries a request and closes, from both ends."""
    client, server = ADDRESSES[family]

    def segment(there, seq, ack, flags, payload=b''):
        ends = (client, server, 40000, 80) if there else (server, client, 80, 40000)
        return packet.Segment(*ends, seq, ack, flags, options=packet.MSS_1460 if 'S' in flags else b'',
                              payload=payload).encode()

    return [segment(True, 1000, 0, 'S'), segment(False, 5000, 1001, 'SA'), segment(True, 1001, 5001, 'A'),
            segment(True, 1001, 5001, 'PA', b'hello'), segment(False, 5001, 1006, 'A'),
            segment(True, 1006, 5001, 'FA'), segment(False, 5001, 1007, 'FA'), segment(True, 1007, 5002, 'A')]


# ---- what stands before IP ----

def pktap(dlt):
    """The header of macOS, 108 octets."""
    head = struct.pack('<III24sIIIIi20s', 108, 1, dlt, b'en0', 1, 2, 14, 0, 1234, b'curl')
    return (head + bytes(108 - len(head))).hex()


# name, link type, header (T is the ethertype, L the packet's length in 32 bits), trailer, whether tshark 4.0
# finds the segments
LINKS = [
    ('ethernet', 1, MACS + 'T', '', True),
    ('vlan', 1, MACS + '8100 0064 T', '', True),
    ('priority-tag', 1, MACS + '8100 0000 T', '', True),
    ('stacked-vlans', 1, MACS + '88a8 0001 8100 0002 8100 0000 T', '', True),
    ('r-tag', 1, MACS + 'f1c1 0000 0001 T', '', True),
    ('r-tag-in-vlan', 1, MACS + '8100 0005 f1c1 0000 0001 T', '', True),
    ('macsec', 1, MACS + '88e5 2000 00000001 0200000000010001 T', 'aa' * 16, True),
    ('macsec-without-channel', 1, MACS + '88e5 0000 00000001 T', 'aa' * 16, True),
    ('trill', 1, MACS + '22f3 0001 00010002' + MACS + 'T', '', True),
    ('hsr', 1, MACS + '892f 0034 0001 T', '', True),
    ('pktap', 258, pktap(1) + MACS + 'T', '', True),
    ('pktap-of-old', 149, pktap(1) + MACS + 'T', '', True),
    ('pktap-raw', 258, pktap(12), '', True),
    ('epon', 259, '55555555555555d5' + MACS + 'T', '', False),
    ('erf', 197, '0000000000000000 02 04 0050 0000 0040 0000' + MACS + 'T', '', True),
    ('erf-extended', 197, '0000000000000000 82 04 0060 0000 0040 0400000000000000 0000' + MACS + 'T', '', True),
    ('marvell', 284, MACS + 'c0000000 T', '', False),
    ('marvell-ethertype', 285, MACS + 'dada0000 c0000000 T', '', False),
    ('broadcom', 281, MACS + '00000001 T', '', False),
    ('broadcom-prepended', 282, '00000001' + MACS + 'T', '', False),
    ('ipnet', 226, '01 02 0000 L 00000002 00000000 00000000 00000000', '', True),
]


def extended(kinds):
    """IPv6 packets with these extension headers, of eight octets each, before TCP."""
    def put(data):
        chain = b''
        for at, kind in enumerate(kinds):
            following = kinds[at + 1] if at + 1 < len(kinds) else 6
            rest = b'\0' * 6 if kind == 44 else b'\x01\x04' + b'\0' * 4  # an atomic fragment; padding
            chain += bytes((following, 0)) + rest
        length = struct.pack('!H', len(data) - 40 + len(chain))
        return data[:4] + length + bytes((kinds[0],)) + data[7:40] + chain + data[40:]
    return put


def with_options(options):
    def put(data):
        head = bytes((0x45 + len(options) // 4,)) + data[1:2] + struct.pack('!H', len(data) + len(options))
        head += data[4:10] + b'\0\0' + data[12:20] + options
        return head[:10] + struct.pack('!H', packet.ones_sum(head)) + head[12:] + data[20:]
    return put


PACKETS = [
    ('hop-by-hop', 6, extended([0])),
    ('destination-options', 6, extended([60])),
    ('atomic-fragment', 6, extended([44])),
    ('chain', 6, extended([0, 60, 44, 60])),
    ('router-alert', 4, with_options(b'\x94\x04\0\0')),
    ('record-route', 4, with_options(b'\x01\x07\x07\x04' + b'\0' * 4)),
    ('all-options', 4, with_options(b'\x01' * 40)),
]

# ---- files ----


def record(number, frame):
    return struct.pack('<IIII', SECONDS, 1000 * number, len(frame), len(frame)) + frame


def pcap(linktype, frames):
    head = struct.pack('<IHHiIII', 0xA1B2C3D4, 2, 4, 0, 0, 262144, linktype)
    return head + b''.join(record(number, frame) for number, frame in enumerate(frames))


def block(kind, body, extra=0):
    """extra octets are written and not counted."""
    length = struct.pack('<I', 12 + len(body) - extra)
    return struct.pack('<I', kind) + length + body + length


def option(code, value):
    return struct.pack('<HH', code, len(value)) + value + bytes(-len(value) % 4)


def enhanced(number, frame, options=b'', filled=True, counted=True):
    ticks = SECONDS * 10**6 + 1000 * number
    head = struct.pack('<IIIII', 0, ticks >> 32, ticks & 0xffffffff, len(frame), len(frame))
    padding = bytes(-len(frame) % 4) if filled else b''
    return block(6, head + frame + padding + options, 0 if counted else len(padding))


SECTION = block(0x0a0d0d0a, struct.pack('<IHHq', 0x1a2b3c4d, 1, 0, -1))
INTERFACE = block(1, struct.pack('<HHI', 1, 0, 262144))
NAMES = struct.pack('<HH', 1, 12) + bytes((192, 0, 2, 2)) + b'h2.test\0'
END = struct.pack('<HH', 0, 0)
JOURNAL = b'__REALTIME_TIMESTAMP=1700000000000000\nMESSAGE=hello\n\0\0\0\0'
PAST = struct.pack('<HH', 1, 0xffff)  # an option that promises more than there is


def pcapng(frames, between=b'', interface=INTERFACE, **shape):
    packets = [enhanced(number, frame, **shape) for number, frame in enumerate(frames)]
    return SECTION + interface + between + b''.join(packets[:3]) + between + b''.join(packets[3:]) + between


# name, what makes the file, whether tshark 4.0 reads it (else it takes the file for damaged), whether a warning
# is due
FILES = [
    ('names', lambda frames: pcapng(frames, block(4, NAMES + END)), True, False),
    ('names-without-end', lambda frames: pcapng(frames, block(4, NAMES)), True, False),
    ('names-of-nothing', lambda frames: pcapng(frames, block(4, b'')), False, False),
    ('names-that-run-past', lambda frames: pcapng(frames, block(4, NAMES + PAST)), False, True),
    ('statistics', lambda frames: pcapng(frames, block(5, bytes(12) + option(4, bytes(8)) + END)), True, False),
    ('statistics-that-run-past', lambda frames: pcapng(frames, block(5, bytes(12) + PAST)), False, False),
    ('journal', lambda frames: pcapng(frames, block(9, JOURNAL)), True, False),
    ('secrets', lambda frames: pcapng(frames, block(10, struct.pack('<II', 0x544c534b, 4) + b'# x\n')), True, False),
    ('custom', lambda frames: pcapng(frames, block(0xbad, struct.pack('<I', 32473) + bytes(5 * 4))), True, False),
    ('unknown', lambda frames: pcapng(frames, block(0x7fffffff, b'\xff' * 40)), True, False),
    ('interface-option-that-runs-past',
     lambda frames: pcapng(frames, interface=block(1, struct.pack('<HHI', 1, 0, 262144) + PAST)), False, True),
    ('packet-option-that-runs-past', lambda frames: pcapng(frames, options=PAST), False, True),
    ('unpadded', lambda frames: pcapng(frames, filled=False), False, False),
    ('padded-and-not-counted', lambda frames: pcapng(frames, counted=False), True, False),
]


def wrap(header, trailer, family):
    """What makes a frame of a datagram."""
    typed = header.replace('T', TYPES[family])
    return lambda data: bytes.fromhex(typed.replace('L', '%08x' % len(data))) + data + bytes.fromhex(trailer)


def rows():
    """(name, file, suffix, whether tshark is asked, whether a warning is due)"""
    for name, linktype, header, trailer, judged in LINKS:
        for family in (4, 6):
            frames = map(wrap(header, trailer, family), datagrams(family))
            told = judged and family == 4  # a header does not look at what it carries
            yield '%s-v%d' % (name, family), pcap(linktype, frames), '.pcap', told, False
    for name, family, change in PACKETS:
        frames = map(wrap(MACS + 'T', '', family), map(change, datagrams(family)))
        yield '%s-v%d' % (name, family), pcap(1, frames), '.pcap', True, False
    for name, make, judged, warned in FILES:
        frames = list(map(wrap(MACS + 'T', '', 4), datagrams(4)))
        yield name, make(frames), '.pcapng', judged, warned


# ---- judging ----


def tshark_count(path):
    """How many segments tshark finds before it gives up, if it does."""
    done = subprocess.run(['tshark', '-n', '-r', path, '-Y', 'tcp', '-T', 'fields', '-e', 'frame.number'],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False, timeout=60)
    return len(done.stdout.split())


def complaint(program, path, judged, warned, peer):
    """What is wrong, or None."""
    done = subprocess.run([program.path, '-q', '-r', path], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          check=False, timeout=60)
    said = done.stderr.decode('utf-8', 'replace').strip()
    if (done.returncode, said != '') != (0, warned):
        return 'status %d, %s' % (done.returncode, said or 'no warning')
    records, error = program.read(path)
    if error is not None or len(records) != 1:
        return error or '%d connections' % len(records)
    found = records[0]
    segments = (found.segments['client'], found.segments['server'])
    if (found.handshake['result'], found.teardown['result'], segments) != ('completed', 'graceful', (5, 3)):
        return '%s, %s, %d and %d segments' % (found.handshake['result'], found.teardown['result'], *segments)
    if peer and judged and tshark_count(path) != SEGMENTS:
        return 'tshark finds %d segments' % tshark_count(path)
    return None


def write(name, path):
    for row in rows():
        if row[0] == name:
            with open(path, 'wb') as file:
                file.write(row[1])
            return 0
    print('headers.py: no row %s' % name, file=sys.stderr)
    return 2


def main():
    if len(sys.argv) == 4 and sys.argv[1] == '--write':
        return write(*sys.argv[2:])
    program = Program(os.environ.get('TCPSHAKE', './tcpshake'))
    peer = shutil.which('tshark') is not None
    cases = list(rows())
    failed = 0
    print('1..%d' % len(cases))

    def judge(row):
        name, content, suffix, judged, warned = row
        path = os.path.join(folder, name + suffix)
        with open(path, 'wb') as file:
            file.write(content)
        return complaint(program, path, judged, warned, peer)

    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(2) as pool:
        for number, (name, wrong) in enumerate(zip([row[0] for row in cases], pool.map(judge, cases)), 1):
            failed += wrong is not None
            print('%s %d - %s' % ('ok' if wrong is None else 'not ok', number, name))
            if wrong is not None:
                print('# ' + wrong)
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
