#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What the running process has left, as /proc shows it, and what others lay in its way."""

import errno
import os
import pathlib
import re
import signal
import stat
import subprocess
import sys
from functools import partial

from lab import capturefile, namespace, packet, program, servers, tap
from lab.cases import GRACEFUL, each
from lab.process import wait_until
from lab.program import JSON, sandbox_obstacle
from lab.servers import Server
from lab.tap import Case, Skip, same, true
from lab.terminal import Terminal
from lab.topology import CLIENT, LINK_LOCAL, SERVER, Alone, Pair, device_up
from lab.users import as_nobody, is_root_of_all, nobody_keeping, own_copy, with_net_raw, with_set_id

SETS = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")
SHOWN = (*SETS, "NoNewPrivs", "Seccomp")
NONE = "0000000000000000"
HOLD = ("-j", "--hold", "3")


def _status(pid):
    """The fields of /proc/PID/status."""
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)


def _children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return [int(word) for word in file.read().split()]


def _shown(status):
    return " ".join(f"{name} {status[name].strip()}" for name in SHOWN)


def _before(bench, command):
    """What a process has that is started in the same way."""
    with bench.alone.client.inside():
        text = subprocess.run([*command, "cat", "/proc/self/status"], check=True, capture_output=True, text=True,
                              timeout=10).stdout
    return dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)


def _check_confined(bench, pid, bounded, sandboxed=True):
    """No capability, no new privileges, and the filter in force."""
    status = _status(pid)
    bench.note(f"after:  {_shown(status)}")
    for name in SETS:
        if name != "CapBnd" or bounded:
            same(status[name], NONE, f"{name} of the running process")
    same(status["NoNewPrivs"], "1", "NoNewPrivs")
    if sandboxed and not sandbox_obstacle(bench.alone.client):
        same(status["Seccomp"], "2", "Seccomp")


def _note_before(bench, command=()):
    bench.alone = bench.add(Alone())
    bench.note(f"before: {_shown(_before(bench, command))}")


def _check_live(bench, family, command, bounded):
    """Looks at a probe that holds its connection open."""
    pair = bench.add(Pair())
    server = bench.add(Server(pair.server, SERVER[family], servers.sink))
    process = bench.add(program.start(pair.client, *HOLD, server.address, server.port, command=command))
    true(server.accepted.acquire(timeout=10), f"no connection: {process.errors()}")
    _check_confined(bench, process.pid, bounded)
    finished = process.wait()
    same((finished.status, finished.stderr), (0, ""), "status and stderr")
    program.match(program.Run(finished, JSON).only, GRACEFUL)


def check_live_root(bench, family):
    """Root has everything before, and nothing after, the bounding set included."""
    _note_before(bench)
    _check_live(bench, family, None, bounded=os.geteuid() == 0)


def check_live_net_raw(bench, family):
    """An ordinary user with CAP_NET_RAW alone, from an ambient set."""
    command = as_nobody("net_raw")
    _note_before(bench, command)
    _check_live(bench, family, command + [own_copy(bench)], bounded=False)


def check_live_file_capability(bench, family):
    """An ordinary user, the capability from the file."""
    if not is_root_of_all():
        raise Skip("needs root")
    _note_before(bench, nobody_keeping())
    _check_live(bench, family, nobody_keeping() + [with_net_raw(own_copy(bench))], bounded=False)


def check_live_while_waiting(bench):
    """Already when the first segment is out and nothing has come back."""
    _note_before(bench)
    pair = bench.add(Pair())
    pair.server.nft("table inet lab { chain in { type filter hook input priority 0; tcp dport 80 counter drop; }; }")
    process = bench.add(program.start(pair.client, "-W", "3", SERVER[4], "80"))
    wait_until(lambda: "packets 0" not in pair.server.command("nft", "list", "ruleset"), "the first SYN")
    _check_confined(bench, process.pid, os.geteuid() == 0)
    same(process.wait().status, 1, "exit status")


