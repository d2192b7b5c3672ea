#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Scripted checks: conditions over several connections, and the formats that monitoring systems read."""

import os
import shutil
from functools import partial
from typing import NamedTuple

from lab import process, program, servers, tap
from lab.program import TEXT
from lab.servers import Server
from lab.tap import Case, Skip, same, true
from lab.topology import SERVER, Pair, host_port

HOST = SERVER[4]
QUICK = ("-i", "0.02", "--time-wait", "0")
CLOSED_PORT, FILTERED_PORT = 79, 80
DROP = "table inet lab { chain in { type filter hook input priority 0; tcp dport 80 drop; }; }"


def _open_port(bench, family=4):
    pair = bench.add(Pair())
    pair.server.nft(DROP)
    return pair.client, bench.add(Server(pair.server, SERVER[family], servers.sink))


# Conditions


class Condition(NamedTuple):
    """Options, the port that they are tried on, the exit status, and how many connections are made."""

    name: str
    arguments: tuple
    port: str
    status: int
    connections: int


CONDITIONS = [
    Condition("fail-after-closed", ("-c", "0", "--fail-after", "3"), "closed", 1, 3),
    Condition("fail-after-open", ("-c", "4", "--fail-after", "3"), "open", 0, 4),
    Condition("fail-after-more", ("-c", "4", "--fail-after", "4", "--max-loss", "100"), "closed", 1, 4),
    Condition("succeed-after-open", ("-c", "0", "--succeed-after", "3"), "open", 0, 3),
    Condition("succeed-after-closed", ("-c", "4", "--succeed-after", "2"), "closed", 1, 4),
    Condition("succeed-after-expected", ("-c", "0", "--succeed-after", "2", "--expect", "closed"), "closed", 0, 2),
    Condition("max-loss-open", ("-c", "3", "--max-loss", "0"), "open", 0, 3),
    Condition("max-loss-closed", ("-c", "3", "--max-loss", "99.9"), "closed", 1, 3),
    Condition("max-loss-all", ("-c", "3", "--max-loss", "100"), "closed", 0, 3),
]


def check_condition(bench, condition):
    """A condition ends the run, decides its status, and does the same of the recording."""
    client, server = _open_port(bench)
    port = server.port if condition.port == "open" else CLOSED_PORT
    split = condition.arguments.index("-c")
    count = condition.arguments[split:split + 2]
    judge = condition.arguments[:split] + condition.arguments[split + 2:]
    run = program.probe(bench, client, *count, *QUICK, HOST, port, status=condition.status, judge=judge)
    same(len(run.connections), condition.connections, "connections")


def check_recovery(bench):
    """A service that comes up while it is waited for."""
    pair = bench.add(Pair())
    waiting = bench.add(program.start(pair.client, "-c", "0", "-i", "0.05", "--deadline", "20", "--succeed-after", "3",
                                      HOST, 8080))
    process.wait_until(lambda: waiting.output().count("closed") >= 2, "two refusals")
    true(waiting.running, "did not wait for the service")
    bench.add(Server(pair.server, HOST, servers.sink, port=8080))
    finished = waiting.wait(10)
    same((finished.status, finished.stderr), (0, ""), "status and stderr")


def check_several_targets(bench):
    """One that fails so often ends the run; one that has succeeded is left alone while others go on."""
    client, server = _open_port(bench)
    run = program.probe(bench, client, "-c", "0", *QUICK, host_port(HOST, server.port), host_port(HOST, CLOSED_PORT),
                        status=1, judge=("--succeed-after", "2", "--fail-after", "6"))
    ports = [record["server"]["port"] for record in run.connections]
    same((ports.count(server.port), ports.count(CLOSED_PORT)), (2, 6), "connections to each")


def check_silence(bench):
    """With -qq there is nothing but the status and errors."""
    client, server = _open_port(bench)
    for form in ("text", "table", "json", "csv", "nagios"):
        wanted = 2 if form == "nagios" else 1
        finished = program.shake(client, "-qq", "--format", form, "-c", "2", *QUICK, HOST, CLOSED_PORT)
        same((finished.status, finished.stdout, finished.stderr), (wanted, "", ""), f"status and output of {form}")
        finished = program.shake(client, "-qq", "--format", form, "no.such.name.invalid", "80", limit=10)
        same((finished.status, finished.stdout), (2, ""), f"status and stdout of {form}")
        true("no.such.name.invalid" in finished.stderr, f"{form} says {finished.stderr!r}")


# Nagios


def _check_tcp():
    found = shutil.which("check_tcp", path="/usr/lib/nagios/plugins:/usr/lib64/nagios/plugins:"
                                           "/usr/lib/monitoring-plugins:" + os.environ.get("PATH", ""))
    if not found:
        raise Skip("check_tcp of the Monitoring Plugins was not found")
    return found


