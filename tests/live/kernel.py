#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The program against ordinary kernels and servers across a veth pair."""

import socket
from pathlib import Path
from typing import Callable, NamedTuple

from lab import packet, program, servers, tap
from lab.cases import GRACEFUL, OPEN, PASSIVE, both, each, has
from lab.dump import Dump
from lab.process import wait_until
from lab.program import JSON
from lab.servers import Nginx, Server
from lab.tap import Case, Skip, same, true
from lab.topology import CLIENT, SERVER, Pair

EXCHANGES = (["S", "SA", "A", "FA", "A", "FA", "A"], ["S", "SA", "A", "FA", "FA", "A"])


# What the wire shows, and what is left behind


def _kernel_state(namespace):
    """Everything that a run could leave behind: sockets, rules, addresses, routes and settings."""
    with namespace.inside():
        settings = {str(path): _read(path) for family in ("ipv4", "ipv6")
                    for path in Path("/proc/sys/net", family).rglob("*") if path.is_file()}
    return {"sockets": namespace.command("ss", "-Hanp", "--tcp", "--udp", "--raw", "--packet"),
            "rules": namespace.command("nft", "list", "ruleset"),
            "addresses": namespace.command("ip", "address"),
            "routes": namespace.command("ip", "route", "show", "table", "all"),
            "settings": settings}


def _read(path):
    try:
        return path.read_bytes()
    except OSError:  # write-only ones
        return b""


def _without_lifetimes(state):
    """Values that the kernel itself moves."""
    moving = ("inet_peer", "route/", "neigh/")
    state["settings"] = {path: value for path, value in state["settings"].items()
                         if not any(word in path for word in moving)}
    return state


def check_wire(bench, family):
    """An independent tcpdump at the far end sees the whole exchange and no RST, and nothing is left behind."""
    pair = bench.add(Pair())
    server = bench.add(Server(pair.server, SERVER[family], servers.sink))
    witness = bench.add(Dump(pair.server, "s0", bench.path("far.pcap")))
    before = _without_lifetimes(_kernel_state(pair.client))
    run = program.probe(bench, pair.client, server.address, server.port)
    program.match(run.only, GRACEFUL)
    witness.stop(CLIENT[family])
    flags = [segment.flags for segment in witness.segments()]
    true(flags in EXCHANGES, f"the far end saw {flags}")
    true(all(segment.src != CLIENT[family] or segment.options for segment in witness.segments()[:1]),
         "a SYN without options")
    after = _without_lifetimes(_kernel_state(pair.client))
    same(list(program.differences(before, after)), [], "left behind")
    same(pair.server.command("ss", "-Htan", "state", "connected", "exclude", "time-wait"), "",
         "connections at the server")


# Servers


class Against(NamedTuple):
    """A behaviour of a server, the program's options, and what the report has to say."""

    name: str
    behaviour: Callable
    wanted: dict
    arguments: tuple = ()


HOLD = ("--hold", "0.3")
LONG_HOLD = ("--hold", "20")  # which the server ends
AGAINST = [
    Against("sink", servers.sink, GRACEFUL),
    Against("echo", servers.echo, {**GRACEFUL, "bytes": {"client": 6, "server": 6}},
            ("--send", "hello\\n", *HOLD)),
    Against("banner", servers.banner, {**GRACEFUL, "bytes.server": len(servers.BANNER)}, HOLD),
    Against("banner-at-once", servers.banner, {**GRACEFUL, "bytes.server": len(servers.BANNER)}),
    Against("close-first", servers.close_first, PASSIVE, LONG_HOLD),
    Against("banner-and-close", servers.banner_and_close,
            {**PASSIVE, "bytes.server": len(servers.BANNER)}, LONG_HOLD),
    Against("never-closes", servers.keep_open, {**OPEN, "teardown.result": "half-closed"}, ("-W", "1")),
    Against("reset-on-accept", servers.reset,
            {**OPEN, "teardown.result": "reset", "teardown.initiator": "server", "server_state": "CLOSED"},
            LONG_HOLD),
    Against("data-after-fin", servers.late_data,
            {**GRACEFUL, "bytes.server": 2 * len(servers.LATE), "teardown.form": "four-segment"}),
    Against("four-segment", servers.farewell,
            {**GRACEFUL, "bytes.server": len(servers.LATE), "teardown.form": "four-segment"}),
    Against("bulk", servers.bulk, {**GRACEFUL, "bytes.server": lambda count: count >= 1_000_000},
            ("--hold", "1")),
    Against("abort", servers.sink,
            {**OPEN, "teardown.result": "reset", "teardown.initiator": "client"}, ("--abort",)),
]


def check_server(bench, against, family, output):
    pair = bench.add(Pair())
    server = bench.add(Server(pair.server, SERVER[family], against.behaviour))
    run = program.probe(bench, pair.client, *against.arguments, server.address, server.port, output=output)
    if output == JSON:
        program.match(run.only, against.wanted)


def check_half_open(bench, family, output):
    """--half-open never wakes the application."""
    pair = bench.add(Pair())
    server = bench.add(Server(pair.server, SERVER[family], servers.sink))
    run = program.probe(bench, pair.client, "--half-open", server.address, server.port, output=output)
    if output == JSON:
        program.match(run.only, {"port_state": "open", "handshake.result": "half-open", "ok": True})
    true(not server.accepted.acquire(timeout=0.1), "the application was woken")


