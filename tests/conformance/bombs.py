#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Small files that ask for much memory, one for each kind of thing that a file can bring in any number or size.
The program reads each in bounded memory and time, in every format that keeps something for each target."""
import ctypes
import gzip
import lzma
import os
import struct
import subprocess
import sys
import tempfile
import zlib

sys.dont_write_bytecode = True  # the sources stay as they are

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), 'live'))

from lab import packet  # noqa: E402 (the path has to be set before)
from headers import block, option  # noqa: E402

MIB = 1 << 20
SECONDS = 30  # of processor time; a run takes some two
SECTION = block(0x0a0d0d0a, struct.pack('<IHHq', 0x1a2b3c4d, 1, 0, -1) + option(4, b'tcpshake bomb'))
RAW = struct.pack('<HHI', 101, 0, 0)


TEMPLATE = packet.Segment('10.0.0.1', '192.0.2.2', 1024, 80, 1, 0, 'S').encode()


def syn(number):
    """The first segment of the connection of that number, without checksums."""
    address = struct.pack('!BHB', 10, number // 60000, 1)
    head = TEMPLATE[:10] + b'\0\0' + address + TEMPLATE[16:20]
    return head + struct.pack('!H', 1024 + number % 60000) + TEMPLATE[22:36] + b'\0\0' + TEMPLATE[38:]


def frame(number, interface=0, options=b''):
    data = syn(number)
    head = struct.pack('<IIIII', interface, 0, number, len(data), len(data))
    return block(6, head + data + options)


def remark(text):
    return block(4, struct.pack('<HH', 0, 0) + option(1, text.encode()))


# ---- the bombs ----


def targets_of_remarks():
    yield SECTION
    for number in range(200_000):
        yield remark('tcpshake: no-route reason=15 address=192.0.2.1 port=80 time_ns=1 target=%d' % number)


def long_targets_of_remarks():
    yield SECTION
    for number in range(100_000):
        yield remark('tcpshake: no-route reason=15 address=192.0.2.1 port=80 time_ns=1 target=%0255d' % number)


def targets_of_packets():
    yield SECTION + block(1, RAW)
    for number in range(100_000):
        yield frame(number, options=option(1, b'tcpshake: target=%0200d' % number))


def facts_of_connections():
    """What a live run notes of each connection; the table is too large for any rule."""
    yield SECTION + block(1, RAW)
    for number in range(100_000):
        ends = 'client=10.%d.%d.1 client-port=%d server=192.0.2.2 server-port=80' % (
            number // 60000 // 256, number // 60000 % 256, 1024 + number % 60000)
        yield frame(number)
        yield remark('tcpshake: end %s delivered table=4294967295' % ends)


def interfaces_in_sections():
    for section in range(60):
        yield SECTION
        for number in range(1000):
            yield block(1, RAW + option(2, b'%0255d' % (section * 1000 + number)))
        for number in range(1000):
            yield frame(section * 1000 + number, number)


def interfaces_in_one_section():
    yield SECTION
    for number in range(65_600):
        yield block(1, RAW + option(2, b'%0255d' % number))


def sections():
    for _ in range(1_000):
        yield SECTION * 300


def comments():
    yield SECTION + block(1, RAW)
    for number in range(1_000):
        yield frame(number, options=option(1, b'tcpshake: target=' + b'x' * 65_000))


def comments_of_one_packet():
    yield SECTION + block(1, RAW)
    for number in range(4):
        yield frame(number, options=option(1, b'x' * 65_000) * 240)


def options_without_end():
    yield SECTION + block(1, RAW)
    for _ in range(4):
        yield block(4, struct.pack('<HH', 0, 0) + struct.pack('<HH', 2, 0) * (4 * MIB - 16))


def names_of_one_interface():
    yield SECTION
    yield block(1, RAW + option(2, b'x' * 65_000) * 240)


def blocks_of_nothing():
    length = struct.pack('<I', 200 * MIB + 12)
    yield SECTION + struct.pack('<I', 0xbad) + length
    for _ in range(200):
        yield bytes(MIB)
    yield length


def length_without_block():
    yield SECTION + struct.pack('<II', 6, 16 * MIB)


def zstd_window():
    """A frame that asks for a window of 2 GiB: RFC 8878, 3.1.1.1.2."""
    return b'\x28\xb5\x2f\xfd' + bytes((0x00, 21 << 3)) + struct.pack('<I', 8 * 1000 << 3 | 1)[:3] + bytes(1000)


def xz_dictionary():
    """A block that asks for a dictionary of 1.5 GiB: .xz file format 1.0.4, 3.1 and 5.3.1."""
    whole = bytearray(lzma.compress(bytes(1000)))
    size = (whole[12] + 1) * 4
    whole[12 + 4] = 37
    whole[12 + size - 4:12 + size] = struct.pack('<I', zlib.crc32(bytes(whole[12:12 + size - 4])))
    return bytes(whole)


# What makes the file, MiB that it may cost beyond an empty capture, exit statuses that are right, formats to try:
# some keep a summary for each target.
SUMMARIES = ('json', 'nagios', 'prometheus')
BOMBS = [
    (targets_of_remarks, 112, {1, 2}, SUMMARIES),
    (long_targets_of_remarks, 128, {1, 2}, SUMMARIES),
    (targets_of_packets, 144, {1, 2}, SUMMARIES),
    (facts_of_connections, 8, {1}, ('json',)),
    (interfaces_in_sections, 32, {1}, ('json', 'svg')),
    (interfaces_in_one_section, 32, {1}, ('text',)),
    (sections, 4, {1}, ('text',)),
    (comments, 4, {1}, ('text',)),
    (comments_of_one_packet, 24, {1}, ('text',)),
    (options_without_end, 24, {1}, ('text',)),
    (names_of_one_interface, 24, {1}, ('text',)),
    (blocks_of_nothing, 4, {1}, ('text',)),
    (length_without_block, 4, {3}, ('text',)),
    (zstd_window, 4, {3}, ('text',)),
    (xz_dictionary, 4, {3}, ('text',)),
]
COMPRESSED = (zstd_window, xz_dictionary)  # already
EMPTY = (SECTION, block(1, RAW), frame(0))


PR_SET_CHILD_SUBREAPER = 36
LAUNCH = 'exec 3<&0; { read -r go; exec "$@" >/dev/null 2>&1; } <&3 & echo $!'


def cost(program, path, form):
    """(exit status, peak of resident memory in MiB, seconds of processor time)

    A process that is forked begins with the peak of its parent, so a shell, which is small, starts the program and
    leaves it to this process. The program begins when the shell is gone, which would otherwise take its exit status."""
    words = [program, '--format', form, '--max-connections', '1000', '-r', path]
    with subprocess.Popen(['sh', '-c', LAUNCH, 'sh', *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as shell:
        process = int(shell.stdout.readline())
        if shell.wait() != 0:
            raise RuntimeError('the shell exited with %d' % shell.returncode)
        shell.stdin.write(b'go\n')
    _, status, usage = os.wait4(process, 0)
    return os.waitstatus_to_exitcode(status), usage.ru_maxrss / 1024, usage.ru_utime + usage.ru_stime


def write(path, make):
    """By a child, so that this process stays small."""
    child = os.fork()
    if child == 0:
        if make in COMPRESSED:
            with open(path, 'wb') as file:
                file.write(make())
        else:
            with gzip.open(path, 'wb', compresslevel=1) as file:
                for piece in make():
                    file.write(piece)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if status != 0:
        raise RuntimeError('%s was not written' % path)


def judge(program, path, empty, row):
    """What is wrong, or None; and what it cost at most."""
    most = 0
    _, allowance, statuses, formats = row
    for form in formats:
        status, peak, seconds = cost(program, path, form)
        most = max(most, peak - empty)
        if status not in statuses:
            return 'exit status %d with --format %s' % (status, form), most
        if peak - empty > allowance:
            return '%.0f MiB with --format %s' % (peak - empty, form), most
        if seconds > SECONDS:
            return '%.0f s with --format %s' % (seconds, form), most
    return None, most


def main():
    program = os.environ.get('TCPSHAKE', './tcpshake')
    failed = 0
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    print('1..%d' % len(BOMBS))
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'bomb')
        write(path, lambda: EMPTY)
        empty = cost(program, path, 'text')[1]
        for number, row in enumerate(BOMBS, 1):
            write(path, row[0])
            wrong, most = judge(program, path, empty, row)
            failed += wrong is not None
            print('%s %d - %s' % ('ok' if wrong is None else 'not ok', number, row[0].__name__.replace('_', ' ')))
            print('# %d octets: %s' % (os.path.getsize(path), wrong or '%.1f of %d MiB' % (most, row[1])))
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
