# SPDX-License-Identifier: BSD-2-Clause
"""Reads pcap and pcapng files, an independent tcpdump's and the program's own; writes plain pcap files."""

import struct
from typing import NamedTuple

from . import packet

LINK_HEADER = {1: 14, 101: 0, 113: 16, 276: 20}  # bytes before the IP header, by LINKTYPE_


class Frame(NamedTuple):
    """One captured frame; data begins with the IP header (or with whatever follows the link header)."""

    time_ns: int
    data: bytes
    comment: str


def _ip_part(linktype, data):
    """What follows the link header; empty unless that is IP. VLAN tags are stepped over."""
    at = LINK_HEADER[linktype]
    while linktype == 1 and data[at - 2:at] in (b"\x81\x00", b"\x88\xa8"):
        at += 4
    ethertype = {1: data[at - 2:at], 113: data[14:16], 276: data[0:2]}.get(linktype, b"\x08\x00")
    return data[at:] if ethertype in (b"\x08\x00", b"\x86\xdd") else b""


def _read_pcap(content):
    order = "<" if content[:1] in (b"\x4d", b"\xd4") else ">"
    scale = 1 if struct.unpack(order + "I", content[:4])[0] == 0xA1B23C4D else 1000
    linktype = struct.unpack(order + "I", content[20:24])[0] & 0xFFFF
    at = 24
    while at + 16 <= len(content):
        seconds, fraction, length, _ = struct.unpack(order + "IIII", content[at:at + 16])
        data = content[at + 16:at + 16 + length]
        if len(data) == length:  # else it is still being written
            yield Frame(seconds * 10**9 + fraction * scale, _ip_part(linktype, data), "")
        at += 16 + length


def _records(content):
    """(header, frame) of each record of a pcap file of this machine's byte order; header is its four numbers."""
    at = 24
    while at + 16 <= len(content):
        header = struct.unpack("=IIII", content[at:at + 16])
        yield header, content[at + 16:at + 16 + header[2]]
        at += 16 + header[2]


def with_tags(content, tags):
    """An Ethernet pcap file of this machine's byte order with bytes (VLAN tags) put into every frame."""
    out = content[:24]
    for (seconds, fraction, length, wire_length), frame in _records(content):
        out += struct.pack("=IIII", seconds, fraction, length + len(tags), wire_length + len(tags))
        out += frame[:12] + tags + frame[12:]
    return out


def only(content, wanted):
    """An Ethernet pcap file of this machine's byte order with those segments alone that wanted(segment) picks."""
    out = content[:24]
    for header, frame in _records(content):
        segment = packet.decode(_ip_part(1, frame), 0)
        if segment and wanted(segment):
            out += struct.pack("=IIII", *header) + frame
    return out


def _options(order, data):
    """(code, value) of each option of a pcapng block."""
    at = 0
    while at + 4 <= len(data):
        code, length = struct.unpack(order + "HH", data[at:at + 4])
        if code == 0:
            return
        yield code, data[at + 4:at + 4 + length]
        at += 4 + length + -length % 4


def _resolution(order, options):
    """Nanoseconds of one unit of an interface's clock; powers of ten alone."""
    exponent = dict(_options(order, options)).get(9, b"\x06")[0]
    return 10**(9 - exponent)


def _read_pcapng(content):
    order = "<" if content[8:12] == b"\x4d\x3c\x2b\x1a" else ">"
    interfaces = []
    at = 0
    while at + 12 <= len(content):
        kind, length = struct.unpack(order + "II", content[at:at + 8])
        body = content[at + 8:at + length - 4]
        if kind == 1:
            interfaces.append((struct.unpack(order + "H", body[:2])[0], _resolution(order, body[8:])))
        elif kind == 6 and at + length <= len(content):
            number, high, low, captured, _ = struct.unpack(order + "IIIII", body[:20])
            linktype, unit_ns = interfaces[number]
            rest = body[20 + captured + -captured % 4:]
            comment = dict(_options(order, rest)).get(1, b"").decode("utf-8")
            yield Frame((high << 32 | low) * unit_ns, _ip_part(linktype, body[20:20 + captured]), comment)
        at += length


def frames(path):
    """Every whole frame of a capture file."""
    with open(path, "rb") as file:
        content = file.read()
    if len(content) < 24:
        return []
    reader = _read_pcapng if content[:4] == b"\x0a\x0d\x0d\x0a" else _read_pcap
    return list(reader(content))


def segments(path):
    """Every TCP segment of a capture file, with the time of its frame."""
    decoded = (packet.decode(frame.data, frame.time_ns) for frame in frames(path))
    return [segment for segment in decoded if segment]


def pcap(datagrams, begin_ms=0):
    """A pcap file of IP datagrams without link header, a millisecond apart."""
    content = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101)
    for number, data in enumerate(datagrams):
        content += struct.pack("<IIII", 1_700_000_000, 1000 * (begin_ms + number), len(data), len(data)) + data
    return content
