#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Lists that are probed while they are read: in their order, without an end, in bounded memory."""

import os
import signal
import time
from pathlib import Path

from lab import nameserver, program, servers, tap
from lab.nameserver import NameServer
from lab.process import wait_until
from lab.program import JSON, TEXT
from lab.servers import Server
from lab.tap import Case, same, true
from lab.topology import LINK_LOCAL, SECOND_SERVER, SERVER, Pair, TwoPaths

HOST = SERVER[4]
CLOSED = ("--expect", "closed")


class _Feed:
    """A run that reads its targets from a pipe."""

    def __init__(self, bench, pair, *arguments, command=None):
        reader, self._writer = os.pipe()
        self.process = bench.add(program.start(pair.client, "-j", *arguments, stdin=reader, command=command))
        os.close(reader)
        bench.add(self)

    def put(self, text):
        """Text of lines, which the pipe has room for."""
        os.write(self._writer, text.encode())

    def records(self):
        """Of the connections so far."""
        whole = self.process.output().rpartition("\n")[0]
        return [record for record in program.records(whole) if record["type"] == "connection"]

    def end(self):
        """Closes the pipe, and returns the finished run."""
        self.close()
        return program.Run(self.process.wait(), JSON)

    def close(self):
        if self._writer is not None:
            os.close(self._writer)
        self._writer = None


def _ports(records):
    return [record["server"]["port"] for record in records]


def check_as_they_come(bench):
    """Each line is answered while the list is still open, in order, duplicates among them."""
    pair = bench.add(Pair())
    feed = _Feed(bench, pair, *CLOSED, "--targets", "-")
    wanted = []
    for lines, ports in ((f"{HOST}:9\n", [9]), (f"{HOST} 7,8 team=a\n\n# a comment\n{HOST}", [7, 8]), (":9\n", [9])):
        feed.put(lines)
        wanted += ports
        wait_until(lambda: len(feed.records()) == len(wanted), f"{len(wanted)} records")
        true(feed.process.running, "the run has ended before its list")
    same(_ports(feed.records()), wanted, "ports, in the order given")
    same([record.get("labels") for record in feed.records()], [None, {"team": "a"}, {"team": "a"}, None], "labels")
    feed.put(f"{HOST}:5")
    run = feed.end()
    same((run.finished.status, run.finished.stderr), (0, ""), "status and stderr")
    same(_ports(run.connections), [*wanted, 5], "ports, with a last line without an end")
    same(run.summaries[-1]["seed"], None, "seed")
    for record in run.records:
        program.validate(record)


def check_replays(bench):
    """The recording of a stream with several connections to each target replays."""
    pair = bench.add(Pair())
    path = bench.path("list")
    path.write_text(f"{HOST}:2,1\n", encoding="ascii")
    with open(path, "rb") as stdin:
        run = program.probe(bench, pair.client, f"{HOST}:3", "--targets", "-", "-c", 2, "-i", 0.01, judge=CLOSED, stdin=stdin)
    same(sorted(_ports(run.connections)), [1, 1, 2, 2, 3, 3], "two connections to each of three")
    run = program.probe(bench, pair.client, "--stream", "--targets", path, judge=CLOSED)
    same(_ports(run.connections), [2, 1], "a file that is streamed")
    path.write_text(f"{HOST}:2\n{HOST}:1\n{HOST}:2\n", encoding="ascii")
    for output in (JSON, TEXT, ("--format", "prometheus")):
        run = program.probe(bench, pair.client, "--stream", "--targets", path, judge=CLOSED, output=output)
        if output == JSON:
            same(_ports(run.connections), [2, 1, 2], "a target on two lines")
            same([summary["target"] for summary in run.summaries], [None], "targets with a summary")


def check_bad_lines(bench):
    """Each is named with its number at once, and the rest goes on."""
    pair = bench.add(Pair())
    feed = _Feed(bench, pair, *CLOSED, "-4", "--max-targets", 9, "--targets", "-")
    lines = (f"{HOST}:1", f"{HOST}:nosuch", "10.0.0.0/28:1", "127.0.0.0/30:1", f"[{SERVER[6]}]:1,3", "a" * 300 + ":1", f"{HOST}:2")
    feed.put("".join(f"{line}\n" for line in lines))
    wait_until(lambda: len(feed.records()) == 2, "two records")
    told = feed.process.errors().splitlines()
    same([line.split(": ")[1] for line in told], [f"standard input, line {number}" for number in range(2, 7)], "the bad lines")
    run = feed.end()
    same(run.finished.status, 2, "status")
    same(run.finished.stderr.splitlines()[-1], "tcpshake: 5 lines of the lists are invalid", "the last line")
    same(_ports(run.connections), [1, 2], "ports")
    for text, options, said in (("\n# nothing\n", (), "no target in the lists"),
                                (f"{HOST}:1\n", ("--exclude", HOST), "every target is excluded by --exclude or --exclude-file")):
        feed = _Feed(bench, pair, *options, "--targets", "-")
        feed.put(text)
        run = feed.end()
        same((run.finished.status, run.finished.stderr), (2, f"tcpshake: {said}\n"), "status and stderr of no target")


