#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Middleboxes that take part in a connection, and servers with unusual options: the verdict is right, and no reset
leaves the client's machine."""

import contextlib
import socket
import struct
from functools import partial
from typing import NamedTuple

from lab import program, servers, tap
from lab.cases import FAMILIES, GRACEFUL, OPEN, closed_first, each, not_open
from lab.dump import Dump
from lab.servers import Server
from lab.tap import Case, Skip, same, true
from lab.topology import CLIENT, FAR, ROUTER, SERVER, SOCKET_FAMILY, Pair, Routed

PORT = 80


def observed(bench, client, family, behind, *arguments, **options):
    """A run with tcpdump beside it, which has to see no reset from the client: (the run, what tcpdump saw).

    behind is an address on the other side of the device c0.
    """
    witness = bench.add(Dump(client, "c0", bench.path("near.pcap")))
    run = program.probe(bench, client, *arguments, **options)
    witness.stop(behind)
    segments = witness.segments()
    true(segments, "tcpdump saw nothing")
    same([str(segment) for segment in segments if segment.src == CLIENT[family] and "R" in segment.flags], [],
         "resets from the client")
    return run, segments


# Rules of a router between client and server. {v} is nothing or 6 as in ip6, {client}, {server} and {router} are
# addresses.

SYNPROXY = """
table inet lab {{
    chain first {{
        type filter hook prerouting priority raw;
        tcp dport 80 tcp flags syn notrack
    }}
    chain forward {{
        type filter hook forward priority 0;
        tcp dport 80 ct state invalid,untracked synproxy mss 1460 wscale 7 timestamp sack-perm
        ct state invalid drop
    }}
}}
"""

DNAT = """
table ip{v} lab {{
    chain in {{ type nat hook prerouting priority dstnat; tcp dport 80 dnat to {server}; }}
}}
"""

MASQUERADE = """
table ip{v} lab {{
    chain out {{ type nat hook postrouting priority srcnat; oifname "r1" masquerade random; }}
}}
"""

SNAT = """
table ip{v} lab {{
    chain out {{ type nat hook postrouting priority srcnat; oifname "r1" tcp dport 80 snat to {behind}:7000-7009; }}
}}
"""

STRICT = """
table inet lab {{
    chain forward {{
        type filter hook forward priority 0; policy drop;
        ct state invalid drop
        ct state established,related accept
        ip{v} daddr {server} tcp dport 80 tcp flags == syn ct state new accept
        meta l4proto ipv6-icmp accept
    }}
}}
"""

TWICE = """
table ip{v} lab {{
    chain forward {{
        type filter hook forward priority 0;
        tcp sport 80 dup to {client} device "r0"
    }}
}}
"""

TWICE_BOTH_WAYS = """
table ip{v} lab {{
    chain forward {{
        type filter hook forward priority 0;
        tcp sport 80 dup to {client} device "r0"
        tcp dport 80 dup to {server} device "r1"
    }}
}}
"""

WITHOUT_OPTIONS = """
table inet lab {{
    chain forward {{
        type filter hook forward priority 0;
        tcp flags syn reset tcp option timestamp
        tcp flags syn reset tcp option sack-perm
        tcp flags syn reset tcp option window
    }}
}}
"""

SMALL_SEGMENTS = """
table inet lab {{
    chain forward {{
        type filter hook forward priority 0;
        tcp flags syn tcp option maxseg size set 600
    }}
}}
"""

WITHOUT = {"options.server.timestamps": False, "options.server.sack": False, "options.server.wscale": None}
BEHIND = {4: "203.0.113.254", 6: "[2001:db8:2::fe]"}  # the router, as the server sees it


class Middlebox(NamedTuple):
    """What a router does, and the report on a server behind it."""

    name: str
    rules: str
    wanted: dict = GRACEFUL
    arguments: tuple = ()
    to_router: bool = False  # whether the router's own address is the target
    families: tuple = FAMILIES


def twice(steps):
    """Whether the tracker saw the second copies for what they are."""
    return any(step["verdict"] in ("duplicate", "retransmission") for step in steps)


# The copy of our last acknowledgement finds no connection any more, and is answered by a reset.
TWICE_CLOSED = {**GRACEFUL, "steps": twice, "record": closed_first(acks=1)}
# Linux judges the checksum of an IPv6 SYN there by the pseudo-header of IPv4, unless a card has judged it before.
V4_ALONE = (4,)
PAYLOAD = ("--send", "x" * 5000)
MIDDLEBOXES = [
    Middlebox("synproxy", SYNPROXY, families=V4_ALONE),
    Middlebox("synproxy-payload", SYNPROXY, {**GRACEFUL, "bytes_acked.client": 5000}, PAYLOAD,
              families=V4_ALONE),
    Middlebox("dnat", DNAT, to_router=True),
    Middlebox("masquerade", MASQUERADE),
    Middlebox("snat", SNAT),
    Middlebox("strict", STRICT),
    Middlebox("strict-payload", STRICT, {**GRACEFUL, "bytes_acked.client": 5000}, PAYLOAD),
    Middlebox("replies-twice", TWICE, {**GRACEFUL, "steps": twice}),
    Middlebox("all-twice", TWICE_BOTH_WAYS, TWICE_CLOSED),
    Middlebox("without-options", WITHOUT_OPTIONS, {**GRACEFUL, **WITHOUT}),
    Middlebox("small-segments", SMALL_SEGMENTS, {**GRACEFUL, "options.server.mss": 600, "bytes_acked.client": 5000},
              PAYLOAD),
]


