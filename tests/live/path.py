#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""--path: the hops of a connection's SYN, and what is changed on the way, beside tcptraceroute, mtr and tcpdump."""

import json
import re
import shutil
import struct
from functools import partial

from lab import capturefile, packet, process, program, servers, tap, tun
from lab.cases import GRACEFUL, each, not_open
from lab.dump import Dump
from lab.peer import Peer, Tunnel
from lab.program import JSON, TEXT
from lab.routers import Chain, TwoWays, left_end, right_end
from lab.servers import Server
from lab.tap import Case, Skip, same, true
from lab.topology import CLIENT, FAR, LOOPBACK, SERVER, host_port

FORWARD = "table inet lab {{ chain forward {{ type filter hook forward priority mangle; {rule}\n}}\n}}"
OUT = "table inet lab {{ chain out {{ type filter hook output priority 0; {rule}\n}}\n}}"
ICMP = {4: "icmp", 6: "icmpv6"}
SOON = ("-W", "1.2")


def trace(bench, client, server, *arguments, **options):
    """Runs the program with --path; returns the record."""
    run = program.probe(bench, client, "-n", "--path", *arguments, host_port(*server), **options)
    return run.only


def addresses(record):
    return [hop["address"] for hop in record["path"]["hops"]]


def changes(record):
    """What was changed, by hop."""
    return {hop["ttl"]: hop["changes"] for hop in record["path"]["hops"] if hop["changes"]}


def check_clean(record):
    """The path left no trace in the connection: no other TTL, no second SYN, nothing that a SYN provokes.

    On a loaded machine an end may repeat what was not acknowledged in time: what was repeated is out of window, and is
    acknowledged once more.
    """
    ours = [step for step in record["steps"] if step["from"] == "client"]
    same({step["ttl"] for step in ours}, {64}, "TTLs of the client")
    syns = [step for step in ours if step["flags"] == "S"]
    same(len(syns), record["handshake"]["syn_count"], "SYN steps")
    true(all(step["t_ns"] - syns[0]["t_ns"] > 900_000_000 for step in syns[1:]), "a SYN sooner than it is due")
    true(record["handshake"]["synack_count"] <= 1, "SYN/ACKs")
    verdicts = {step["verdict"] for step in record["steps"]}
    provoked = {"unexpected", "challenge-ack"} if "retransmission" in verdicts else {
        "duplicate", "unexpected", "challenge-ack"}
    same(verdicts & provoked, set(), "verdicts on what a SYN provokes")


def open_port(bench, chain, family):
    return FAR[family], bench.add(Server(chain.server, FAR[family], servers.sink)).port


def check_open(bench, family, routers):
    """As many hops as there are routers, the target last, and no SYN more."""
    chain = bench.add(Chain(routers))
    record = trace(bench, chain.client, open_port(bench, chain, family))
    program.match(record, {**GRACEFUL, "path.reached": True, "path.last_answered_ttl": routers + 1,
                           "path.syn_count": routers + 1})
    same(addresses(record), chain.hops(family), "hops")
    same(changes(record), {}, "changes")
    check_clean(record)


def check_closed(bench, family):
    chain = bench.add(Chain(3))
    record = trace(bench, chain.client, (FAR[family], 9), status=1)
    program.match(record, {**not_open("closed", "refused", "reset"), "path.reached": True})
    same(addresses(record), chain.hops(family), "hops")
    same(record["path"]["hops"][-1]["answer"], "reset", "the target's answer")
    check_clean(record)


def check_filtered(bench, family):
    """A router drops the SYN in silence: the path ends behind it."""
    chain = bench.add(Chain(4))
    chain.routers[1].nft(FORWARD.format(rule="tcp dport 9 drop"))
    record = trace(bench, chain.client, (FAR[family], 9), *SOON, status=1)
    program.match(record, {"port_state": "filtered", "handshake.result": "no-answer", "path.reached": False,
                           "path.last_answered_ttl": 2, "path.syn_count": 7})
    same(addresses(record), chain.hops(family)[:2] + [None] * 5, "hops")


def check_time_of_the_connection(bench):
    """The client gives its connection up when -W says so, however long the path takes afterwards."""
    chain = bench.add(Chain(4))
    chain.routers[0].nft(FORWARD.format(rule="tcp dport 9 drop"))
    run = program.probe(bench, chain.client, "-n", "--path", "-W", "1.2", host_port(FAR[4], 9), output=TEXT, status=1)
    given_up = re.search(r"^ *([0-9.]+) +CLOSED$", run.finished.stdout, re.MULTILINE)
    true(given_up is not None and 1200 <= float(given_up[1]) < 1900, run.finished.stdout)


