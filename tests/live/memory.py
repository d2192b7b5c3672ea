#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Memory that runs out: each allocation of a run fails, alone and with all behind it. The run then ends with status 3
and a message, or with the whole report where it can do without; never with less, and never by a signal. The cases that
begin with whole- try every place in the program that asks for memory, those of the golden tests each place that no
golden test before has tried, the others a sample of these."""

import os
import re
import shlex
import struct
import subprocess
import tempfile
from functools import partial
from pathlib import Path

from lab import program, servers, tap
from lab.servers import Server
from lab.tap import Case, Failure, Skip, true
from lab.topology import Topology

TOP = Path(__file__).resolve().parents[2]
SOURCE = Path(__file__).resolve().parent / "lab" / "failing.c"
HEAD = struct.Struct("QQQQ")  # allocations, failures, the first that fails, the last
NOTED = 65536
ALL = 2**63  # a number that no allocation has
SAMPLE = 5  # places that are tried where not all are
MESSAGE = re.compile(r"^(tcpshake: |\S* ?UNKNOWN)", re.M)
WORDS = re.compile(r"[A-Za-z_-]{3,}")
# How a busy machine closes, and arrows, which are as long as figures leave room for.
VARYING = re.compile("four|three|four-segment|three-segment|waited|CLOSE_WAIT|[ShAaDdFfRr]+|-+")
LOCALES = ("C.UTF-8", "C")  # a locale that finds no memory is the plain one

READ = {
    "text": ("several-v4.pcapng",),
    "json": ("several-v4.pcapng", "-j"),
    "table-of-two": ("ports-v4.pcapng", "-r", "names-that-run-past.pcapng", "--format", "table"),
    "explained": ("local-reset-v4.pcapng", "--explain"),
    "nagios": ("several-v4.pcapng", "--format", "nagios"),
    "prometheus": ("ports-v4.pcapng", "--format", "prometheus"),
    "filtered-csv": ("several-v4.pcapng", "--format", "csv", "tcp", "port", "80"),
    "svg": ("request-v4.pcapng", "--format", "svg"),
}
LIVE = {
    "json": ("-j", "{host}:{port}", "{host}:9"),
    "name": ("localhost:{port}",),
    "ports": ("-p", "9,{port}", "{host}", "--half-open", "--format", "csv", "-c", "2"),
    "recorded": ("{host}:{port}", "-w", "{directory}/run.pcapng", "-o", "{directory}/report", "-q"),
    "path": ("{host}:{port}", "--path", "-v"),
    "again": ("localhost:{port}", "--resolve-every", "0.02", "-c", "3", "-i", "0.02", "--format", "prometheus"),
    "prefix": ("-p", "{port}", "127.0.0.0/28", "--half-open", "-q"),
    "opinions": ("{host}:9", "{host}:{port}", "198.51.100.9:80", "--second-opinion", "-j"),
    "offers": ("{host}:{port}", "{host}:9", "--offer", "ecn,fastopen", "--compare", "-c", "2", "-i", "0.02", "-j"),
    "controlled": ("{host}:{port}", "--control-port", "9", "--format", "csv"),
    "resumable": ("-p", "9,{port}", "{host}", "--resume", "{directory}/journal", "-o", "{directory}/report", "-j"),
    "listed": ("--targets", "{directory}/targets", "--exclude", "192.0.2.0/24", "-j"),
    "streamed": ("--targets", "{directory}/targets", "--stream", "--max-per-host", "1", "-j"),
    "path-mtu": ("{host}:{port}", "--path-mtu", "-v"),
    "payload": ("{host}:{port}", "--send", "hello\\n", "--all-addresses", "--format", "nagios"),
}


def _library(bench):
    """A library that is put before the C library's allocator."""
    if b"__asan_init" in program.path().read_bytes():
        raise Skip("the sanitizer has an allocator of its own")
    library = bench.path("failing.so")
    compiler = shlex.split(os.environ.get("CC") or "cc")
    try:
        subprocess.run([*compiler, "-O1", "-shared", "-fPIC", "-o", library, SOURCE], check=True,
                       capture_output=True, timeout=120)
    except (OSError, subprocess.SubprocessError) as error:
        raise Skip(f"no library for another allocator can be made: {error}") from error
    return library