def check_live_interface_down(bench):
    """A run goes on through an interface that goes down, is made anew under its name, and comes up: confined as ever."""
    _note_before(bench)
    pair = bench.add(Pair())
    server = bench.add(Server(pair.server, SERVER[4], servers.sink))
    process = bench.add(program.start(pair.client, "-c", "0", "-i", "0.1", server.address, server.port))
    wait_until(lambda: process.output().count("graceful") >= 2, "two connections")
    pair.client.ip("link del c0")
    wait_until(lambda: "no-route" in process.output(), "a connection without a way")
    size = len(process.output())
    pair.join(pair.client, "c0", pair.server, "s0")
    pair.server.ip(*device_up("s0", SERVER, LINK_LOCAL["server"]))
    pair.client.ip(*device_up("c0", CLIENT))
    wait_until(lambda: process.output()[size:].count("graceful") >= 2, "two connections more")
    _check_confined(bench, process.pid, os.geteuid() == 0)
    process.signal(signal.SIGINT)
    finished = process.wait()
    same(finished.status, 1, "exit status")
    true("--- " in finished.stdout, "no summary")


# Reading


def _trace(port=80, begin_ms=0):
    syn = packet.Segment(CLIENT[4], SERVER[4], 40000, port, 1, 0, "S")
    answer = packet.Segment(SERVER[4], CLIENT[4], port, 40000, 0, 2, "RA")
    return capturefile.pcap([syn.encode(), answer.encode()], begin_ms)


def _waits(process):
    """Whether it sleeps in poll(2), or in its like."""
    with open(f"/proc/{process.pid}/wchan", encoding="ascii") as file:
        return "poll" in file.read()


def _opened(pid):
    """What the descriptors of a process lead to."""
    return [os.readlink(entry) for entry in pathlib.Path(f"/proc/{pid}/fd").iterdir()]


def _check_read(bench, command, words=(), bounded=False):
    """Looks at a reader that has not got the first byte yet; a second file is open all the same."""
    second = bench.path("second.pcap")
    second.write_bytes(_trace(81))
    fifo = bench.path("trace.fifo")
    os.mkfifo(fifo, 0o666)
    fifo.chmod(0o666)
    keep = os.open(fifo, os.O_RDWR)
    try:
        process = bench.add(program.start(bench.alone.client, "-j", "-r", fifo, "-r", second, *words,
                                          command=command))
        wait_until(lambda: not process.running or _status(process.pid)["NoNewPrivs"] == "1" and _waits(process),
                   "the reader waiting")
        true(process.running, f"it ended: {process.errors()}")
        _check_confined(bench, process.pid, bounded)
        true(str(second) in _opened(process.pid), "the second file is not open yet")
        children = _children(process.pid)
        for child in children:
            for name in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
                same(_status(child)[name], NONE, f"{name} of the child")
        same(len(children), 1 if words else 0, "children")
        with open(fifo, "wb") as file:
            file.write(_trace())
    finally:
        os.close(keep)
    finished = process.wait()
    same((finished.status, finished.stderr), (1, ""), "status and stderr")
    states = [record["port_state"] for record in program.Run(finished, JSON).connections]
    same(states, ["closed", "closed"], "what was read")


def check_read_root(bench):
    """Before the first byte of the first file, root has given up everything."""
    _note_before(bench)
    _check_read(bench, None, bounded=os.geteuid() == 0)


def check_read_filter(bench):
    """The child that compiles filters has nothing either."""
    _note_before(bench)
    _check_read(bench, None, ("tcp",), bounded=os.geteuid() == 0)


def check_read_nobody(bench):
    """An ordinary user without any capability."""
    command = as_nobody()
    _note_before(bench, command)
    _check_read(bench, command + [own_copy(bench)])


def check_read_file_capability(bench):
    """An ordinary user whose program has the capability from its file, which it never uses."""
    if not is_root_of_all():
        raise Skip("needs root")
    command = nobody_keeping() + [with_net_raw(own_copy(bench))]
    _note_before(bench, nobody_keeping())
    _check_read(bench, command)


def check_many_files(bench):
    """More files than descriptors: they are read all the same."""
    alone = bench.add(Alone())
    paths = []
    for number in range(60):
        path = bench.path(f"{number}.pcap")
        path.write_bytes(_trace(1000 + number))
        paths += ["-r", path]
    limited = ["prlimit", "--nofile=24:24", program.path()]
    run = program.Run(program.shake(alone.client, "-j", *paths, "tcp", command=limited), JSON)
    same((run.finished.status, run.finished.stderr), (1, ""), "status and stderr")
    same([record["server"]["port"] for record in run.connections], list(range(1000, 1060)), "the ports, in order")


