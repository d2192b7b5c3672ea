#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Runs without end: time stamps, interim figures, names that move, readers that leave, silence."""

import csv
import io
import os
import re
import shlex
import signal
import socket
import subprocess
import threading
import time
from functools import partial
from pathlib import Path

from lab import namespace, program, servers, tap
from lab.process import wait_until
from lab.program import JSON, TEXT
from lab.servers import Server
from lab.tap import Case, Failure, Skip, same, true
from lab.topology import CLIENT, FAR, LINK_LOCAL, SERVER, Pair, TwoPaths, device_up

HOST = SERVER[4]
SECOND_HOST = "192.0.2.3"
ENDLESS = ("-c", "0", "-i", "0.05", "--time-wait", "0")
DROP = "table inet lab { chain in { type filter hook input priority 0; tcp dport 80 drop; }; }"


class Names:
    """A hosts file of this test's own, whose lines are changed in place: never is half a line to be read."""

    WIDTH = 64

    def __init__(self):
        self._lock = threading.Lock()
        self._names = []

    def mount(self):
        """Puts it in the place of the system's, for this process and its children."""
        own = Path(f"/tmp/tcpshake-endless.{os.getpid()}")
        own.write_text("", encoding="ascii")
        namespace.bind_mount(own, Path("/etc/hosts"))
        self._fd = os.open(own, os.O_WRONLY)
        own.unlink()

    def set(self, name, address):
        """Lets a name stand for an address, or for none."""
        with self._lock:
            if name not in self._names:
                self._names.append(name)
            line = f"{address} {name}" if address else "#"
            os.pwrite(self._fd, line.ljust(self.WIDTH - 1).encode() + b"\n", self._names.index(name) * self.WIDTH)


NAMES = Names()


def _open_port(bench):
    """A client, a server on two addresses, and silence on port 80."""
    pair = bench.add(Pair())
    pair.server.nft(DROP)
    pair.server.ip(f"addr add {SECOND_HOST}/24 dev s0")
    return pair, bench.add(Server(pair.server, "0.0.0.0", servers.sink))


def _lines(process):
    return process.output().count("\n")


def _stop(process, status=0, number=signal.SIGINT):
    process.signal(number)
    finished = process.wait()
    same(finished.status, status, f"exit status, with stderr {finished.stderr!r}")
    return finished


def check_moves(bench):
    """A name that leads elsewhere is followed, and that is said; its figures stay together."""
    pair, server = _open_port(bench)
    NAMES.set("moving.test", HOST)
    recording = bench.path("run.pcapng")
    process = bench.add(program.start(pair.client, "-j", "-w", recording, "--resolve-every", "0.2", *ENDLESS, "--hold",
                                      "0.2", "moving.test", server.port))
    wait_until(lambda: _lines(process) >= 6, "six connections")
    NAMES.set("moving.test", SECOND_HOST)
    wait_until(lambda: process.output().count(f'"server":{{"address":"{SECOND_HOST}"') >= 3, "the other address")
    run = program.Run(_stop(process), JSON)
    same(run.finished.stderr, f"tcpshake: moving.test has moved from {HOST} to {SECOND_HOST}\n", "stderr")
    same(len(run.summaries), 1, "summaries")
    same(run.summaries[0]["ok"], len(run.connections), "connections that were as expected")
    for record in run.records:
        program.validate(record)
    for record in run.connections:
        if record["server"]["address"] == HOST:  # these were over before the end, though not before the move
            same(record["teardown"]["result"], "graceful", "close of a connection to where the name led at first")
    begun = sorted(run.connections, key=lambda record: record["start_ns"])  # a busy machine may end the second first
    times = [record["resolve_ns"] for record in begun]
    told = [time for time in times if time is not None]
    true(times[0] is not None and 1 < len(told) < len(times), f"times of resolving: {times}")
    same(len(set(told)), len(told), f"connections that began with an answer of their own, of {times}")
    again = program.shake(pair.client, "-r", recording, "-j")
    same(again.stdout, run.finished.stdout, "the replay")


