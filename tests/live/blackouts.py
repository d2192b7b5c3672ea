#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A server that is silent for a while: the program says how long an application would have waited, and its limits fail.

A socket of the kernel's and several runs of the program begin at the same time in the same namespace. What the socket
waited is compared with connect_ns of the run and with connect_ns of the socket's own connection, read from a capture.
The kernel's timers are as much as 64 ms late for one second and 256 ms for four, so that the run is compared from SYN
to SYN."""

import os
import re
import time
from functools import partial

from lab import program, servers
from lab.cases import FAMILIES, each
from lab.connect import Connect
from lab.dump import Dump
from lab.process import wait_until
from lab.program import JSON
from lab.servers import Server
from lab.tap import Case, Failure, Skip, main, same, true
from lab.topology import CLIENT, SERVER, Pair, host_port

NEAR_NS = 20_000_000      # what a loaded machine may add to an answer
LATE_NS = 200_000_000     # ... and to a timer
EARLY_NS = 100_000_000  # the first SYN was captured that late
ATTEMPTS = 3              # a busy machine may wake the socket's process late
SECOND_NS = 1_000_000_000
PATIENCE = 12.0
KERNEL_PORT = 40000       # of the socket, to find it in the capture
LINEAR = "ipv4/tcp_syn_linear_timeouts"
LINEAR_TIMEOUTS, LINEAR_PATIENCE = 4, 6.5
LINEAR_SECONDS = (0, 1, 2, 3, 4, 5)
RFC_SECONDS = (0, 1, 3)

# Seconds of silence, and when SYNs go out by RFC 6298: the last one is answered.
BLACKOUTS = [(0.5, (0, 1)), (1.9, (0, 1, 3)), (5.0, (0, 1, 3, 7))]

# Options, the status where what took a second or more may be too slow, and what the output says.
LIMITS = [
    (("--max-rtt", "900"), 1, r"(?s)open in (9\d\d|\d{4})\.\d{3} ms by \d SYNs.* open, not ok: (9\d\d|\d{4})\.\d{3} ms is above 900\.000 ms\n"),
    (("--max-rtt", "8000"), 0, r"(?s)retransmitted: \d SYNs? by the client.* open\n"),
    (("--format", "nagios", "--warning", "900", "--critical", "9000"), 1, r"WARNING - .* time=(9\d\d|\d{4})\.\d{3}ms;"),
    (("--format", "nagios", "--critical", "900"), 2, r"CRITICAL - .* retransmissions=[1-9]"),
    (("--format", "prometheus"), 0, r'\nprobe_tcp_duration_seconds\{[^}]*phase="connect"\} (0\.9|[1-9]\.)'),
    (("--format", "csv"), 0, r",0;\d{9,10}"),
]


class Silence:
    """A pair whose server hears nothing until the silence ends."""

    def __init__(self, bench, family, linear=0):
        pair = bench.add(Pair())
        if os.path.exists(f"/proc/sys/net/{LINEAR}"):
            pair.client.sysctl(LINEAR, linear)
        server = bench.add(Server(pair.server, SERVER[family], servers.sink))
        self.client, self.server = pair.client, pair.server
        self.address, self.port = server.address, server.port
        self.server.nft(f"""table inet lab {{ chain in {{ type filter hook input priority 0;
                            tcp dport {server.port} drop; }}; }}""")

    def end(self):
        self.server.command("nft", "delete", "table", "inet", "lab")


def near(actual_ns, wanted_ns, what):
    true(actual_ns is not None and abs(actual_ns - wanted_ns) < NEAR_NS, f"{what}: {actual_ns} ns, wanted {wanted_ns}")


def start(bench, silence, number, *options):
    """A run with a recording, and the path of that."""
    recording = bench.path(f"run{number}.pcapng")
    target = host_port(silence.address, silence.port)
    process = program.start(silence.client, *options, "-w", recording, "-W", PATIENCE, target)
    return bench.add(process), recording


def askers(dump):
    """How many connections were asked for so far."""
    return len({segment.sport for segment in dump.segments() if segment.flags == "S"})


def of_kernel(silence, dump):
    """The record of the socket's connection."""
    dump.stop(silence.address)
    finished = program.shake(silence.client, *JSON, "-r", dump.path, f"tcp port {KERNEL_PORT}")
    return program.Run(finished, JSON).only


def schedule(handshake, seconds):
    """SYNs went out when they had to, and connect() waited until the last one was answered."""
    times_ns = handshake["syn_times_ns"]
    same(handshake["syn_count"], len(seconds), "number of SYNs")
    same(len(times_ns), len(seconds), "times of SYNs")
    for time_ns, second in zip(times_ns, seconds):
        true(-EARLY_NS < time_ns - second * SECOND_NS < LATE_NS, f"the SYN of second {second}: {time_ns} ns")
    near(handshake["connect_ns"], times_ns[-1], "connect_ns after the last SYN")


