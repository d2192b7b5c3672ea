# SPDX-License-Identifier: BSD-2-Clause
"""A small codec of IPv4, IPv6, TCP and ICMP errors, written apart from the program's own on purpose."""

import ipaddress
import struct
from dataclasses import dataclass, field

FLAGS = "FSRPAUECe"  # letters of the flag bits, lowest first; C is CWR, e is AE
PROTOCOL_TCP, PROTOCOL_UDP = 6, 17
PROTOCOL_ICMP = {4: 1, 6: 58}
MSS_1460 = bytes((2, 4, 0x05, 0xB4))


def flag_bits(letters):
    return sum(1 << FLAGS.index(letter) for letter in letters)


def flag_letters(bits):
    """The letters of the flag bits, SYN, FIN, RST first as people say them: "SA", "FA", "PA"."""
    return "".join(letter for letter in "SFRPAUECe" if bits & (1 << FLAGS.index(letter)))


def timestamp_option(value, echo):
    """The timestamps option (RFC 7323) with its usual padding."""
    return struct.pack("!BBBBII", 1, 1, 8, 10, value % 2**32, echo % 2**32)


def timestamp_value(options):
    """The TSval among some options, or None."""
    at = 0
    while at < len(options) and options[at] != 0:
        if options[at] == 1:
            at += 1
        elif options[at] == 8:
            return struct.unpack("!I", options[at + 2:at + 6])[0]
        else:
            at += options[at + 1]
    return None


def ones_sum(data):
    """The Internet checksum (RFC 1071) of data."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def _pack(address):
    return ipaddress.ip_address(address).packed


def _pseudo_header(src, dst, protocol, length):
    if len(_pack(src)) == 4:
        return _pack(src) + _pack(dst) + struct.pack("!BBH", 0, protocol, length)
    return _pack(src) + _pack(dst) + struct.pack("!II", length, protocol)


def wrap_ip(src, dst, protocol, payload, *, ttl=64, ip_id=1, tos=0):
    """An IPv4 or IPv6 datagram."""
    if len(_pack(src)) == 16:
        return struct.pack("!IHBB", 6 << 28 | tos << 20, len(payload), protocol, ttl) + _pack(src) + _pack(dst) + payload
    head = struct.pack("!BBHHHBBH", 0x45, tos, 20 + len(payload), ip_id, 0x4000, ttl, protocol, 0)
    head += _pack(src) + _pack(dst)
    return head[:10] + struct.pack("!H", ones_sum(head)) + head[12:] + payload


def unwrap_ip(data):
    """(source, destination, protocol, ttl, ip_id, payload) of a datagram without extension headers."""
    if data[0] >> 4 == 6:
        length, protocol, ttl = struct.unpack("!HBB", data[4:8])
        src, dst = (ipaddress.IPv6Address(data[at:at + 16]) for at in (8, 24))
        return str(src), str(dst), protocol, ttl, 0, data[40:40 + length]
    head_len = (data[0] & 15) * 4
    total, ip_id = struct.unpack("!HH", data[2:6])
    src, dst = (ipaddress.IPv4Address(data[at:at + 4]) for at in (12, 16))
    return str(src), str(dst), data[9], data[8], ip_id, data[head_len:total or len(data)]


def tos_of(datagram):
    """Its type of service or traffic class."""
    return datagram[1] if datagram[0] >> 4 == 4 else struct.unpack("!H", datagram[:2])[0] >> 4 & 0xFF


@dataclass
class Segment:
    """A TCP segment with its addresses; seq and ack are absolute."""

    src: str
    dst: str
    sport: int
    dport: int
    seq: int
    ack: int
    flags: str
    window: int = 65535
    options: bytes = b""
    payload: bytes = b""
    ttl: int = 64
    ip_id: int = 1
    tos: int = 0  # or traffic class
    checksum_ok: bool = True  # on encoding, False asks for a wrong one
    time_ns: int = field(default=0, compare=False)

    @property
    def seq_len(self):
        """How much sequence space it takes."""
        return len(self.payload) + ("S" in self.flags) + ("F" in self.flags)

    @property
    def end(self):
        """The sequence number after it."""
        return (self.seq + self.seq_len) % 2**32

    def tcp_bytes(self):
        """The TCP header and payload."""
        options = self.options + bytes(-len(self.options) % 4)
        head = struct.pack("!HHIIHHHH", self.sport, self.dport, self.seq % 2**32, self.ack % 2**32,
                           (20 + len(options)) // 4 << 12 | flag_bits(self.flags), self.window, 0, 0)
        data = head + options + self.payload
        checksum = ones_sum(_pseudo_header(self.src, self.dst, PROTOCOL_TCP, len(data)) + data)
        if not self.checksum_ok:
            checksum ^= 0x0101
        return data[:16] + struct.pack("!H", checksum) + data[18:]

    def encode(self):
        """The IP datagram."""
        return wrap_ip(self.src, self.dst, PROTOCOL_TCP, self.tcp_bytes(), ttl=self.ttl, ip_id=self.ip_id,
                       tos=self.tos)

    def __str__(self):
        return f"{self.flags} seq={self.seq} ack={self.ack} len={len(self.payload)}"


def decode(datagram, time_ns=0):
    """The Segment in a datagram, or None for anything else."""
    if not datagram or datagram[0] >> 4 not in (4, 6):
        return None
    src, dst, protocol, ttl, ip_id, data = unwrap_ip(datagram)
    if protocol != PROTOCOL_TCP or len(data) < 20:
        return None
    sport, dport, seq, ack, bits, window = struct.unpack("!HHIIHH", data[:16])
    head_len = (bits >> 12) * 4
    checksum_ok = ones_sum(_pseudo_header(src, dst, PROTOCOL_TCP, len(data)) + data) == 0
    return Segment(src, dst, sport, dport, seq, ack, flag_letters(bits), window, data[20:head_len],
                   data[head_len:], ttl, ip_id, tos_of(datagram), checksum_ok, time_ns)


def decode_udp(datagram):
    """The payload of a UDP datagram, or None for anything else."""
    if not datagram or datagram[0] >> 4 not in (4, 6):
        return None
    _, _, protocol, _, _, data = unwrap_ip(datagram)
    return data[8:] if protocol == PROTOCOL_UDP else None


def icmp_error(src, dst, kind, code, quoted, extra=0):
    """An ICMP or ICMPv6 error about the datagram quoted; extra is the 32 bits behind the checksum."""
    data = struct.pack("!BBHI", kind, code, 0, extra) + quoted
    version = 4 if len(_pack(src)) == 4 else 6
    protocol = PROTOCOL_ICMP[version]
    pseudo = b"" if version == 4 else _pseudo_header(src, dst, protocol, len(data))
    checksum = ones_sum(pseudo + data)
    return wrap_ip(src, dst, protocol, data[:2] + struct.pack("!H", checksum) + data[4:])