def check_prohibited(bench, family):
    """A router says that it forbids: the path ends there, with its address."""
    chain = bench.add(Chain(4))
    chain.routers[1].nft(FORWARD.format(rule="tcp dport 9 reject with icmpx type admin-prohibited")
                         .replace("priority mangle", "priority 0"))
    record = trace(bench, chain.client, (FAR[family], 9), *SOON, status=1)
    program.match(record, {"port_state": "filtered", "handshake.reason": "admin-prohibited",
                           "path.reached": False, "path.last_answered_ttl": 3, "path.syn_count": 3})
    same(addresses(record), [*chain.hops(family)[:2], chain.hops(family)[1]], "hops")
    same([hop["answer"] for hop in record["path"]["hops"]],
         ["time-exceeded", "time-exceeded", "unreachable"], "answers")


def check_silent_router(bench, family):
    """A hop without answer, asked twice, before others with one."""
    chain = bench.add(Chain(4))
    chain.routers[1].nft(OUT.format(rule=f"meta l4proto {ICMP[family]} drop") if family == 4 else
                         OUT.format(rule="icmpv6 type time-exceeded drop"))
    record = trace(bench, chain.client, open_port(bench, chain, family))
    hops = chain.hops(family)
    same(addresses(record), [hops[0], None, *hops[2:]], "hops")
    program.match(record, {**GRACEFUL, "path.reached": True, "path.syn_count": 6})
    same([hop["sent"] for hop in record["path"]["hops"]], [1, 2, 1, 1, 1], "SYNs by hop")
    check_clean(record)


def check_change(bench, family, rule, wanted):
    """What the second router changes shows at the third."""
    chain = bench.add(Chain(4))
    chain.routers[1].nft(FORWARD.format(rule=rule))
    server = open_port(bench, chain, family)
    record = trace(bench, chain.client, server)
    same(addresses(record), chain.hops(family), "hops")
    same(changes(record), {3: [wanted[family] if isinstance(wanted, dict) else wanted]}, "changes")
    text = program.probe(bench, chain.client, "-n", "--path", host_port(*server), output=TEXT).finished.stdout
    between = f"between {chain.hops(family)[1]} and {chain.hops(family)[2]}"
    true(between in " ".join(text.split()), f"{between!r} is not in {text}")


def check_nat(bench):
    """Source translation at the first router: the path is seen all the same, and quotes are translated back."""
    chain = bench.add(Chain(3))
    chain.routers[0].nft("table ip lab { chain out { type nat hook postrouting priority srcnat; oifname c1 masquerade\n}\n}")
    chain.routers[1].ip(f"route add {left_end(1)[4]}/32 dev s1")
    for number, place in enumerate([chain.routers[2], chain.server], 2):
        place.ip(f"route add {left_end(1)[4]}/32 via {left_end(number)[4]}")
    record = trace(bench, chain.client, open_port(bench, chain, 4))
    same(addresses(record), chain.hops(4), "hops")
    program.match(record, {**GRACEFUL, "path.reached": True})


def check_asymmetric(bench, family):
    """Answers of the target come back by a router that no SYN passes."""
    chain = bench.add(Chain(3))
    around = chain.namespace()
    chain.forward(around)
    near, far = chain.link(chain.routers[0], around), chain.link(around, chain.server)
    prefix = {4: "198.51.100.0/30", 6: "2001:db8:a0::/64"}[family]
    around.ip(f"route add {prefix} via {left_end(near)[family]}")
    chain.server.ip(f"route replace {prefix} via {left_end(far)[family]}")
    record = trace(bench, chain.client, open_port(bench, chain, family))
    same(addresses(record), chain.hops(family), "hops")
    program.match(record, {**GRACEFUL, "path.reached": True})
    check_clean(record)


def check_two_ways(bench, family):
    """Each connection keeps to one way; over several both are seen."""
    ways = bench.add(TwoWays())
    server = open_port(bench, ways, family)
    run = program.probe(bench, ways.client, "-n", "--path", "-c", 12, "-i", "0.1", host_port(*server))
    seen = set()
    for record in run.connections:
        hops = addresses(record)
        sides = [side[family] for side in ways.side_addresses]
        true(hops[1] in (*sides, None), f"second hop {hops[1]}")
        seen.add(hops[1])
        same(record["path"]["reached"], True, "reached")
    same(seen - {None}, {side[family] for side in ways.side_addresses}, "second hops of twelve connections")
    first, second = run.summaries[0]["path"]["hops"][:2]
    same([entry["connections"] for entry in first["addresses"]], [first["answered"]], "ways at the first hop")
    same({entry["address"] for entry in second["addresses"]}, seen - {None}, "second hops of the summary")
    same(sum(entry["connections"] for entry in second["addresses"]), second["answered"], "their connections")