REQUEST = "GET / HTTP/1.0\\r\\n\\r\\n"


def check_nginx(bench, family, arguments, wanted, output):
    if not servers.nginx_path():
        raise Skip("no nginx")
    pair = bench.add(Pair())
    bench.add(Nginx(pair.server, bench.directory))
    run = program.probe(bench, pair.client, *arguments, SERVER[family], 80, output=output)
    if output == JSON:
        program.match(run.only, wanted)


# Kernels that are set up otherwise

SETTINGS = [
    ("without-timestamps", "ipv4/tcp_timestamps", 0, {"options.server.timestamps": False}),
    ("without-sack", "ipv4/tcp_sack", 0, {"options.server.sack": False}),
    ("without-window-scale", "ipv4/tcp_window_scaling", 0, {"options.server.wscale": None}),
    ("syn-cookies", "ipv4/tcp_syncookies", 2, {}),
]


def check_setting(bench, setting, value, wanted, family):
    pair = bench.add(Pair())
    pair.server.sysctl(setting, value)
    server = bench.add(Server(pair.server, SERVER[family], servers.sink))
    run = program.probe(bench, pair.client, server.address, server.port)
    program.match(run.only, {**GRACEFUL, **wanted})


# Several connections


def check_several(bench, family, output):
    """-c and -i: connections of one target, a summary behind them."""
    pair = bench.add(Pair())
    server = bench.add(Server(pair.server, SERVER[family], servers.sink))
    run = program.probe(bench, pair.client, "-c", "5", "-i", "0.05", server.address, server.port, output=output)
    if output == JSON:
        same(len(run.connections), 5, "connection records")
        true(run.summaries, "no summary")
        same(len({record["client"]["port"] for record in run.connections}), 5, "different source ports")
        for record in run.connections:
            program.match(record, GRACEFUL)


def check_ports(bench, family, output):
    """A range of ports, one of them open."""
    pair = bench.add(Pair())
    server = bench.add(Server(pair.server, SERVER[family], servers.sink))
    ports = range(server.port - 20, server.port + 20)
    run = program.probe(bench, pair.client, "-p", f"{ports[0]}-{ports[-1]}", server.address, status=1,
                        output=output)
    if output == JSON:
        states = {record["server"]["port"]: record["port_state"] for record in run.connections}
        same(states, {port: "open" if port == server.port else "closed" for port in ports}, "states of ports")


def check_prefix(bench):
    """All addresses of a prefix."""
    pair = bench.add(Pair())
    pair.server.ip(*(f"addr add 203.0.113.{number}/32 dev lo" for number in range(16)))
    pair.client.ip(f"route add 203.0.113.0/28 via {SERVER[4]}")
    bench.add(Server(pair.server, "0.0.0.0", servers.sink, port=80))
    run = program.probe(bench, pair.client, "-p", "80", "203.0.113.0/28")
    addresses = {record["server"]["address"] for record in run.connections}
    true(len(addresses) in (14, 16), f"{len(addresses)} addresses")
    for record in run.connections:
        program.match(record, GRACEFUL)


# Somebody else in our tuple


def _forge_reset(namespace, segment):
    """Sends an RST from the client's machine as its kernel would for a connection that it does not know."""
    reset = packet.Segment(segment.src, segment.dst, segment.sport, segment.dport, segment.end, 0, "R")
    family = socket.AF_INET6 if ":" in segment.dst else socket.AF_INET
    with namespace.inside(), socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_RAW) as raw:
        raw.sendto(reset.encode(), (segment.dst, 0))


def check_local_reset(bench, family):
    """The local kernel interferes: an RST of our tuple that the program did not send."""
    pair = bench.add(Pair())
    server = bench.add(Server(pair.server, SERVER[family], servers.sink))
    witness = bench.add(Dump(pair.client, "c0", bench.path("near.pcap")))
    recording = bench.path("run.pcapng")
    process = bench.add(program.start(pair.client, "-j", "-w", recording, "--hold", "1", server.address,
                                      server.port))
    wait_until(lambda: len(witness.segments()) >= 3, "the handshake")
    _forge_reset(pair.client, witness.segments()[2])
    run = program.Run(process.wait(), JSON)
    for record in run.records:
        program.validate(record)
    program.match(run.only, {"steps": has("local-reset"),
                             "teardown.result": lambda result: result != "graceful"})
    program.check_replay(pair.client, run, recording)


CASES = [
    *each("wire", check_wire),
    *(case for against in AGAINST for case in both(against.name, check_server, against=against)),
    *both("half-open", check_half_open),
    *both("nginx", check_nginx, arguments=(), wanted=GRACEFUL),
    *both("nginx-request", check_nginx, arguments=("--send", REQUEST, *LONG_HOLD),
          wanted={**PASSIVE, "bytes.server": lambda count: count > 100}),
    *(case for name, setting, value, wanted in SETTINGS
      for case in each(name, check_setting, setting=setting, value=value, wanted=wanted)),
    *both("several", check_several),
    *both("ports", check_ports),
    Case("prefix", check_prefix),
    *each("local-reset", check_local_reset),
]

if __name__ == "__main__":
    tap.main(CASES, prepare=program.path)
