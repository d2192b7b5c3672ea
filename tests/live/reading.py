#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Captures from pipes that stay open, several at once, compressed, and with more in them than can be held."""

import dataclasses
import fcntl
import gzip
import lzma
import os
import shutil
import signal
import struct
import subprocess
import termios
import time
from functools import partial

from lab import capturefile, packet, program, tap
from lab.process import wait_until
from lab.program import JSON
from lab.tap import Case, Skip, same, true
from lab.topology import CLIENT, SERVER, Alone

RUN = 3
HEADER = capturefile.pcap([])


def exchange(port):
    """The datagrams of one connection from that port, opened and closed."""
    there = partial(packet.Segment, CLIENT[4], SERVER[4], port, 80)
    back = partial(packet.Segment, SERVER[4], CLIENT[4], 80, port)
    segments = [there(1, 0, "S"), back(500, 2, "SA"), there(2, 501, "A"), there(2, 501, "FA"), back(501, 3, "FA"),
                there(3, 502, "A")]
    return [segment.encode() for segment in segments]


def syn(port):
    return packet.Segment(CLIENT[4], SERVER[4], port, 81, 1, 0, "S").encode()


def stamped(datagrams, time_s):
    """Their records in a pcap file, all of that time."""
    seconds, microseconds = divmod(int(time_s * 10**6), 10**6)
    return b"".join(struct.pack("<IIII", seconds, microseconds, len(data), len(data)) + data for data in datagrams)


class Pipe:
    """The program on one end, we on the other."""

    def __init__(self, bench, *arguments):
        out, self._in = os.pipe()
        try:
            self.process = bench.add(program.start(bench.add(Alone()).client, "-j", *arguments, "-r", "-", stdin=out))
        finally:
            os.close(out)
        bench.add(self)
        self.write(HEADER)

    def write(self, data):
        os.write(self._in, data)

    def unread(self):
        """How many octets the program has not taken from the pipe."""
        return struct.unpack("i", fcntl.ioctl(self._in, termios.FIONREAD, bytes(4)))[0]

    def reported(self):
        return self.process.output().count('"type":"connection"')

    def close(self):
        if self._in is not None:
            os.close(self._in)
            self._in = None

    def end(self):
        self.close()
        return program.Run(self.process.wait(), JSON)


def check_pipe_at_once(bench, age):
    """A connection that is over is reported while the pipe stays open; a straggler is no new one."""
    pipe = Pipe(bench)
    pipe.write(stamped(exchange(40000), time.time() - age))
    wait_until(lambda: pipe.reported() == 1, "the first connection")
    pipe.write(stamped(exchange(40000)[-2:], time.time() - age))
    pipe.write(stamped(exchange(40001), time.time() - age))
    wait_until(lambda: pipe.reported() == 2, "the second connection")
    run = pipe.end()
    same((run.finished.status, run.finished.stderr), (0, ""), "status and stderr")
    same([record["client"]["port"] for record in run.connections], [40000, 40001], "ports")
    for record in run.connections:
        program.match(record, {"teardown.result": "graceful", "segments.client": 4, "segments.server": 2})


def check_pipe_busy(bench):
    """The same where other packets keep coming."""
    pipe = Pipe(bench, "--expect", "open,filtered")
    pipe.write(stamped(exchange(40000), time.time()))
    end = time.monotonic() + 15
    port = 50000
    while pipe.reported() == 0:
        true(time.monotonic() < end, "nothing is reported")
        pipe.write(stamped([syn(port)], time.time()))
        port += 1
        time.sleep(0.02)
    same(pipe.end().connections[0]["client"]["port"], 40000, "the first one")


def check_pipe_old_and_whole(bench):
    """A whole old capture through a pipe is what it is as a file, stragglers included."""
    content = HEADER + stamped(exchange(40000), 1000) + stamped(exchange(40000)[-2:], 1002)
    content += stamped(exchange(40001), 1100)
    path = bench.path("trace.pcap")
    path.write_bytes(content)
    with open(path, "rb") as file:
        cat = subprocess.Popen(["cat"], stdin=file, stdout=subprocess.PIPE)
    piped = program.shake(bench.add(Alone()).client, "-j", "-r", "-", stdin=cat.stdout)
    cat.stdout.close()
    cat.wait()
    same(piped.stdout, program.shake(bench.add(Alone()).client, "-j", "-r", path).stdout, "report")
    program.match(program.Run(piped, JSON).connections[0], {"segments.client": 5, "segments.server": 3})