def mtr_hops(client, family, server):
    """What mtr --tcp finds."""
    done = process.run(client, ["mtr", f"-{family}", "--tcp", "--port", server[1], "-n", "-c", 2, "-i", 0.3, "-G", 0.5,
                                "--json", server[0]])
    hubs = json.loads(done.stdout)["report"]["hubs"]
    return [hub["host"] for hub in hubs]


def tcptraceroute_hops(client, server):
    done = process.run(client, ["tcptraceroute", "-n", "-q", 1, "-w", 1, "-m", 8, server[0], server[1]])
    return re.findall(r"^ *\d+ +([0-9.]+) ", done.stdout, re.MULTILINE)


def check_peers(bench, family, routers):
    """The peers' hops beside ours, from one network."""
    if not shutil.which("mtr") or (family == 4 and not shutil.which("tcptraceroute")):
        raise Skip("no mtr or no tcptraceroute")
    chain = bench.add(Chain(routers))
    server = open_port(bench, chain, family)
    ours = addresses(trace(bench, chain.client, server))
    found = {"mtr": mtr_hops(chain.client, family, server)}
    if family == 4:
        found["tcptraceroute"] = tcptraceroute_hops(chain.client, server)
    bench.note(f"ours {ours}, {found}")
    for name, hops in found.items():
        same(hops, ours, f"hops of {name}")


def icmp_time(frames, address, ip_id):
    """When the error of a router about the datagram with that identification came."""
    for frame in frames:
        source, _, protocol, _, _, data = packet.unwrap_ip(frame.data)
        if protocol == 1 and source == address and struct.unpack("!H", data[12:14])[0] == ip_id:
            return frame.time_ns
    return None


def check_times(bench):
    """Round trips equal those of an independent capture."""
    chain = bench.add(Chain(3))
    server = open_port(bench, chain, 4)
    dump = bench.add(Dump(chain.client, "c0", bench.path("dump.pcap")))
    record = trace(bench, chain.client, server)
    dump.stop(right_end(0)[4])
    frames = [frame for frame in capturefile.frames(bench.path("dump.pcap")) if frame.data[:1] == b"\x45"]
    syns = {}
    for frame in frames:
        segment = packet.decode(frame.data, frame.time_ns)
        if segment and segment.flags == "S" and segment.ttl < 10:
            syns[segment.ttl] = segment
    for hop in record["path"]["hops"][:-1]:
        sent = syns[hop["ttl"]]
        theirs = icmp_time(frames, hop["address"], sent.ip_id) - sent.time_ns
        bench.note(f"hop {hop['ttl']}: {hop['rtt_ns']} ns, tcpdump {theirs} ns")
        true(abs(hop["rtt_ns"] - theirs) < 100_000, f"{hop['rtt_ns']} ns, tcpdump {theirs} ns")


def check_loopback(bench, family):
    """No router at all."""
    chain = bench.add(Chain(1))
    server = bench.add(Server(chain.client, LOOPBACK[family], servers.sink))
    record = trace(bench, chain.client, (server.address, server.port))
    program.match(record, {**GRACEFUL, "path.reached": True, "path.syn_count": 1})
    same(addresses(record), [LOOPBACK[family]], "hops")


def check_max_hops(bench):
    chain = bench.add(Chain(5))
    record = trace(bench, chain.client, open_port(bench, chain, 4), "--max-hops", 3)
    same(addresses(record), chain.hops(4)[:3], "hops")
    program.match(record, {**GRACEFUL, "path.reached": False, "path.syn_count": 3})


def check_half_open(bench, arguments):
    """What SYNs of the path open at the target is reset at once, and no application sees it."""
    chain = bench.add(Chain(2))
    seen = []
    server = bench.add(Server(chain.server, FAR[4], lambda connection, _: seen.append(connection.recv(100))))
    record = trace(bench, chain.client, (FAR[4], server.port), *arguments)
    same(record["path"]["reached"], True, "reached")
    left = chain.server.command("ss", "-tanH", "state", "syn-recv")
    same(left, "", "half-open connections at the target")
    true(len(seen) <= 1, f"{len(seen)} connections at the target")


# Routers played by hand

ROUTER = {ttl: {4: f"203.0.113.{ttl}", 6: f"2001:db8:f::{ttl}"} for ttl in range(1, 200)}
EXCEEDED = {4: (11, 0), 6: (3, 0)}


