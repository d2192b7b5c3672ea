#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Source and destination: loopback, own addresses, several devices, a router, zones and names."""

import os
from functools import partial
from pathlib import Path

from lab import namespace, program, servers, tap
from lab.cases import GRACEFUL, both, each, not_open
from lab.program import JSON
from lab.servers import Server
from lab.tap import Case, same
from lab.topology import (CLIENT, FAR, LINK_LOCAL, LOOPBACK, SECOND_CLIENT, SECOND_SERVER, SERVER, Pair, Routed,
                          TwoPaths, host_port)


def check_local(bench, addresses, family, output):
    """Addresses of the client's own machine."""
    pair = bench.add(Pair())
    server = bench.add(Server(pair.client, addresses[family], servers.sink))
    run = program.probe(bench, pair.client, server.address, server.port, output=output)
    if output == JSON:
        program.match(run.only, {**GRACEFUL, "client.address": addresses[family]})


def check_local_closed(bench, addresses, family, output):
    """A port of the client's own machine that nobody listens on."""
    pair = bench.add(Pair())
    run = program.probe(bench, pair.client, addresses[family], 9, output=output, status=1)
    if output == JSON:
        program.match(run.only, not_open("closed", "refused", "reset"))


def check_link_local(bench):
    """An IPv6 address with a zone."""
    pair = bench.add(Pair())
    server = bench.add(Server(pair.server, "::", servers.sink))
    run = program.probe(bench, pair.client, f"[{LINK_LOCAL['server']}%c0]:{server.port}")
    program.match(run.only, {**GRACEFUL, "client.address": LINK_LOCAL["client"],
                             "server.address": LINK_LOCAL["server"]})


def check_link_local_port(bench):
    """A source port that another address of this host has in use, from a link-local address."""
    pair = bench.add(Pair())
    server = bench.add(Server(pair.server, "::", servers.sink))
    taken = bench.add(Server(pair.client, LOOPBACK[6], servers.sink))
    run = program.probe(bench, pair.client, "-P", str(taken.port), f"[{LINK_LOCAL['server']}%c0]:{server.port}")
    program.match(run.only, {**GRACEFUL, "client.address": LINK_LOCAL["client"], "client.port": taken.port})


def check_two_devices(bench, family, output):
    """Two targets at once, each on a device of its own."""
    paths = bench.add(TwoPaths())
    near = bench.add(Server(paths.server, SERVER[family], servers.sink))
    other = bench.add(Server(paths.server, SECOND_SERVER[family], servers.sink))
    run = program.probe(bench, paths.client, host_port(near.address, near.port),
                        host_port(other.address, other.port), output=output)
    if output == JSON:
        sources = {record["server"]["address"]: record["client"]["address"] for record in run.connections}
        same(sources, {SERVER[family]: CLIENT[family], SECOND_SERVER[family]: SECOND_CLIENT[family]}, "sources")


def check_interface(bench, family, arguments, source):
    """The device is the user's to choose."""
    paths = bench.add(TwoPaths())
    server = bench.add(Server(paths.server, FAR[family], servers.sink))
    run = program.probe(bench, paths.client, *arguments, server.address, server.port)
    program.match(run.only, {**GRACEFUL, "client.address": source[family]})


def check_source(bench, family):
    """-S takes any address of ours."""
    pair = bench.add(Pair())
    other = {4: "192.0.2.9", 6: "2001:db8::9"}[family]
    pair.client.ip(f"addr add {other} dev c0" + (" nodad" if family == 6 else ""))
    pair.settle((pair.client, "c0"))
    server = bench.add(Server(pair.server, SERVER[family], servers.sink))
    run = program.probe(bench, pair.client, "-S", other, server.address, server.port)
    program.match(run.only, {**GRACEFUL, "client.address": other})


def check_source_port(bench, family):
    pair = bench.add(Pair())
    server = bench.add(Server(pair.server, SERVER[family], servers.sink))
    run = program.probe(bench, pair.client, "-P", "2345", server.address, server.port)
    program.match(run.only, {**GRACEFUL, "client.port": 2345})


def check_through_router(bench, family):
    routed = bench.add(Routed())
    server = bench.add(Server(routed.server, FAR[family], servers.sink))
    program.match(program.probe(bench, routed.client, server.address, server.port).only, GRACEFUL)


def check_names(bench, arguments, family):
    """A name with addresses of both families."""
    pair = bench.add(Pair())
    server = bench.add(Server(pair.server, SERVER[family], servers.sink))
    run = program.probe(bench, pair.client, *arguments, "server.test", server.port)
    program.match(run.only, {**GRACEFUL, "target": "server.test", "server.address": SERVER[family]})


def prepare():
    """Gives this process and its children a hosts file of their own."""
    program.path()
    hosts = Path("/etc/hosts")
    text = "".join(f"{address} {name}\n" for name, table in (("localhost", LOOPBACK), ("server.test", SERVER))
                   for address in table.values())
    own = Path(f"/tmp/tcpshake-hosts.{os.getpid()}")
    own.write_text(text, encoding="ascii")
    namespace.bind_mount(own, hosts)
    own.unlink()


def check_smallest_mtu(bench):
    """The smallest MTU of IPv4, 68: what is sent fits, and arrives."""
    pair = bench.add(Pair())
    arrived = []

    def count(connection, _server):
        while data := connection.recv(65536):
            arrived.append(data)

    for namespace, device in ((pair.client, "c0"), (pair.server, "s0")):
        namespace.ip(f"link set {device} mtu 68")
    server = bench.add(Server(pair.server, SERVER[4], count))
    run = program.probe(bench, pair.client, "--send", "x" * 200, server.address, server.port)
    program.match(run.only, GRACEFUL)
    same(b"".join(arrived), b"x" * 200, "what the server read")


CASES = [
    *both("loopback", check_local, addresses=LOOPBACK),
    *both("own-address", check_local, addresses=CLIENT),
    *both("loopback-closed", check_local_closed, addresses=LOOPBACK),
    *both("own-address-closed", check_local_closed, addresses=CLIENT),
    Case("link-local", check_link_local),
    Case("link-local-port", check_link_local_port),
    *both("two-devices", check_two_devices),
    *each("through-router", check_through_router),
    *each("by-the-route", check_interface, arguments=(), source=CLIENT),
    *each("interface", check_interface, arguments=("-I", "c1"), source=SECOND_CLIENT),
    *each("source", check_source),
    *each("source-port", check_source_port),
    Case("smallest-mtu", check_smallest_mtu),
    Case("name-v4", partial(check_names, arguments=("-4",), family=4)),
    Case("name-v6", partial(check_names, arguments=("-6",), family=6)),
]

if __name__ == "__main__":
    tap.main(CASES, prepare=prepare)