def check_names(bench):
    """Names are resolved side by side; one that waits holds up neither the others nor addresses."""
    pair = bench.add(Pair())
    silent = [f"silent{number}.test" for number in range(8)]
    bench.add(NameServer(pair.server, HOST, {"here.test": [HOST], "two.test": [HOST, "192.0.2.77"], "gone.test": ["198.51.100.9"]},
                         silent))
    feed = _Feed(bench, pair, *CLOSED, "-W", 2, "--exclude", "198.51.100.0/24", "--targets", "-")
    began = time.monotonic()
    feed.put("".join(f"{name}:1\n" for name in silent) + f"{HOST}:2\nhere.test 3,4 team=a\ngone.test:5\nnosuch.test:6\n")
    wait_until(lambda: len(feed.records()) == 4, "what is not silent")
    first = {record["target"] for record in feed.records()[:4]}
    true(not first & set(silent), f"the names that are silent held up the others: {first}")
    run = feed.end()
    took = time.monotonic() - began
    true(took < 12, f"eight silent names took {took:.3f} s")
    same(run.finished.status, 1, f"status, with stderr {run.finished.stderr!r}")
    true("tcpshake: gone.test is left out: its addresses are excluded\n" in run.finished.stderr, run.finished.stderr)
    found = {(record["target"], record["server"]["port"]): record["port_state"] for record in run.connections}
    same(found, {(HOST, 2): "closed", ("here.test", 3): "closed", ("here.test", 4): "closed", ("nosuch.test", 6): "unknown",
                 **{(name, 1): "unknown" for name in silent}}, "states")
    feed = _Feed(bench, pair, *CLOSED, "--all-addresses", "--targets", "-")
    feed.put("two.test:1,2\n")
    run = feed.end()
    same(sorted((record["server"]["address"], record["server"]["port"]) for record in run.connections),
         sorted((address, port) for address in (HOST, "192.0.2.77") for port in (1, 2)), "all addresses")


def check_zones(bench):
    """Link-local addresses with their interface, inside the sandbox; one that there is not is a bad line."""
    pair = bench.add(Pair())
    peer = LINK_LOCAL["server"]
    for numeric in ((), ("-n",)):
        feed = _Feed(bench, pair, *CLOSED, *numeric, "--targets", "-")
        feed.put(f"{peer}%c0 1\n[{peer}%nosuch]:2\n[{peer}%c0]:3\n{HOST}:4\n")
        run = feed.end()
        same((run.finished.status, run.finished.stderr.splitlines()[:1]),
             (2, [f"tcpshake: standard input, line 2: cannot resolve '{peer}%nosuch': no interface 'nosuch'"]), "bad line")
        same(sorted((record["target"], record["server"]["port"], record["port_state"]) for record in run.connections),
             [(HOST, 4, "closed"), (f"{peer}%c0", 1, "closed"), (f"{peer}%c0", 3, "closed")], "states")


def check_shards(bench):
    """Shard K takes the lines K, K + N, ... of those that have a target."""
    pair = bench.add(Pair())
    text = "".join(f"{HOST}:{port}\n#\n" for port in range(1, 11))
    for shard, ports in ((1, [1, 4, 7, 10]), (2, [2, 5, 8]), (3, [3, 6, 9])):
        feed = _Feed(bench, pair, *CLOSED, "--shard", f"{shard}/3", "--targets", "-")
        feed.put(text)
        run = feed.end()
        same((run.finished.status, _ports(run.connections)), (0, ports), f"status and ports of shard {shard}")
        same(run.summaries[-1]["shard"], f"{shard}/3", "shard")