def check_pipe_interrupted(bench, number):
    """An endless pipe: what was read is reported, half a packet is no error."""
    pipe = Pipe(bench, "--expect", "open,filtered")
    pipe.write(stamped(exchange(40000) + [syn(50000)], time.time()) + stamped([syn(50001)], time.time())[:-5])
    wait_until(lambda: pipe.unread() == 0, "the program to read")
    pipe.process.signal(number)
    run = program.Run(pipe.process.wait(), JSON)
    same((run.finished.status, run.finished.stderr), (0, ""), "status and stderr")
    same(sorted(record["client"]["port"] for record in run.connections), [40000, 50000], "ports")
    true(run.summaries, "no summary")


def check_pipe_interim(bench):
    """SIGQUIT prints an interim summary, and reading goes on."""
    pipe = Pipe(bench)
    pipe.write(stamped(exchange(40000), time.time()))
    wait_until(lambda: pipe.reported() == 1, "the first connection")
    pipe.process.signal(signal.SIGQUIT)
    wait_until(lambda: "1 connection" in pipe.process.errors(), "the interim summary")
    pipe.write(stamped(exchange(40001), time.time()))
    same(len(pipe.end().connections), 2, "connections")


def check_several_files(bench):
    """All are read, in the order given; each that could not be is named; a connection may go on in the next."""
    first, second, cut, missing = (bench.path(name) for name in ("a.pcap", "b.pcap", "cut.pcap", "missing.pcap"))
    first.write_bytes(capturefile.pcap(exchange(40000) + exchange(40001)[:3]))
    second.write_bytes(capturefile.pcap(exchange(40001)[3:], 20))
    cut.write_bytes(capturefile.pcap(exchange(40002), 40)[:-1])
    files = [word for path in (missing, first, second, cut) for word in ("-r", path)]
    run = program.Run(program.shake(bench.add(Alone()).client, "-j", *files), JSON)
    same(run.finished.status, RUN, "exit status")
    lines = run.finished.stderr.splitlines()
    same([line.split(": ")[1] for line in lines], [str(missing), str(cut)], "files that are named")
    records = {record["client"]["port"]: record for record in run.connections}
    same(sorted(records), [40000, 40001, 40002], "ports")
    program.match(records[40001], {"teardown.result": "graceful", "segments.client": 4})


def _zstd(content):
    if shutil.which("zstd") is None:
        raise Skip("zstd was not found")
    return subprocess.run(["zstd", "-q"], input=content, stdout=subprocess.PIPE, check=True).stdout


def check_compressed(bench, pack):
    """A compressed file says what it says unpacked; cut, it says what there is of it and that it is cut."""
    plain, packed = bench.path("plain.pcap"), bench.path("packed")
    plain.write_bytes(capturefile.pcap([data for port in range(40000, 40100) for data in exchange(port)]))
    packed.write_bytes(pack(plain.read_bytes()))
    client = bench.add(Alone()).client
    finished = program.shake(client, "-j", "-r", packed)
    if "built without" in finished.stderr:
        raise Skip(finished.stderr.strip())
    same((finished.status, finished.stderr), (0, ""), "status and stderr")
    same(finished.stdout, program.shake(client, "-j", "-r", plain).stdout, "report")
    packed.write_bytes(packed.read_bytes()[:-9])
    finished = program.shake(client, "-j", "-r", packed)
    same(finished.status, RUN, "exit status of what is cut")
    true(str(packed) in finished.stderr and "truncated" in finished.stderr, f"stderr {finished.stderr!r}")


def check_max_connections(bench):
    """More open connections than may be held: those silent longest are reported first, and counted."""
    path = bench.path("flood.pcap")
    path.write_bytes(capturefile.pcap([syn(port) for port in range(40000, 40010)]))
    arguments = ("-j", "--expect", "filtered", "-r", path)
    run = program.Run(program.shake(bench.add(Alone()).client, *arguments, "--max-connections", "4"), JSON)
    same(run.finished.status, 0, "exit status")
    same([record["client"]["port"] for record in run.connections], list(range(40000, 40010)), "ports")
    true("6 connections" in run.finished.stderr and "--max-connections" in run.finished.stderr,
         f"stderr {run.finished.stderr!r}")
    same(program.shake(bench.add(Alone()).client, *arguments).stderr, "", "stderr where all can be held")


