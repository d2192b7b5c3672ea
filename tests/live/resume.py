#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""--resume: a run that is killed, interrupted or out of disk goes on, and each target is reported once."""

import csv
import hashlib
import io
import os
import random
import signal
import time
from collections import Counter

from lab import program, servers, tap
from lab.namespace import SmallDisk
from lab.process import wait_until
from lab.servers import Server
from lab.tap import Case, same, true
from lab.topology import SERVER, Pair

HOST = SERVER[4]
KILLS = int(os.environ.get("RESUME_KILLS", "51"))  # over all formats; make thorough asks for 150
FIRST, TARGETS = 1001, max(2000, 80 * KILLS)
OPEN = 1234
SLOW = ("--rate", 1000)
FAST = ("--rate", 0, "--parallel", 200)
PLAIN = ("--half-open", "--expect", "open,closed")
ALL = (HOST, f"{FIRST}-{FIRST + TARGETS - 1}")
JSON, CSV = ("-j",), ("--format", "csv")


class Journaled:
    """A run with its journal and its output."""

    def __init__(self, where, directory, *arguments, name="run", output=JSON):
        self.where, self.always = where, (*output, *arguments)
        self.journal, self.file = directory / f"{name}.journal", directory / f"{name}.out"

    def arguments(self, *more):
        return (*self.always, "-o", self.file, "--resume", self.journal, *more)

    def start(self, *more):
        return program.start(self.where, *self.arguments(*more))

    def run(self, *more, status=0, stderr=""):
        finished = program.shake(self.where, *self.arguments(*more))
        same((finished.status, finished.stderr), (status, stderr), "status and stderr")
        return finished

    def refused(self, *more, status=2):
        """It ends with an error, and leaves both files as they are. Returns what it says."""
        before = self.content()
        finished = program.shake(self.where, *self.arguments(*more))
        same(finished.status, status, f"status with {more}: {finished.stderr}")
        same(self.content(), before, "the files after a refusal")
        return finished.stderr

    def content(self):
        """A digest of each file; None where there is none."""
        return [hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None
                for path in (self.file, self.journal)]

    def text(self):
        return self.file.read_text(encoding="utf-8")

    def lines(self):
        """How many there are by now; the last one may be torn."""
        return self.file.read_bytes().count(b"\n") if self.file.exists() else 0

    def complete(self):
        """Another run of it adds nothing."""
        before = self.content()
        self.run(*SLOW, stderr=f"tcpshake: the run of the journal '{self.journal}' is complete: nothing is left to do\n")
        same(self.content(), before, "the files of a complete run")
        written = self.file.read_bytes()
        self.file.write_bytes(written[:-1])
        true("shorter than the journal says" in self.refused(*SLOW), "what is lost of the output of a complete run")
        self.file.write_bytes(written)


def _connections(text):
    return [record for record in program.records(text) if record["type"] == "connection"]


def _json_ports(text):
    return [record["server"]["port"] for record in _connections(text)]


def _csv_ports(text):
    return [int(row["server.port"]) for row in csv.DictReader(io.StringIO(text))]


def _table_ports(text):
    rows = [line.split() for line in text.splitlines() if f" {HOST}:" in line]
    same([int(row[0]) for row in rows], list(range(1, len(rows) + 1)), "numbers of the lines")
    same(text.count(" handshake "), 1, "lines of titles")
    return [int(word.rsplit(":", 1)[1]) for row in rows for word in row if word.startswith(f"{HOST}:")]


FORMATS = {"json": (JSON, _json_ports), "csv": (CSV, _csv_ports), "table": (("--format", "table"), _table_ports)}


def _once(ports, wanted=range(FIRST, FIRST + TARGETS), times=1):
    counts = Counter(ports)
    same([port for port, count in counts.items() if count != times], [], f"ports not reported {times} times")
    same(sorted(counts), sorted(wanted), "ports reported")


def _summary(text):
    """The only one of a run, without its times."""
    summaries = [record for record in program.records(text) if record["type"] == "summary" and record["target"] is None]
    same(len(summaries), 1, "summaries")
    summary = summaries[0]
    program.validate(summary)
    for name in ("connect", "syn_rtt", "fin_rtt"):
        summary[name] = summary[name]["count"]
    return {name: value for name, value in summary.items() if name not in ("slowest_handshakes", "syn_jitter_ns")}


def _kill(run, chance, *more):
    """At a random moment: of its whole life, or shortly after it has written something."""
    before = run.lines()
    process = run.start(*more)
    if chance.random() < 0.3:
        time.sleep(chance.uniform(0, 0.1))
    else:
        until = time.monotonic() + 2
        while run.lines() <= before and process.running and time.monotonic() < until:
            time.sleep(0.002)
        time.sleep(chance.uniform(0, 0.1))
    process.signal(signal.SIGKILL)
    return process.wait().status


def _kill_often(run, chance, times, nearly, *more):
    """So many times, unless a loaded machine has let it come so far before. Returns how many times it was."""
    done = 0
    while done < times and run.lines() < nearly:
        done += _kill(run, chance, *more) == -signal.SIGKILL
    return done