def check_silent_producer(bench):
    """While no line comes, open connections are served, and deadline and signals end the run."""
    pair = bench.add(Pair())
    server = bench.add(Server(pair.server, "0.0.0.0", servers.sink))
    feed = _Feed(bench, pair, "--hold", 0.3, "--targets", "-")
    feed.put(f"{HOST}:{server.port}\n{HOST}:")
    wait_until(lambda: len(feed.records()) == 1, "the record")
    same(feed.records()[0]["teardown"]["result"], "graceful", "how it was closed")
    time.sleep(1)  # in which it has nothing to do
    feed.process.signal(signal.SIGINT)
    run = program.Run(feed.process.wait(), JSON)
    same((run.finished.status, len(run.connections)), (0, 1), "status after SIGINT")
    true(run.finished.cpu < 0.5, f"{run.finished.cpu} s of processor time for one connection")
    feed = _Feed(bench, pair, "--deadline", 0.5, "--targets", "-")
    feed.put(HOST)
    run = program.Run(feed.process.wait(), JSON)
    same((run.finished.status, len(run.connections)), (1, 0), "status after the deadline")
    fifo = bench.path("fifo")
    os.mkfifo(fifo)
    finished = program.shake(pair.client, "-j", "--deadline", 0.5, "--stream", "--targets", fifo)
    same((finished.status, finished.stderr), (1, ""), "status and stderr where no writer comes")


def check_interfaces(bench):
    """Where the routes lead is not known before: targets on as many interfaces as there are."""
    paths = bench.add(TwoPaths())
    feed = _Feed(bench, paths, *CLOSED, "--targets", "-")
    feed.put(f"{HOST}:1\n{SECOND_SERVER[4]}:2\n127.0.0.1:3\n[{SERVER[6]}]:4\n")
    run = feed.end()
    same((run.finished.status, run.finished.stderr), (0, ""), "status and stderr")
    found = {record["server"]["port"]: record["interface"] for record in run.connections}
    same(found, {1: "c0", 2: "c1", 3: "lo", 4: "c0"}, "interfaces")


def check_refusals(bench):
    """What contradicts a list that is probed while it is read."""
    pair = bench.add(Pair())
    for arguments, said in ((("--seed", 1, "--targets", "-"), "--seed and --targets - cannot be combined"),
                            (("--resolve-every", 1, "--stream", "--targets", "f"), "--resolve-every and --stream cannot be combined"),
                            (("--stream", HOST, 80), "--stream requires --targets"),
                            (("--stream", "--targets", "/nosuch"), "cannot open '/nosuch'"),
                            (("--stream", "--targets", "/"), "cannot read '/'")):
        finished = program.shake(pair.client, *arguments)
        true(finished.status >= 2 and said in finished.stderr, f"{arguments}: {finished.status} {finished.stderr!r}")


LINES = 60000
SLACK_KIB = 4 << 10


def _peak_kib(bench, pair, count):
    """The most memory that a run over so many lines takes, all of hosts without a route but the last."""
    server = bench.add(Server(pair.server, "0.0.0.0", servers.sink))
    feed = _Feed(bench, pair, "-q", "--targets", "-")
    for number in range(count):
        feed.put(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}:80 team={number & 7}\n")
    feed.put(f"{HOST}:{server.port}\n")
    status = Path(f"/proc/{feed.process.pid}/status")
    true(server.accepted.acquire(timeout=20), "the last line was not read")
    peak = next(line.split()[1] for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM"))
    run = feed.end()
    same((run.finished.status, run.finished.stderr), (1, ""), "status and stderr")
    same(run.summaries[-1]["connections"], count + 1, "connections")
    return int(peak)


def check_memory(bench):
    """Memory does not grow with the list."""
    pair = bench.add(Pair())
    few, many = _peak_kib(bench, pair, LINES // 20), _peak_kib(bench, pair, LINES)
    true(many <= few + SLACK_KIB, f"{many} KiB for {LINES} lines, {few} KiB for {LINES // 20}")
    bench.note(f"{LINES // 20} lines: {few} KiB, {LINES}: {many} KiB")


CASES = [
    Case("as-they-come", check_as_they_come),
    Case("replays", check_replays),
    Case("bad-lines", check_bad_lines),
    Case("names", check_names),
    Case("zones", check_zones),
    Case("shards", check_shards),
    Case("silent-producer", check_silent_producer),
    Case("interfaces", check_interfaces),
    Case("refusals", check_refusals),
    Case("memory", check_memory),
]

if __name__ == "__main__":
    tap.main(CASES, prepare=lambda: nameserver.use(HOST))
