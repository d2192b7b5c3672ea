#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Scripted checks: conditions over several connections, and the formats that monitoring systems read."""

import http.client
import os
import re
import shutil
from functools import partial
from typing import NamedTuple

from lab import namespace, process, program, servers, tap
from lab.program import TEXT
from lab.servers import Server
from lab.tap import Case, Skip, same, true
from lab.topology import SERVER, Pair, host_port

HOST = SERVER[4]
QUICK = ("-i", "0.02", "--time-wait", "0")
IN_TURN = ("-i", "0.3", "--time-wait", "0")  # one is over before the next begins
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
    run = program.probe(bench, client, *count, *IN_TURN, HOST, port, status=condition.status, judge=judge)
    true(condition.connections <= len(run.connections) <= condition.connections + 1,
         f"{len(run.connections)} connections, wanted {condition.connections}, or one more on a busy machine")


def check_recovery(bench):
    """A service that comes up while it is waited for."""
    pair = bench.add(Pair())
    waiting = bench.add(program.start(pair.client, "-c", "0", "-i", "0.05", "--deadline", "20", "--succeed-after", "3",
                                      HOST, 8080))
    process.wait_until(lambda: waiting.output().count("closed") >= 2, "two refusals")
    true(waiting.running, "did not wait for the service")
    bench.add(Server(pair.server, HOST, servers.sink, port=8080))
    finished = waiting.wait()
    same((finished.status, finished.stderr), (0, ""), "status and stderr")


def check_several_targets(bench):
    """One that fails so often ends the run; one that has succeeded is left alone while others go on."""
    client, server = _open_port(bench)
    run = program.probe(bench, client, "-c", "0", *IN_TURN, host_port(HOST, server.port),
                        host_port(HOST, CLOSED_PORT), status=1, judge=("--succeed-after", "2", "--fail-after", "6"))
    ports = [record["server"]["port"] for record in run.connections]
    true(2 <= ports.count(server.port) <= 4, f"{ports.count(server.port)} connections to the open port")
    same(ports.count(CLOSED_PORT), 6, "connections to the closed port")


def check_failure_ends_all(bench):
    """A target that failed so often ends the run at once, also where another one is still waited for."""
    client, _ = _open_port(bench)
    finished = program.shake(client, "-c", "0", *QUICK, "-W", "20", "--fail-after", "3", host_port(HOST, CLOSED_PORT),
                             host_port(HOST, FILTERED_PORT))
    same(finished.status, 1, "status")
    true(finished.elapsed < 10, f"ended after {finished.elapsed} s")


def check_silence(bench):
    """With -qq there is nothing but the status and errors."""
    client, server = _open_port(bench)
    for form in ("text", "table", "json", "csv", "nagios"):
        wanted = 2 if form == "nagios" else 1
        finished = program.shake(client, "-qq", "--format", form, "-c", "2", *QUICK, HOST, CLOSED_PORT)
        same((finished.status, finished.stdout, finished.stderr), (wanted, "", ""), f"status and output of {form}")
        finished = program.shake(client, "-qq", "--format", form, "no.such.name.invalid", "80")
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
    true(beside.port in text and " time=" in data and " failed=" in data, f"says {finished.stdout!r}")
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
        finished = program.shake(client, "--format", "nagios", *ours)
        same((finished.status, finished.stderr), (status, ""), f"status and stderr with {ours}")
        if ours not in (("--help",), ("--version",)):
            _plugin(finished, status)
    _plugin(program.shake(client, "--format", "nagios", "--warning", "x", HOST, "80"), 3)
    for name in ("\x1b[31mred", "a|b", "name\nOK", "\x9b31m"):
        finished = program.shake(client, "--format", "nagios", name, "80")
        text, data = _plugin(finished, finished.status)
        true(text.isprintable() and finished.status in (2, 3) and not data, f"of {name!r} it says {finished.stdout!r}")


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


# Prometheus

EXPORTER_PORT = 9100


def _promtool():
    found = shutil.which("promtool")
    if not found:
        raise Skip("promtool of Prometheus was not found")
    return found


def _metrics(text):
    """The samples of an exposition: name with labels to value."""
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2])
            for line in text.splitlines() if not line.startswith("#")}