def rule(routed, rules, family):
    """Gives the router some rules."""
    conntrack = {"tcp_loose": 0, "tcp_be_liberal": 0}
    routed.router.nft(rules.format(v="" if family == 4 else 6, client=CLIENT[family], server=FAR[family],
                                   behind=BEHIND[family]))
    for name, value in conntrack.items():
        with contextlib.suppress(FileNotFoundError):  # rules without conntrack
            routed.router.sysctl(f"netfilter/nf_conntrack_{name}", value)


def check_middlebox(bench, family, box):
    routed = bench.add(Routed())
    rule(routed, box.rules, family)
    bench.add(Server(routed.server, FAR[family], servers.sink, port=PORT))
    target = ROUTER[family] if box.to_router else FAR[family]
    run, _ = observed(bench, routed.client, family, ROUTER[family], *box.arguments, target, PORT)
    program.match(run.only, box.wanted)
    true(not held(routed.server), f"the server holds {held(routed.server)}")


def held(server):
    """The server's connections that are not in TIME_WAIT."""
    lines = server.command("ss", "-Htan", "state", "connected").splitlines()
    return [line for line in lines if not line.startswith("TIME-WAIT")]


def check_synproxy_closed(bench, family):
    """A proxy answers for a port where nobody listens; the reset comes when it asks the server."""
    routed = bench.add(Routed())
    rule(routed, SYNPROXY, family)
    run, _ = observed(bench, routed.client, family, ROUTER[family], "--hold", "0.5", FAR[family], PORT)
    program.match(run.only, {**OPEN, "teardown.result": "reset", "teardown.initiator": "server"})


def check_strict_reset(bench, family, arguments):
    """Our own resets pass a firewall that drops what is invalid: the server holds nothing afterwards."""
    routed = bench.add(Routed())
    rule(routed, STRICT, family)
    server = bench.add(Server(routed.server, FAR[family], servers.sink, port=PORT))
    run = program.probe(bench, routed.client, *arguments, server.address, PORT)
    program.match(run.only, {"port_state": "open", "ok": True})
    true(not held(routed.server), f"the server holds {held(routed.server)}")


def check_client_firewall(bench, family):
    """The client's own firewall lets in nothing but answers."""
    pair = bench.add(Pair())
    pair.client.nft("""table inet lab { chain in { type filter hook input priority 0; policy drop;
                       ct state established,related accept; meta l4proto ipv6-icmp accept; }; }""")
    server = bench.add(Server(pair.server, SERVER[family], servers.sink))
    run, _ = observed(bench, pair.client, family, SERVER[family], server.address, server.port)
    program.match(run.only, GRACEFUL)


# Limits and chances

LIMIT = "tcp dport 80 tcp flags syn limit rate over 2/second burst 2 packets {action}"
FORWARD = "table inet lab {{ chain forward {{ type filter hook forward priority 0; {rule}; }}; }}"


def limited(bench, family, what, *arguments, status=0):
    """(run, segments) of six connections within 50 ms through a router with one rule."""
    routed = bench.add(Routed())
    routed.router.nft(FORWARD.format(rule=what))
    server = bench.add(Server(routed.server, FAR[family], servers.sink, port=PORT))
    return observed(bench, routed.client, family, ROUTER[family], *arguments, server.address, PORT, status=status)


def check_limit_drops(bench, family):
    """SYNs beyond a rate vanish: they are sent again, and every connection is made."""
    run, _ = limited(bench, family, LIMIT.format(action="drop"), "-c", "6", "-i", "0.01")
    same(len(run.connections), 6, "connection records")
    for record in run.connections:
        program.match(record, GRACEFUL)
    true(sum(record["handshake"]["syn_count"] for record in run.connections) > 6, "nothing was lost")


def check_limit_rejects(bench, family):
    """SYNs beyond a rate are reset: those ports are closed, the others open."""
    run, segments = limited(bench, family, LIMIT.format(action="reject with tcp reset"), "-c", "6", "-i", "0.01",
                            status=1)
    reset = {segment.dport for segment in segments if segment.src == FAR[family] and "R" in segment.flags}
    true(0 < len(reset) < 6, f"{len(reset)} of 6 were reset")
    for record in run.connections:
        closed = record["client"]["port"] in reset
        program.match(record, not_open("closed", "refused", "reset") if closed else GRACEFUL)