def check_few_descriptors(bench, limit):
    """Fewer descriptors than connections: they wait for one another, and none is lost."""
    command = ["prlimit", f"--nofile={limit}:{limit}", program.path()]
    finished = program.shake(bench.add(Alone()).client, "-j", "-p", "1-40", "--rate", "0", "127.0.0.1",
                             command=command)
    same((finished.status, finished.stderr), (1, ""), "status and stderr")
    ports = [record["server"]["port"] for record in program.Run(finished, JSON).connections]
    same(sorted(ports), list(range(1, 41)), "the ports")


def check_too_few_descriptors(bench):
    """Where a process may have no more, the message says how many are enough; where it may, it takes them."""
    client = bench.add(Alone()).client
    for limit in range(8, 12):
        finished = program.shake(client, "127.0.0.1", "1", command=["prlimit", f"--nofile={limit}:{limit}", program.path()])
        same(finished.status, 3, f"status with {limit}")
        true(re.fullmatch(r"tcpshake: .*: Too many open files \(256 are enough: ulimit -n 256\)\n", finished.stderr),
             f"with {limit}: {finished.stderr}")
    finished = program.shake(client, "127.0.0.1", "1", command=["prlimit", "--nofile=8:256", program.path()])
    same((finished.status, finished.stderr), (1, ""), "status and stderr with 256 that are allowed")


# Without seccomp

NUMBERS = {"x86_64": (317, 157), "aarch64": (277, 167)}  # seccomp(2) and prctl(2)
# Starts a program to which the kernel denies both, as one without seccomp does.
WITHOUT_SECCOMP = """
import ctypes, os, struct, sys
seccomp, prctl = map(int, sys.argv[1:3])
step = lambda code, yes, no, value: struct.pack("HBBI", code, yes, no, value)
rules = (step(0x20, 0, 0, 0) + step(0x15, 3, 0, seccomp) + step(0x15, 0, 3, prctl) + step(0x20, 0, 0, 16)
         + step(0x15, 0, 1, 22) + step(0x06, 0, 0, 0x00050000 | 22) + step(0x06, 0, 0, 0x7fff0000))
text = ctypes.create_string_buffer(rules)
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(38, 1, 0, 0, 0) == 0
assert libc.prctl(22, 2, struct.pack("HxxxxxxP", len(rules) // 8, ctypes.addressof(text)), 0, 0) == 0
os.execv(sys.argv[3], sys.argv[3:])
"""


def check_without_seccomp(bench):
    """Where the kernel has no seccomp, runs continue without it, and -v and --version say so."""
    if os.uname().machine not in NUMBERS:
        raise Skip(f"no numbers of system calls for {os.uname().machine}")
    alone = bench.add(Alone())
    if sandbox_obstacle(alone.client):
        raise Skip(sandbox_obstacle(alone.client))
    command = [sys.executable, "-c", WITHOUT_SECCOMP, *NUMBERS[os.uname().machine], program.path()]
    trace = bench.path("trace.pcap")
    trace.write_bytes(_trace())
    finished = program.shake(alone.client, "-r", trace, command=command)
    same((finished.status, finished.stderr), (1, ""), "status and stderr")
    finished = program.shake(alone.client, "-v", "-r", trace, command=command)
    same(finished.status, 1, "exit status with -v")
    true("no sandbox" in finished.stderr and finished.stderr.count("\n") == 1, f"stderr {finished.stderr!r}")
    finished = program.shake(alone.client, "-qq", "--expect", "closed", "127.0.0.1", "1", command=command)
    same((finished.status, finished.stderr), (0, ""), "status and stderr of a live run")
    true("\nsandbox: none\n" in program.shake(alone.client, "--version", command=command).stdout, "--version")
    finished = program.shake(alone.client, "--doctor", command=command)
    same(finished.status, 3, "exit status of --doctor")
    true("sandbox        fails: runs continue without it" in finished.stdout, f"{finished.stdout}")


