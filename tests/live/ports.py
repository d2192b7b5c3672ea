#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Ports that are not open, behind firewalls and routers: what each is called, and the exit status."""

import re
from functools import partial
from typing import NamedTuple

from lab import program, servers, tap
from lab.cases import OPEN, OUTPUTS, both, each, not_open
from lab.dump import Dump
from lab.program import JSON
from lab.servers import Server
from lab.tap import Case, same, true
from lab.topology import CLIENT, FAR, LOOPBACK, NOWHERE, SERVER, Pair, Routed

FIREWALL = """
table inet lab {{
    chain in {{
        type filter hook input priority 0;
        tcp dport 80 {action}
    }}
}}
"""


REFUSAL = "table inet lab { chain out { type filter hook output priority 0; tcp dport 80 drop; }; }"


def check_refused_here(bench, family):
    """What this host's firewall does not let out is warned of once, however many segments that are."""
    pair = bench.add(Pair())
    pair.client.nft(REFUSAL)
    finished = program.shake(pair.client, "-q", "-c", "3", "-i", "0.02", "-W", "0.2", SERVER[family], 80)
    same(finished.status, 1, "exit status")
    same(finished.stderr.count("\n"), 1, f"warnings in {finished.stderr!r}")
    true("firewall" in finished.stderr or "refuse" in finished.stderr or "not permitted" in finished.stderr,
         finished.stderr)


class Ruled(NamedTuple):
    """What an nft rule does to SYNs, and what it has to be called."""

    name: str
    family: int
    action: str
    port_state: str
    reason: str


RULED = [
    Ruled("tcp-reset", 4, "reject with tcp reset", "closed", "reset"),
    Ruled("tcp-reset", 6, "reject with tcp reset", "closed", "reset"),
    Ruled("net-unreachable", 4, "reject with icmp type net-unreachable", "unreachable", "net-unreach"),
    Ruled("host-unreachable", 4, "reject with icmp type host-unreachable", "unreachable", "host-unreach"),
    Ruled("prot-unreachable", 4, "reject with icmp type prot-unreachable", "unreachable", "proto-unreach"),
    Ruled("port-unreachable", 4, "reject with icmp type port-unreachable", "unreachable", "port-unreach"),
    Ruled("net-prohibited", 4, "reject with icmp type net-prohibited", "filtered", "net-prohibited"),
    Ruled("host-prohibited", 4, "reject with icmp type host-prohibited", "filtered", "host-prohibited"),
    Ruled("admin-prohibited", 4, "reject with icmp type admin-prohibited", "filtered", "admin-prohibited"),
    Ruled("no-route", 6, "reject with icmpv6 type no-route", "unreachable", "net-unreach"),
    Ruled("admin-prohibited", 6, "reject with icmpv6 type admin-prohibited", "filtered", "admin-prohibited"),
    Ruled("addr-unreachable", 6, "reject with icmpv6 type addr-unreachable", "unreachable", "host-unreach"),
    Ruled("port-unreachable", 6, "reject with icmpv6 type port-unreachable", "unreachable", "port-unreach"),
]
RESULT = {"closed": "refused", "filtered": "unreachable", "unreachable": "unreachable"}


def check_ruled(bench, ruled, output):
    """A rejected SYN, judged by the ordinary expectation and by the right one."""
    pair = bench.add(Pair())
    pair.server.nft(FIREWALL.format(action=ruled.action))
    run = program.probe(bench, pair.client, SERVER[ruled.family], 80, status=1, output=output)
    if output == JSON:
        program.match(run.only, not_open(ruled.port_state, RESULT[ruled.port_state], ruled.reason))
    expected = program.probe(bench, pair.client, SERVER[ruled.family], 80, output=output,
                             judge=("--expect", ruled.port_state))
    if output == JSON:
        program.match(expected.only, {"port_state": ruled.port_state, "ok": True})


def check_closed(bench, family, output):
    """A port where nobody listens, with every expectation."""
    pair = bench.add(Pair())
    for expect, status in (("open", 1), ("closed", 0), ("open,closed", 0), ("filtered,unreachable", 1)):
        run = program.probe(bench, pair.client, SERVER[family], 80, status=status, output=output,
                            judge=("--expect", expect))
        if output == JSON:
            program.match(run.only, {**not_open("closed", "refused", "reset"), "ok": status == 0,
                                     "handshake.syn_rtt_ns": lambda rtt: rtt is not None})


