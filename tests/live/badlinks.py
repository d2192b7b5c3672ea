#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Bad links: against Linux and lwIP, beside connect() of the kernel, judged by the link's own log. From the environment:
BADLINKS_COUNT, how many connections there are over each [80]."""

import bisect
import itertools
import os
import resource
import time
from functools import partial
from typing import NamedTuple

from lab import program, tap
from lab.badlink import BadLink
from lab.crowd import Connects, Crowd
from lab.process import wait_until
from lab.program import JSON, Run
from lab.tap import Case, same, true
from lab.topology import FAR, SERVER

COUNT, INTERVAL, PATIENCE = int(os.environ.get("BADLINKS_COUNT", "80")), 0.02, 5.0
OURS, THEIRS = 80, 81  # ports of the server: for the program, and for the kernel's connect()
EDGE_NS = 300_000_000  # what comes so close to the end of patience may count either way; what scheduling adds
SYN_AGAIN_NS = 1_000_000_000  # when a SYN is due again (RFC 6298), be it sent or not: a busy machine sends it late
LIMIT = 120.0
LOSSES, DELAYS = (0, 1, 5, 10, 20, 30), (2, 30, 200)
TABLE = []


class Row(NamedTuple):
    """A link, and who is behind it. Percentages hold for each direction; times are in milliseconds."""

    loss: int
    delay: int
    family: int
    peer: str
    jitter: int = 0
    late: int = 0
    duplicate: int = 0
    corrupt: int = 0

    @property
    def name(self):
        kinds = [f"{word}-{value}" for word, value in (("late", self.late), ("duplicate", self.duplicate),
                                                       ("corrupt", self.corrupt)) if value > 5]
        return "-".join([f"loss-{self.loss}", *kinds, f"delay-{self.delay}", self.peer, f"v{self.family}"])

    def options(self):
        """How tests/live/link/badlink is asked for it."""
        seed = 1 + self.loss + 100 * self.delay + 100_000 * self.family
        return [f"--seed={seed}", f"--loss={self.loss}", f"--delay={self.delay}", f"--jitter={self.jitter}",
                f"--late={self.late}", f"--duplicate={self.duplicate}", f"--corrupt={self.corrupt}"]


class Linux:
    """The kernel behind the link."""

    def __init__(self, bench, link, family):
        self._server, self.address = link.server, SERVER[family]
        link.server.sysctl("ipv4/tcp_max_syn_backlog", 4096)
        link.server.sysctl("ipv4/tcp_synack_retries", 2)
        bench.add(Crowd(link.server, self.address, OURS, THEIRS))

    def held(self):
        """(client port, state) of what it holds of the program's connections."""
        lines = self._server.command("ss", "-Htan", "sport", "=", f":{OURS}").splitlines()
        words = [line.split() for line in lines]
        return [(int(word[4].rsplit(":", 1)[1]), word[0]) for word in words
                if word[0] not in ("LISTEN", "TIME-WAIT")]


class Cookies(Linux):
    """The kernel behind the link, which keeps nothing of a SYN: RFC 4987, 3.6."""

    def __init__(self, bench, link, family):
        super().__init__(bench, link, family)
        link.server.sysctl("ipv4/tcp_syncookies", 2)

    def held(self):
        """Nothing that we are to blame for: a second copy of any acknowledgement of ours, the last included, has a
        cookie that is right, and Linux makes a connection of it when the first has gone."""
        return []


class LwIP:
    """lwIP behind the link and a router."""

    def __init__(self, _bench, link, family):
        self.address = FAR[family]
        self._lwip = link.lwip(OURS, THEIRS)

    def held(self):
        """As of Linux."""
        return [(client_port, state) for state, client_port, server_port in self._lwip.connections()
                if server_port == OURS and state != "TIME_WAIT"]


PEERS = {"linux": Linux, "lwip": LwIP, "cookies": Cookies}