# Starts a program to which the kernel denies one call: its number, the errno, and what the second and third argument
# have to be, or -1.
DENYING = """
import ctypes, os, struct, sys
number, code, second, third = map(int, sys.argv[1:5])
step = lambda code, yes, no, value: struct.pack("HBBI", code, yes, no, value)
rules = step(0x20, 0, 0, 0) + step(0x15, 0, 5, number)
for offset, value in ((24, second), (32, third)):
    rules += step(0x20, 0, 0, offset) + (step(0x15, 0, 3 if offset == 24 else 1, value) if value >= 0
                                         else step(0x05, 0, 0, 0))
rules += step(0x06, 0, 0, 0x00050000 | code) + step(0x06, 0, 0, 0x7fff0000)
text = ctypes.create_string_buffer(rules)
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(38, 1, 0, 0, 0) == 0
assert libc.prctl(22, 2, struct.pack("HxxxxxxP", len(rules) // 8, ctypes.addressof(text)), 0, 0) == 0
os.execv(sys.argv[5], sys.argv[5:])
"""
SETSOCKOPT = {"x86_64": 54, "aarch64": 208}
LANDLOCK_CREATE_RULESET, GETRANDOM = 444, {"x86_64": 318, "aarch64": 278}
TCP, TCP_MD5SIG_EXT = 6, 32
IP, IP_MINTTL = 0, 21


def _denying(number, code, second=-1, third=-1, command=None):
    """The command that runs the program without that call."""
    return [sys.executable, "-c", DENYING, *map(str, (number, code, second, third)), *(command or [program.path()])]


def _number(numbers):
    if os.uname().machine not in numbers:
        raise Skip(f"no numbers of system calls for {os.uname().machine}")
    return numbers[os.uname().machine]


def check_without_landlock(bench):
    """A kernel without Landlock: runs continue, and -v and --doctor say so."""
    alone = bench.add(Alone())
    command = _denying(LANDLOCK_CREATE_RULESET, errno.ENOSYS)
    trace = bench.path("trace.pcap")
    trace.write_bytes(_trace())
    finished = program.shake(alone.client, "-r", trace, command=command)
    same((finished.status, finished.stderr), (1, ""), "status and stderr")
    true("no Landlock" in program.shake(alone.client, "-v", "-r", trace, command=command).stderr, "-v")
    finished = program.shake(alone.client, "--doctor", command=command)
    if not sandbox_obstacle(alone.client):
        true("no Landlock, and runs continue without it" in finished.stdout, f"{finished.stdout}")


def check_without_md5(bench, family):
    """A kernel without TCP MD5: the second guard keeps the kernel silent, without a privilege; a run and --doctor say
    so."""
    pair = bench.add(Pair())
    server = bench.add(Server(pair.server, SERVER[family], servers.sink))
    command = _denying(_number(SETSOCKOPT), errno.ENOPROTOOPT, TCP, TCP_MD5SIG_EXT)
    finished = program.shake(pair.client, "-j", server.address, server.port, command=command)
    same((finished.status, finished.stderr),
         (0, "tcpshake: this kernel has no TCP MD5: it resets connections to neighbours that send with TTL 255; see "
             "--doctor\n"), "status and warning")
    program.match(program.Run(finished, program.JSON).only, GRACEFUL)
    finished = program.shake(pair.client, "--doctor", command=command)
    same(finished.status, 0, f"exit status of --doctor: {finished.stdout}")
    true("minimum TTL" in finished.stdout, finished.stdout)


def check_without_two_guards(bench):
    """A kernel with neither: --doctor, which begins with the capability, says what a run meets without it."""
    alone = bench.add(Alone())
    command = _denying(_number(SETSOCKOPT), errno.ENOPROTOOPT, IP, IP_MINTTL)
    command = _denying(_number(SETSOCKOPT), errno.ENOPROTOOPT, TCP, TCP_MD5SIG_EXT, command)
    finished = program.shake(alone.client, "-qq", "--expect", "closed", "127.0.0.1", "1", command=command)
    doctor = program.shake(alone.client, "--doctor", command=command).stdout
    word = {0: "works: socket filter", 3: "fails: cannot keep the local kernel"}[finished.status]
    true(f"guard          {word}" in doctor, f"status {finished.status}, and {doctor}")


