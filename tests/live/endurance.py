#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Endurance: a run without end, through hostile peers, floods, flaps, silence, steps of the clock, a reader that stops
and disks that are full, in turn. After each of them it goes on, and its memory, descriptors and guards, and the sockets
at the far end, come back to where they were.

ENDURANCE_MINUTES says how long (make endurance); without it, each trouble comes once."""

import mmap
import os
import random
import shlex
import signal
import socket
import struct
import subprocess
import threading
import time
from functools import partial

from lab import namespace, packet, process, program, tap
from lab.tap import Case, Failure, Skip, same, true
from lab.topology import CLIENT, SERVER, SOCKET_FAMILY, Pair, host_port

FAMILIES = (4, 6)
GROWTH_KIB = 512  # of memory, after the first round: what the allocator does not give back
FIRST_KIB = 8192  # and in the first
PATIENCE_S = 3  # of a server with a client that is gone
TROUBLE_S = 0.3
FLOOD = 400  # segments
LISTEN, TIME_WAIT = "0A", "06"
FLAGS = ("S", "SA", "A", "R", "RA", "FA", "PA", "SFPA", "")

SHIFTED_CLOCK = r"""
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static volatile const long long *shift_s;

__attribute__((constructor)) static void begin(void)
{
    int fd = open(getenv("CLOCK_SHIFT"), O_RDONLY | O_CLOEXEC);
    void *map = mmap(NULL, sizeof *shift_s, PROT_READ, MAP_SHARED, fd, 0);
    close(fd);
    shift_s = map != MAP_FAILED ? map : NULL;
}

int clock_gettime(clockid_t clock, struct timespec *out)
{
    int result = (int)syscall(SYS_clock_gettime, clock, out);
    if (clock == CLOCK_REALTIME && shift_s != NULL)
        out->tv_sec += *shift_s;
    return result;
}
"""


class Clock:
    """The time of day that the program sees, which can be set."""

    def __init__(self, bench):
        source, self._library = bench.path("clock.c"), bench.path("clock.so")
        source.write_text(SHIFTED_CLOCK, encoding="ascii")
        compiler = shlex.split(os.environ.get("CC") or "cc")
        try:
            subprocess.run([*compiler, "-shared", "-fPIC", "-o", self._library, source], check=True,
                           capture_output=True, timeout=120)
        except (OSError, subprocess.SubprocessError) as error:
            raise Skip(f"no library for another clock can be made: {error}") from error
        self._path = bench.path("shift")
        self._path.write_bytes(bytes(mmap.PAGESIZE))
        with open(self._path, "r+b") as file:
            self._map = mmap.mmap(file.fileno(), mmap.PAGESIZE)

    def environment(self):
        return {"LD_PRELOAD": str(self._library), "CLOCK_SHIFT": str(self._path)}

    def step(self, seconds):
        """Sets it so far from what it is."""
        struct.pack_into("q", self._map, 0, struct.unpack_from("q", self._map)[0] + seconds)

    def close(self):
        self._map.close()


class Server:
    """Listens, and does to a connection what its mode says: sink, reset, mute or talk."""

    def __init__(self, where, family):
        with where.inside():
            self._listener = socket.create_server((SERVER[family], 0), family=SOCKET_FAMILY[family], backlog=256)
        self.port = self._listener.getsockname()[1]
        self.mode = "sink"
        self._mute = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        try:
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()
        except OSError:
            pass

    def _serve(self, connection):
        try:
            if self.mode == "mute":
                self._mute.append(connection)
                return
            with connection:
                connection.settimeout(PATIENCE_S)
                if self.mode == "reset":
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    return
                if self.mode == "talk":
                    connection.sendall(bytes(200_000))
                while connection.recv(65536):
                    pass
        except OSError:
            pass

    def forget(self):
        """Closes what it never answered."""
        while self._mute:
            self._mute.pop().close()

    def close(self):
        self.forget()
        self._listener.close()


def _sockets(pid):
    """Those of a process's namespace: state by both addresses."""
    states = {}
    for name in ("tcp", "tcp6"):
        with open(f"/proc/{pid}/net/{name}", encoding="ascii") as file:
            states.update({tuple(words[1:3]): words[3] for words in map(str.split, file.readlines()[1:])})
    return states


