#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Answers that come with more than they need: priority tags, IPv6 extension headers, IPv4 options. The kernel
connects, and the program says open."""

import errno
import socket
import struct
from functools import partial

from lab import packet, program, tap, tun
from lab.program import JSON
from lab.tap import Case, Skip, same
from lab.topology import SERVER

TYPES = {4: b"\x08\x00", 6: b"\x86\xdd"}


def _tagged(tags, frame):
    return frame[:12] + tags + frame[12:] if frame[12:14] in TYPES.values() else frame


def _is_tcp(family, frame):
    return frame[12:14] == TYPES[family] and frame[23 if family == 4 else 20] == 6


def _extended(kinds, frame):
    """With extension headers of eight octets each before TCP."""
    if not _is_tcp(6, frame):
        return frame
    chain = b""
    for at, kind in enumerate(kinds):
        following = kinds[at + 1] if at + 1 < len(kinds) else 6
        chain += bytes((following, 0)) + (bytes(6) if kind == 44 else b"\x01\x04" + bytes(4))
    length = struct.pack("!H", len(frame) - 54 + len(chain))
    return frame[:18] + length + bytes((kinds[0],)) + frame[21:54] + chain + frame[54:]


def _with_options(options, frame):
    """With options in the IPv4 header."""
    if not _is_tcp(4, frame):
        return frame
    total = struct.unpack("!H", frame[16:18])[0] + len(options)
    head = bytes((0x45 + len(options) // 4,)) + frame[15:16] + struct.pack("!H", total) + frame[18:24] + bytes(2)
    head += frame[26:34] + options
    return frame[:14] + head[:10] + struct.pack("!H", packet.ones_sum(head)) + head[12:] + frame[34:]


def _kernel_connects(namespace, server):
    with namespace.inside(), socket.socket(server.socket_family) as client:
        client.settimeout(5)
        return errno.errorcode.get(client.connect_ex((server.address, server.port)), "open")


class Server:
    """A listening socket; what it accepts is closed with it."""

    def __init__(self, namespace, family):
        self.socket_family = socket.AF_INET if family == 4 else socket.AF_INET6
        self.address = SERVER[family]
        with namespace.inside():
            self._socket = socket.socket(self.socket_family)
        self._socket.bind((self.address, 0))
        self._socket.listen(8)
        self.port = self._socket.getsockname()[1]

    def close(self):
        self._socket.close()


def check(bench, family, change):
    if not tun.available():
        raise Skip("/dev/net/tun cannot be opened")
    wired = bench.add(tun.Wired(change))
    server = bench.add(Server(wired.server, family))
    same(_kernel_connects(wired.client, server), "open", "what connect() says")
    run = program.Run(program.shake(wired.client, "-j", "--abort", server.address, server.port), JSON)
    same(run.finished.stderr, "", "stderr")
    program.match(run.connections[0], {"port_state": "open", "handshake.result": "completed",
                                       "handshake.syn_count": 1})


CASES = [Case(f"{name}-v{family}", partial(check, family=family, change=change)) for name, family, change in [
    ("priority-tag", 4, partial(_tagged, b"\x81\x00\x00\x00")),
    ("priority-tag", 6, partial(_tagged, b"\x81\x00\x00\x00")),
    ("two-priority-tags", 4, partial(_tagged, b"\x81\x00\x00\x00" * 2)),
    ("two-priority-tags", 6, partial(_tagged, b"\x88\xa8\x00\x00\x81\x00\x00\x00")),
    ("hop-by-hop", 6, partial(_extended, [0])),
    ("destination-options", 6, partial(_extended, [60])),
    ("chain", 6, partial(_extended, [0, 60, 44, 60])),
    ("no-operations", 4, partial(_with_options, b"\x01" * 8)),
    ("router-alert", 4, partial(_with_options, b"\x94\x04\0\0")),
]]

if __name__ == "__main__":
    tap.main(CASES, prepare=program.path)