def check_without_random_numbers(bench):
    """A container that denies getrandom(2): an error at once, live and reading, and no endless loop."""
    alone = bench.add(Alone())
    command = _denying(_number(GETRANDOM), errno.ENOSYS)
    trace = bench.path("trace.pcap")
    trace.write_bytes(_trace())
    for arguments in (("127.0.0.1", "1"), ("-r", trace)):
        finished = program.shake(alone.client, *arguments, command=command)
        same(finished.status, 3, f"exit status with {arguments}")
        true("random numbers" in finished.stderr, finished.stderr)


# What is inherited


def check_inherited_descriptors(bench):
    """Those that no argument names are closed; those that are named work."""
    alone = bench.add(Alone())
    secret, fifo = bench.path("secret"), bench.path("trace.fifo")
    traces = [bench.path(f"trace{port}.pcap") for port in (81, 82, 83)]
    secret.write_text("secret", encoding="ascii")
    for number, trace in enumerate(traces, 1):
        trace.write_bytes(_trace(80 + number, 10 * number))
    os.mkfifo(fifo)
    keep = os.open(fifo, os.O_RDWR)
    try:
        opening = 'exec 3<"$2" 4<"$3" 5<"$1" 7<"$1" 8<"$4" 9<"$1"; shift 4; exec "$@"'
        process = bench.add(program.start(alone.client, "-j", "-r", fifo, "-r", "/dev/fd/3", "-r", "/proc/self/fd/4",
                                          "-r", "/dev/fd/8",
                                          command=["sh", "-c", opening, "sh", secret, *traces, program.path()]))
        wait_until(lambda: not process.running or _status(process.pid)["NoNewPrivs"] == "1" and _waits(process),
                   "the reader waiting")
        true(process.running, f"it ended: {process.errors()}")
        true(str(secret) not in _opened(process.pid), f"still open: {_opened(process.pid)}")
        with open(fifo, "wb") as file:
            file.write(_trace())
    finally:
        os.close(keep)
    finished = process.wait()
    same((finished.status, finished.stderr), (1, ""), "status and stderr")
    ports = [record["server"]["port"] for record in program.Run(finished, JSON).connections]
    same(ports, [80, 81, 82, 83], "what was read")


IGNORING = """
import os, signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2, signal.SIGTERM])
for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
    signal.signal(number, signal.SIG_IGN)
os.execv(sys.argv[1], sys.argv[1:])
"""


def check_inherited_signals(bench):
    """What was ignored has its default effect again, but for what users ignore on purpose; nothing is blocked."""
    alone = bench.add(Alone())
    kept = {signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGTSTP, signal.SIGTTIN,
            signal.SIGTTOU, signal.SIGPIPE, signal.SIGXFSZ}
    trace, fifo = bench.path("trace.pcap"), bench.path("trace.fifo")
    os.mkfifo(fifo)
    keep = os.open(fifo, os.O_RDWR)
    try:
        process = bench.add(program.start(alone.client, "-o", trace, "-r", fifo,
                                          command=[sys.executable, "-c", IGNORING, program.path()]))
        wait_until(lambda: not process.running or _status(process.pid)["NoNewPrivs"] == "1" and _waits(process),
                   "the reader waiting")
        status = _status(process.pid)
        ignored = {number for number in signal.Signals if int(status["SigIgn"], 16) >> number - 1 & 1}
        same(ignored, kept, "ignored signals")
        same(int(status["SigBlk"], 16), 0, "blocked signals")
        process.signal(signal.SIGUSR1)
        same(process.wait().status, -signal.SIGUSR1, "how it ended")
        same(sorted(path.name for path in bench.directory.iterdir()), ["trace.fifo"], "what is left")
    finally:
        os.close(keep)


# Takes a descriptor of another process, and traces it: prints the two errors.
TAKING = """
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
pid = int(sys.argv[1])
taken = libc.syscall(438, os.pidfd_open(pid), 3, 0)
error = 0 if taken >= 0 else ctypes.get_errno()
traced = libc.ptrace(0x4206, pid, 0, 0)
print(error, 0 if traced == 0 else ctypes.get_errno())
"""