def check_unread(bench):
    """-v tells how many packets were not taken in, and why."""
    path = bench.path("trace.pcap")
    path.write_bytes(capturefile.pcap(exchange(40000) + [b"\x00" * 30, syn(40001)[:25], syn(40001)[:10]]))
    client = bench.add(Alone()).client
    same(program.shake(client, "-r", path).stderr, "", "stderr without -v")
    lines = program.shake(client, "-v", "-r", path).stderr.splitlines()
    same(sum(int(line.split()[1]) for line in lines), 3, f"packets in {lines}")
    true(all("not analysed: " in line for line in lines), f"stderr {lines}")


def durations(record):
    """Every duration of a record, by name; those of the steps are times."""
    for place, value in record.items():
        if isinstance(value, dict):
            yield from ((f"{place}.{name}", found) for name, found in durations(value))
        elif place.endswith("_ns") and place != "start_ns" and not isinstance(value, list):
            yield place, value


def read_clocked(bench, *files):
    """Captures with that clock: each file is a list of (datagram, second). Returns the Run."""
    paths = [bench.path(f"clock{number}.pcap") for number, _ in enumerate(files)]
    for path, file in zip(paths, files):
        path.write_bytes(HEADER + b"".join(stamped([data], second) for data, second in file))
    options = [word for path in paths for word in ("-r", path)]
    run = program.Run(program.shake(bench.add(Alone()).client, *JSON, *options), JSON)
    for record in run.records:
        program.validate(record)
    for record in run.connections:
        true(all(value is None or value >= 0 for _, value in durations(record)), f"a negative time: {record}")
    return run


def unknown(record):
    """The durations of a connection that are not known."""
    wanted = ("handshake.connect_ns", "handshake.syn_rtt_ns", "handshake.ack_delay_ns", "handshake.total_ns",
              "teardown.fin_rtt_ns", "teardown.total_ns")
    return [name for name, value in durations(record) if name in wanted and value is None]


def check_doubled(bench):
    """A capture that holds each frame twice, without IP identification: copies from the first frame on, and known
    times; one frame twice is a retransmission."""
    frames = [dataclasses.replace(packet.decode(data), ip_id=0).encode() for data in exchange(40000)]
    for twice, retransmissions, duplicates in ((len(frames), 0, 4), (1, 1, 0)):
        path = bench.path(f"twice{twice}.pcap")
        path.write_bytes(capturefile.pcap([data for number, data in enumerate(frames)
                                           for _ in range(1 + (number < twice))]))
        record = program.Run(program.shake(bench.add(Alone()).client, "-j", "-r", path), JSON).only
        same((record["retransmissions"]["client"], record["duplicates"]["client"]), (retransmissions, duplicates),
             f"retransmissions and duplicates of the client, with {twice} frames twice")
        same(record["handshake"]["syn_rtt_ns"] is None, retransmissions > 0, "whether the round trip is unknown")


ALL_DURATIONS = ["handshake.connect_ns", "handshake.syn_rtt_ns", "handshake.ack_delay_ns", "handshake.total_ns",
                 "teardown.fin_rtt_ns", "teardown.total_ns"]


def check_clock_answer_first(bench):
    """The answer is stamped before the question: what would be negative is unknown, and a warning says where."""
    seconds = [100.0, 99.999995, 100.00001, 100.00002, 100.00003, 100.00004]
    run = read_clocked(bench, list(zip(exchange(40000), seconds)))
    same(unknown(run.only), ["handshake.connect_ns", "handshake.syn_rtt_ns"], "unknown durations")
    true("clock0.pcap: packet 2 is stamped 1970-01-01T00:01:39.999995" in run.finished.stderr,
         f"stderr: {run.finished.stderr!r}")
    same(run.finished.stderr.count("\n"), 1, "warnings")