def _by_words(text):
    """The same by the set of name and labels, since their order is anybody's."""
    return {frozenset(re.findall(r'\w+="[^"]*"|^\w+', name)): value for name, value in _metrics(text).items()}


def _lint(namespace_, path):
    """promtool has nothing to say against a file of metrics."""
    with open(path, "rb") as file:
        finished = process.run(namespace_, [_promtool(), "check", "metrics"], stdin=file)
    same((finished.status, finished.stdout, finished.stderr), (0, "", ""), "what promtool check metrics says")


def check_promtool(bench):
    """promtool takes what is said of open, closed and filtered ports and of a name that has to be escaped."""
    _promtool()
    client, server = _open_port(bench)
    path = bench.path("tcpshake.prom")
    judge = ("--format", "prometheus")
    targets = [host_port(HOST, port) for port in (server.port, CLOSED_PORT, FILTERED_PORT)]
    for arguments, status in (((targets[0],), 0), (("-c", "3", *QUICK, *targets, "-W", "0.5"), 1)):
        run = program.probe(bench, client, *arguments, status=status, judge=judge, output=TEXT)
        path.write_text(run.finished.stdout, encoding="utf-8")
        _lint(client, path)
    samples = _metrics(run.finished.stdout)
    for port, state, success in ((server.port, "open", 1), (CLOSED_PORT, "closed", 0), (FILTERED_PORT, "filtered", 0)):
        labels = f'target="{HOST}",port="{port}"'
        same(samples[f"probe_success{{{labels}}}"], success, f"probe_success of {port}")
        same(samples[f'probe_tcp_port_state{{{labels},state="{state}"}}'], 1, f"state of {port}")
        same(samples[f"probe_tcp_connections{{{labels}}}"], 3, f"connections to {port}")
        same(samples[f"probe_ip_protocol{{{labels}}}"], 4, f"protocol of {port}")


class Exporter:
    """node_exporter with its textfile collector and no other, on loopback."""

    def __init__(self, namespace_, directory):
        found = shutil.which("prometheus-node-exporter") or shutil.which("node_exporter")
        if not found:
            raise Skip("node_exporter of Prometheus was not found")
        self._namespace = namespace_
        self._process = process.Process(namespace_, [
            found, "--collector.disable-defaults", "--collector.textfile",
            f"--collector.textfile.directory={directory}", f"--web.listen-address=127.0.0.1:{EXPORTER_PORT}"])
        try:
            process.wait_until(self._answers, "node_exporter", limit=15)
        except TimeoutError:
            self.close()
            raise

    def _answers(self):
        try:
            return self.serve()
        except OSError:
            return None

    def serve(self):
        """What it serves to Prometheus."""
        with self._namespace.inside():
            connection = http.client.HTTPConnection("127.0.0.1", EXPORTER_PORT, timeout=5)
            connection.connect()
        connection.request("GET", "/metrics")
        text = connection.getresponse().read().decode("utf-8")
        connection.close()
        return text

    def close(self):
        self._process.close()


def check_node_exporter(bench):
    """A real node_exporter serves the file of -o, and what replaces it."""
    client, server = _open_port(bench)
    directory = bench.path("textfile")
    directory.mkdir()
    exporter = bench.add(Exporter(client, directory))
    path = directory / "tcpshake.prom"
    opened, shut = host_port(HOST, server.port), host_port(HOST, CLOSED_PORT)
    for target, success in ((opened, 1), (shut, 0)):
        finished = program.shake(client, "--format", "prometheus", "-o", path, target, opened)
        same((finished.status, finished.stdout, finished.stderr), (1 - success, "", ""), "status, stdout and stderr")
        served = _by_words(exporter.serve())
        for name, value in _by_words(path.read_text(encoding="utf-8")).items():
            same(served.get(name), value, f"what is served of {sorted(name)}")
        same(served[frozenset(["node_textfile_scrape_error"])], 0, "node_textfile_scrape_error")
    bench.note(next(line for line in exporter.serve().splitlines() if line.startswith("probe_success{")))
    same(sorted(entry.name for entry in directory.iterdir()), ["tcpshake.prom"], "files in the directory")
    same(path.stat().st_mode & 0o777, 0o644, "mode, so that another user can read it")


