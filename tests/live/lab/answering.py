# SPDX-License-Identifier: BSD-2-Clause
"""A far end on a TAP device that answers every connection alike, in frames that no kernel would send."""

import contextlib
import os
import select
import struct
import threading

from . import packet, tun
from .packet import Segment
from .topology import CLIENT, LINK_LOCAL, SERVER, Alone, device_up

MAC = "02:00:00:00:00:02"
ETHERTYPE = {4: b"\x08\x00", 6: b"\x86\xdd"}
SERVER_ISS = 1000
HOP_BY_HOP, DESTINATION = 0, 60


def plain(segment):
    """The datagram as it is."""
    return segment.encode()


def with_ipv4_options(segment):
    """NOP, NOP, record route with room for one address (RFC 791, 3.1)."""
    options = bytes((1, 7, 7, 4, 0, 0, 0, 0))
    datagram = segment.encode()
    length = struct.unpack("!H", datagram[2:4])[0] + len(options)
    head = bytes((0x40 | 5 + len(options) // 4,)) + datagram[1:2] + struct.pack("!H", length)
    head += datagram[4:10] + b"\0\0" + datagram[12:20] + options
    return head[:10] + struct.pack("!H", packet.ones_sum(head)) + head[12:] + datagram[20:]


def with_extension_headers(segment):
    """Hop-by-hop and destination options, of padding alone (RFC 8200, 4)."""
    padding = bytes((1, 4, 0, 0, 0, 0))
    headers = bytes((DESTINATION, 0)) + padding + bytes((packet.PROTOCOL_TCP, 0)) + padding
    datagram = segment.encode()
    length = struct.unpack("!H", datagram[4:6])[0] + len(headers)
    return datagram[:4] + struct.pack("!HB", length, HOP_BY_HOP) + datagram[7:40] + headers + datagram[40:]


class Answering(Alone):
    """client c0, a TAP device whose other end is this process: SYNs are accepted, data is acknowledged, FINs are
    answered by FINs. wrap(segment) makes the datagram, tag stands in front of its EtherType."""

    def __init__(self, wrap=plain, tag=b""):
        super().__init__()
        self._wrap, self._tag = wrap, tag
        self._fd = tun.open_device(self.client, "c0", tun.IFF_TAP)
        self._stack.callback(os.close, self._fd)
        self.client.ip(*device_up("c0", CLIENT),
                       *(f"neigh add {SERVER[family]} lladdr {MAC} dev c0" for family in (4, 6)),
                       f"neigh add {LINK_LOCAL['server']} lladdr {MAC} dev c0")
        self.settle((self.client, "c0"))
        self._end, self._closing = os.pipe()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        self._stack.callback(self._stop)

    def _stop(self):
        os.close(self._closing)
        self._thread.join(5)
        os.close(self._end)

    def _serve(self):
        while True:
            ready, _, _ = select.select([self._fd, self._end], [], [])
            if self._end in ready:
                return
            with contextlib.suppress(BlockingIOError):
                self._take(os.read(self._fd, 65536))

    def _take(self, frame):
        segment = packet.decode(frame[14:]) if frame[12:14] in ETHERTYPE.values() else None
        if segment is None or segment.dst not in SERVER.values() or "R" in segment.flags:
            return
        for flags, seq in _answers(segment):
            answer = Segment(segment.dst, segment.src, segment.dport, segment.sport, seq, segment.end, flags,
                             options=packet.MSS_1460 if "S" in flags else b"")
            os.write(self._fd, frame[6:12] + frame[0:6] + self._tag + frame[12:14] + self._wrap(answer))


def _answers(segment):
    """(flags, sequence number) of each segment that answers one."""
    if "S" in segment.flags:
        return [("SA", SERVER_ISS)]
    if "F" in segment.flags:
        return [("FA", segment.ack)]
    return [("A", segment.ack)] if segment.payload else []