def check_clock_set_back(bench):
    """Connections on both sides of a step back have no times; those before and after have theirs."""
    frames = [(data, 5000 + 0.001 * number) for number, data in enumerate(exchange(40000))]
    across, behind = exchange(40001), exchange(40002)
    frames += [(data, 5001 + 0.001 * number) for number, data in enumerate(across[:3])]
    frames += [(data, 3000 + 0.001 * number) for number, data in enumerate(behind)]
    frames += [(data, 3002 + 0.001 * number) for number, data in enumerate(across[3:])]
    run = read_clocked(bench, frames)
    ports = {record["client"]["port"]: unknown(record) for record in run.connections}
    same(ports, {40000: [], 40001: ALL_DURATIONS, 40002: []}, "unknown durations")
    true("packet 10 is stamped 1970-01-01T00:50:00" in run.finished.stderr, f"stderr: {run.finished.stderr!r}")
    same(run.finished.stderr.count("\n"), 1, "warnings")
    same(run.summaries[0]["connect"]["max_ns"], 1_000_000, "the longest time to connect")


def check_clock_files_in_wrong_order(bench):
    """The second file is older than the first."""
    across = exchange(40001)
    late = [(data, 5000 + 0.001 * number) for number, data in enumerate(exchange(40000) + across[:2])]
    early = [(data, 4000 + 0.001 * number) for number, data in enumerate(exchange(40002) + across[2:])]
    run = read_clocked(bench, late, early)
    ports = {record["client"]["port"]: unknown(record) for record in run.connections}
    same(ports, {40000: [], 40001: ALL_DURATIONS, 40002: []}, "unknown durations")
    true("clock1.pcap: packet 1 is stamped" in run.finished.stderr, f"stderr: {run.finished.stderr!r}")


def check_clock_stray(bench, second, wrong, lost):
    """One stamp is wrong: what is measured from or to it is unknown, all else as if it were right."""
    frames = [(data, 1.7e9 + 0.001 * number) for number, data in enumerate(exchange(40000) + exchange(40001))]
    frames[wrong] = (frames[wrong][0], second)
    run = read_clocked(bench, frames)
    ports = {record["client"]["port"]: unknown(record) for record in run.connections}
    same(ports, {40000: lost, 40001: []}, "unknown durations")
    place = wrong + 1 + (wrong == 0 and second > 1.7e9)  # there the clock may have been set back as well
    true(f"packet {place} is stamped" in run.finished.stderr, f"stderr: {run.finished.stderr!r}")
    for name in ("connect", "syn_rtt", "fin_rtt"):
        true((run.summaries[0][name]["max_ns"] or 0) < 10_000_000, f"{name}: {run.summaries[0][name]}")


STRAYS = [  # number of the packet from 0, and what its stamp makes unknown
    (0, ALL_DURATIONS),
    (1, ["handshake.connect_ns", "handshake.syn_rtt_ns", "handshake.ack_delay_ns"]),
    (2, ["handshake.ack_delay_ns", "handshake.total_ns"]),
    (3, ["teardown.fin_rtt_ns", "teardown.total_ns"]),
    (4, ["teardown.fin_rtt_ns"]),
    (5, ["teardown.total_ns"]),
]

BODIES = [check_pipe_busy, check_pipe_old_and_whole, check_pipe_interim, check_several_files, check_max_connections,
          check_unread]

CASES = [
    Case("doubled", check_doubled),
    Case("pipe-at-once", partial(check_pipe_at_once, age=0)),
    Case("pipe-at-once-old", partial(check_pipe_at_once, age=10**6)),
    Case("pipe-interrupted", partial(check_pipe_interrupted, number=signal.SIGINT)),
    Case("pipe-terminated", partial(check_pipe_interrupted, number=signal.SIGTERM)),
    Case("pipe-hung-up", partial(check_pipe_interrupted, number=signal.SIGHUP)),
    *(Case(f"compressed-{name}", partial(check_compressed, pack=pack))
      for name, pack in [("gzip", gzip.compress), ("xz", lzma.compress), ("zstd", _zstd)]),
    Case("clock-answer-first", check_clock_answer_first),
    Case("clock-set-back", check_clock_set_back),
    Case("clock-files-in-wrong-order", check_clock_files_in_wrong_order),
    *(Case(f"clock-stray-{name}-{wrong}", partial(check_clock_stray, second=second, wrong=wrong, lost=lost))
      for name, second in (("ahead", 4_000_000_000), ("behind", 7)) for wrong, lost in STRAYS),
    *(Case(body.__name__.removeprefix("check_").replace("_", "-"), body) for body in BODIES),
]

if __name__ == "__main__":
    tap.main(CASES, prepare=program.path)
