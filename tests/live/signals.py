#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Runs that end early: Ctrl-C, SIGTERM, SIGQUIT, --deadline."""

import contextlib
import os
import re
import signal
import tempfile
import time
from functools import partial
from pathlib import Path

from lab import program, servers, tap
from lab.cases import OPEN, each
from lab.process import wait_until
from lab.program import JSON
from lab.servers import Server
from lab.tap import Case, same, true
from lab.topology import SERVER, Alone, Pair

DROP = "table inet lab { chain in { type filter hook input priority 0; tcp dport 80 counter drop; }; }"
LONG = 15  # seconds: what has not come by then never comes, on however busy a machine


def check_interrupt(bench, family, number):
    """Ctrl-C leaves no connection open on the server, and the report is whole."""
    pair = bench.add(Pair())
    server = bench.add(Server(pair.server, SERVER[family], servers.keep_open))
    recording = bench.path("run.pcapng")
    process = bench.add(program.start(pair.client, "-j", "-w", recording, "--hold", "30", server.address,
                                      server.port))
    true(server.accepted.acquire(timeout=LONG), "no connection at the server")
    time.sleep(0.05)
    process.signal(number)
    run = program.Run(process.wait(LONG), JSON)
    wait_until(lambda: not pair.server.command("ss", "-Htan", "state", "connected"),
               "the end of the connection at the server")
    same(run.finished.stderr, "", "stderr")
    program.match(run.only, {**OPEN, "teardown.result": "reset", "teardown.initiator": "client"})
    program.check_replay(pair.client, run, recording)


def check_interrupt_half_way(bench):
    """Ctrl-C while SYNs are on their way to silence: the summary is printed."""
    pair = bench.add(Pair())
    pair.server.nft(DROP)
    process = bench.add(program.start(pair.client, "-c", "0", SERVER[4], 80))
    wait_until(lambda: _catches(process.pid, signal.SIGINT), "the loop")
    wait_until(lambda: "counter packets 0" not in pair.server.command("nft", "list", "ruleset"), "a SYN")
    process.signal(signal.SIGINT)
    finished = process.wait(LONG)
    same(finished.status, 1, "exit status")
    true("--- " in finished.stdout, f"no summary in {finished.stdout!r}")


def check_interim(bench):
    """SIGQUIT prints an interim summary and the run goes on."""
    pair = bench.add(Pair())
    server = bench.add(Server(pair.server, SERVER[4], servers.sink))
    process = bench.add(program.start(pair.client, "-c", "0", "-i", "0.05", server.address, server.port))
    wait_until(lambda: process.output().count("\n") >= 3, "three connections")
    process.signal(signal.SIGQUIT)
    wait_until(lambda: "--- " in process.output() + process.errors(), "the interim summary")
    size = len(process.output())
    wait_until(lambda: len(process.output()) > size, "more connections")
    process.signal(signal.SIGINT)
    finished = process.wait(LONG)
    same(finished.status, 0, "exit status")
    true((finished.stdout + finished.stderr).count("--- ") >= 2, f"one summary in {finished.stdout!r}")
    told = re.findall("^connections: [0-9]+ done, .*in flight: [0-9]+ open$", finished.stderr, re.MULTILINE)
    same(len(told), 1, f"status lines in {finished.stderr!r}")


def check_ignored(bench):
    """A run that nohup(1) started goes on when its terminal is closed."""
    pair = bench.add(Pair())
    server = bench.add(Server(pair.server, SERVER[4], servers.sink))
    process = bench.add(program.start(pair.client, "-c", "0", "-i", "0.05", server.address, server.port,
                                      command=["nohup", program.path()]))
    wait_until(lambda: process.output().count("\n") >= 3, "three connections")
    process.signal(signal.SIGHUP)
    wait_until(lambda: process.output().count("\n") >= 15 or not process.running, "more connections")
    true(process.running and "--- " not in process.output(), "it ended")
    process.signal(signal.SIGINT)
    same(process.wait(LONG).status, 0, "exit status")


def _catches(pid, number):
    """Whether the process has blocked the signal, to read it from a descriptor."""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        blocked = next(line for line in status if line.startswith("SigBlk:"))
    return int(blocked.split()[1], 16) >> number - 1 & 1