def check_stays(bench):
    """A name that is lost is said once, and the address that was known serves on."""
    pair, server = _open_port(bench)
    NAMES.set("lost.test", HOST)
    process = bench.add(program.start(pair.client, "-j", "--resolve-every", "0.1", *ENDLESS, "lost.test", server.port))
    wait_until(lambda: _lines(process) >= 2, "two connections")
    NAMES.set("lost.test", None)
    wait_until(process.errors, "a word about it")
    size = _lines(process)
    wait_until(lambda: _lines(process) >= size + 6, "more connections")
    finished = _stop(process)
    same(finished.stderr.count("\n"), 1, f"lines of {finished.stderr!r}")
    true(finished.stderr.startswith(f"tcpshake: lost.test stays at {HOST}: cannot resolve 'lost.test'"),
         f"stderr {finished.stderr!r}")


def check_ends_in_mid_air(bench):
    """What was still waiting for its first answer at the end is neither filtered nor lost."""
    pair, server = _open_port(bench)
    recording = bench.path("run.pcapng")
    process = bench.add(program.start(pair.client, "-j", "-w", recording, *ENDLESS, HOST, server.port))
    wait_until(lambda: _lines(process) >= 3, "three connections")
    began = time.monotonic()
    pair.server.nft(f"table inet late {{ chain in {{ type filter hook input priority 0; tcp dport {server.port} drop; "
                    "}; }")
    time.sleep(0.3)
    process.signal(signal.SIGINT)
    if time.monotonic() - began > 0.9:
        raise Skip("this machine is too busy: a SYN may have been sent again before the end")
    run = program.Run(process.wait(), JSON)
    same((run.finished.status, run.finished.stderr), (0, ""), "exit status and stderr")
    same({record["port_state"] for record in run.connections}, {"open"}, "port states")
    same(run.summaries[0]["loss_percent"], 0, "loss")
    true(b" cut-short client=" in recording.read_bytes(), "no connection was cut short")
    program.check_replay(pair.client, run, recording)


def _ended_after_the_syn(pair, *arguments):
    """A run whose deadline came after its first SYN and before that was due again: on a busy machine it begins late."""
    seconds, tried = 0.3, []
    while len(tried) < 20:
        run = program.Run(program.shake(pair.client, "-j", *arguments, "--deadline", f"{seconds:.1f}", HOST, 80), JSON)
        sent = [record["handshake"]["syn_count"] for record in run.connections]
        if sent == [1]:
            return run
        tried.append((seconds, sent))
        seconds = max(seconds - 0.2, 0.3) if sent else seconds + 0.4
    raise Failure(f"deadlines, and SYNs sent by then: {tried}")


def check_ends_before_any_answer(bench):
    """A target of which nothing is known when the run ends is unknown, and not as expected."""
    pair, _ = _open_port(bench)
    recording = bench.path("run.pcapng")
    for expected in ("open", "filtered"):
        judge = ("--expect", expected)
        run = _ended_after_the_syn(pair, "-w", recording, *judge)
        same((run.finished.status, run.finished.stderr), (1, ""), "exit status and stderr")
        program.check_replay(pair.client, run, recording, judge)
        record, = run.connections
        same((record["port_state"], record["handshake"]["result"], record["handshake"]["reason"], record["ok"]),
             ("unknown", "no-answer", "unknown", False), "verdict")


def _application(namespace, address, port):
    """Whether an application gets through."""
    with namespace.inside():
        try:
            socket.create_connection((address, port), 1).close()
        except OSError:
            return False
    return True


def _flap(pair):
    """The link goes down, and comes up again; with it go the IPv6 addresses."""
    pair.client.ip("link set c0 down")

    def back():
        pair.client.ip("link set c0 up", "addr replace 2001:db8::1/64 dev c0 nodad")
        pair.settle((pair.client, "c0"))
    return back


def _make_anew(pair):
    """The interface is deleted, and another one gets its name."""
    pair.client.ip("link del c0")

    def back():
        pair.join(pair.client, "c0", pair.server, "s0")
        pair.server.ip(*device_up("s0", SERVER, LINK_LOCAL["server"]))
        pair.client.ip(*device_up("c0", CLIENT))
        pair.settle((pair.client, "c0"), (pair.server, "s0"))
    return back


def _renumber(pair):
    """This host loses its addresses, and gets others."""
    pair.client.ip("addr flush dev c0")
    return lambda: pair.client.ip("addr add 192.0.2.77/24 dev c0", "addr add 2001:db8::77/64 dev c0 nodad",
                                  "addr add fe80::77/64 dev c0 nodad")


