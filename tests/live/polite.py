#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What others have to bear: how fast connections begin, that storms are not answered in kind, and that nothing goes
to anybody who was not asked for."""

import os
import select
import shutil
import signal
import sys
import threading
import time
from functools import partial

from lab import packet, process, program, tap, tun
from lab.cases import each
from lab.dump import Dump
from lab.packet import Segment
from lab.peer import Peer, Tunnel
from lab.tap import Case, Skip, same, true
from lab.topology import CLIENT, FAR, LOOPBACK, NOWHERE, SERVER, Alone, Pair, Routed

STORM = 2000          # segments of a storm ...
STORM_SECONDS = 1.0   # ... spread over this time
ANSWERS_A_SECOND = 10  # of one connection, to what says nothing new
HELD = ("--hold", "30")  # which the peer ends
FAMILY = {4: 0, 6: 1}


# The rate of new connections


def _syn_times(dump):
    return sorted(segment.time_ns / 1e9 for segment in dump.segments() if segment.flags == "S")


def _most_within(times, seconds):
    """The largest number of times within any stretch of so many seconds."""
    most = first = 0
    for last, at in enumerate(times):
        while at - times[first] > seconds:
            first += 1
        most = max(most, last - first + 1)
    return most


def check_rate(bench):
    """--rate 100: no second sees more than 110 new connections, and they are made as fast as that."""
    pair = bench.add(Pair())
    witness = bench.add(Dump(pair.client, "c0", bench.path("near.pcap")))
    finished = program.shake(pair.client, "-q", "--rate", "100", "--expect", "closed", SERVER[4], "1-250")
    same(finished.status, 0, f"exit status with {finished.stderr!r}")
    witness.stop(SERVER[4])
    times = _syn_times(witness)
    same(len(times), 250, "SYNs")
    bench.note(f"{_most_within(times, 1.0)} in one second, 250 in {times[-1] - times[0]:.2f} s")
    true(_most_within(times, 1.0) <= 120, "too many in one second")  # as below
    true(_most_within(times, 0.001) <= 25, "too many at once")
    true(2.3 <= times[-1] - times[0] <= 6, "250 connections at 100 a second")


def check_default_rate(bench):
    """Unasked, no more than 1000 a second; --rate 0 is quicker than that can be."""
    pair = bench.add(Pair())
    arguments = ("-q", "--expect", "closed", SERVER[4], "1-1600")
    polite = program.shake(pair.client, *arguments)
    same(polite.status, 0, f"exit status with {polite.stderr!r}")
    true(polite.elapsed >= 1.5, f"1600 connections in {polite.elapsed:.2f} s")

    def without_limit():
        fast = program.shake(pair.client, "--rate", "0", *arguments)
        same(fast.status, 0, f"exit status with {fast.stderr!r}")
        return fast.own

    bench.note(f"{polite.elapsed:.2f} s, and without limit {tap.at_best(without_limit, 0.8):.2f} s")


def check_rate_of_all_syns(bench):
    """SYNs that are sent again count: a silent host is not sent more than the rate allows."""
    pair = bench.add(Pair())
    pair.server.nft("table ip t { chain in { type filter hook input priority 0; tcp flags syn drop; }; }")
    witness = bench.add(Dump(pair.client, "c0", bench.path("near.pcap")))
    finished = program.shake(pair.client, "-q", "--rate", "50", "-W", "2", "--expect", "filtered", SERVER[4], "1-100")
    same(finished.status, 0, f"exit status with {finished.stderr!r}")
    witness.stop(SERVER[4])
    times = _syn_times(witness)
    bench.note(f"{len(times)} SYNs, {_most_within(times, 1.0)} in one second")
    same(len(times), 200, "SYNs, each twice")
    true(_most_within(times, 1.0) <= 65, "too many in one second")  # a busy machine sends some late


def check_limited_replies(bench, replies, ports):
    """A host that answers no more than so many times a second: none of its ports is taken for filtered."""
    pair = bench.add(Pair())
    pair.server.nft(f"""table ip t {{ chain out {{ type filter hook output priority 0;
        tcp flags & rst != 0 limit rate over {replies}/second burst 100 packets drop; }}; }}""")
    finished = program.shake(pair.client, "-j", "--half-open", "--rate", "0", "--expect", "closed", SERVER[4],
                             f"1-{ports}", limit=60)
    states = [record["port_state"] for record in program.Run(finished, program.JSON).connections]
    bench.note(f"{finished.elapsed:.1f} s")
    same({state: states.count(state) for state in set(states)}, {"closed": ports}, "port states")


def check_limited_departures(bench):
    """An interface that drops SYNs before they are captured: nothing is judged by one that did not leave, though few
    targets answer."""
    routed = bench.add(Routed())
    try:
        routed.client.nft("""table netdev t { chain out { type filter hook egress device c0 priority 0;
            tcp flags syn limit rate over 1000/second burst 50 packets drop; }; }""")
    except RuntimeError as failure:
        raise Skip(f"no egress hook here: {failure}") from failure
    routed.server.nft("table ip t { chain in { type filter hook input priority 0; tcp dport != 1-50 drop; }; }")
    finished = program.shake(routed.client, "-j", "--half-open", "--rate", "0", "-W", "1", FAR[4], "1-2000", limit=60)
    states = [record["port_state"] for record in program.Run(finished, program.JSON).connections]
    bench.note(f"{finished.elapsed:.1f} s")
    same({state: states.count(state) for state in set(states)}, {"closed": 50, "filtered": 1950}, "port states")


REFUSING = "table ip t {{ chain out {{ type filter hook output priority 0; {rule} }}; }}"


def check_limited_by_firewall(bench):
    """A firewall of this host that refuses SYNs beyond a rate: they are sent again, as the kernel's TCP does, and no
    port is taken for filtered. One that refuses some targets is told soon, and slows the others for seconds only."""
    pair = bench.add(Pair())
    told = "Operation not permitted (blocked by a local firewall)\n"
    common = ("-j", "--half-open", "--rate", "0", "--expect", "closed", SERVER[4], "1-3000")
    for rule, wanted in (("tcp flags syn limit rate over 1000/second burst 50 packets drop;", {"closed": 3000}),
                         ("tcp dport 1-1500 drop;", {"closed": 1500, "filtered": 1500})):
        pair.client.nft("flush ruleset\n" + REFUSING.format(rule=rule))
        finished = program.shake(pair.client, *common, limit=60)
        true(finished.stderr.endswith(told) and finished.stderr.count("\n") == 1, finished.stderr)
        states = [record["port_state"] for record in program.Run(finished, program.JSON).connections]
        bench.note(f"{rule}: {finished.elapsed:.1f} s")
        same({state: states.count(state) for state in set(states)}, wanted, f"port states, {rule}")


def _refusal(syn):
    return Segment(syn.dst, syn.src, syn.dport, syn.sport, 0, (syn.seq + 1) % 2**32, "RA").encode()


def _syns(fd, count, seconds):
    """Reads so many SYNs, or all that come in that time."""
    found, end = [], time.monotonic() + seconds
    while len(found) < count and select.select([fd], [], [], max(0, end - time.monotonic()))[0]:
        segment = packet.decode(os.read(fd, 65536))
        if segment is not None and segment.flags == "S":
            found.append(segment)
    return found


PATIENCE = 0.9  # less than that after which a SYN is sent again


def _late(records, answered):
    """How many of the connections were answered when the patience after their last SYN was over."""
    return sum(answered[record["server"]["port"]] >
               record["start_ns"] + record["handshake"]["syn_times_ns"][-1] + PATIENCE * 1e9 for record in records)


def check_drops(bench, ports):
    """A ring is full when the answers come, so that the capture drops them: that is no silence, and all are asked
    again, though each had one SYN and its patience is over."""
    for _ in range(5):  # on a busy machine, this answers late
        records, answered = _dropped(bench, ports)
        states = [record["port_state"] for record in records]
        true(states.count("filtered") <= _late(records, answered), f"{states.count('filtered')} ports filtered, of which "
             f"{_late(records, answered)} were answered late")
        if "filtered" not in states:
            break
    same({state: states.count(state) for state in set(states)}, {"closed": ports}, "port states")


def _dropped(bench, ports):
    """The records of a run that does not read while the answers come, and when each port was answered at last."""
    tunnel = _tunnel(bench)
    running = bench.add(program.start(tunnel.client, "-j", "--half-open", "--rate", "0", "-W", str(PATIENCE), "--expect",
                                      "closed", SERVER[4], f"1-{ports}"))
    syns = _syns(tunnel.fd, ports, 10)
    running.signal(signal.SIGSTOP)
    same(len(syns), ports, "SYNs")
    stray = Segment(SERVER[4], CLIENT[4], 9, syns[0].sport, 1, 0, "R").encode()
    for _ in range(8000):  # a ring holds some thousand
        os.write(tunnel.fd, stray)
    answered = {}

    def refuse(syn):
        answered[syn.dport] = time.time_ns()
        os.write(tunnel.fd, _refusal(syn))

    for syn in syns:
        refuse(syn)
    running.signal(signal.SIGCONT)
    while running.running and (again := _syns(tunnel.fd, 1, 5)):
        refuse(again[0])
    finished = running.wait()
    true("dropped by the capture" in finished.stderr, f"nothing was dropped: {finished.stderr!r}")
    return program.Run(finished, program.JSON).connections, answered


def check_neighbours(bench):
    """1022 addresses on the link that nobody has: half of the table of neighbours is left to others, and a host behind
    a router does not wait for them."""
    pair = bench.add(Pair())
    pair.client.ip("addr add 10.9.0.1/22 dev c0", "route add 10.77.0.0/24 via " + SERVER[4])
    pair.server.ip("route add local 10.77.0.0/24 dev lo")
    running = bench.add(process.Process(pair.client, [
        program.path(), "-j", "--half-open", "--rate", "0", "-W", "0.3", "10.9.0.0/22:80", "10.77.0.1:1-300"]))
    most = 0
    while running.running and time.monotonic() < running.started + 30:
        table = pair.client.command("ip", "-4", "neigh", "show", "dev", "c0")
        most = max(most, table.count("INCOMPLETE"))
        time.sleep(0.2)
    finished = running.wait()
    records = program.Run(finished, program.JSON).connections
    routed = [n for n, record in enumerate(records) if record["server"]["address"] == "10.77.0.1"]
    bench.note(f"at most {most} entries, {finished.elapsed:.1f} s")
    same(len(records), 1022 + 300, "connection records")
    true(50 < most <= 513, f"{most} entries")
    true(max(routed) < 900, "routed targets waited")


# Puts a file in the place of another for the program alone, and runs it.
IN_PLACE = """
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
if libc.unshare(0x20000) != 0 or libc.mount(sys.argv[1].encode(), sys.argv[2].encode(), None, 0x1000, None) != 0:
    sys.exit(os.strerror(ctypes.get_errno()))