def check_only(bench):
    """--only hides records; summary, status and recording are those of all."""
    pair = bench.add(Pair())
    server = bench.add(Server(pair.server, SERVER[4], servers.sink))
    ports = f"{server.port},{server.port + 1},{server.port + 2}"
    run = program.probe(bench, pair.client, SERVER[4], "-p", ports, status=1, judge=("--only", "graceful"))
    program.match(run.only, {"port_state": "open", "server.port": server.port})
    program.match(run.summaries[-1], {"connections": 3, "port_states.closed": 2, "target": None})
    again = program.Run(program.shake(pair.client, "-r", bench.path("run.pcapng"), *JSON), JSON)
    same(len(again.connections), 3, "recorded connections")
    none = program.probe(bench, pair.client, SERVER[4], "-p", ports, status=0,
                         judge=("--only", "silence", "--expect", "open,closed"))
    same(none.connections, [], "records of silence")


def check_breakdown(bench):
    """Two networks and two ports: the summary says how many were open in each."""
    pair = bench.add(Pair())
    pair.server.ip("route add local 198.18.0.0/23 dev lo")
    pair.client.ip(f"route add 198.18.0.0/23 via {SERVER[4]}")
    server = bench.add(Server(pair.server, "198.18.1.7", servers.sink))
    ports = f"{server.port},{server.port + 1}"
    run = program.probe(bench, pair.client, "--rate", "0", "198.18.0.0/25", "198.18.1.0/25", "-p", ports, status=1,
                        judge=("--only", "open"))
    shut = {"closed": 0, "filtered": 0, "unreachable": 0, "unknown": 0}
    each_port, each_network = run.summaries[-1]["by_port"], run.summaries[-1]["by_network"]
    count = each_port[0]["connections"]
    true(126 * 2 <= count <= 128 * 2, f"{count} targets for each port")
    same(each_port, [{"port": port, "connections": count, "port_states": {**shut, "open": number, "closed": count - number}}
                     for port, number in ((server.port, 1), (server.port + 1, 0))], "by port")
    same(each_network, [{"network": network, "connections": count,
                         "port_states": {**shut, "open": number, "closed": count - number}}
                        for network, number in (("198.18.1.0/24", 1), ("198.18.0.0/24", 0))], "by network")
    text = program.probe(bench, pair.client, "--rate", "0", "198.18.0.0/25", "198.18.1.0/25", "-p", ports, status=1,
                         output=("-q",)).finished.stdout
    true(re.search(rf"by port:\n *{server.port}  1 open, {count - 1} closed\n *{server.port + 1}  {count} closed\n"
                   rf"by network:\n    198.18.1.0/24  1 open, {count - 1} closed\n    198.18.0.0/24  {count} closed\n", text),
         f"no ports and networks in {text}")


def check_dropped(bench, family, output):
    """A port whose SYNs vanish: they leave at 0, 1 and 3 s."""
    pair = bench.add(Pair())
    pair.server.nft(FIREWALL.format(action="drop"))
    witness = bench.add(Dump(pair.server, "s0", bench.path("far.pcap")))
    run = program.probe(bench, pair.client, SERVER[family], 80, status=1, output=output)
    witness.stop(CLIENT[family])
    times = [segment.time_ns / 1e9 for segment in witness.segments()]
    waits = [at - times[0] for at in times]
    true(len(waits) == 3 and all(-0.01 < wait - wanted < 0.4 for wait, wanted in zip(waits, (0, 1, 3))),
         f"seconds of the SYNs: {waits}")  # a busy machine wakes late, never early
    if output == JSON:
        program.match(run.only, {**not_open("filtered", "no-answer", "no-response"),
                                 "handshake.syn_count": 3, "segments": {"client": 3, "server": 0}})


# kind of route, words of ip(8), port state, reason
ROUTES = [
    ("none", None, "unreachable", "no-route"),
    ("unreachable", "unreachable", "unreachable", "host-unreach"),
    ("prohibit", "prohibit", "unknown", "local-error"),
    ("blackhole", "blackhole", "unreachable", "no-route"),
]


def check_own_guards(bench, family):
    """Of all ports of this host that source ports are taken from, those that the run itself holds are closed too."""
    pair = bench.add(Pair())
    pair.client.sysctl("ipv4/ip_local_port_range", "40000 40127")
    run = program.probe(bench, pair.client, "--rate", "0", "--half-open", "-p", "40000-40127", LOOPBACK[family], status=1)
    said = {(record["port_state"], record["handshake"]["result"], record["handshake"]["reason"])
            for record in run.connections}
    same(said, {("closed", "not-sent", "own-guard"), ("closed", "refused", "reset")}, "verdicts")
    fixed = program.probe(bench, pair.client, "-P", 40000, LOOPBACK[family], 40000, status=1)
    same(fixed.only["handshake"]["reason"], "own-guard", "verdict on the source port itself")


def check_route(bench, kind, port_state, reason, family, output):
    """An address to which the local kernel knows no way: nothing is sent."""
    pair = bench.add(Pair())
    if kind:
        pair.client.ip(f"route add {kind} {NOWHERE[family]}")
    run = program.probe(bench, pair.client, NOWHERE[family], 80, status=1, output=output)
    if output == JSON:
        result = "not-sent" if port_state == "unknown" else "unreachable"
        program.match(run.only, {**not_open(port_state, result, reason), "handshake.syn_count": 0})


