#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Inputs for fuzz_capture that begin where real files are: seeds.py FOLDER writes one connection behind each
header and in each shape of tests/conformance/headers.py, and the captures of pcaps/. libFuzzer's -merge=1 then
keeps those that show something new."""
import hashlib
import os
import struct
import sys

sys.dont_write_bytecode = True  # the sources stay as they are

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(TOP, 'tests', 'conformance'))

import headers  # noqa: E402 (the path has to be set before)

WRITTEN, COMPRESSED, VERBOSE, FORMAT = 1, 2, 4, 5  # the first octet: see fuzz_capture.c
LARGEST = 4096


def written(linktype, frames):
    """What capture_write makes a file of, in each of its formats."""
    octets = struct.pack('>H', linktype)
    for data in frames:
        octets += struct.pack('>HHB', 16, len(data), 0) + data
    return octets


def link_seeds():
    for _, linktype, header, trailer, _ in headers.LINKS:
        for family in (4, 6):
            frames = list(map(headers.wrap(header, trailer, family), headers.datagrams(family)))
            yield WRITTEN, written(linktype, frames)
            yield WRITTEN | VERBOSE, written(linktype, frames[:3])


def file_seeds():
    for number, (_, content, _, _, _) in enumerate(headers.rows()):
        yield number % 8 << FORMAT, content
        yield (number % 8 << FORMAT) | (COMPRESSED, VERBOSE)[number % 2], content
    for name in sorted(os.listdir(os.path.join(TOP, 'pcaps'))):
        if name.endswith(('.pcap', '.pcapng')):
            with open(os.path.join(TOP, 'pcaps', name), 'rb') as file:
                content = file.read()
            for form in range(8) if len(content) <= LARGEST else ():
                yield form << FORMAT, content


def main():
    if len(sys.argv) != 2:
        sys.exit('usage: seeds.py FOLDER')
    os.makedirs(sys.argv[1], exist_ok=True)
    for how, octets in (*link_seeds(), *file_seeds()):
        seed = bytes((how,)) + octets
        with open(os.path.join(sys.argv[1], hashlib.sha1(seed).hexdigest()[:12]), 'wb') as file:
            file.write(seed)


if __name__ == '__main__':
    main()
