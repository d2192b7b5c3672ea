#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Many targets: lists, exclusions, order and shards."""

import csv
import io
import re
import sys
import time
from collections import Counter

from lab import nameserver, program, servers, tap
from lab.nameserver import NameServer
from lab.program import JSON
from lab.servers import Server
from lab.tap import Case, same, true
from lab.topology import CLIENT, NOWHERE, SERVER, Pair

HOST = SERVER[4]
CLOSED = ("--expect", "closed")
PORTS = "1-400"


def _targets(run):
    return [(record["target"], record["server"]["port"]) for record in run.connections]


def _file(bench, name, text):
    path = bench.path(name)
    path.write_text(text, encoding="utf-8")
    return path


def check_list(bench):
    """Each target of a list once, and the recording of it replays."""
    pair = bench.add(Pair())
    path = _file(bench, "list", f"# two hosts\n{HOST}:80,81 # web\n\n{HOST} 82\n{HOST}:80-82\n[{SERVER[6]}]:80\n")
    run = program.probe(bench, pair.client, "--targets", path, f"{HOST}:79", judge=CLOSED)
    wanted = [(HOST, port) for port in (79, 80, 81, 82)] + [(SERVER[6], 80)]
    same(sorted(_targets(run)), sorted(wanted), "targets")
    with open(path, "rb") as stdin:
        finished = program.shake(pair.client, "-j", *CLOSED, "--targets", "-", stdin=stdin)
    same(_targets(program.Run(finished, JSON)), wanted[1:4] * 2 + wanted[4:], "targets of standard input")


def check_labels(bench):
    """What a list says of a target: its labels in each format, and what is expected of it instead."""
    pair = bench.add(Pair())
    server = bench.add(Server(pair.server, "0.0.0.0", servers.sink))
    path = _file(bench, "list", f"{HOST}:{server.port} team=core place=\u00fc\n{HOST} 1 expect=closed team=web\n{NOWHERE[4]}:3 site=b\n")
    run = program.probe(bench, pair.client, "--targets", path, "--in-order", status=1)
    found = {record["server"]["port"]: (record.get("labels"), record["ok"]) for record in run.connections}
    same(found, {server.port: ({"team": "core", "place": "\u00fc"}, True), 1: ({"team": "web"}, True),
                 3: ({"site": "b"}, False)}, "labels and verdicts")
    run = program.probe(bench, pair.client, "--targets", path, status=1, output=("--format", "csv"))
    rows = list(csv.DictReader(io.StringIO(run.finished.stdout)))
    same({int(row["server.port"]): row["labels"] for row in rows},
         {server.port: "team=core;place=\u00fc", 1: "team=web", 3: "site=b"}, "the column")
    run = program.probe(bench, pair.client, "--targets", path, status=1, output=("--format", "prometheus"))
    true(f'probe_success{{target="{HOST}",port="1",team="web"}} 1\n' in run.finished.stdout, run.finished.stdout[:2000])
    true(f'probe_success{{target="{NOWHERE[4]}",port="3",site="b"}} 0\n' in run.finished.stdout, run.finished.stdout[:2000])
    path = _file(bench, "list", f"{HOST} 1 expect=closed team=web\n{HOST}:{server.port}\n")
    recording = str(bench.directory / "part.pcapng")
    program.shake(pair.client, "-qq", "--targets", path, "-w", recording)
    only = program.Run(program.shake(pair.client, "-j", "-r", recording, f"port {server.port}"), JSON).only
    same((only.get("labels"), only["ok"]), (None, True), "what is said of a target beside one that a filter leaves out")


def check_bad_lines(bench):
    """Each is named with its number, the rest goes on, and the status is 2."""
    pair = bench.add(Pair())
    path = _file(bench, "list", f"{HOST}:80\n{HOST}:nosuch\n10.0.0.1/8:80\n{HOST} 81 expect=ajar\n{HOST}:82\n")
    finished = program.shake(pair.client, "-j", *CLOSED, "--targets", path)
    same(finished.status, 2, "status")
    same(sorted(port for _, port in _targets(program.Run(finished, JSON))), [80, 82], "ports")
    lines = finished.stderr.splitlines()
    same(len(lines), 4, f"lines of {finished.stderr!r}")
    for line, number in zip(lines, (2, 3, 4)):
        true(line.startswith(f"tcpshake: {path}, line {number}: "), f"{line!r} names line {number}")
    same(lines[3], "tcpshake: 3 lines of the lists are invalid", "the last line")
    finished = program.shake(pair.client, "--format", "nagios", *CLOSED, "--targets", path)
    same(finished.status, 3, "status of a plugin")
    true(finished.stdout.startswith("TCPSHAKE UNKNOWN - 2 of 2 targets; 3 lines of the lists are invalid | "), finished.stdout)
    finished = program.shake(pair.client, "--format", "nagios", "--targets", path)
    true(finished.stdout.startswith(f"TCPSHAKE CRITICAL - 2 of 2 targets: {HOST}:80 closed "), finished.stdout)
    same(finished.status, 2, "status of a plugin whose targets are closed")
    with open("/dev/full", "wb") as full:
        finished = program.shake(pair.client, "-q", *CLOSED, "--targets", path, stdout=full)
    same(finished.status, 3, "status where the report cannot be written either")
    finished = program.shake(pair.client, "--targets", _file(bench, "none", "# nothing\n"))
    same((finished.status, finished.stderr), (2, "tcpshake: no target in the lists\n"), "status and stderr")