def check_taken_by_the_same_user(bench):
    """Another process of the user, without capabilities, takes no raw socket, and does not trace it."""
    if not is_root_of_all():
        raise Skip("needs root")
    pair = bench.add(Pair())
    server = bench.add(Server(pair.server, SERVER[4], servers.sink))
    process = bench.add(program.start(pair.client, *HOLD, server.address, server.port,
                                      command=as_nobody("net_raw") + [own_copy(bench)]))
    true(server.accepted.acquire(timeout=10), f"no connection: {process.errors()}")
    found = subprocess.run([*as_nobody(), sys.executable, "-c", TAKING, str(process.pid)], check=True, text=True,
                           capture_output=True, timeout=10).stdout
    same(found.split(), [str(errno.EPERM)] * 2, "pidfd_getfd and ptrace")
    same(process.wait().status, 0, "exit status")


# Files that cannot be written


def _many(bench):
    trace = bench.path("many.pcap")
    frames = []
    for number in range(60):
        frames += [packet.Segment(CLIENT[4], SERVER[4], 40000, 1000 + number, 1, 0, "S").encode(),
                   packet.Segment(SERVER[4], CLIENT[4], 1000 + number, 40000, 0, 2, "RA").encode()]
    trace.write_bytes(capturefile.pcap(frames))
    return trace


def check_full_disk(bench):
    """Status 3; the older report stays, nothing else does; the summary goes to standard error."""
    disk = bench.path("disk")
    disk.mkdir()
    bench.add(namespace.SmallDisk(disk, 8192))
    report = disk / "report"
    report.write_text("older", encoding="ascii")
    finished = program.shake(bench.add(Alone()).client, "-j", "-o", report, "-r", _many(bench))
    same(finished.status, 3, f"exit status with {finished.stderr!r}")
    true("No space left on device" in finished.stderr.splitlines()[-1], f"{finished.stderr!r}")
    true("60 connections" in finished.stderr, f"no summary in {finished.stderr!r}")
    same((report.read_text(encoding="ascii"), os.listdir(disk)), ("older", ["report"]), "what is on the disk")


def check_file_size_limit(bench):
    """The same with ulimit -f, whose signal would end the process."""
    report = bench.path("report")
    report.write_text("older", encoding="ascii")
    finished = program.shake(bench.add(Alone()).client, "-j", "-o", report, "-r", _many(bench),
                             command=["prlimit", "--fsize=6000", program.path()])
    same(finished.status, 3, f"exit status with {finished.stderr!r}")
    true("File too large" in finished.stderr and "60 connections" in finished.stderr, f"{finished.stderr!r}")
    same(report.read_text(encoding="ascii"), "older", "the older report")
    same(sorted(path.name for path in bench.directory.iterdir()), ["many.pcap", "report"], "what is left")


def check_one_file_for_both(bench):
    """-w and -o to one file, by another path to it, are refused before anything is written."""
    alone = bench.add(Alone())
    one = bench.path("one")
    one.write_text("older", encoding="ascii")
    bench.path("link").symlink_to("one")
    os.link(one, bench.path("second"))
    for other in ("one", "./one", "link", "second"):
        finished = program.shake(alone.client, "-w", one, "-o", f"{bench.directory}/{other}", "127.0.0.1", "1")
        same(finished.status, 2, f"exit status with {other}")
        true("both write" in finished.stderr, f"{finished.stderr!r}")
    same(one.read_text(encoding="ascii"), "older", "the file")


# A large table is sorted, redrawn and left inside the sandbox


def check_large_table(bench):
    """Three hundred targets on a terminal."""
    alone = bench.add(Alone())
    terminal = bench.add(Terminal(alone.client, [program.path(), "--expect", "closed", "-c", "2", "-i", "0.3",
                                                 "-p", "1-300", "127.0.0.1"], columns=100, rows=40))
    same(terminal.wait(), 0, "exit status")


# Set-id use


def check_set_id(bench, mode, arguments):
    """Refused in whichever mode, before anything else."""
    if not is_root_of_all():
        raise Skip("needs root")
    copy = with_set_id(own_copy(bench), mode)
    finished = program.shake(bench.add(Alone()).client, *arguments, command=nobody_keeping() + [copy])
    same((finished.status, finished.stdout), (3, ""), "status and stdout")
    true("set-user-ID" in finished.stderr and "setcap" in finished.stderr, f"stderr {finished.stderr!r}")


SET_ID = {"live": (SERVER[4], "80"), "read": ("-r", "-"), "demo": ("--demo",), "version": ("--version",)}


# Traps