class Runs:
    """Runs of one command line; each starts in a directory of its own."""

    def __init__(self, bench, arguments, files=()):
        self._bench, self._arguments, self._files = bench, arguments, files
        self._library = _library(bench)
        self._state = bench.path("failing")
        self._network = bench.add(Topology())
        self.server = bench.add(Server(self._network.client, "127.0.0.1", servers.sink))

    def run(self, first=0, last=0, locale=LOCALES[0]):
        """Lets the allocations from the first to the last fail; returns what is left of the process, with its files
        in the place of standard output, and the places where it asked for memory, in order."""
        with open(self._state, "wb") as state:
            state.write(HEAD.pack(0, 0, first, last))
            state.truncate(HEAD.size + 8 * NOTED)
        with tempfile.TemporaryDirectory(dir=self._bench.directory) as directory:
            Path(directory, "targets").write_text(
                f"127.0.0.1:9 team=a\n127.0.0.2:{self.server.port}\nlocalhost:{self.server.port} expect=open\n",
                encoding="utf-8")
            words = [word.format(host="127.0.0.1", port=self.server.port, directory=directory)
                     for word in self._arguments]
            finished = program.shake(
                self._network.client, *words,  # setarch and env ask for memory too, which is not counted
                command=["setarch", "-R", "env", f"LD_PRELOAD={self._library}", program.path()],
                environment={"FAILING": str(self._state), "LC_ALL": locale})
            left = finished.stdout + "".join(path.read_text(encoding="utf-8", errors="replace")
                                             for path in sorted(Path(directory).glob("report")))
        content = self._state.read_bytes()
        count = min(HEAD.unpack(content[:HEAD.size])[0], NOTED - 1)
        return finished, left, struct.unpack_from(f"{count}Q", content, HEAD.size + 8)


def _essence(finished, left):
    """What does not differ from run to run: the status and the words; how many, if it was no live run; otherwise how
    many records a format for programs has."""
    words = [word for word in WORDS.findall(left) if not VARYING.fullmatch(word)]
    if "-r" in finished.argv:
        return finished.status, sorted(words)
    return finished.status, sorted(set(words)), len(left.splitlines()) if {"-j", "--format"} & {*finished.argv} else 0


def _ends_well(finished, left, wanted):
    """A message and status 3, or all that there is to say."""
    if finished.status == 3 and MESSAGE.search(finished.stderr + finished.stdout):
        return True
    return _essence(finished, left) in wanted


def _numbers(places, whole, tried):
    """Those to fail: the first allocation of each place, and the last where it asks more than once; or a sample. What
    was tried is left out, and added to."""
    first, last = {}, {}
    for number, place in enumerate(places, 1):
        if place not in tried:
            first.setdefault(place, number)
            last[place] = number
    tried.update(first)
    if whole:
        return sorted({*first.values(), *last.values()})
    numbers = sorted(first.values())
    return numbers[len(numbers) // (2 * SAMPLE)::max(1, len(numbers) // SAMPLE)]


def check_failures(bench, arguments, whole, tried=None):
    """Each of these allocations fails, alone, and with all behind it. tried is a set of places that need not be tried
    again; None: none was."""
    runs = Runs(bench, arguments)
    wanted, places = [], []
    for locale in LOCALES:
        finished, left, found = runs.run(locale=locale)
        true(finished.status != 3, f"a run with memory: {finished.stderr}")
        wanted.append(_essence(finished, left))
        places.append(found)
    places = places[0]  # those of the locale that the failing runs have
    true(len(set(places)) >= SAMPLE, f"{len(set(places))} places")
    numbers = _numbers(places, whole, set() if tried is None else tried)
    failures = []
    for number in numbers:
        for last in (number, ALL):
            outcomes = []
            for _ in range(3):  # a connection may take another course on a busy machine
                finished, left, _ = runs.run(number, last)
                outcomes.append(_ends_well(finished, left, wanted))
                if outcomes[-1]:
                    break
            if not any(outcomes):
                behind = " and all behind it" if last == ALL else ""
                failures.append(f"allocation {number}{behind}: status {finished.status}, "
                                f"{len(left)} octets, {finished.stderr[-300:]!r}")
    if failures:
        raise Failure("\n".join(failures))
    bench.note(f"{len(numbers)} of {len(places)} allocations failed, in {len(set(places))} places")


def _read(arguments):
    name, *rest = arguments
    folder = TOP / "pcaps"
    return ["-r", str(folder / name), *(str(folder / word) if word.endswith(".pcapng") else word for word in rest)]


def _golden():
    """Each row of the golden tests."""
    for line in (TOP / "tests" / "golden" / "TESTLIST").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, capture, _, _, *arguments = line.split()
            if (TOP / "pcaps" / capture).exists():
                yield name, _read([capture, *arguments])


def _cases():
    for prefix, whole in (("", False), ("whole-", True)):
        for name, arguments in READ.items():
            yield Case(f"{prefix}read-{name}", partial(check_failures, arguments=_read(arguments), whole=whole))
        for name, arguments in LIVE.items():
            yield Case(f"{prefix}live-{name}", partial(check_failures, whole=whole, arguments=[
                *arguments, "-W", "2", "--time-wait", "0"]))
    tried = set()
    for name, arguments in _golden():
        yield Case(f"whole-golden-{name}", partial(check_failures, arguments=arguments, whole=True, tried=tried))


CASES = list(_cases())

if __name__ == "__main__":
    tap.main(CASES, jobs=2, held={case.name for case in CASES if case.name.startswith("whole-")})