class Flow:
    """What the log says of one connection."""

    def __init__(self, entries):
        self.entries = entries
        self.port = entries[0].client_port
        self.begin_ns = min(entry.in_ns for entry in entries)
        self.syns = sorted({entry.in_ns for entry in self.of("right", "S")})  # sendings, lost ones too
        answers = [entry for entry in self.of("left", "SA") if entry.arrived]
        self.answer = min(answers, key=lambda entry: entry.out_ns, default=None)

    def of(self, way, flags):
        return [entry for entry in self.entries if entry.way == way and entry.flags == flags]

    def answered(self):
        """Whether an answer arrived within patience: True, False, or None so close to its end."""
        if not self.answer:
            return False
        late_ns = self.answer.out_ns - self.begin_ns - int(PATIENCE * 1e9)
        return None if abs(late_ns) < EDGE_NS else late_ns < 0

    def round_trip(self):
        """(ns, prompt, alone): from the SYN that the server answered to the answer that arrived first; whether the
        server answered at once, rather than by a timer of its own; whether no other SYN was sent before."""
        arrivals = sorted((entry.out_ns, entry.in_ns) for entry in self.of("right", "S") if entry.arrived)
        out_ns, sent_ns = arrivals[bisect.bisect(arrivals, (self.answer.in_ns, 0)) - 1]
        prompt = self.answer.in_ns - out_ns < EDGE_NS
        alone = bisect.bisect(self.syns, self.answer.out_ns) == 1
        return self.answer.out_ns - sent_ns, prompt, alone

    def story(self):
        """Every frame, with the milliseconds since the first, for people who look for a mistake."""
        return ", ".join(f"{(entry.in_ns - self.begin_ns) // 10**6} {'>' if entry.way == 'right' else '<'} "
                         f"{entry.flags} {entry.fate}" for entry in sorted(self.entries))

    def was_cut_off(self):
        """Whether the client did reset the connection where the server stands that got no FIN, behind the SYN
        (RFC 5961, 3.2), but neither that reset nor a FIN got through: then the server cannot know of the end."""
        stands = (self.entries[0].seq + 1) % 2**32
        resets = [entry for entry in self.entries
                  if entry.way == "right" and "R" in entry.flags and entry.seq == stands]
        fins = [entry for entry in self.entries if entry.way == "right" and "F" in entry.flags]
        return bool(resets) and not any(entry.arrived for entry in resets + fins)


def flows_of(log, port):
    """The flows of one of the server's ports, in the order in which they began."""
    flows = {}
    for entry in log:
        if entry.server_port == port and entry.flow:
            flows.setdefault(entry.flow, []).append(entry)
    return [Flow(flows[number]) for number in sorted(flows)]


def run_ours(bench, link, address):
    """The program, recorded; and its replay says the same."""
    recording = bench.path("run.pcapng")
    finished = program.shake(link.client, *JSON, "-w", recording, "-c", COUNT, "-i", INTERVAL, "-W", PATIENCE,
                             address, OURS, limit=LIMIT)
    run = Run(finished, JSON)
    same(finished.stderr, "", "stderr")
    same(len(run.connections), COUNT, "connection records")
    same(finished.status, 0 if all(record["ok"] for record in run.connections) else 1, "exit status")
    for record in run.records[::20]:
        program.validate(record)
    program.check_replay(link.client, run, recording)
    return sorted(run.connections, key=lambda record: record["start_ns"])


def wrong_verdicts(records, flows):
    """Connections whose port state is not what the log proves."""
    return [(flow.port, record["port_state"]) for record, flow in zip(records, flows)
            if flow.answered() is not None
            and record["port_state"] != ("open" if flow.answered() else "filtered")]


def wrong_times(records, flows):
    """Connections whose syn_rtt_ns is not that of the SYN that was answered. It has to be known where one SYN was
    sent alone and none was due, and unknown where another was and the server answered by a timer of its own."""
    wrong = []
    for record, flow in zip(records, flows):
        rtt_ns = record["handshake"]["syn_rtt_ns"]
        if flow.answer is None or flow.answered() is None:
            continue
        true_ns, prompt, alone = flow.round_trip()
        if rtt_ns is None:
            fits = not alone or true_ns >= SYN_AGAIN_NS
        else:
            fits = (prompt or alone) and -1_000_000 <= rtt_ns - true_ns < EDGE_NS
        if not fits:
            wrong.append((flow.port, rtt_ns, true_ns, "prompt" if prompt else "repeated", len(flow.syns)))
    return wrong


def beaten(kernel, their_flows, records, our_flows):
    """Connections that the kernel could make and the program could not although the link was the same, because the
    program did not try as often. Where it did, at times that depend on what else the machine does, the server
    repeated its SYN/ACK at another time: that is chance."""
    return [(theirs.story(), ours.story())
            for (_, succeeded), theirs, ours, record in zip(kernel, their_flows, our_flows, records)
            if succeeded and theirs.answered() and record["port_state"] != "open"
            and len(theirs.syns) > len(ours.syns)]


