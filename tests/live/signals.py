#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Runs that end early: Ctrl-C, SIGTERM, SIGQUIT, --deadline."""

import contextlib
import os
import signal
import time
from functools import partial

from lab import program, servers, tap
from lab.cases import OPEN, each
from lab.process import wait_until
from lab.program import JSON
from lab.servers import Server
from lab.tap import Case, same, true
from lab.topology import SERVER, Alone, Pair

DROP = "table inet lab { chain in { type filter hook input priority 0; tcp dport 80 drop; }; }"


def check_interrupt(bench, family, number):
    """Ctrl-C leaves no connection open on the server, and the report is whole."""
    pair = bench.add(Pair())
    server = bench.add(Server(pair.server, SERVER[family], servers.keep_open))
    recording = bench.path("run.pcapng")
    process = bench.add(program.start(pair.client, "-j", "-w", recording, "--hold", "30", server.address,
                                      server.port))
    true(server.accepted.acquire(timeout=5), "no connection at the server")
    time.sleep(0.05)
    process.signal(number)
    run = program.Run(process.wait(3), JSON)
    wait_until(lambda: not pair.server.command("ss", "-Htan", "state", "connected"),
               "the end of the connection at the server", limit=1)
    same(run.finished.stderr, "", "stderr")
    program.match(run.only, {**OPEN, "teardown.result": "reset", "teardown.initiator": "client"})
    program.check_replay(pair.client, run, recording)


def check_interrupt_half_way(bench):
    """Ctrl-C while SYNs are on their way to silence: the summary is printed."""
    pair = bench.add(Pair())
    pair.server.nft(DROP)
    process = bench.add(program.start(pair.client, "-c", "0", SERVER[4], 80))
    wait_until(lambda: _catches(process.pid, signal.SIGINT), "the loop")
    time.sleep(0.2)
    process.signal(signal.SIGINT)
    finished = process.wait(3)
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
    finished = process.wait(3)
    same(finished.status, 0, "exit status")
    true((finished.stdout + finished.stderr).count("--- ") >= 2, f"one summary in {finished.stdout!r}")


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
    same(process.wait(3).status, 0, "exit status")


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
    true(server.accepted.acquire(timeout=5), "no connection at the server")
    time.sleep(1)  # the connection has ended, and the pipe is full
    true(process.running, "did not wait for its reader")
    process.signal(number)
    time.sleep(0.1)
    with open(reader, "rb") as pipe:
        text = pipe.read()[size:].decode()
    same(process.wait(3).status, 0, "exit status")
    same(text, f"{server.address}:{server.port} open\n", "summary")


def check_deadline(bench):
    """--deadline ends a run that would go on for ever."""
    pair = bench.add(Pair())
    server = bench.add(Server(pair.server, SERVER[4], servers.sink))
    run = program.probe(bench, pair.client, "-c", "0", "-i", "0.1", "--deadline", "1", server.address,
                        server.port)
    true(0.9 < run.finished.elapsed < 4, f"ended after {run.finished.elapsed} s")
    true(len(run.connections) >= 5, f"{len(run.connections)} connections")


def check_without_pause(bench, deadline):
    """Connections that fail at once, and follow each other at once, still leave a way to end the run."""
    alone = bench.add(Alone())
    process = bench.add(program.start(alone.client, "-q", "-c", "0", "-i", "0", "--deadline", deadline, SERVER[4], 80))
    if deadline == "30":
        wait_until(lambda: _catches(process.pid, signal.SIGINT), "the loop")
        time.sleep(0.5)  # before the first of them nothing has failed
        process.signal(signal.SIGINT)
    same(process.wait(5).status, 1, "exit status")
    true("unreachable" in process.output(), f"{process.output()!r}")


CASES = [
    *each("interrupt", check_interrupt, number=signal.SIGINT),
    *each("terminate", check_interrupt, number=signal.SIGTERM),
    Case("interrupt-half-way", check_interrupt_half_way),
    Case("interim-summary", check_interim),
    Case("ignored", check_ignored),
    *(Case(f"last-moment-{word}", partial(check_last_moment, number=number))
      for word, number in (("interrupt", signal.SIGINT), ("terminate", signal.SIGTERM), ("quit", signal.SIGQUIT),
                           ("hang-up", signal.SIGHUP))),
    Case("deadline", check_deadline),
    Case("deadline-without-pause", partial(check_without_pause, deadline="0.3")),
    Case("interrupt-without-pause", partial(check_without_pause, deadline="30")),
]

if __name__ == "__main__":
    tap.main(CASES, prepare=program.path)
