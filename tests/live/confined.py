#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What the running process has left, as /proc shows it, and what others lay in its way."""

import os
import pathlib
import stat
import subprocess
import sys
from functools import partial

from lab import capturefile, packet, program, servers, tap
from lab.cases import GRACEFUL, each
from lab.process import wait_until
from lab.program import JSON, sandbox_obstacle
from lab.servers import Server
from lab.tap import Case, Skip, same, true
from lab.terminal import Terminal
from lab.topology import CLIENT, SERVER, Alone, Pair
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
    """An interface that goes down ends the run, with what was measured and the reason."""
    pair = bench.add(Pair())
    server = bench.add(Server(pair.server, SERVER[4], servers.sink))
    process = bench.add(program.start(pair.client, "-c", "0", "-i", "0.1", server.address, server.port))
    wait_until(lambda: process.output().count("graceful") >= 2, "two connections")
    pair.client.ip("link set c0 down")
    finished = process.wait(10)
    same(finished.status, 3, "exit status")
    true("down" in finished.stderr or "unreachable" in finished.stderr, f"{finished.stderr!r}")
    true("--- " in finished.stdout, "no summary")


# Reading


def _trace(port=80):
    syn = packet.Segment(CLIENT[4], SERVER[4], 40000, port, 1, 0, "S")
    answer = packet.Segment(SERVER[4], CLIENT[4], port, 40000, 0, 2, "RA")
    return capturefile.pcap([syn.encode(), answer.encode()])


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
    finished = program.shake(pair.client, option, shared / "out", *what, limit=10)
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
    Case("without-seccomp", check_without_seccomp),
    Case("large-table", check_large_table),
    *(Case(f"set-user-id-{name}", partial(check_set_id, mode=0o4755, arguments=arguments))
      for name, arguments in SET_ID.items()),
    Case("set-group-id", partial(check_set_id, mode=0o2755, arguments=SET_ID["live"])),
    *(Case(f"trap-{name}{option}", partial(check_trap, lay=lay, option=option))
      for name, lay in TRAPS.items() for option in ("-o", "-w")),
]

if __name__ == "__main__":
    tap.main(CASES, prepare=program.path)