def extension(label, ttl=1):
    """An MPLS extension with one label: RFC 4884, RFC 4950."""
    stack = struct.pack("!I", label << 12 | 1 << 8 | ttl)
    body = struct.pack("!HHHBB", 0x2000, 0, 4 + len(stack), 1, 1) + stack
    return body[:2] + struct.pack("!H", packet.ones_sum(body)) + body[4:]


class Routers:
    """Plays all hops before a closed port: quote(ttl, datagram) is what each quotes, with what the header says."""

    def __init__(self, family, quote, hops, copies=1):
        self.family, self.quote, self.hops, self.copies = family, quote, hops, copies
        self.syns = []

    def script(self, peer):
        """A script for Peer."""
        while segment := peer.receive(3):
            if segment.flags != "S":
                continue
            if segment.ttl > self.hops:
                peer.put(peer.make("RA", seq=0, ack=segment.end))
                if segment.ttl < 60:
                    self.syns.append(segment.ttl)
                    return
                continue
            self.syns.append(segment.ttl)
            quoted, extra = self.quote(segment.ttl, segment)
            source = ROUTER[segment.ttl][self.family]
            for _ in range(self.copies):
                peer.put_raw(packet.icmp_error(source, CLIENT[self.family], *EXCEEDED[self.family], quoted, extra))


def play(bench, family, quote, hops=3, copies=1):
    """Runs the program against routers; returns (record, routers)."""
    if not tun.available():
        raise Skip("no TUN devices")
    tunnel = bench.add(Tunnel())
    wanted = [ROUTER[ttl][family] for ttl in range(1, hops + 1)] + [SERVER[family]]
    for _ in range(5):  # on a busy machine, these routers answer when nothing waits for them any more
        routers = Routers(family, quote, hops, copies)
        peer = Peer(tunnel, family, routers.script)
        record = trace(bench, tunnel.client, (SERVER[family], 80), status=1)
        peer.finish()
        same(peer.error, None, "the script")
        if None not in addresses(record):
            break
    same(record["path"]["reached"], True, "reached")
    same(addresses(record), wanted, "hops")
    check_clean(record)
    return record, routers


def header_length(family):
    return {4: 20, 6: 40}[family]


def arrived(segment, **changed):
    """The datagram as it arrives, with a TTL of 1."""
    values = {**segment.__dict__, "ttl": 1, **changed}
    return packet.Segment(**values).encode()


def check_quote_length(bench, family, octets):
    """Routers that quote so many octets of TCP, or all."""
    def quote(_ttl, segment):
        datagram = arrived(segment)
        return (datagram[:header_length(family) + octets] if octets else datagram), 0

    record, _ = play(bench, family, quote)
    same(changes(record), {}, "changes")
    for hop in record["path"]["hops"][:-1]:
        same(hop["icmp"]["quoted_bytes"], header_length(family) + (octets or 40), "octets quoted")


