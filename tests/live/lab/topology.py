# SPDX-License-Identifier: BSD-2-Clause
"""The networks that the tests run in, all with documentation addresses (RFC 5737, RFC 3849)."""

import contextlib
import fcntl
import ipaddress
import socket
import struct

from .namespace import Namespace
from .process import wait_until

SIOCGIFFLAGS, IFF_RUNNING = 0x8913, 0x40
RTF_LOCAL = 0x80000000

CLIENT = {4: "192.0.2.1", 6: "2001:db8::1"}
SERVER = {4: "192.0.2.2", 6: "2001:db8::2"}
SECOND_CLIENT = {4: "198.51.100.1", 6: "2001:db8:1::1"}
SECOND_SERVER = {4: "198.51.100.2", 6: "2001:db8:1::2"}
ROUTER = {4: "192.0.2.254", 6: "2001:db8::fe"}
FAR = {4: "203.0.113.2", 6: "2001:db8:2::2"}
NOWHERE = {4: "203.0.113.99", 6: "2001:db8:99::1"}
LINK_LOCAL = {"client": "fe80::1", "server": "fe80::2", "router": "fe80::fe"}
LOOPBACK = {4: "127.0.0.1", 6: "::1"}
PREFIX = {4: 24, 6: 64}
SOCKET_FAMILY = {4: socket.AF_INET, 6: socket.AF_INET6}


def host_port(address, port):
    """The operand of tcpshake for that address and port."""
    if ipaddress.ip_address(address.split("%")[0]).version == 6:
        return f"[{address}]:{port}"
    return f"{address}:{port}"


def device_up(device, addresses, link_local=LINK_LOCAL["client"]):
    """Lines for ip(8) that bring a device up with an address of each family."""
    lines = [f"link set {device} addrgenmode none", f"addr add {link_local}/64 dev {device} nodad"]
    for family in (4, 6):
        flags = " nodad" if family == 6 else ""
        lines.append(f"addr add {addresses[family]}/{PREFIX[family]} dev {device}{flags}")
    return lines + [f"link set {device} up"]


def _running(device):
    """Whether the kernel has noticed that both ends of a veth pair are up."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        answer = fcntl.ioctl(any_socket, SIOCGIFFLAGS, struct.pack("16sH22x", device.encode(), 0))
    return struct.unpack("16sH22x", answer)[1] & IFF_RUNNING


def _lines(name):
    with open(f"/proc/thread-self/net/{name}", encoding="ascii") as file:
        return [line.split() for line in file]


def _takes(device):
    """Whether what comes to its IPv6 addresses is taken: the kernel's workers route them to this host in their time."""
    addresses = {fields[0] for fields in _lines("if_inet6") if fields[5] == device}
    return addresses <= {fields[0] for fields in _lines("ipv6_route") if int(fields[8], 16) & RTF_LOCAL}


def _ready(namespace, device):
    with namespace.inside():
        return _running(device) and _takes(device)


class Topology:
    """Some namespaces that end together; the first is the client's."""

    def __init__(self):
        self._stack = contextlib.ExitStack()
        self.client = self.namespace()

    def namespace(self):
        """One more namespace with its loopback device up."""
        made = Namespace()
        self._stack.callback(made.close)
        made.ip("link set lo up")
        return made

    def join(self, left, left_device, right, right_device):
        """A veth pair between two namespaces."""
        left.ip(f"link add {left_device} type veth peer name {right_device} netns {right.path}")

    def settle(self, *ends):
        """Waits until the devices, (namespace, device) each, are running and have their addresses."""
        for namespace, device in ends:
            wait_until(lambda n=namespace, d=device: _ready(n, d), f"{device} ready")

    def close(self):
        self._stack.close()


class Alone(Topology):
    """The client and nobody else."""


class Pair(Topology):
    """client c0 --- s0 server."""

    def __init__(self):
        super().__init__()
        self.server = self.namespace()
        self.join(self.client, "c0", self.server, "s0")
        self.server.ip(*device_up("s0", SERVER, LINK_LOCAL["server"]))
        self.client.ip(*device_up("c0", CLIENT))
        self.settle((self.client, "c0"), (self.server, "s0"))


class TwoPaths(Pair):
    """client c0 --- s0 server, c1 --- s1, and FAR behind both: by c0 unless c1 is asked for."""

    def __init__(self):
        super().__init__()
        self.join(self.client, "c1", self.server, "s1")
        self.server.ip(*device_up("s1", SECOND_SERVER, LINK_LOCAL["server"]),
                       *(f"addr add {FAR[family]} dev lo" for family in (4, 6)))
        self.client.ip(*device_up("c1", SECOND_CLIENT))
        self.settle((self.client, "c1"), (self.server, "s1"), (self.server, "lo"))
        for family in (4, 6):
            self.client.ip(f"route add {FAR[family]} via {SERVER[family]} metric 10",
                           f"route add {FAR[family]} via {SECOND_SERVER[family]} metric 20")


class Routed(Topology):
    """client c0 --- r0 router r1 --- s0 server, which has the address FAR."""

    def __init__(self):
        super().__init__()
        self.router, self.server = self.namespace(), self.namespace()
        self.join(self.client, "c0", self.router, "r0")
        self.join(self.router, "r1", self.server, "s0")
        behind = {4: "203.0.113.254", 6: "2001:db8:2::fe"}
        self.server.ip(*device_up("s0", FAR, LINK_LOCAL["server"]))
        self.router.ip(*device_up("r0", ROUTER, LINK_LOCAL["router"]),
                       *device_up("r1", behind, LINK_LOCAL["router"]))
        self.client.ip(*device_up("c0", CLIENT))
        self.settle((self.client, "c0"), (self.router, "r0"), (self.router, "r1"), (self.server, "s0"))
        self.router.sysctl("ipv4/ip_forward", 1)
        self.router.sysctl("ipv6/conf/all/forwarding", 1)
        for family in (4, 6):
            self.client.ip(f"route add default via {ROUTER[family]}")
            self.server.ip(f"route add default via {behind[family]}")