def _blackhole(pair):
    """A route forbids it for a while."""
    pair.client.ip(*(f"route add blackhole {SERVER[family]}" for family in (4, 6)))
    return lambda: pair.client.ip(*(f"route del blackhole {SERVER[family]}" for family in (4, 6)))


def check_survives(bench, family, change):
    """What cannot be sent for a while is a result with its reason; then the run goes on, as an application does."""
    pair = bench.add(Pair())
    server = bench.add(Server(pair.server, "0.0.0.0" if family == 4 else "::", servers.sink))
    recording = bench.path("run.pcapng")
    target = SERVER[family]
    process = bench.add(program.start(pair.client, "-j", "-w", recording, *ENDLESS, "-W", "0.3", target, server.port))
    wait_until(lambda: _lines(process) >= 3, "three connections")
    back = change(pair)
    true(not _application(pair.client, target, server.port), "an application gets through")
    size = _lines(process)
    wait_until(lambda: _lines(process) >= size + 3, "results without a way")
    wait_until(process.errors, "a word about it")  # a busy machine tells of connections before the change until then
    size = len(process.output())
    back()
    wait_until(lambda: _application(pair.client, target, server.port), "an application to get through")
    wait_until(lambda: process.output()[size:].count('"port_state":"open"') >= 3, "three more connections")
    process.signal(signal.SIGINT)
    run = program.Run(process.wait(), JSON)
    same(run.finished.status, 1, f"exit status, with stderr {run.finished.stderr!r}")
    for record in run.records:
        program.validate(record)
    failed = [record for record in run.connections if record["port_state"] != "open"]
    reasons = {(record["port_state"], record["handshake"]["reason"]) for record in failed}
    true(reasons, "nothing was lost")
    true(0 < run.finished.stderr.count("\n") <= 3, f"stderr {run.finished.stderr!r}")
    true(run.finished.stderr.endswith(f"{target}: there is a route now, through c0\n"), f"stderr {run.finished.stderr!r}")
    program.check_replay(pair.client, run, recording)
    bench.note(f"{sorted(reasons)}; {run.finished.stderr!r}")


def check_takes_the_new_address(bench, family):
    """This host gets another address in place of its own, to which the server still answers: so does an application."""
    pair = bench.add(Pair())
    server = bench.add(Server(pair.server, "0.0.0.0" if family == 4 else "::", servers.sink))
    process = bench.add(program.start(pair.client, "-j", *ENDLESS, "-W", "0.3", SERVER[family], server.port))
    wait_until(lambda: _lines(process) >= 3, "three connections")
    ours, others = {4: ("192.0.2.1/24", "192.0.2.77/24"), 6: ("2001:db8::1/64", "2001:db8::77/64 nodad")}[family]
    pair.client.ip(f"addr del {ours} dev c0", f"addr add dev c0 {others}")
    other = others.partition("/")[0]
    wait_until(lambda: len(re.findall(f'"port_state":"open".*"{other}"', process.output())) >= 3,
               "connections from the new address")
    process.signal(signal.SIGINT)
    run = program.Run(process.wait(), JSON)
    bench.note(repr(run.finished.stderr))


def check_follows_the_route(bench):
    """A route that moves to another interface, which was not captured on, is followed."""
    paths = bench.add(TwoPaths())
    server = bench.add(Server(paths.server, "0.0.0.0", servers.sink))
    recording = bench.path("run.pcapng")
    process = bench.add(program.start(paths.client, "-j", "-w", recording, *ENDLESS, "-W", "0.3", FAR[4], server.port))
    wait_until(lambda: _lines(process) >= 3, "three connections")
    paths.client.ip("link set c0 down")
    wait_until(lambda: _application(paths.client, FAR[4], server.port), "an application to get through")
    wait_until(lambda: len(re.findall(r'"port_state":"open".*"interface":"c1"', process.output())) >= 3,
               "connections by the other way")
    process.signal(signal.SIGINT)
    run = program.Run(process.wait(), JSON)
    true(f"{FAR[4]}: the route is now through c1 instead of c0" in run.finished.stderr, f"stderr {run.finished.stderr!r}")
    program.check_replay(paths.client, run, recording)
    bench.note(repr(run.finished.stderr))