def check_exclusions(bench):
    """Addresses, prefixes, and what names lead to."""
    pair = bench.add(Pair())
    bench.add(NameServer(pair.server, HOST, {"here.test": [HOST], "gone.test": ["198.51.100.9"]}))
    path = _file(bench, "excluded", "198.51.100.0/24 # a network\n\n")
    finished = program.shake(pair.client, "-j", *CLOSED, "-p", "80", "198.51.100.0/28", HOST, "gone.test", "here.test",
                             "--exclude", "203.0.113.1,203.0.113.2", "--exclude-file", path)
    same((finished.status, finished.stderr), (0, "tcpshake: gone.test is left out: its addresses are excluded\n"),
         "status and stderr")
    same(sorted(_targets(program.Run(finished, JSON))), [(HOST, 80), ("here.test", 80)], "targets")
    finished = program.shake(pair.client, "--exclude", "0.0.0.0/0", HOST, 80)
    same((finished.status, finished.stderr), (2, "tcpshake: every target is excluded by --exclude or --exclude-file\n"), "nothing is left")
    finished = program.shake(pair.client, "--exclude", "gone.test", HOST, 80)
    same(finished.status, 2, "status of a name as an exclusion")


def check_bounds(bench):
    """What is too much or unusual is refused, or left out and said."""
    pair = bench.add(Pair())
    finished = program.shake(pair.client, "10.0.0.0/8", 80)
    same((finished.status, finished.stderr),
         (2, "tcpshake: 16777214 targets are more than 1048576: --max-targets 16777214 allows them\n"), "too many")
    finished = program.shake(pair.client, "--deadline", "0.1", "-q", "--max-targets", 2000000, "172.16.0.0/12", 80)
    same(finished.status, 1, "status of many")
    told = re.fullmatch(r"tcpshake: --deadline has passed with (\d+) of 1048574 connections to go: a run with --resume "
                        r"can be continued\n", finished.stderr)
    true(told and 0 < int(told[1]) <= 1048574, f"stderr of many: {finished.stderr!r}")
    finished = program.shake(pair.client, "--max-targets", 2, HOST, "1-3")
    same(finished.status, 2, "status of three where two are allowed")
    finished = program.shake(pair.client, "--deadline", "0.1", "-q", "169.254.255.254/31", "127.0.0.0/30", 80)
    same(finished.status, 2, "status of hosts and a port")
    finished = program.shake(pair.client, "--deadline", "0.1", "-q", "-p", "80", "169.254.255.254/31", HOST)
    same(finished.status, 2, "status of a prefix that is left out whole")
    finished = program.shake(pair.client, "-j", *CLOSED, "-p", "80", "127.255.255.254", "127.255.255.252/29", HOST)
    same(finished.status, 2, "status of a prefix of loopback")
    finished = program.shake(pair.client, "-j", *CLOSED, "-p", "80", "127.255.255.254", HOST)
    same(len(program.Run(finished, JSON).connections), 2, "an address of loopback by itself")
    finished = program.shake(pair.client, "-j", "-p", "80", "::1", "::1/126")
    same(sorted(record["server"]["address"] for record in program.Run(finished, JSON).connections),
         ["::1", "::2", "::3"], "a prefix in which some are no hosts, and one of these by itself")


def check_order(bench):
    """The order is that of the seed, looks random, and is as written if asked for."""
    pair = bench.add(Pair())
    orders = []
    for options in (("--seed", 7), ("--seed", 7), ("--seed", 8), (), ("--in-order",)):
        run = program.probe(bench, pair.client, *options, "--parallel", 1, HOST, "1-60", judge=CLOSED)
        order = [port for _, port in _targets(run)]
        same(sorted(order), list(range(1, 61)), f"ports with {options}")
        orders.append(order)
        wanted = options[1] if len(options) == 2 else None
        seed = run.summaries[-1]["seed"]
        true(seed == wanted if options else seed is not None, f"seed {seed} with {options}")
    same(orders[0], orders[1], "two runs with one seed")
    true(orders[0] != orders[2], "another seed has the same order")
    same(orders[4], list(range(1, 61)), "as written")
    true(sum(abs(one - next_one) == 1 for one, next_one in zip(orders[3], orders[3][1:])) < 12, f"in a row: {orders[3]}")