def check_route_without_loopback(bench, arguments):
    """Nor is anything sent where not even the loopback interface is up: a verdict on each target, as ever."""
    pair = bench.add(Pair())
    pair.client.ip("link set lo down")
    finished = program.shake(pair.client, "-q", *arguments)
    same((finished.status, finished.stderr), (1, ""), "status and stderr")
    true(re.search(r" (\d+) unreachable, \1 failed", finished.stdout), finished.stdout)
    pair.client.ip("link set c0 down")
    finished = program.shake(pair.client, "-q", *arguments)
    same((finished.status, finished.stderr), (1, ""), "status and stderr without any interface")


def check_router(bench, family, arguments, setup, port_state, reason):
    """A router on the way reports the error."""
    routed = bench.add(Routed())
    if setup:
        routed.router.ip(setup.format(address=FAR[family]))
    run = program.probe(bench, routed.client, *arguments, FAR[family], 80, status=1)
    program.match(run.only, not_open(port_state, "unreachable", reason))


def check_no_neighbour(bench, family):
    """Nobody on the link answers for the address: our SYN never leaves, and the kernel itself says so."""
    pair = bench.add(Pair())
    silent = {4: "192.0.2.200", 6: "2001:db8::200"}[family]
    table = {4: "arp_cache", 6: "ndisc_cache"}[family]
    pair.client.ip(f"ntable change name {table} dev c0 retrans 100")
    run = program.probe(bench, pair.client, "-W", "3", silent, 80, status=1)
    program.match(run.only, {"port_state": "unreachable", "handshake.reason": "host-unreach", "ok": False,
                             "handshake.syn_count": 1, "interface": "c0"})
    same(run.only["steps"][0]["note"], "not captured: the time is that of sending", "the SYN's note")


def check_crowd(bench):
    """One server among 253 addresses that nobody has: their SYNs fill the send buffer, and hold up neither its
    connection nor the end of the run."""
    pair = bench.add(Pair())
    server = bench.add(Server(pair.server, SERVER[4], servers.sink, port=80))
    pair.client.ip("ntable change name arp_cache dev c0 retrans 100")
    run = program.probe(bench, pair.client, "-W", "2", "192.0.2.0/24:80", "192.0.2.0/24:81", status=1, sample=20)
    opened = [record for record in run.connections if record["port_state"] == "open"]
    same(len(run.connections), 2 * 254, "connection records")
    same([record["server"]["address"] for record in opened], [server.address], "the open ones")
    program.match(opened[0], OPEN)


def check_lossy(bench, family):
    """Every second segment is lost on its way to the server."""
    pair = bench.add(Pair())
    server = bench.add(Server(pair.server, SERVER[family], servers.sink, port=80))
    pair.server.nft(FIREWALL.format(action="numgen inc mod 2 0 drop"))
    run = program.probe(bench, pair.client, server.address, 80)
    program.match(run.only, {**OPEN, "handshake.syn_count": 2, "teardown.result": "graceful"})


CASES = [
    *both("closed", check_closed),
    *both("dropped", check_dropped),
    *each("refused-here", check_refused_here),
    *each("own-guards", check_own_guards),
    *(Case(f"rejected-{ruled.name}-v{ruled.family}{suffix}", partial(check_ruled, ruled=ruled, output=output))
      for suffix, output, families in OUTPUTS for ruled in RULED if ruled.family in families),
    *(case for name, kind, port_state, reason in ROUTES
      for case in both(f"route-{name}", check_route, kind=kind, port_state=port_state, reason=reason)),
    Case("route-none-repeated-without-loopback",
         partial(check_route_without_loopback, arguments=("-c", 2, "-i", "0.01", NOWHERE[4], 80))),
    Case("route-none-many-without-loopback",
         partial(check_route_without_loopback, arguments=("--rate", 0, "-p", "1-300", "198.18.0.0/24"))),
    *each("ttl-exceeded", check_router, arguments=("-t", "1"), setup=None, port_state="unreachable",
          reason="time-exceeded"),
    *(Case(f"router-unreachable-v{family}",
           partial(check_router, family=family, arguments=(), setup="route add unreachable {address}",
                   port_state="unreachable", reason=reason))
      for family, reason in ((4, "host-unreach"), (6, "net-unreach"))),
    *each("router-prohibit", check_router, arguments=(), setup="route add prohibit {address}",
          port_state="filtered", reason="admin-prohibited"),
    *each("no-neighbour", check_no_neighbour),
    Case("only", check_only),
    Case("breakdown", check_breakdown),
    Case("crowd", check_crowd),
    *each("lossy", check_lossy),
]

if __name__ == "__main__":
    tap.main(CASES, prepare=program.path)