WORDS = ["OK", "WARNING", "CRITICAL", "UNKNOWN"]


def _plugin(finished, status):
    """The line of a plugin: its state in a word and in the status, text, and performance data."""
    same(finished.status, status, f"status of {finished.argv} with {finished.stdout!r} {finished.stderr!r}")
    same(finished.stderr, "", "stderr")
    same(finished.stdout.count("\n"), 1, f"lines of {finished.stdout!r}")
    true(finished.stdout.startswith(f"TCPSHAKE {WORDS[status]} - "), f"says {finished.stdout!r}")
    text, _, data = finished.stdout.rstrip("\n").partition("|")
    return text, data


class Beside(NamedTuple):
    """A port as both programs have to judge it; times in ms for us, and in seconds for check_tcp."""

    name: str
    port: str
    ours: tuple
    theirs: tuple
    status: int


BESIDE = [
    Beside("open", "open", (), (), 0),
    Beside("open-quick", "open", ("--warning", "2000", "--critical", "3000"), ("-w", "2", "-c", "3"), 0),
    Beside("open-warning", "open", ("--warning", "0", "--critical", "3000"), ("-w", "0.0000001", "-c", "3"), 1),
    Beside("open-critical", "open", ("--warning", "0", "--critical", "0"),
           ("-w", "0.0000001", "-c", "0.0000001"), 2),
    Beside("closed", "closed", (), (), 2),
    Beside("closed-expected", "closed", ("--expect", "closed"), ("-r", "ok"), 0),
    Beside("filtered", "filtered", ("-W", "1"), ("-t", "1"), 2),
]


def check_beside(bench, beside, family):
    """Debian's check_tcp gives the same status."""
    plugin = _check_tcp()
    client, server = _open_port(bench, family)
    port = {"open": server.port, "closed": CLOSED_PORT, "filtered": FILTERED_PORT}[beside.port]
    theirs = process.run(client, [plugin, "-H", SERVER[family], "-p", port, *beside.theirs])
    same(theirs.status, beside.status, f"status of check_tcp, which says {theirs.stdout!r}")
    finished = program.shake(client, "--format", "nagios", *beside.ours, "--time-wait", "0", SERVER[family], port)
    text, data = _plugin(finished, beside.status)
    true(beside.port in text and " time=" in data and " loss=" in data, f"says {finished.stdout!r}")
    bench.note(theirs.stdout.strip())
    bench.note(finished.stdout.strip())


def check_beside_errors(bench):
    """A name that does not resolve is critical, for both; wrong usage is unknown, and so is help."""
    plugin = _check_tcp()
    client, _ = _open_port(bench)
    for status, ours, theirs in (
            (2, ("no.such.name.invalid", "80"), ("-H", "no.such.name.invalid", "-p", "80")),
            (3, ("--nosuch",), ("--nosuch",)), (3, (), ()),
            (3, ("--help",), ("--help",)), (3, ("--version",), ("--version",))):
        beside = process.run(client, [plugin, *theirs])
        same(beside.status, status, f"status of check_tcp {theirs}, which says {beside.stdout!r}")
        finished = program.shake(client, "--format", "nagios", *ours, limit=10)
        same((finished.status, finished.stderr), (status, ""), f"status and stderr with {ours}")
        if ours not in (("--help",), ("--version",)):
            _plugin(finished, status)
    _plugin(program.shake(client, "--format", "nagios", "--warning", "x", HOST, "80"), 3)


def check_worst(bench):
    """Of several connections and targets the worst counts, and the recording says the same."""
    client, server = _open_port(bench)
    opened, shut = host_port(HOST, server.port), host_port(HOST, CLOSED_PORT)
    several = ("-c", "3", *QUICK)
    for arguments, judge, status in ((several + (opened,), (), 0), ((opened, shut), (), 2),
                                     (several + (opened,), ("--warning", "0.000001"), 1),
                                     (several + (opened, shut), ("--max-loss", "100"), 0),
                                     (several + (opened, shut), ("--max-loss", "100", "--warning", "0.000001"), 1),
                                     (("-c", "0", *QUICK, shut), ("--fail-after", "2"), 2)):
        run = program.probe(bench, client, *arguments, status=status, judge=("--format", "nagios", *judge),
                            output=TEXT)
        _plugin(run.finished, status)


BODIES = [check_recovery, check_several_targets, check_silence, check_beside_errors, check_worst]

CASES = [
    *(Case(f"condition-{condition.name}", partial(check_condition, condition=condition)) for condition in CONDITIONS),
    *(Case(f"beside-check-tcp-{beside.name}-v{family}", partial(check_beside, beside=beside, family=family))
      for beside in BESIDE for family in (4, 6)),
    *(Case(body.__name__.removeprefix("check_").replace("_", "-"), body) for body in BODIES),
]

if __name__ == "__main__":
    tap.main(CASES, prepare=program.path)