def check_shards(bench):
    """Two processes cover each target once; the order of all is that of one, whatever the number of shards."""
    pair = bench.add(Pair())
    places = {}
    for shards in (1, 2, 3):
        order = []
        started = [program.start(pair.client, "-j", *CLOSED, "--parallel", 1, "--shard", f"{shard}/{shards}", HOST, PORTS)
                   for shard in range(1, shards + 1)]
        runs = [program.Run(process.wait(), JSON) for process in started]
        for number, run in enumerate(runs, 1):
            same((run.finished.status, run.finished.stderr), (0, ""), f"status and stderr of shard {number}")
            same(run.summaries[-1]["shard"], f"{number}/{shards}", "shard of the summary")
            order.append([port for _, port in _targets(run)])
        counts = Counter(port for part in order for port in part)
        same(sorted(counts.items()), [(port, 1) for port in range(1, 401)], f"each target once with {shards} shards")
        same(len({run.summaries[-1]["seed"] for run in runs}), 1, "seeds")
        places[shards] = [order[place % shards][place // shards] for place in range(400)]
    same(places[2], places[1], "the order of two shards")
    same(places[3], places[1], "the order of three shards")


SILENT = "table inet lab { chain in { type filter hook input priority 0; ip protocol tcp drop; }; }"


def _most_at_once(connections, seconds):
    """The most of these connections, each of which takes so long, that were in flight at one time."""
    starts = sorted(record["start_ns"] for record in connections)
    return max(sum(start <= other < start + int(seconds * 1e9) for other in starts) for start in starts)


def check_per_host(bench):
    """So many connections in flight to an address, whatever its ports, and no other address waits for them."""
    pair = bench.add(Pair())
    server = bench.add(Server(pair.server, "0.0.0.0", servers.sink))
    held = ("--max-per-host", 2, "-c", 8, "-i", 0, "--hold", 0.3, "--time-wait", 0)
    run = program.probe(bench, pair.client, *held, f"{HOST}:{server.port}")
    most = _most_at_once(run.connections, 0.25)
    same((len(run.connections), most), (8, 2), "connections, and how many at once")
    pair.server.nft(SILENT)
    run = program.probe(bench, pair.client, "--in-order", "--max-per-host", 3, "-W", 1.5, f"{HOST}:1-6",
                        f"[{SERVER[6]}]:1-100", status=1)
    silent = [record for record in run.connections if record["port_state"] == "filtered"]
    same((len(silent), len(run.connections)), (6, 106), "silent ones, and all")
    same(_most_at_once(silent, 1.3), 3, "silent ones at once")
    last = max(record["start_ns"] for record in run.connections if record["port_state"] == "closed")
    true(last < sorted(record["start_ns"] for record in silent)[3], "others waited for the silent host")


NETWORK = "10.77.0.0/24"
OTHER_SOURCE = "10.9.0.9"


def _way_of(record):
    opening = record["openings"]["client"]
    return (record["port_state"], opening and (record["client"]["address"], opening["mss"]))


def check_routes(bench):
    """Addresses of one network that longer prefixes separate go each its own way, and soon the new one if routes change
    while the run goes on."""
    pair = bench.add(Pair())
    pair.client.ip(f"addr add {OTHER_SOURCE}/24 dev c0", f"route add {NETWORK} via {HOST}",
                   "route add unreachable 10.77.0.64/28", f"route add 10.77.0.100 via {HOST} src {OTHER_SOURCE}",
                   f"route add 10.77.0.192/27 via {HOST} mtu 1000")
    pair.server.ip(f"route add {OTHER_SOURCE}/32 dev s0", f"route add local {NETWORK} dev lo")
    run = program.probe(bench, pair.client, "--half-open", "--rate", 0, "-p", 80, NETWORK, status=1)
    wanted = {number: ("closed", (CLIENT[4], 1460)) for number in range(1, 255)}
    wanted.update({number: ("unreachable", None) for number in range(64, 80)})
    wanted.update({number: ("closed", (CLIENT[4], 960)) for number in range(192, 224)})
    wanted[100] = ("closed", (OTHER_SOURCE, 1460))
    found = {int(record["target"].rpartition(".")[2]): _way_of(record) for record in run.connections}
    same({number: way for number, way in found.items() if way != wanted[number]}, {}, "ways that are others")
    same(len(found), 254, "targets")
    running = bench.add(program.start(pair.client, "-j", "--half-open", "--rate", 150, "-p", 80, NETWORK))
    time.sleep(0.3)
    pair.client.ip(f"route add 10.77.0.128/26 via {HOST} mtu 900")
    changed_ns = time.time_ns() + 500000000
    late = [record for record in program.Run(running.wait(), JSON).connections
            if record["start_ns"] > changed_ns and 128 <= int(record["target"].rpartition(".")[2]) < 192]
    true(late, "none began later")
    same({_way_of(record) for record in late}, {("closed", (CLIENT[4], 860))}, "ways by the new route")


def check_written_twice(bench):
    """A target with other labels in a later line: the line is named, and the first labels hold."""
    pair = bench.add(Pair())
    path = _file(bench, "list", f"{HOST}:1-3 team=a\n{HOST}:2 team=a\n{HOST}:3 team=b\n{HOST}:4\n{HOST}:4\n")
    finished = program.shake(pair.client, "-j", *CLOSED, "--targets", path)
    same((finished.status, finished.stderr),
         (0, f"tcpshake: {path}, line 3: a target of this line was written earlier with other labels or another "
             "expectation, which apply\n"), "status and stderr")
    labels = {record["server"]["port"]: record.get("labels") for record in program.Run(finished, JSON).connections}
    same(labels, {1: {"team": "a"}, 2: {"team": "a"}, 3: {"team": "a"}, 4: None}, "labels")


def check_empty_shard(bench):
    """A part without a target succeeds, and says that it had none."""
    pair = bench.add(Pair())
    empty = 0
    for shard in (1, 2, 3):
        finished = program.shake(pair.client, "-j", *CLOSED, "--shard", f"{shard}/3", HOST, "1,2")
        same((finished.status, finished.stderr), (0, ""), f"status and stderr of {shard}/3")
        run = program.Run(finished, JSON)
        same(run.summaries[-1]["connections"], len(run.connections), "connections")
        empty += not run.connections
    same(empty, 1, "parts without a target")
    finished = program.shake(pair.client, "-j", *CLOSED, "--succeed-after", 2, "-c", 2, "--shard", "3/3", HOST, "1,2")
    same(finished.status, 0, "status with a condition")


MEASURED = ("import resource, subprocess, sys\n"
            "subprocess.run(sys.argv[1:])\n"
            "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n")
LINES = 100000
LINE_BYTES = 100  # of memory, for a line with a target
SLACK_KIB = 6 << 10  # for what differs by chance: networks in the summary, connections in flight


def _peak_kib(bench, pair, *arguments):
    """The most memory that a run of a second takes."""
    command = [sys.executable, "-c", MEASURED, program.path()]
    finished = program.shake(pair.client, "-qq", "--deadline", 1, "--rate", 1000, "--max-targets", 1 << 25, *arguments,
                             command=command)
    true(finished.stdout.isdecimal() or finished.stdout.strip().isdecimal(), f"{finished.stdout!r} {finished.stderr!r}")
    return int(finished.stdout)


def check_memory(bench):
    """Memory grows with the lines of a list, and not with the targets of a prefix."""
    pair = bench.add(Pair())
    few, many = _peak_kib(bench, pair, "10.0.0.0/12", 80), _peak_kib(bench, pair, "10.0.0.0/8", 80)
    true(many <= few + SLACK_KIB, f"{many} KiB for 2^24 targets, {few} KiB for 2^20")
    quick = ("--rate", 0, "--parallel", 500, "--half-open", "--deadline", 30, *CLOSED, HOST)
    few_done, many_done = _peak_kib(bench, pair, *quick, "1-5000"), _peak_kib(bench, pair, *quick, "1-40000")
    true(many_done <= few_done + SLACK_KIB, f"{many_done} KiB after 40,000 targets, {few_done} KiB after 5,000")
    path = _file(bench, "list", "".join(f"10.{i >> 16}.{i >> 8 & 255}.{i & 255}:80\n" for i in range(LINES)))
    listed = _peak_kib(bench, pair, "--targets", path)
    true(listed <= few + LINES * LINE_BYTES // 1024 + SLACK_KIB, f"{listed} KiB for {LINES} lines, {few} KiB for none")
    print(f"# 2^20 targets: {few} KiB, 2^24: {many} KiB, a list of {LINES} lines: {listed} KiB; "
          f"5,000 done: {few_done} KiB, 40,000 done: {many_done} KiB")


CASES = [
    Case("list", check_list),
    Case("labels", check_labels),
    Case("bad-lines", check_bad_lines),
    Case("exclusions", check_exclusions),
    Case("bounds", check_bounds),
    Case("order", check_order),
    Case("shards", check_shards),
    Case("empty-shard", check_empty_shard),
    Case("written-twice", check_written_twice),
    Case("per-host", check_per_host),
    Case("routes", check_routes),
    Case("memory", check_memory),
]

if __name__ == "__main__":
    tap.main(CASES, prepare=lambda: nameserver.use(HOST))