def check_mpls(bench, family, length_field):
    """Labels behind a quote that is padded to 128 octets, with the length field of RFC 4884 and without."""
    def quote(ttl, segment):
        padded = arrived(segment).ljust(128, b"\0")
        unit, shift = {4: (4, 16), 6: (8, 24)}[family]
        return padded + extension(1000 + ttl), (128 // unit << shift if length_field else 0)

    record, _ = play(bench, family, quote)
    same([[label["label"] for label in hop["mpls"]] for hop in record["path"]["hops"]],
         [[1001], [1002], [1003], []], "labels")
    same(changes(record), {}, "changes")


def check_rewriting(bench):
    """Numbers, window and the identification rewritten between the first and the second router."""
    def quote(ttl, segment):
        if ttl == 1:
            return arrived(segment), 0
        return arrived(segment, seq=segment.seq + 1000, window=5000, ip_id=segment.ip_id ^ 0x5555), 0

    record, _ = play(bench, 4, quote)
    same(changes(record), {2: ["ip identification changed", "sequence number changed", "window 64240 to 5000"]},
         "changes")


def check_translated_quote(bench):
    """A device that translates the destination quotes what it made of it."""
    def quote(ttl, segment):
        return arrived(segment, **({"dst": "198.51.100.99", "dport": 8080} if ttl == 3 else {})), 0

    record, _ = play(bench, 4, quote)
    same(changes(record), {3: ["destination port 80 to 8080", f"destination {SERVER[4]} to 198.51.100.99"]}, "changes")


def check_ttl_set(bench):
    def quote(ttl, segment):
        return arrived(segment, ttl=1 if ttl < 3 else 40), 0

    record, _ = play(bench, 4, quote)
    same(changes(record), {3: ["ttl set: arrived with 40"]}, "changes")


def check_flood(bench):
    """A router that answers each SYN two hundred times causes no SYN more."""
    record, routers = play(bench, 4, lambda _ttl, segment: (arrived(segment), 0), hops=5, copies=200)
    same(routers.syns, [1, 2, 3, 4, 5, 6], "SYNs with a small TTL")
    same(record["path"]["syn_count"], 6, "SYNs counted")


def check_garbage(bench):
    """What quotes nothing of ours is no answer: the hops stay silent, and each is asked no more than twice."""
    if not tun.available():
        raise Skip("no TUN devices")
    tunnel = bench.add(Tunnel())
    syns = []

    def script(peer):
        while segment := peer.receive(6):
            if segment.flags == "S" and segment.ttl < 60:
                syns.append(segment.ttl)
                wrong = arrived(segment, seq=segment.seq + 7, ip_id=segment.ip_id + 999, options=b"")
                for quoted in (wrong, b"", b"\x45", arrived(segment)[:19]):
                    peer.put_raw(packet.icmp_error(ROUTER[1][4], CLIENT[4], 11, 0, quoted))

    peer = Peer(tunnel, 4, script)
    record = trace(bench, tunnel.client, (SERVER[4], 80), *SOON, status=1)
    peer.finish()
    same(peer.error, None, "the script")
    same(syns, [1, 2, 3, 4, 5], "SYNs with a small TTL")
    program.match(record, {"path.last_answered_ttl": None, "path.reached": False})


def check_many_targets(bench):
    """Many at once: each has its hops, and no target gets more SYNs than its bound."""
    chain = bench.add(Chain(2))
    run = program.probe(bench, chain.client, "-n", "--path", "--rate", 0, "-p", "1-120", FAR[4], status=1)
    same(len(run.connections), 120, "connections")
    for record in run.connections:
        true(record["path"]["syn_count"] <= 2 * 30, "the bound on SYNs")
        same(record["path"]["reached"], True, "reached")
        same(addresses(record)[-1], FAR[4], "the last hop")


CHANGES = [
    ("mss", "tcp flags syn tcp option maxseg size set 1200", {4: "mss 1460 to 1200", 6: "mss 1440 to 1200"}),
    ("sack-stripped", "tcp flags syn reset tcp option sack-perm", "sack-permitted removed"),
    ("timestamps-stripped", "tcp flags syn reset tcp option timestamp", "timestamps removed"),
    ("window-scale-stripped", "tcp flags syn reset tcp option window", "wscale removed"),
]

CASES = [
    *[case for routers in (3, 6) for case in each(f"open-{routers}-routers", check_open, routers=routers)],
    *each("closed", check_closed),
    *each("filtered", check_filtered),
    Case("time-of-the-connection", check_time_of_the_connection),
    *each("prohibited", check_prohibited),
    *each("silent-router", check_silent_router),
    *[case for name, rule, wanted in CHANGES for case in each(name, check_change, rule=rule, wanted=wanted)],
    Case("dscp-v4", partial(check_change, family=4, rule="ip dscp set cs1", wanted="dscp 0 to 8")),
    Case("dscp-v6", partial(check_change, family=6, rule="ip6 dscp set cs1", wanted="dscp 0 to 8")),
    Case("ecn-v4", partial(check_change, family=4, rule="ip ecn set ect0", wanted="ecn 0 to 2")),
    Case("nat", check_nat),
    *each("asymmetric", check_asymmetric),
    *each("two-ways", check_two_ways),
    *each("peers", check_peers, routers=3),
    Case("times", check_times),
    *each("loopback", check_loopback),
    Case("max-hops", check_max_hops),
    Case("resets-what-it-opens", partial(check_half_open, arguments=())),
    Case("resets-what-it-opens-half-open", partial(check_half_open, arguments=("--half-open",))),
    Case("resets-what-it-opens-abort", partial(check_half_open, arguments=("--abort",))),
    Case("quotes-8-octets-v4", partial(check_quote_length, family=4, octets=8)),
    Case("quotes-28-octets-v4", partial(check_quote_length, family=4, octets=28)),
    *each("quotes-all-octets", check_quote_length, octets=0),
    *each("mpls", check_mpls, length_field=True),
    Case("mpls-without-length", partial(check_mpls, family=4, length_field=False)),
    Case("rewriting", check_rewriting),
    Case("translated-quote", check_translated_quote),
    Case("ttl-set", check_ttl_set),
    Case("flood", check_flood),
    Case("garbage", check_garbage),
    Case("many-targets", check_many_targets),
]

if __name__ == "__main__":
    tap.main(CASES, prepare=program.path)
