# SPDX-License-Identifier: BSD-2-Clause
"""Routers in a row, and what answers in their place: for tests of the path."""

from .topology import FAR, LINK_LOCAL, Topology

V6_PREFIX, V4_PREFIX = 64, 30
ANYWHERE = {4: "0.0.0.0/0", 6: "::/0"}


def left_end(link):
    """The address of the end towards the client, of the link with that number."""
    return {4: f"198.51.100.{4 * link + 1}", 6: f"2001:db8:a{link:x}::1"}


def right_end(link):
    """The address of the other end."""
    return {4: f"198.51.100.{4 * link + 2}", 6: f"2001:db8:a{link:x}::2"}


def _address(namespace, device, addresses, link_local):
    namespace.ip(f"link set {device} addrgenmode none",
                 f"addr add {link_local}/64 dev {device} nodad",
                 f"addr add {addresses[4]}/{V4_PREFIX} dev {device}",
                 f"addr add {addresses[6]}/{V6_PREFIX} dev {device} nodad",
                 f"link set {device} up")


class Chain(Topology):
    """client c0 --- routers[0] --- ... --- server, which has the address FAR.

    Link n leads to routers[n], the last one to the server. A router answers from its end towards the client.
    """

    def __init__(self, routers):
        super().__init__()
        self.routers = [self.namespace() for _ in range(routers)]
        self.server = self.namespace()
        self.links = 0
        for router in self.routers:
            self.forward(router)
        places = [self.client, *self.routers, self.server]
        for left, right in zip(places, places[1:]):
            self.link(left, right)
        self.server.ip(*(f"addr add {FAR[family]} dev lo" for family in (4, 6)))
        self.settle((self.server, "lo"))
        for family in (4, 6):
            for number, place in enumerate(places[:-1]):
                place.ip(f"route add {ANYWHERE[family]} via {right_end(number)[family]}")
            for number, place in enumerate(places[2:], 1):
                prefix = {4: "198.51.100.0/30", 6: "2001:db8:a0::/64"}[family]
                place.ip(f"route add {prefix} via {left_end(number)[family]}")

    @staticmethod
    def forward(router):
        """Makes a router of a namespace."""
        router.sysctl("ipv4/ip_forward", 1)
        router.sysctl("ipv6/conf/all/forwarding", 1)
        for name in ("all", "default"):
            router.sysctl(f"ipv4/conf/{name}/rp_filter", 0)

    def link(self, left, right):
        """One more link; returns its number. Its ends are cN (of the client c0) and sN."""
        number = self.links
        self.links += 1
        self.join(left, f"c{number}", right, f"s{number}")
        _address(left, f"c{number}", left_end(number), LINK_LOCAL["client"])
        _address(right, f"s{number}", right_end(number), LINK_LOCAL["server"])
        self.settle((left, f"c{number}"), (right, f"s{number}"))
        return number

    def hops(self, family):
        """The addresses that are to be found, the target's last."""
        return [right_end(number)[family] for number in range(len(self.routers))] + [FAR[family]]


class TwoWays(Chain):
    """client --- routers[0] === two routers, side by side === routers[1] --- server.

    Which of the two is taken depends on the ports, by the first router's hash.
    """

    def __init__(self):
        super().__init__(2)
        fork, join = self.routers
        self.sides = [self.namespace(), self.namespace()]
        ends = []
        for side in self.sides:
            self.forward(side)
            ends.append((self.link(fork, side), self.link(side, join)))
        fork.sysctl("ipv4/fib_multipath_hash_policy", 1)
        fork.sysctl("ipv6/fib_multipath_hash_policy", 1)
        for family in (4, 6):
            ways = " ".join(f"nexthop via {right_end(near)[family]}" for near, _ in ends)
            fork.ip(f"route replace {ANYWHERE[family]} {ways}")
            prefix = {4: "198.51.100.0/30", 6: "2001:db8:a0::/64"}[family]
            for side, (near, far) in zip(self.sides, ends):
                side.ip(f"route add {ANYWHERE[family]} via {right_end(far)[family]}",
                        f"route add {prefix} via {left_end(near)[family]}")
        self.side_addresses = [right_end(near) for near, _ in ends]
        self.join_addresses = [right_end(far) for _, far in ends]