def _open_server(bench, pair):
    return bench.add(Server(pair.server, "0.0.0.0", servers.sink, port=OPEN))


def check_kills(bench, name):
    """Killed at many moments, it reports each target once, and in the end what an uninterrupted run reports."""
    output, ports_of = FORMATS[name]
    pair = bench.add(Pair())
    _open_server(bench, pair)
    chance = random.Random(name)
    run = Journaled(pair.client, bench.directory, *PLAIN, *ALL, output=output)
    killed = _kill_often(run, chance, KILLS // len(FORMATS), TARGETS * 3 // 4, *SLOW)
    done = run.lines()
    run.run(*FAST)
    _once(ports_of(run.text()))
    run.complete()
    bench.note(f"{killed} kills, {done} of {TARGETS} targets before the last run")
    if name == "json":
        plain = program.shake(pair.client, *JSON, *PLAIN, *FAST, *ALL)
        same(_summary(run.text()), _summary(plain.stdout), "the summary of all parts")


def check_counts(bench):
    """Several connections to each target, which have labels: each as often as asked for, and the same summaries."""
    pair = bench.add(Pair())
    _open_server(bench, pair)
    path = bench.path("list")
    ports = range(OPEN - 50, OPEN + 51)
    path.write_text("".join(f"{HOST}:{port} team=t{port % 3}\n" for port in ports), encoding="ascii")
    arguments = ("-c", 4, "-i", 0.03, *PLAIN, "--targets", path)
    run, chance = Journaled(pair.client, bench.directory, *arguments), random.Random(7)
    _kill_often(run, chance, 8, 3 * len(ports), "--rate", 300)
    run.run(*FAST)
    _once(_json_ports(run.text()), ports, 4)
    run.complete()
    for record in program.records(run.text()):
        if record["type"] == "summary" and record["target"] is not None:
            same((record["connections"], record["syn_rtt"]["count"]), (4, 4), "connections of a target")
    plain = program.shake(pair.client, *JSON, *FAST, *arguments)
    same(_summary(run.text()), _summary(plain.stdout), "the summary of all parts")


def check_keeps(bench):
    """Also of targets that were all begun at once, a killed run keeps what it has reported."""
    pair = bench.add(Pair())
    run = Journaled(pair.client, bench.directory, *PLAIN, "-c", 100, "-i", 0.02, HOST, "1-10")
    process = run.start()
    wait_until(lambda: run.lines() > 400, "reports")
    process.signal(signal.SIGKILL)
    process.wait()
    before = run.lines()
    finished = program.shake(pair.client, *run.arguments("--deadline", 0.001))
    same(finished.status, 3, "status of a run without time")
    true(run.lines() > before // 4, f"{run.lines()} of {before} were kept")
    _json_ports(run.text())


def check_interrupts(bench):
    """SIGINT and --deadline leave the rest to the next run, and say how much it is."""
    pair = bench.add(Pair())
    _open_server(bench, pair)
    run = Journaled(pair.client, bench.directory, "--expect", "closed", *ALL)
    process = run.start(*SLOW)
    wait_until(lambda: run.lines() > 100, "a report")
    process.signal(signal.SIGINT)
    finished = process.wait()
    left = TARGETS - len(_connections(run.text()))
    text = "tcpshake: interrupted with {} of {} connections to go: run the same command again to continue\n"
    same((finished.status, finished.stderr), (3, text.format(left, TARGETS)), "status and stderr of the first part")
    finished = program.in_time(lambda seconds: program.shake(pair.client, *run.arguments("--deadline", seconds, *SLOW)),
                               lambda _: len(_connections(run.text())) > TARGETS - left)
    left = TARGETS - len(_connections(run.text()))
    same((finished.status, finished.stderr), (3, text.format(left, TARGETS)), "status and stderr of the second part")
    run.run(*FAST, status=1)
    _once(_json_ports(run.text()))
    same(_summary(run.text())["ok"], TARGETS - 1, "connections that are as expected")
    finished = program.shake(pair.client, *run.arguments())
    same(finished.status, 1, "status of the complete run")


def check_shards(bench):
    """Two processes with a half of the targets each, killed and resumed: all targets once."""
    pair = bench.add(Pair())
    chance = random.Random(2)
    runs = [Journaled(pair.client, bench.directory, *PLAIN, "--shard", f"{shard}/2", *ALL, name=str(shard), output=CSV)
            for shard in (1, 2)]
    for _ in range(4):
        started = [run.start("--rate", 500) for run in runs]
        time.sleep(chance.uniform(0.1, 0.3))
        for process in started:
            process.signal(signal.SIGKILL)
        for process in started:
            process.wait()
    for run in runs:
        run.run(*FAST)
    _once([port for run in runs for port in _csv_ports(run.text())])


def check_other_runs(bench):
    """A journal of another run is refused with what differs; the same run with other rates is not."""
    pair = bench.add(Pair())
    few = (HOST, "1-40")
    run = Journaled(pair.client, bench.directory, *PLAIN)
    process = run.start(*few, "--rate", 10)
    wait_until(lambda: run.lines() > 1, "a report")
    locked = program.shake(pair.client, *run.arguments(*few))
    true(not process.running or (locked.status == 2 and "is in use by another run" in locked.stderr), f"locked: {locked}")
    process.signal(signal.SIGINT)
    same(process.wait().status, 3, "status of the interrupted run")
    for text, arguments in (("another seed", (*few, "--seed", 1)), ("another order", (*few, "--in-order")),
                            ("other targets", (HOST, "1-41")), ("other targets", (HOST, "2-41")),
                            ("other exclusions", (*few, "--exclude", "192.0.2.1")),
                            ("another shard", (*few, "--shard", "2/2")),
                            ("another number of shards", (*few, "--shard", "1/2")),
                            ("another number of connections", (*few, "-c", 2)),
                            ("another plan", (*few, "--ttl", 63)), ("another plan", (*few, "--mss", 500)),
                            ("other conditions of success", (*few, "--max-rtt", 50)),
                            ("another form of the report", (*few, "--only", "open")),
                            ("another form of the report", (*few, "--format", "csv"))):
        said = run.refused(*arguments)
        true(f"belongs to a run with {text}" in said, f"{said!r} names {text}")
    run.file.write_bytes(run.file.read_bytes()[:10])
    true("shorter than the journal says" in run.refused(*few), "a shorter output")
    finished = Journaled(pair.client, bench.directory, *PLAIN, *few, name="other")
    finished.file.write_bytes(b"what was measured before")
    true("is not empty and the journal is new" in program.shake(pair.client, *finished.arguments()).stderr, "refusal")
    same(finished.file.read_bytes(), b"what was measured before", "the output of something else")
    true(not finished.journal.exists(), "a journal is left behind by a run that was refused")


def check_bad_files(bench):
    """What is no journal, or no regular file, is refused and left as it is; nothing is made."""
    pair = bench.add(Pair())
    run = Journaled(pair.client, bench.directory, *PLAIN, HOST, 80)
    run.journal.write_bytes(b"a diary\n" * 1000)
    true("is not a journal" in run.refused(), "another file")
    run.journal.write_bytes(b"tcpshake journal" + bytes(8192))
    true("is damaged" in run.refused(), "a damaged journal")
    for bad, text in ((bench.directory, "Is a directory"), ("/dev/null", "not a regular file"), (run.file, "two files"),
                      ("/proc/version", "not a regular file"), (bench.path("no/journal"), "No such file")):
        finished = program.shake(pair.client, *run.always, "-o", run.file, "--resume", bad)
        true(finished.status in (2, 3) and text in finished.stderr, f"{bad}: {finished.status} {finished.stderr!r}")
        true(not run.file.exists(), f"{bad}: an output is left behind")
    for bad, text in ((bench.directory, "Is a directory"), ("/dev/null", "not a regular file"),
                      ("/dev/stdout", "not a regular file")):
        finished = program.shake(pair.client, *run.always, "-o", bad, "--resume", bench.path("new"))
        true(finished.status == 3 and text in finished.stderr, f"{bad}: {finished.status} {finished.stderr!r}")
        true(not bench.path("new").exists(), f"{bad}: a journal is left behind")
    run.journal.unlink()
    for bad, text in (("--targets", "No such file"), ("--interface", "no-such-device")):
        finished = program.shake(pair.client, *run.arguments(bad, "no-such-device"))
        true(finished.status in (2, 3) and text in finished.stderr, f"{bad}: {finished.status} {finished.stderr!r}")
        same(run.content(), [None, None], f"{bad}: the files")


def check_full_disk(bench):
    """On a disk that fills, the run ends with status 3; with more room it goes on, and nothing is lost."""
    pair = bench.add(Pair())
    for name, output_kib, journal_kib in (("output", 200, 10000), ("journal", 10000, 8), ("both", 300, None)):
        places = []
        for part, kib in (("out", output_kib), ("journal", journal_kib)):
            place = bench.path(f"{name}-{part}")
            place.mkdir()
            if kib is not None:
                places.append((bench.add(SmallDisk(place, kib << 10)), place))
        run = Journaled(pair.client, bench.directory, *PLAIN, *ALL)
        run.file = places[0][1] / "file"
        run.journal = places[-1][1] / "journal"
        finished = program.shake(pair.client, *run.arguments(*FAST))
        true(finished.status == 3 and "No space left on device" in finished.stderr, f"{name}: {finished}")
        for disk, _ in places:
            disk.grow(20 << 20)
        run.run(*FAST)
        _once(_json_ports(run.text()))


CASES = [
    *(Case(f"kills-{name}", lambda bench, name=name: check_kills(bench, name)) for name in FORMATS),
    Case("counts", check_counts),
    Case("keeps", check_keeps),
    Case("interrupts", check_interrupts),
    Case("shards", check_shards),
    Case("other-runs", check_other_runs),
    Case("bad-files", check_bad_files),
    Case("full-disk", check_full_disk),
]

if __name__ == "__main__":
    tap.main(CASES)