def _shared_directory(bench):
    """A directory like /tmp, and a file outside of it that is worth a trap."""
    if not is_root_of_all():
        raise Skip("needs root")
    shared = bench.path("shared")
    shared.mkdir()
    shared.chmod(0o1777)
    bench.directory.chmod(0o755)
    bench.path("precious").write_text("precious", encoding="ascii")
    return shared


def _as_nobody_in(directory, *argv):
    subprocess.run([*as_nobody(), *map(str, argv)], check=True, cwd=directory, timeout=10)


TRAPS = {
    "link": lambda shared: _as_nobody_in(shared, "ln", "-s", "../precious", "out"),
    "dangling-link": lambda shared: _as_nobody_in(shared, "ln", "-s", "../made", "out"),
    "file": lambda shared: _as_nobody_in(shared, "touch", "out"),
    "fifo": lambda shared: _as_nobody_in(shared, "mkfifo", "out"),
    # of the user's own file, as it is where fs.protected_hardlinks is 0
    "hard-link": lambda shared: os.link(shared / "../precious", shared / "out"),
}


def check_trap(bench, lay, option):
    """What nobody laid into a directory that is shared is not written through, nor into; what is ours there is."""
    shared = _shared_directory(bench)
    trace = bench.path("trace.pcap")
    trace.write_bytes(_trace())
    pair = bench.add(Pair())
    what = {"-o": ("-j", "-r", trace), "-w": ("-W", "0.5", SERVER[4], "80")}[option]
    lay(shared)
    before = os.lstat(shared / "out")
    finished = program.shake(pair.client, option, shared / "out", *what)
    same(finished.status, 3, f"exit status with {finished.stderr!r}")
    true("another user" in finished.stderr and str(shared / "out") in finished.stderr, f"{finished.stderr!r}")
    same(bench.path("precious").read_text(encoding="ascii"), "precious", "the file outside")
    true(not bench.path("made").exists(), "a file was made through the link")
    after = os.lstat(shared / "out")
    same((after.st_ino, after.st_size), (before.st_ino, before.st_size), "what was laid")
    same(os.listdir(shared), ["out"], "what is in the directory")
    same(program.shake(pair.client, option, shared / "ours", *what).status, 1, "exit status with a name of our own")
    true(stat.S_ISREG(os.lstat(shared / "ours").st_mode), "the file of our own")


CASES = [
    *each("live-root", check_live_root),
    *each("live-net-raw", check_live_net_raw),
    *each("live-file-capability", check_live_file_capability),
    Case("live-while-waiting", check_live_while_waiting),
    Case("live-interface-down", check_live_interface_down),
    Case("read-root", check_read_root),
    Case("read-filter", check_read_filter),
    Case("read-nobody", check_read_nobody),
    Case("read-file-capability", check_read_file_capability),
    Case("read-many-files", check_many_files),
    # With 12 there is no capture on all interfaces; 16 are fewer than the children that could be waited for.
    *(Case(f"few-descriptors-{limit}", partial(check_few_descriptors, limit=limit)) for limit in (12, 16)),
    Case("too-few-descriptors", check_too_few_descriptors),
    Case("without-seccomp", check_without_seccomp),
    Case("without-landlock", check_without_landlock),
    *each("without-md5", check_without_md5),
    Case("without-two-guards", check_without_two_guards),
    Case("without-random-numbers", check_without_random_numbers),
    Case("inherited-descriptors", check_inherited_descriptors),
    Case("inherited-signals", check_inherited_signals),
    Case("taken-by-the-same-user", check_taken_by_the_same_user),
    Case("full-disk", check_full_disk),
    Case("file-size-limit", check_file_size_limit),
    Case("one-file-for-both", check_one_file_for_both),
    Case("large-table", check_large_table),
    *(Case(f"set-user-id-{name}", partial(check_set_id, mode=0o4755, arguments=arguments))
      for name, arguments in SET_ID.items()),
    Case("set-group-id", partial(check_set_id, mode=0o2755, arguments=SET_ID["live"])),
    *(Case(f"trap-{name}{option}", partial(check_trap, lay=lay, option=option))
      for name, lay in TRAPS.items() for option in ("-o", "-w")),
]

if __name__ == "__main__":
    tap.main(CASES, prepare=program.path)