os.execv(sys.argv[3], sys.argv[3:])
"""
TRACKED = "table ip t { chain out { type filter hook output priority 0; ct state invalid drop; }; }"
SILENT = "table ip t { chain in { type filter hook input priority 0; tcp flags syn drop; }; }"
NETFILTER = "/proc/sys/net/netfilter"


def _tracked(place):
    """How many connections the firewall of a namespace follows; what is over is collected by the way."""
    place.command("conntrack", "-L")
    return int(place.command("cat", f"{NETFILTER}/nf_conntrack_count"))


def check_tracking(bench):
    """A table of 400 connections: at most half of it is taken, the user is told, and the verdicts are right."""
    pair = bench.add(Pair())
    if not os.path.exists(f"{NETFILTER}/nf_conntrack_count"):
        raise tap.Skip("this kernel does not track connections")
    if shutil.which("conntrack") is None:
        raise tap.Skip("conntrack is not installed")
    pair.client.nft(TRACKED)
    pair.client.sysctl("netfilter/nf_conntrack_tcp_timeout_syn_sent", 1)
    pair.server.nft(SILENT)
    most_file = bench.path("most")
    most_file.write_text("400\n", encoding="ascii")
    running = bench.add(program.start(
        pair.client, "-j", "--half-open", "--rate", "0", "-W", "0.3", "--expect", "filtered", SERVER[4], "1-450",
        command=[sys.executable, "-c", IN_PLACE, most_file, f"{NETFILTER}/nf_conntrack_max", program.path()]))
    most = 0
    while running.running and time.monotonic() < running.started + 30:
        most = max(most, _tracked(pair.client))
        time.sleep(0.05)
    finished = running.wait()
    bench.note(f"at most {most} entries, {finished.elapsed:.1f} s")
    same(finished.status, 0, f"exit status with {finished.stderr!r}")
    same(len(program.Run(finished, program.JSON).connections), 450, "connection records")
    true(100 < most <= 210 + 10 * finished.elapsed, f"{most} entries: half of what is free, and one for each look")
    same(finished.stderr.count("nf_conntrack_max"), 1, f"warnings in {finished.stderr!r}")


def check_loopback_rate(bench, family):
    """Connections of the host to itself are not held back."""
    alone = bench.add(Alone())
    finished = program.shake(alone.client, "-q", "--rate", "10", "--expect", "closed", LOOPBACK[family], "1-300")
    same(finished.status, 0, f"exit status with {finished.stderr!r}")
    true(finished.elapsed < 15, f"300 connections in {finished.elapsed:.2f} s")  # at that rate 29


# Storms. Each function gives the bytes of one datagram of the storm to an open connection.


def _again(peer, flags, **changes):
    changes.setdefault("seq", peer.next_seq)
    return peer.make(flags, **changes).encode()


def _icmp(peer, kind, code):
    ours = Segment(CLIENT[peer.family], peer.address, peer.client_port, peer.port, peer.client_next, peer.next_seq,
                   "A")
    return packet.icmp_error(SERVER[peer.family], CLIENT[peer.family], kind, code, ours.encode())


STORMS = {
    "rst-inexact": lambda peer: _again(peer, "R", seq=(peer.next_seq + 100) % 2**32, ack=0),
    "rst-outside": lambda peer: _again(peer, "R", seq=(peer.next_seq + 2**30) % 2**32, ack=0),
    "rst-ack-inexact": lambda peer: _again(peer, "RA", seq=(peer.next_seq + 100) % 2**32),
    "syn": lambda peer: _again(peer, "S"),
    "syn-ack": lambda peer: _again(peer, "SA", seq=(peer.next_seq - 1) % 2**32),
    "ack-of-the-future": lambda peer: _again(peer, "A", ack=(peer.client_next + 5000) % 2**32),
    "old-data": lambda peer: _again(peer, "A", data=b"x" * 10, seq=(peer.next_seq - 10) % 2**32),
    "data-outside": lambda peer: _again(peer, "A", data=b"x" * 10, seq=(peer.next_seq + 2**30) % 2**32),
    "duplicate-acks": lambda peer: _again(peer, "A"),
    "no-flags": lambda peer: _again(peer, ""),
    "unreachable": lambda peer: _icmp(peer, *((3, 13), (1, 1))[FAMILY[peer.family]]),
    "too-big": lambda peer: _icmp(peer, *((3, 4), (2, 0))[FAMILY[peer.family]]),
}


def _storm(peer, make, took):
    """An open connection, on which the storm breaks; then the peer closes. took gets how long it lasted."""
    peer.establish()
    begin = time.monotonic()
    for number in range(STORM):
        peer.put_raw(make(peer))
        ahead = begin + STORM_SECONDS * number / STORM - time.monotonic()
        if ahead > 0:
            time.sleep(ahead)
    took.append(time.monotonic() - begin)
    peer.send("FA")
    peer.until("FA")
    peer.send("A")


def _tunnel(bench):
    if not tun.available():
        raise tap.Skip("no access to /dev/net/tun")
    return bench.add(Tunnel())


def check_storm(bench, family, make):
    """Thousands of segments that say nothing new bring a handful of answers."""
    tunnel = _tunnel(bench)
    took = []
    peer = Peer(tunnel, family, lambda peer: _storm(peer, make, took))
    finished = program.shake(tunnel.client, "-j", *HELD, peer.address, peer.port)
    peer.finish()
    sent = len(peer.sent_by_client())
    bench.note(f"{STORM} segments, {sent} sent in all")
    same((finished.status, finished.stderr), (0, ""), f"status and stderr; {peer.error!r}")
    true(peer.error is None, f"the script: {peer.error!r}, {peer.transcript()}")
    true(sent <= 8 + ANSWERS_A_SECOND * (took[0] + 1), f"{sent} segments sent in {took[0]:.1f} s")


def check_storm_of_resets(bench, family):
    """A reset ends it; the thousand after it are met by silence."""
    tunnel = _tunnel(bench)

    def script(peer):
        peer.establish()
        for _ in range(1000):
            peer.put_raw(_again(peer, "R", ack=0))

    peer = Peer(tunnel, family, script)
    finished = program.shake(tunnel.client, "-j", *HELD, peer.address, peer.port)
    peer.finish()
    same(finished.status, 0, f"status with {finished.stderr!r}")
    true(len(peer.sent_by_client()) <= 3, f"{len(peer.sent_by_client())} segments sent")


# Strangers


class Strangers:
    """Everything that leaves a tunnel, while others than the target talk to the client."""

    def __init__(self, tunnel, family):
        self.family, self.fd = family, tunnel.fd
        self.seen = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._play, daemon=True)
        self._thread.start()

    def _play(self):
        syn = None
        while not self._ended.is_set():
            if not select.select([self.fd], [], [], 0.02)[0]:
                continue
            segment = packet.decode(os.read(self.fd, 65536))
            if segment is None:
                continue
            self.seen.append(segment)
            if syn is None and segment.flags == "S":
                syn = segment
                self._talk(syn)

    def _talk(self, syn):
        """To the port of the connection that begins, from where nothing was sent to."""
        for src, sport in ((NOWHERE[self.family], 80), (SERVER[self.family], 81)):
            for flags in ("S", "SA", "A", "FA", "RA", "R"):
                answer = Segment(src, syn.src, sport, syn.sport, flags=flags, seq=1, ack=(syn.seq + 1) % 2**32)
                os.write(self.fd, answer.encode())
        quoted = Segment(syn.src, NOWHERE[self.family], syn.sport, 80, syn.seq, 0, "S").encode()
        kind, code = ((3, 1), (1, 0))[FAMILY[self.family]]
        os.write(self.fd, packet.icmp_error(NOWHERE[self.family], syn.src, kind, code, quoted))

    def close(self):
        self._ended.set()
        self._thread.join(5)


def check_strangers(bench, family):
    """Whoever talks to our port from elsewhere gets no answer, and does not count."""
    tunnel = _tunnel(bench)
    strangers = Strangers(tunnel, family)
    finished = program.shake(tunnel.client, "-j", "-W", "1.5", SERVER[family], 80)
    strangers.close()
    same((finished.status, finished.stderr), (1, ""), "status and stderr")
    same({(segment.dst, segment.dport) for segment in strangers.seen}, {(SERVER[family], 80)}, "whom it sent to")
    same({segment.flags for segment in strangers.seen}, {"S"}, "what it sent")
    program.match(program.Run(finished, program.JSON).only, {"port_state": "filtered"})


CASES = [
    Case("rate", check_rate),
    Case("rate-by-default", check_default_rate),
    Case("rate-of-all-syns", check_rate_of_all_syns),
    Case("limited-replies", partial(check_limited_replies, replies=1000, ports=6000)),
    Case("limited-departures", check_limited_departures),
    Case("limited-by-firewall", check_limited_by_firewall),
    Case("limited-replies-20000", partial(check_limited_replies, replies=20000, ports=20000)),
    Case("drops", partial(check_drops, ports=200)),
    Case("drops-of-one", partial(check_drops, ports=1)),
    Case("neighbours", check_neighbours),
    Case("tracking", check_tracking),
    *each("rate-on-loopback", check_loopback_rate),
    *(case for name, make in STORMS.items() for case in each(f"storm-{name}", partial(check_storm, make=make))),
    *each("storm-of-resets", check_storm_of_resets),
    *each("strangers", check_strangers),
]

if __name__ == "__main__":
    tap.main(CASES, jobs=4, prepare=program.path)