def _full_pipe():
    """A pipe that takes nothing more: (read end, write end, what is in it)."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    size = 0
    with contextlib.suppress(BlockingIOError):
        while True:
            size += os.write(writer, bytes(4096))
    os.set_blocking(writer, True)
    return reader, writer, size


def check_last_moment(bench, number):
    """A signal after the end of the run, while the summary is written, does not cut it off."""
    pair = bench.add(Pair())
    server = bench.add(Server(pair.server, SERVER[4], servers.sink))
    reader, writer, size = _full_pipe()
    process = bench.add(program.start(pair.client, "-q", "--time-wait", "0", server.address, server.port,
                                      stdout=writer))
    os.close(writer)
    true(server.accepted.acquire(timeout=LONG), "no connection at the server")
    wait_until(lambda: not pair.server.command("ss", "-Htan", "state", "connected"), "the end of the connection")
    time.sleep(1)  # and now it waits for the pipe, which is full
    true(process.running, "did not wait for its reader")
    process.signal(number)
    time.sleep(0.1)
    with open(reader, "rb") as pipe:
        text = pipe.read()[size:].decode()
    same(process.wait(LONG).status, 0, "exit status")
    same(text, f"{server.address}:{server.port} open\n", "summary")


class _Stuck:
    """A FIFO that is full, and that is not read."""

    def __init__(self, bench):
        self.path = Path(tempfile.mkdtemp(dir=bench.directory)) / "fifo"
        os.mkfifo(self.path)
        self._fd = os.open(self.path, os.O_RDWR | os.O_NONBLOCK)
        self.filling = 0
        with contextlib.suppress(BlockingIOError):
            while True:
                self.filling += os.write(self._fd, bytes(4096))

    def opened(self):
        """A descriptor to write into it, for another process."""
        return os.open(self.path, os.O_WRONLY)

    def read(self):
        """What is in it, without what it was filled with."""
        data = bytearray()
        with contextlib.suppress(BlockingIOError):
            while True:
                data += os.read(self._fd, 65536)
        skipped, self.filling = min(self.filling, len(data)), self.filling - min(self.filling, len(data))
        return bytes(data[skipped:])

    def close(self):
        os.close(self._fd)


def _another(server, process, seconds):
    """Whether another connection begins in so many seconds, and before the run has ended."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if server.accepted.acquire(timeout=0.05):
            return True
        if not process.running:
            return server.accepted.acquire(blocking=False)
    return False


def _start_stuck(bench, where, *arguments, command=()):
    """A run whose report or recording is not read: (process, fifo, whether it goes on while nothing is read)."""
    pair = bench.add(Pair())
    server = bench.add(Server(pair.server, SERVER[4], servers.sink))
    stuck = bench.add(_Stuck(bench))
    into = {"stdout": (), "stdout-and-stderr": (), "report": ("-o", stuck.path), "recording": ("-w", stuck.path)}[where]
    writer = stuck.opened() if where.startswith("stdout") else None
    words = [*command, program.path(), "-j", *into, "-c", "0", "-i", "0.02", "--time-wait", "0", *arguments,
             server.address, server.port]
    if where == "stdout-and-stderr":
        words = ["sh", "-c", 'exec "$@" 2>&1', "sh", *words]
    process = bench.add(program.start(pair.client, command=words, stdout=writer))
    if writer is not None:
        os.close(writer)
    return process, stuck, lambda seconds=LONG: all(_another(server, process, seconds) for _ in range(5))


def _stuck(bench, where, **options):
    """The same of a run without end, which goes on: (process, fifo, whether it still does)."""
    process, stuck, goes_on = _start_stuck(bench, where, **options)
    true(goes_on(), "connections do not go on while nothing is read")
    return process, stuck, goes_on


def check_stuck(bench, where, number):
    """A reader who takes nothing does not keep a run from its signals."""
    def attempt():
        process, _, _ = _stuck(bench, where)
        began = time.monotonic()
        process.signal(number)
        finished = process.wait(LONG)
        took = time.monotonic() - began
        same(finished.status, 3, f"exit status, with stderr {finished.stderr!r}")
        true(where == "stdout-and-stderr" or "cannot write" in finished.stderr, f"stderr {finished.stderr!r}")
        return took

    bench.note(f"{tap.at_best(attempt, 3):.2f} s")


def check_stuck_twice(bench):
    """A second signal leaves the reader no time."""
    def attempt():
        process, _, _ = _stuck(bench, "stdout")
        process.signal(signal.SIGINT)
        time.sleep(0.1)
        began = time.monotonic()
        process.signal(signal.SIGINT)
        process.wait(LONG)
        return time.monotonic() - began

    bench.note(f"{tap.at_best(attempt, 0.8):.3f} s")


def check_stuck_deadline(bench, where):
    """Nor from its deadline, nor from timeout(1)."""
    def attempt(seconds):
        process, _, goes_on = _start_stuck(bench, where, "--deadline", str(seconds))
        begun = goes_on()
        finished = process.wait(seconds + LONG)
        same(finished.status, 3, f"exit status, with stderr {finished.stderr!r}")
        return finished, begun

    def late():
        finished, _ = program.in_time(attempt, lambda result: result[1], 1.5)
        deadline = float(finished.argv[finished.argv.index("--deadline") + 1])
        true(finished.elapsed >= deadline, f"--deadline {deadline}: {finished.elapsed} s")
        return finished.elapsed - deadline

    bench.note(f"{tap.at_best(late, 1.0):.3f} s after its deadline")