def check_random_drop(bench, family):
    """Three of ten segments vanish, each way: a port is open exactly if tcpdump saw a SYN/ACK in time. One that
    came as patience ended may count either way."""
    routed = bench.add(Routed())
    routed.router.nft(FORWARD.format(rule="meta l4proto tcp numgen random mod 10 < 3 drop"))
    server = bench.add(Server(routed.server, FAR[family], servers.sink, port=PORT))
    witness = bench.add(Dump(routed.client, "c0", bench.path("near.pcap")))
    recording = bench.path("run.pcapng")
    finished = program.shake(routed.client, "-j", "-w", recording, "-c", "40", "-i", "0.01", server.address, PORT)
    run = program.Run(finished, program.JSON)
    program.check_replay(routed.client, run, recording)
    witness.stop(ROUTER[family])
    starts_ns = {record["client"]["port"]: record["start_ns"] for record in run.connections}
    answers = {segment.dport: segment.time_ns - starts_ns[segment.dport]
               for segment in reversed(witness.segments()) if segment.flags == "SA"}
    opened = {record["client"]["port"] for record in run.connections if record["port_state"] == "open"}
    same({port for port, late_ns in answers.items() if late_ns < 4.9e9} - opened, set(), "answered and not open")
    same(opened - {port for port, late_ns in answers.items() if late_ns < 5.1e9}, set(), "open without an answer")
    same({record["port_state"] for record in run.connections} - {"open", "filtered"}, set(), "other port states")
    bench.note(f"{len(opened)} of {len(run.connections)} open")


# Servers with unusual options

TCP_MD5SIG = 14
IPPROTO_MPTCP = 262


def listener(namespace, family, protocol=0, prepare=None):
    """A socket that listens on PORT; prepare(socket) comes before."""
    with namespace.inside():
        made = socket.socket(SOCKET_FAMILY[family], socket.SOCK_STREAM, protocol)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if prepare:
        prepare(made)
    made.bind((SERVER[family], PORT))
    made.listen(16)
    return made


def sign(address, family):
    """Demands MD5 signatures (RFC 2385) of that address."""
    number = int(SOCKET_FAMILY[family])
    packed = socket.inet_pton(SOCKET_FAMILY[family], address)
    peer = struct.pack("=HH", number, 0) + (packed if family == 4 else bytes(4) + packed)
    option = peer.ljust(128, b"\0") + struct.pack("=BBHi80s", 0, 0, 6, 0, b"secret")
    return lambda made: made.setsockopt(socket.IPPROTO_TCP, TCP_MD5SIG, option)


def fast_open(made):
    """Takes data in SYNs (RFC 7413)."""
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_FASTOPEN, 16)


def serve(bench, namespace, family, **options):
    """A server that closes after its peer, on a listener of that kind."""
    try:
        return bench.add(Server(namespace, SERVER[family], servers.sink,
                                listener=listener(namespace, family, **options)))
    except OSError as error:
        raise Skip(f"this kernel has no such server: {error}") from error


def check_server(bench, family, setting, kind):
    """A server that offers what nobody asks for."""
    pair = bench.add(Pair())
    if setting:
        pair.server.sysctl(*setting)
    serve(bench, pair.server, family, **kind)
    run, segments = observed(bench, pair.client, family, SERVER[family], SERVER[family], PORT)
    program.match(run.only, GRACEFUL)
    same({segment.flags for segment in segments if "S" in segment.flags}, {"S", "SA"}, "flags of the SYNs")


def check_signed(bench, family):
    """A server that demands MD5 signatures of us does not answer; one that demands them of others does."""
    pair = bench.add(Pair())
    serve(bench, pair.server, family, prepare=sign(CLIENT[family], family))
    run, _ = observed(bench, pair.client, family, SERVER[family], "-W", "1.5", SERVER[family], PORT, status=1)
    program.match(run.only, {**not_open("filtered", "no-answer", "no-response"), "handshake.syn_count": 2})


def check_signed_for_others(bench, family):
    pair = bench.add(Pair())
    other = {4: "192.0.2.77", 6: "2001:db8::77"}[family]
    serve(bench, pair.server, family, prepare=sign(other, family))
    run, _ = observed(bench, pair.client, family, SERVER[family], SERVER[family], PORT)
    program.match(run.only, GRACEFUL)


SERVERS = [
    ("fast-open", ("ipv4/tcp_fastopen", 3), {"prepare": fast_open}),
    ("fast-open-without-cookie", ("ipv4/tcp_fastopen", 0x603), {"prepare": fast_open}),
    ("mptcp", None, {"protocol": IPPROTO_MPTCP}),
    ("ecn", ("ipv4/tcp_ecn", 1), {}),
]

CASES = [
    *(Case(f"{box.name}-v{family}", partial(check_middlebox, family=family, box=box))
      for box in MIDDLEBOXES for family in box.families),
    Case("synproxy-closed-v4", partial(check_synproxy_closed, family=4)),
    *each("strict-half-open", check_strict_reset, arguments=("--half-open",)),
    *each("strict-abort", check_strict_reset, arguments=("--abort",)),
    *each("client-firewall", check_client_firewall),
    *each("limit-drops", check_limit_drops),
    *each("limit-rejects", check_limit_rejects),
    *each("random-drop", check_random_drop),
    *(case for name, setting, kind in SERVERS for case in each(name, check_server, setting=setting, kind=kind)),
    *each("signed", check_signed),
    *each("signed-for-others", check_signed_for_others),
]

if __name__ == "__main__":
    tap.main(CASES, prepare=program.path)
