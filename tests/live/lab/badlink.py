# SPDX-License-Identifier: BSD-2-Clause
"""Two namespaces with a bad link between them, its log, and what may stand at its far end."""

import signal
from typing import NamedTuple

from . import program, tun
from .process import Process, wait_until
from .tap import Skip
from .topology import CLIENT, FAR, LINK_LOCAL, SERVER, Topology, device_up

ROUTER_SIDE = {4: "203.0.113.254", 6: "2001:db8:2::fe"}  # of the device that leads to lwIP


class Entry(NamedTuple):
    """One line of the link's log: a frame, or a copy of one. Times are in nanoseconds of the monotonic clock."""

    in_ns: int
    out_ns: int  # 0: it never left
    way: str     # "right" from the client, "left" to it
    fate: str    # passed, late, copy, corrupted, lost, refused
    flow: int    # counted from 1 for each port of the server; 0: no connection
    client_port: int
    server_port: int
    flags: str   # letters of FSRPAU in this order, or "-"
    seq: int
    ack: int
    length: int
    tsval: int
    tsecr: int

    @property
    def arrived(self):
        """Whether the receiver got it as it was sent."""
        return self.out_ns > 0 and self.fate != "corrupted"


def read_log(path):
    """Every entry of a log, in the order in which frames left or were lost."""
    with open(path, encoding="ascii") as file:
        for line in file:
            words = line.split()
            yield Entry(*(word if at in (2, 3, 7) else int(word) for at, word in enumerate(words)))


def _started(process, what):
    def ready():
        if not process.running:
            raise RuntimeError(f"{what}: {process.errors()}")
        return "ready" in process.output()

    wait_until(ready, what, limit=20)
    return process


class BadLink(Topology):
    """client c0 --- s0 server, with tests/live/link/badlink between them. options are those of that program."""

    def __init__(self, directory, *options):
        super().__init__()
        badlink = program.helper("live/link/badlink")
        if not badlink:
            raise Skip("tests/live/link/badlink was not built: make check builds it")
        if not tun.available():
            raise Skip("no access to /dev/net/tun")
        self._directory = directory
        self.server = self.namespace()
        try:
            self._join(badlink, *options)
        except BaseException:
            self.close()  # nobody else can, yet
            raise

    def _join(self, badlink, *options):
        self._link = self._process(badlink, *options, "--log", self._directory / "link.log",
                                   f"c0@{self.client.path}", f"s0@{self.server.path}")
        self._link.hurry()  # its times are to be those of the link, not of a machine that does something else
        self.server.ip(*device_up("s0", SERVER, LINK_LOCAL["server"]))
        self.client.ip(*device_up("c0", CLIENT), *(f"route add {FAR[family]} via {SERVER[family]}"
                                                   for family in (4, 6)))
        self.settle((self.client, "c0"), (self.server, "s0"))

    def _process(self, *argv):
        process = Process(self.client, argv)
        self._stack.callback(process.close)
        return _started(process, argv[0].name)

    def heal(self):
        """From now on nothing is lost."""
        self._link.signal(signal.SIGUSR1)

    def stop(self):
        """Ends the link; returns its log."""
        self._link.signal(signal.SIGTERM)
        self._link.wait(10)
        return list(read_log(self._directory / "link.log"))

    def lwip(self, *ports):
        """A host at the addresses FAR behind the server's namespace that runs lwIP and listens on some ports."""
        server = program.helper("live/lwip/server")
        if not server:
            raise Skip("tests/live/lwip/server was not built: needs liblwip-dev")
        process = self._process(server, f"lwip0@{self.server.path}", FAR[4], FAR[6], *ports)
        self.server.ip(*device_up("lwip0", ROUTER_SIDE, LINK_LOCAL["router"]))
        self.server.sysctl("ipv4/ip_forward", 1)
        self.server.sysctl("ipv6/conf/all/forwarding", 1)
        return Lwip(process)


class Lwip:
    """lwIP as a process; see tests/live/lwip/server.c."""

    def __init__(self, process):
        self._process = process

    def connections(self):
        """(state, client port, server port) of each connection that it holds."""
        known = len(self._process.output())
        self._process.signal(signal.SIGUSR1)
        wait_until(lambda: self._process.output()[known:].endswith(".\n"), "lwIP's list of connections", limit=20)
        lines = self._process.output()[known:].splitlines()[:-1]
        return [(state, int(client_port), int(server_port))
                for state, client_port, server_port in map(str.split, lines)]