def _listening(pid):
    """The number of listening sockets of a process's namespace."""
    return list(_sockets(pid).values()).count(LISTEN)


class Run:
    """The program, and how it is."""

    def __init__(self, bench):
        self.bench = bench
        self.pair = bench.add(Pair())
        self.pair.server.sysctl("ipv4/tcp_synack_retries", 2)  # what is half-open ends within 7 s, not 63
        self.pair.server.sysctl("ipv4/tcp_orphan_retries", 4)  # and LAST_ACK without an answer within some seconds
        self.servers = {family: bench.add(Server(self.pair.server, family)) for family in FAMILIES}
        self.clock = bench.add(Clock(bench))
        self.far = process.Process(self.pair.server, ["sleep", "86400"])  # whose namespace /proc shows
        bench.add(self.far)
        read_end, write_end = os.pipe()
        self.reads = threading.Event()
        self.reads.set()
        self.records = 0
        self.program = bench.add(program.start(
            self.pair.client, "-j", "-c", "0", "-i", "0.05", "-W", "0.4", "--time-wait", "0.05", "--send", "hello",
            "--rate", "0", *(host_port(SERVER[family], self.servers[family].port) for family in FAMILIES),
            stdout=write_end, environment=self.clock.environment()))
        os.close(write_end)
        threading.Thread(target=self._read, args=(read_end,), daemon=True).start()

    def _read(self, fd):
        while data := os.read(fd, 65536):
            self.reads.wait()
            self.records += data.count(b"\n")
        os.close(fd)

    def memory_kib(self):
        with open(f"/proc/{self.program.pid}/status", encoding="ascii") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.program.pid}/fd"))

    def guards(self):
        return _listening(self.program.pid)

    def far_sockets(self):
        """Those that belong to connections: state by both addresses."""
        return {ends: state for ends, state in _sockets(self.far.pid).items() if state not in (LISTEN, TIME_WAIT)}

    def goes_on(self):
        """Whether connections succeed again: as many records as some seconds bring."""
        before = self.records
        process.wait_until(lambda: self.records >= before + 20, "20 more connections", limit=60)


def _storm(run):
    """Segments of any kind, from the targets and from strangers, to the ports of the run and to others."""
    rng = random.Random(run.records)
    with run.pair.server.inside():
        senders = {family: socket.socket(SOCKET_FAMILY[family], socket.SOCK_RAW, socket.IPPROTO_RAW)
                   for family in FAMILIES}
    with senders[4], senders[6]:
        for _ in range(FLOOD):
            family = rng.choice(FAMILIES)
            segment = packet.Segment(
                SERVER[family] if rng.random() < 0.8 else {4: "198.51.100.9", 6: "2001:db8:77::9"}[family],
                CLIENT[family], run.servers[family].port, rng.randrange(32768, 61000), rng.getrandbits(32),
                rng.getrandbits(32), rng.choice(FLAGS), payload=rng.randbytes(rng.choice((0, 1, 400))),
                ttl=rng.choice((1, 64, 255)), checksum_ok=rng.random() < 0.9)
            senders[family].sendto(segment.encode(), (CLIENT[family], 0))
            time.sleep(TROUBLE_S / FLOOD)


def _mode(run, mode):
    """Servers that reset, that never answer, that send much."""
    for server in run.servers.values():
        server.mode = mode
    time.sleep(TROUBLE_S)
    for server in run.servers.values():
        server.mode = "sink"
        server.forget()


def _flap(run):
    """The far end of the link goes, and comes back."""
    run.pair.server.ip("link set s0 down")
    time.sleep(TROUBLE_S)
    run.pair.server.ip("link set s0 up", *(f"addr replace {SERVER[6]}/64 dev s0 nodad" for _ in range(1)))


def _rules(run, rule):
    """A firewall at the far end."""
    run.pair.server.nft(f"add table inet trouble\nadd chain inet trouble in {{ type filter hook input priority 0; }}\n"
                        f"add rule inet trouble in tcp dport 1-65535 {rule}")
    time.sleep(TROUBLE_S)
    run.pair.server.nft("delete table inet trouble")