def check_begins_without_a_way(bench):
    """A way that appears, by an interface that appears, is found."""
    pair = bench.add(Pair())
    server = bench.add(Server(pair.server, "0.0.0.0", servers.sink))
    process = bench.add(program.start(pair.client, "-j", *ENDLESS, "-W", "5", "--succeed-after", "3", FAR[4],
                                      server.port))
    wait_until(lambda: process.output().count('"reason":"no-route"') >= 2, "two results without a way")
    pair.join(pair.client, "c9", pair.server, "s9")
    pair.server.ip("addr add 198.51.100.2/24 dev s9", "link set s9 up", f"addr add {FAR[4]} dev lo")
    pair.client.ip("addr add 198.51.100.1/24 dev c9", "link set c9 up", f"route add {FAR[4]} via 198.51.100.2")
    finished = process.wait(20)
    same(finished.status, 0, f"exit status, with stderr {finished.stderr!r}")
    found = finished.stdout.count('"interface":"c9"')  # those in flight when the third was over are told as well
    true(found >= 3, f"{found} connections by the new interface")


def check_leaves_the_interface(bench):
    """An address behind an interface that is not watched is not followed, and the message says why."""
    pair, server = _open_port(bench)
    NAMES.set("far.test", HOST)
    process = bench.add(program.start(pair.client, "-j", "--resolve-every", "0.1", *ENDLESS, "far.test", server.port))
    wait_until(lambda: _lines(process) >= 2, "two connections")
    NAMES.set("far.test", "127.0.0.1")
    wait_until(process.errors, "a word about it")
    finished = _stop(process)
    true(f"far.test stays at {HOST}: the route to its new address uses an interface" in finished.stderr,
         f"stderr {finished.stderr!r}")


def check_has_no_way(bench):
    """A name that moves to where there is no route is unreachable from then on, and back again."""
    pair, server = _open_port(bench)
    NAMES.set("astray.test", HOST)
    process = bench.add(program.start(pair.client, "-j", "--resolve-every", "0.1", *ENDLESS, "astray.test",
                                      server.port))
    wait_until(lambda: _lines(process) >= 2, "two connections")
    NAMES.set("astray.test", "203.0.113.9")
    wait_until(lambda: '"reason":"no-route"' in process.output(), "an unreachable port")
    NAMES.set("astray.test", HOST)
    wait_until(lambda: process.output().rpartition("no-route")[2].count('"port_state":"open"') >= 2, "the way back")
    finished = _stop(process, 1)
    same(finished.stderr.count("has moved"), 2, f"moves in {finished.stderr!r}")


def check_timestamps(bench):
    """-D puts the start of each connection before its line, live as in the replay."""
    pair, server = _open_port(bench)
    recording = bench.path("run.pcapng")
    started = time.time()
    narrow = {"COLUMNS": "80"}
    finished = program.shake(pair.client, "-D", "-w", recording, "-c", "3", "-i", "0.1", "--time-wait", "0", HOST,
                             server.port, environment=narrow)
    same((finished.status, finished.stderr), (0, ""), "status and stderr")
    stamps = re.findall(r"^\[(\d+\.\d{6})\] ", finished.stdout, re.MULTILINE)
    same(len(stamps), 3, f"time stamps in {finished.stdout!r}")
    true(started - 1 < float(stamps[0]) < time.time(), f"{stamps[0]} is not now")
    again = program.Run(program.shake(pair.client, "-j", "-r", recording), JSON)
    same(stamps, [f"{record['start_ns'] // 10**9}.{record['start_ns'] % 10**9 // 1000:06}"
                  for record in again.connections], "the starts in the recording")
    same(program.shake(pair.client, "-D", "-r", recording, environment=narrow).stdout, finished.stdout, "the replay")
    for line in finished.stdout.splitlines():
        true(len(line) <= 80, f"{len(line)} columns: {line}")