def check_textfile_missing(bench):
    """A directory that is missing, none, or not writable: said before anything is sent."""
    client, server = _open_port(bench)
    bench.path("file").write_text("", encoding="ascii")
    bench.path("sealed").mkdir()
    disk = bench.add(namespace.SmallDisk(bench.path("sealed"), 65536))
    bench.path("sealed/tcpshake.prom").write_text("probe_success 1\n", encoding="ascii")
    disk.seal()
    for path in (bench.path("nowhere/tcpshake.prom"), bench.path("file/tcpshake.prom"),
                 bench.path("sealed/tcpshake.prom")):
        finished = program.shake(client, "--format", "prometheus", "-o", path, HOST, server.port)
        same((finished.status, finished.stdout, finished.stderr.count("\n")), (3, "", 1), "status, stdout, lines")
        true(str(path) in finished.stderr, f"{path} is not named in {finished.stderr!r}")
    same(bench.path("sealed/tcpshake.prom").read_text(encoding="ascii"), "probe_success 1\n", "the old file")
    true(not server.accepted.acquire(timeout=0.1), "a connection was made all the same")


def check_textfile_full(bench):
    """A disk that fills while the file is written: the old one stays as it was."""
    client, server = _open_port(bench)
    directory = bench.path("disk")
    directory.mkdir()
    bench.add(namespace.SmallDisk(directory, 4096 * 3))
    path = directory / "tcpshake.prom"
    same(program.shake(client, "--format", "prometheus", "-o", path, HOST, server.port).status, 0, "status")
    before = path.read_bytes()
    (directory / "ballast").write_bytes(bytes(4096))
    targets = [host_port(HOST, port) for port in range(1000, 1040)]
    finished = program.shake(client, "--format", "prometheus", "-o", path, *targets)
    same((finished.status, finished.stdout), (3, ""), "status and stdout")
    true("40 connections" in finished.stderr, f"no summary on stderr: {finished.stderr!r}")
    last = finished.stderr.splitlines()[-1]
    true(str(path) in last and "No space" in last, f"stderr {finished.stderr!r}")
    same(path.read_bytes(), before, "the old file")
    same(sorted(entry.name for entry in directory.iterdir()), ["ballast", "tcpshake.prom"], "files that are left")


def check_order(bench):
    """Summaries in the order of the targets as they were typed, whichever is done first, replayed too."""
    client, server = _open_port(bench)
    typed = [host_port(HOST, port) for port in (FILTERED_PORT, CLOSED_PORT, server.port)]
    several = ("-c", "2", "-W", "0.3", *QUICK, *typed)
    run = program.probe(bench, client, *several, status=1, output=TEXT)
    same(re.findall(r"^--- (.*) ---$", run.finished.stdout, re.MULTILINE), [*typed, "all"], "titles in text")
    lines = [line.split()[4] for line in run.finished.stdout.splitlines()[1:7]]
    same(lines[-1], typed[0], "a line is written when its connection ends, and the silent port's last")
    run = program.probe(bench, client, *several, status=1)
    same([host_port(record["target"], record["port"]) for record in run.summaries[:-1]], typed, "JSON")
    run = program.probe(bench, client, *several, status=1, judge=("--format", "prometheus"), output=TEXT)
    same(re.findall(r'^probe_success{target="[^"]*",port="([^"]*)"}', run.finished.stdout, re.MULTILINE),
         [target.rpartition(":")[2] for target in typed], "Prometheus")


BODIES = [check_order, check_promtool, check_node_exporter, check_textfile_missing, check_textfile_full, check_recovery,
          check_several_targets, check_failure_ends_all, check_silence, check_beside_errors, check_worst]

CASES = [
    *(Case(f"condition-{condition.name}", partial(check_condition, condition=condition)) for condition in CONDITIONS),
    *(Case(f"beside-check-tcp-{beside.name}-v{family}", partial(check_beside, beside=beside, family=family))
      for beside in BESIDE for family in (4, 6)),
    *(Case(body.__name__.removeprefix("check_").replace("_", "-"), body) for body in BODIES),
]

if __name__ == "__main__":
    tap.main(CASES, prepare=program.path)