def sent_again(records):
    return sum(max(0, record["handshake"]["syn_count"] - 1) for record in records) + sum(
        max(0, record["teardown"]["fin_count"]["client"] - 1) for record in records)


def check_row(bench, row):
    link = bench.add(BadLink(bench.directory, *row.options()))
    link.client.sysctl("ipv4/tcp_syn_linear_timeouts", 0)  # RFC 6298, as the program
    peer = PEERS[row.peer](bench, link, row.family)
    connects = bench.add(Connects(link.client, peer.address, THEIRS, COUNT, INTERVAL, PATIENCE))
    records = run_ours(bench, link, peer.address)
    kernel = connects.wait(LIMIT)
    link.heal()
    left = drained(peer)
    log = link.stop()
    judge(row, records, kernel, left, flows_of(log, OURS), flows_of(log, THEIRS))


def judge(row, records, kernel, left, ours, theirs):
    """Holds what the program reported, what connect() achieved and what was left against the flows of both."""
    same([flow.port for flow in ours], [record["client"]["port"] for record in records], "ports of the connections")
    same([flow.port for flow in theirs], [port for port, _ in kernel], "ports of the kernel's connections")
    by_port = {flow.port: flow for flow in ours}
    same(len(by_port), COUNT, "different ports of the client")
    verdicts, times = wrong_verdicts(records, ours), wrong_times(records, ours)
    lost = [(state, by_port[port].story()) for port, state in left if not by_port[port].was_cut_off()]
    made = sum(succeeded for _, succeeded in kernel)
    TABLE.append((row, made, sum(record["port_state"] == "open" for record in records), sent_again(records),
                  len(verdicts), len(times), len(lost), len(left) - len(lost)))
    same(verdicts, [], "wrong verdicts (port, state)")
    same(times, [], "wrong round trips (port, ours, the link's, the answer, SYNs)")
    same(beaten(kernel, theirs, records, ours), [], "connections that the kernel could make")
    same(lost, [], "sockets left at the server")
    true(made > 0, "the kernel made no connection")


def drained(peer):
    """What the server still holds when nothing is lost any more and nothing more can change: all of its timers but
    those of established connections have run out."""
    time.sleep(1)  # for what is under way
    return wait_until(lambda: [held for held in [peer.held()] if {state[:5] for _, state in held} <= {"ESTAB"}],
                      "the end of all connections", limit=LIMIT, pause=0.5)[0]


def rows():
    """Each loss with each delay and a little of everything else; then much of that with little loss."""
    usual = {"late": 3, "duplicate": 2, "corrupt": 1}
    for family, loss in itertools.product((4, 6), LOSSES):
        yield Row(loss, 30, family, "cookies", jitter=7, **usual)
    for peer, family in itertools.product(("linux", "lwip"), (4, 6)):
        for delay, loss in itertools.product(DELAYS, LOSSES):
            yield Row(loss, delay, family, peer, **({"jitter": delay // 4, **usual} if loss else {}))
        for much in ({"late": 30}, {"duplicate": 30}, {"corrupt": 20}):
            yield Row(1, 30, family, peer, **{"jitter": 7, **usual, **much})


TABLE_HEAD = ("loss%", "late%", "twice%", "bad%", "ms", "IP", "peer", "conns", "kernel", "ours", "resent",
              "verdicts", "rtts", "left", "cut off")
TABLE_FORM = "{:>5} {:>5} {:>6} {:>4} {:>4} {:>3} {:>7} {:>5} {:>6} {:>5} {:>6} {:>8} {:>5} {:>5} {:>7}"


def table():
    """What came of each link. verdicts, rtts and left are wrong ones; cut off are connections of which the link let
    nothing through by which the server could have known of their end."""
    if not TABLE:
        return
    yield TABLE_FORM.format(*TABLE_HEAD)
    for row, *figures in sorted(TABLE):
        yield TABLE_FORM.format(row.loss, row.late, row.duplicate, row.corrupt, row.delay, row.family, row.peer,
                                COUNT, *figures)
    yield (f"of {COUNT * len(TABLE)} connections the kernel made {sum(row[1] for row in TABLE)}, "
           f"the program {sum(row[2] for row in TABLE)}")


def prepare():
    """Room for all the sockets."""
    program.path()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


CASES = [Case(row.name, partial(check_row, row=row)) for row in rows()]

if __name__ == "__main__":
    tap.main(CASES, jobs=42, prepare=prepare, finish=table)