def check_interim(bench):
    """SIGQUIT tells the figures so far on standard error, which SIGINT tells at the end."""
    pair, server = _open_port(bench)
    process = bench.add(program.start(pair.client, *ENDLESS, HOST, server.port))
    wait_until(lambda: _lines(process) >= 5, "some connections")
    process.signal(signal.SIGQUIT)
    wait_until(lambda: "jitter" in process.errors(), "the interim figures")
    interim = process.errors()
    wait_until(lambda: _lines(process) >= 28, "more connections")
    finished = _stop(process)
    for text in (interim, finished.stdout):
        true(re.search(r"^\d+ connections: \d+ open, .*, 0 failed$", text, re.MULTILINE), f"no failures in {text!r}")
        true(re.search(r"^syn rtt min/avg/max/mdev = [\d./]+ ms, jitter [\d.]+ ms$", text, re.MULTILINE),
             f"no figures in {text!r}")
    true("p50/p90/p95/p99 = " in finished.stdout, f"no percentiles in {finished.stdout!r}")
    same(finished.stderr, interim, "stderr besides")


STEPPING_CLOCK = r"""
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static const volatile char *stepped;

/* Before the sandbox, which allows no file. */
__attribute__((constructor)) static void map(void)
{
    int fd = open(getenv("STEPPED"), O_RDONLY | O_CLOEXEC);
    stepped = mmap(NULL, 1, PROT_READ, MAP_SHARED, fd, 0);
    close(fd);
}

/* Once the file says 1, the time of day is an hour on. */
int clock_gettime(clockid_t clock, struct timespec *out)
{
    int result = (int)syscall(SYS_clock_gettime, clock, out);
    if (clock == CLOCK_REALTIME && stepped != NULL && *stepped == '1')
        out->tv_sec += 3600;
    return result;
}
"""


def _stepping_clock(bench):
    """A library that is put before the C library's clock."""
    source, library = bench.path("clock.c"), bench.path("clock.so")
    source.write_text(STEPPING_CLOCK, encoding="ascii")
    compiler = shlex.split(os.environ.get("CC") or "cc")
    try:
        subprocess.run([*compiler, "-shared", "-fPIC", "-o", library, source], check=True, capture_output=True,
                       timeout=30)
    except (OSError, subprocess.SubprocessError) as error:
        raise Skip(f"no library for another clock can be made: {error}") from error
    return library


def check_clock_is_set(bench):
    """While a connection is in flight the time of day is set: its times are unknown, and the next has its own."""
    pair, server = _open_port(bench)
    recording = bench.path("run.pcapng")
    stepped = bench.path("stepped")
    stepped.write_text("0", encoding="ascii")
    environment = {"LD_PRELOAD": str(_stepping_clock(bench)), "STEPPED": str(stepped),
                   "ASAN_OPTIONS": "verify_asan_link_order=0"}
    process = bench.add(program.start(pair.client, "-j", "-w", recording, "-c", "2", "-i", "2.5", "--hold", "2",
                                      "--time-wait", "0", HOST, server.port, environment=environment))
    true(server.accepted.acquire(timeout=20), "no connection")
    with open(stepped, "r+", encoding="ascii") as file:
        file.write("1")
    finished = process.wait()
    same(finished.status, 0, "exit status")
    true(re.fullmatch(r"tcpshake: the clock was stepped by \+(3600\.0|3599\.)\d+ s: the durations of connections in "
                      r"flight \(1\) are unknown\n", finished.stderr), f"stderr {finished.stderr!r}")
    run = program.Run(finished, JSON)
    for record in run.records:
        program.validate(record)
    first, second = run.connections
    for name in ("handshake.syn_rtt_ns", "handshake.total_ns", "teardown.fin_rtt_ns", "times.ack_ns"):
        same(program.field(first, name), None, f"{name} of the first")
        true(program.field(second, name) is not None, f"{name} of the second is unknown")
    same(run.summaries[0]["syn_rtt"]["count"], 1, "round trips that count")
    program.check_replay(pair.client, run, recording)


def check_all_lost(bench):
    """With a loss of 100% there is no figure that is none, in any format."""
    pair, _ = _open_port(bench)
    for form in ("text", "table", "json", "csv", "nagios", "prometheus"):
        run = program.probe(bench, pair.client, "-c", "2", "-i", "0.05", "-W", "0.3", HOST, 80,
                            status=2 if form == "nagios" else 1, judge=("--format", form), output=TEXT)
        true(not re.search(r"\b(nan|inf|infinity)\b", run.finished.stdout, re.IGNORECASE),
             f"{form} says {run.finished.stdout!r}")
        if form in ("text", "table"):
            true("(100.0%)" in run.finished.stdout and "rtt min" not in run.finished.stdout,
                 f"{form} says {run.finished.stdout!r}")