def check_stuck_timeout(bench):
    """timeout(1) ends it, with its own status."""
    def attempt(seconds):
        process, _, goes_on = _start_stuck(bench, "stdout", command=("timeout", "-k", str(LONG), str(seconds)))
        begun = goes_on()
        return process.wait(seconds + 2 * LONG), begun

    finished, _ = program.in_time(attempt, lambda result: result[1], 1.5)
    same(finished.status, 124, "exit status")


def check_stuck_ignored(bench):
    """A signal that was inherited as ignored stays so."""
    process, _, goes_on = _stuck(bench, "report", command=("env", "--ignore-signal=HUP"))
    process.signal(signal.SIGHUP)
    true(goes_on() and goes_on(), "no more connections")
    true(process.running, "it ended")
    process.signal(signal.SIGTERM)
    same(process.wait(LONG).status, 3, "exit status")


def check_slow_reader(bench):
    """What is read late is whole."""
    process, stuck, goes_on = _stuck(bench, "stdout")
    while goes_on(2):  # until the queue is full, and no connection begins
        pass
    true(process.running, "it ended")
    text = stuck.read()
    true(goes_on() and goes_on(), "no connection after the reader has read")
    process.signal(signal.SIGINT)
    while process.running:
        text += stuck.read()
        time.sleep(0.01)
    text += stuck.read()
    finished = process.wait(LONG)
    same((finished.status, finished.stderr), (0, ""), "exit status and stderr")
    records = program.records(text.decode())
    same([record["type"] for record in records], (len(records) - 1) * ["connection"] + ["summary"], "records")
    same(records[-1]["connections"], len(records) - 1, "connections")
    bench.note(f"{len(records)} records, {len(text)} octets")


def check_deadline(bench):
    """--deadline ends a run that would go on for ever."""
    pair = bench.add(Pair())
    server = bench.add(Server(pair.server, SERVER[4], servers.sink))
    def attempt(seconds):
        run = program.probe(bench, pair.client, "-c", "0", "-i", "0.1", "--deadline", str(seconds), server.address,
                            server.port)
        true(0.9 * seconds < run.finished.elapsed < seconds + 3, f"--deadline {seconds}: {run.finished.elapsed} s")
        return run

    program.in_time(attempt, lambda run: len(run.connections) >= 5, 1)


WITHOUT_PAUSE = ("-c", "0", "-i", "0", SERVER[4], 80)


def check_deadline_without_pause(bench):
    """Connections that fail at once, and follow each other at once, still leave the run its deadline."""
    alone = bench.add(Alone())
    finished = program.in_time(
        lambda seconds: program.shake(alone.client, "-q", "--deadline", str(seconds), *WITHOUT_PAUSE),
        lambda finished: "unreachable" in finished.stdout)
    same(finished.status, 1, "exit status")


def check_interrupt_without_pause(bench):
    """Nor do they keep a run from its signals."""
    alone = bench.add(Alone())
    process = bench.add(program.start(alone.client, "--deadline", "60", *WITHOUT_PAUSE))
    wait_until(lambda: "unreachable" in process.output(), "a failure")
    process.signal(signal.SIGINT)
    same(process.wait(10).status, 1, "exit status")


WHERE = ("stdout", "stdout-and-stderr", "report", "recording")

CASES = [
    *(Case(f"stuck-{where}-{number.name.lower()}", partial(check_stuck, where=where, number=number))
      for where in WHERE for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
      if number in (signal.SIGTERM, signal.SIGQUIT) or where == "stdout"),
    *(Case(f"stuck-{where}-deadline", partial(check_stuck_deadline, where=where)) for where in WHERE),
    Case("stuck-twice", check_stuck_twice),
    Case("stuck-timeout", check_stuck_timeout),
    Case("stuck-ignored", check_stuck_ignored),
    Case("slow-reader", check_slow_reader),
    *each("interrupt", check_interrupt, number=signal.SIGINT),
    *each("terminate", check_interrupt, number=signal.SIGTERM),
    Case("interrupt-half-way", check_interrupt_half_way),
    Case("interim-summary", check_interim),
    Case("ignored", check_ignored),
    *(Case(f"last-moment-{word}", partial(check_last_moment, number=number))
      for word, number in (("interrupt", signal.SIGINT), ("terminate", signal.SIGTERM), ("quit", signal.SIGQUIT),
                           ("hang-up", signal.SIGHUP))),
    Case("deadline", check_deadline),
    Case("deadline-without-pause", check_deadline_without_pause),
    Case("interrupt-without-pause", check_interrupt_without_pause),
]

if __name__ == "__main__":
    tap.main(CASES, prepare=program.path)