def _clock(run, seconds):
    """The time of day is set, and set back."""
    run.clock.step(seconds)
    time.sleep(TROUBLE_S)
    run.clock.step(-seconds)


def _slow_reader(run):
    """What reads the report stops for a while."""
    run.reads.clear()
    time.sleep(TROUBLE_S)
    run.reads.set()


def _full_disk(run):
    """Other runs beside it whose disk is full: status 3, and nothing is left there."""
    disk = run.bench.path("disk")
    disk.mkdir(exist_ok=True)
    small = namespace.SmallDisk(disk, 8192)
    try:
        target = host_port(SERVER[4], run.servers[4].port)
        finished = program.shake(run.pair.client, "-v", "-c", "60", "-i", "0", "-o", disk / "report", target)
        same((finished.status, os.listdir(disk)), (3, []), f"status and disk, with {finished.stderr[-300:]!r}")
    finally:
        small.close()


TROUBLES = {
    "storm": _storm,
    "resets": partial(_mode, mode="reset"),
    "silent servers": partial(_mode, mode="mute"),
    "floods of data": partial(_mode, mode="talk"),
    "flap": _flap,
    "drops": partial(_rules, rule="drop"),
    "rejects": partial(_rules, rule="reject with tcp reset"),
    "clock ahead": partial(_clock, seconds=3600),
    "clock behind": partial(_clock, seconds=-7200),
    "slow reader": _slow_reader,
    "full disk": _full_disk,
}


def _settled(run, name, descriptors, guards):
    """After a trouble: it goes on, what it holds is what it held, and each connection of that time has ended at the far
    end. How many are in flight there by then depends on how busy the machine is."""
    remaining = run.far_sockets()

    def as_before():
        now = run.far_sockets() if remaining else {}
        for ends in [ends for ends in remaining if ends not in now]:
            del remaining[ends]
        return not remaining and run.descriptors() == descriptors and run.guards() == guards

    run.goes_on()
    try:
        process.wait_until(as_before, "as before", limit=60)
    except TimeoutError as error:
        raise Failure(f"after {name}: {run.descriptors()} descriptors ({descriptors}), {run.guards()} guards "
                      f"({guards}), sockets that stay at the far end {remaining}") from error


def check_endurance(bench):
    """Rounds of troubles; the memory of later rounds is compared with that after the first."""
    run = Run(bench)
    instrumented = b"__asan_init" in program.path().read_bytes()
    process.wait_until(lambda: run.records >= 20, "the first connections", limit=60)
    descriptors, guards = run.descriptors(), run.guards()
    true(guards > 0, "no guard is seen")
    ended = time.monotonic() + 60 * float(os.environ.get("ENDURANCE_MINUTES", 0))
    memory, room, rounds, most = run.memory_kib(), FIRST_KIB, 0, 0
    while rounds < 1 or time.monotonic() < ended:
        for name, trouble in TROUBLES.items():
            trouble(run)
            _settled(run, name, descriptors, guards)
            most = max(most, run.memory_kib())
        rounds += 1
        if not instrumented and run.memory_kib() > memory + room:
            raise Failure(f"round {rounds}: {run.memory_kib()} KiB, before {memory}; {run.records} records")
        if rounds == 1:
            memory, room = run.memory_kib(), GROWTH_KIB
    bench.note(f"{rounds} rounds of {len(TROUBLES)} troubles, {run.records} records; {memory} KiB after the first round, "
               f"{run.memory_kib()} after the last, {most} at most; {descriptors} descriptors, {guards} guards")
    run.program.signal(signal.SIGINT)
    finished = run.program.wait()
    true(finished.status in (0, 1), f"exit status {finished.status}: {finished.stderr[-500:]!r}")
    process.wait_until(lambda: not run.far_sockets(), "no socket is left at the far end", limit=60)
    same(_listening(run.far.pid), len(FAMILIES), "listening sockets at the far end")


CASES = [Case("troubles-in-turn", check_endurance)]

if __name__ == "__main__":
    tap.main(CASES)