def check_same_columns(bench):
    """CSV has the same columns live and offline, for whatever became of a connection."""
    pair, server = _open_port(bench)
    headers = set()
    for port, status in ((server.port, 0), (79, 1), (80, 1)):
        run = program.probe(bench, pair.client, "-c", "2", "-i", "0.02", "-W", "0.3", HOST, port, status=status,
                            judge=("--format", "csv"), output=TEXT)
        rows = list(csv.reader(io.StringIO(run.finished.stdout)))
        headers.add(tuple(rows[0]))
        same({len(row) for row in rows}, {len(rows[0])}, "numbers of cells")
    same(len(headers), 1, "headers")


def check_killed(bench):
    """Each record goes out whole: what there is at any moment can be read, even if nobody ends the run."""
    pair, server = _open_port(bench)
    process = bench.add(program.start(pair.client, "-j", *ENDLESS, HOST, server.port))
    wait_until(lambda: _lines(process) >= 3, "some connections")
    finished = _stop(process, -signal.SIGKILL, signal.SIGKILL)
    true(finished.stdout.endswith("\n"), "a record that was cut")
    for record in program.records(finished.stdout):
        program.validate(record)


def check_recording_leaves(bench):
    """Whoever reads the recording and leaves ends the run, also where there is no report."""
    pair, server = _open_port(bench)
    reader, writer = os.pipe()
    with os.fdopen(writer, "wb") as pipe:
        process = bench.add(program.start(pair.client, "-qq", "-w", "-", *ENDLESS, HOST, server.port, stdout=pipe))
    with os.fdopen(reader, "rb") as recording:
        true(len(recording.read(100)) == 100, "a recording")
    finished = process.wait()
    same(finished.status, 3, f"status; stderr {finished.stderr!r}")


def check_reader_leaves(bench):
    """Whoever has read enough ends the run, without a word."""
    pair, server = _open_port(bench)
    for form in ("text", "json", "csv"):
        reader, writer = os.pipe()
        with os.fdopen(writer, "wb") as pipe, os.fdopen(reader, "rb") as lines:
            process = bench.add(program.start(pair.client, "--format", form, *ENDLESS, HOST, server.port, stdout=pipe))
            pipe.close()
            lines.readline()
            lines.readline()
        finished = process.wait()
        same((finished.status, finished.stderr), (3, ""), f"status and stderr with {form}")


def check_plain_surroundings(bench):
    """Without TERM, and in a locale that is not UTF-8, nothing but ASCII is printed, and nothing else changes."""
    pair, server = _open_port(bench)
    for arguments in ((), ("-c", "2", "-i", "0.02"), ("-c", "2", "-i", "0.02", "-D"), ("-v",)):
        for environment in ({"LC_ALL": "C"}, {"LC_ALL": "de_DE.ISO-8859-1"}, {"LC_ALL": "POSIX", "COLUMNS": "20"}):
            finished = program.shake(pair.client, *arguments, "--time-wait", "0", HOST, server.port,
                                     command=["env", "-u", "TERM", program.path()], environment=environment)
            same((finished.status, finished.stderr), (0, ""), f"status and stderr with {arguments} in {environment}")
            true(finished.stdout.isascii() and "\x1b" not in finished.stdout, f"says {finished.stdout!r}")


BODIES = [check_moves, check_stays, check_ends_in_mid_air, check_ends_before_any_answer, check_follows_the_route, check_begins_without_a_way,
          check_leaves_the_interface, check_has_no_way, check_timestamps, check_interim, check_clock_is_set, check_all_lost,
          check_same_columns, check_killed, check_recording_leaves, check_reader_leaves, check_plain_surroundings]


def prepare():
    """What stands before all cases."""
    program.path()
    NAMES.mount()


CHANGES = {"flap": _flap, "made-anew": _make_anew, "renumbered": _renumber, "blackhole": _blackhole}
CASES = [*(Case(body.__name__.removeprefix("check_").replace("_", "-"), body) for body in BODIES),
         *(Case(f"takes-the-new-address-v{family}", partial(check_takes_the_new_address, family=family)) for family in (4, 6)),
         *(Case(f"{name}-v{family}", partial(check_survives, family=family, change=change))
           for name, change in CHANGES.items() for family in (4, 6))]

if __name__ == "__main__":
    tap.main(CASES, prepare=prepare)