def check(bench, family, silent, seconds):
    for attempt in range(ATTEMPTS):
        try:
            return check_once(bench, family, silent, seconds)
        except Failure as failure:
            bench.note(f"attempt {attempt + 1}: {failure}")
            if attempt + 1 == ATTEMPTS:
                raise
    return None


def check_once(bench, family, silent, seconds):
    silence = Silence(bench, family)
    dump = bench.add(Dump(silence.client, "c0", bench.path("c0.pcap")))
    limited = [start(bench, silence, number, *options) for number, (options, _, _) in enumerate(LIMITS)]
    wait_until(lambda: askers(dump) == len(LIMITS), "the first SYNs")
    process, recording = start(bench, silence, len(LIMITS), *JSON)
    wait_until(lambda: askers(dump) > len(LIMITS), "the first SYN")
    kernel = bench.add(Connect(silence.client, silence.address, silence.port, patience=PATIENCE,
                               prepare=lambda made: made.bind((CLIENT[family], KERNEL_PORT))))
    time.sleep(silent)
    silence.end()
    outcome = kernel.wait()
    run = program.Run(process.wait(), JSON)

    same(outcome.word, "connected", "connect()")
    program.validate(run.only)
    program.check_replay(silence.client, run, recording)
    handshake, beside = run.only["handshake"], of_kernel(silence, dump)["handshake"]
    bench.note(f"connect() waited {outcome}, its capture says {beside['connect_ns'] / 1e6:.1f} ms, the run "
               f"{handshake['connect_ns'] / 1e6:.1f} ms")
    waited_ns = outcome.duration_ns - outcome.delayed_ns
    near(beside["connect_ns"], waited_ns, "connect_ns of the socket's connection")
    schedule(handshake, seconds)
    same(beside["syn_count"], handshake["syn_count"], "SYNs of the socket")
    near(handshake["connect_ns"] - handshake["syn_times_ns"][-1], waited_ns - beside["syn_times_ns"][-1],
         "connect_ns behind the last SYN, beside the socket")
    program.match(run.only, {"port_state": "open", "retransmissions.client": len(seconds) - 1,
                             "handshake.syn_rtt_ns": lambda ns: ns is None or ns < NEAR_NS})
    same(run.finished.status, 0, "exit status")
    for (process, _), (options, status, text) in zip(limited, LIMITS):
        one = process.wait()
        same((one.status, bool(re.search(text, one.stdout))), (status, True), f"{options}: {one.stdout[-600:]!r}")


def times_of(record):
    return record["handshake"]["syn_times_ns"]


def alike(times_ns, seconds, what):
    """SYNs went out in these seconds, but for what a loaded machine adds."""
    true(len(times_ns) == len(seconds) and
         all(-EARLY_NS < time_ns - second * SECOND_NS < LATE_NS for time_ns, second in zip(times_ns, seconds)),
         f"{what}: {times_ns}, wanted {seconds}")


def check_linear(bench, family):
    """One target is asked as connect() asks here, with linear time-outs first; several by RFC 6298 from the first."""
    if not os.path.exists(f"/proc/sys/net/{LINEAR}"):
        raise Skip(f"this kernel has no net.{LINEAR.replace('/', '.')}")
    silence = Silence(bench, family, LINEAR_TIMEOUTS)
    dump = bench.add(Dump(silence.client, "c0", bench.path("c0.pcap")))
    one = bench.add(program.start(silence.client, *JSON, "-W", LINEAR_PATIENCE,
                                  host_port(silence.address, silence.port)))
    silence.server.nft("table inet also { chain in { type filter hook input priority 0; tcp dport 1 drop; }; }")
    two = bench.add(program.start(silence.client, *JSON, "-W", LINEAR_PATIENCE,
                                  *(host_port(silence.address, port) for port in (1, silence.port))))
    kernel = bench.add(Connect(silence.client, silence.address, silence.port, patience=LINEAR_PATIENCE,
                               prepare=lambda made: made.bind((CLIENT[family], KERNEL_PORT))))
    same(kernel.wait().word, "timed-out", "connect()")
    ours = program.Run(one.wait(), JSON).only
    beside = times_of(of_kernel(silence, dump))
    bench.note(f"connect() asked at {beside}, the program at {times_of(ours)}")
    alike(beside, LINEAR_SECONDS, "the socket's SYNs")
    alike(times_of(ours), LINEAR_SECONDS, "the program's SYNs")
    several = program.Run(two.wait(), JSON).connections
    same(len(several), 2, "records")
    for record in several:
        alike(times_of(record), RFC_SECONDS, "SYNs of a run of two targets")


CASES = [*each("linear", check_linear)] + [Case(f"silent-{silent}-v{family}", partial(check, family=family, silent=silent, seconds=seconds))
         for silent, seconds in reversed(BLACKOUTS) for family in FAMILIES]

if __name__ == "__main__":
    main(CASES, prepare=program.path)
