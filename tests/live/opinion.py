#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""--second-opinion: what connect() meets stands beside the verdict, and where this host treats sockets otherwise than
raw segments, the difference is a finding and a warning."""

import contextlib
import errno
import os
from functools import partial

from lab import program, servers, tap
from lab.cases import each
from lab.connect import Connect
from lab.process import wait_until
from lab.program import JSON
from lab.servers import Server
from lab.tap import Case, Skip, same, true
from lab.topology import SERVER, Pair, host_port

OURS = 40000                     # the source port of the program, where rules tell it from sockets
DIFFERS = "second-opinion-differs"
SOON = ("-W", "1.5")
NOISE_S = 0.06  # of a busy machine
PROHIBITED = 4242                # a port that a rule forbids to everything


def _findings(record):
    return [finding["name"] for finding in record["findings"]]


def _ask(bench, scene, port, *arguments, family, status):
    """The record of a run with a second opinion, and what its stderr said."""
    recording = bench.path("run.pcapng")
    finished = program.shake(scene.client, "-j", "-w", recording, "--second-opinion", *SOON, *arguments,
                             host_port(SERVER[family], port))
    run = program.Run(finished, JSON)
    same(finished.status, status, "exit status")
    for record in run.records:
        program.validate(record)
    program.check_replay(scene.client, run, recording)
    return run.only, finished.stderr


def _scene(bench, rules="", near_rules=""):
    scene = bench.add(Pair())
    for family in (4, 6):
        bench.add(Server(scene.server, SERVER[family], servers.sink, port=80))
    for namespace, text in ((scene.server, rules), (scene.client, near_rules)):
        if text:
            namespace.nft(f"table inet opinion {{\n{text}\n}}\n")
    return scene


FILTERED = "chain input {\ntype filter hook input priority 0\ntcp dport 82 drop\n}"
# port, exit status, verdict, opinion, errno
AGREEMENTS = {
    "open": (80, 0, "open", "connected", None),
    "refused": (81, 1, "closed", "refused", errno.ECONNREFUSED),
    "filtered": (82, 1, "filtered", "timed-out", errno.ETIMEDOUT),
}


def check_agreement(bench, family, port, status, state, opinion, code):
    """What connect() of this very host met a moment later; the verdict stays what it is."""
    scene = _scene(bench, FILTERED)

    def attempt():
        record, said = _ask(bench, scene, port, family=family, status=status)
        kernel = Connect(scene.client, SERVER[family], port, patience=1.5).wait()
        same(record["port_state"], state, "port_state")
        same((record["second_opinion"]["result"], record["second_opinion"]["errno"]), (opinion, code), "second_opinion")
        true(DIFFERS not in _findings(record), f"findings: {_findings(record)}")
        same(said, "", "stderr")
        return abs(record["second_opinion"]["ns"] - kernel.duration_ns) / 1e9

    tap.at_best(attempt, NOISE_S)


def _output(rule):
    return f"chain output {{\ntype filter hook output priority 0\n{rule}\n}}"


# A rule by source port stands for all that tells sockets from raw segments. Rule, status, verdict, opinion, the warning
DIFFERENCES = {
    "refused-to-sockets": (_output(f"tcp dport 80 tcp sport != {OURS} reject with tcp reset"), 0, "open", "refused",
                           "is open, but connect() was refused"),
    "dropped-for-sockets": (_output(f"tcp dport 80 tcp sport != {OURS} drop"), 0, "open", "timed-out",
                            "is open, but connect() timed out"),
    "refused-to-us": (_output(f"tcp dport 80 tcp sport {OURS} reject with tcp reset"), 1, "closed", "connected",
                      "is closed, but connect() succeeded"),
}


def check_difference(bench, family, rule, status, state, opinion, warning):
    """connect() is the judge: what an application meets is said, in the record, in text and on stderr."""
    scene = _scene(bench, near_rules=rule)
    record, said = _ask(bench, scene, 80, "-P", str(OURS), family=family, status=status)
    same((record["port_state"], record["second_opinion"]["result"]), (state, opinion), "verdict and second opinion")
    true(DIFFERS in _findings(record), f"findings: {_findings(record)}")
    same(said.splitlines()[-1:], [f"tcpshake: {SERVER[family]} port 80 {warning}"], "stderr")
    text = program.shake(scene.client, "--second-opinion", *SOON, "-P", str(OURS), host_port(SERVER[family], 80))
    true("second opinion: connect() " in text.stdout and DIFFERS in text.stdout, text.stdout)
    csv = program.shake(scene.client, "--second-opinion", *SOON, "-P", str(OURS), "--format", "csv",
                        host_port(SERVER[family], 80)).stdout.splitlines()
    row = dict(zip(csv[0].split(","), csv[1].split(",")))
    same(row["second_opinion.result"], opinion, "second_opinion.result of CSV")


def check_unsent(bench, family):
    """Where nothing can be sent, connect() is asked all the same: a rule may forbid it to both."""
    scene = _scene(bench)
    scene.client.command("ip", f"-{family}", "rule", "add", "ipproto", "tcp", "prohibit", "priority", "10")
    record, said = _ask(bench, scene, PROHIBITED, family=family, status=1)
    same(record["port_state"], "unknown", "port_state")
    same((record["second_opinion"]["result"], record["second_opinion"]["errno"]), ("prohibited", errno.EACCES),
         "second_opinion")
    same(said, "", "stderr")


def check_many(bench):
    """More targets than children: each gets its own answer, and none is in the way of another."""
    scene = _scene(bench, FILTERED)
    run = program.probe(bench, scene.client, "--second-opinion", *SOON, SERVER[4], "80-99", status=1)
    by_port = {record["server"]["port"]: record["second_opinion"]["result"] for record in run.connections}
    wanted = {80: "connected", 82: "timed-out"}
    same(by_port, {port: wanted.get(port, "refused") for port in range(80, 100)}, "second opinions")


def check_off(bench):
    """Nobody is asked unless that is wanted: the server sees one connection, and two with the option."""
    scene = _scene(bench)
    scene.server.nft("table inet count {\ncounter syns { }\nchain input {\ntype filter hook input priority 0\n"
                     "tcp dport 80 tcp flags syn / syn,ack counter name syns\n}\n}\n")
    for arguments, syns in (((), 1), (("--second-opinion",), 3)):
        record = program.probe(bench, scene.client, *arguments, host_port(SERVER[4], 80)).only
        same(record["second_opinion"] is None, not arguments, "whether second_opinion is null")
        true(f"packets {syns} " in scene.server.command("nft", "list", "counter", "inet", "count", "syns"),
             f"{syns} SYNs in all")


def check_child_is_confined(bench):
    """The child that connects has no capability, a seccomp filter, and ends with the run."""
    scene = _scene(bench, FILTERED)
    if program.sandbox_obstacle(scene.client):
        raise Skip(program.sandbox_obstacle(scene.client))
    process = bench.add(program.start(scene.client, "--second-opinion", "-W", "3", host_port(SERVER[4], 82)))
    wait_until(lambda: _children(process.pid), "a child of the run")
    children = _children(process.pid)
    wait_until(lambda: _status(children[0])["Seccomp"] == "2", "its confinement")
    for pid in children:
        status = _status(pid)
        same((status["CapEff"], status["CapPrm"], status["Seccomp"], status["NoNewPrivs"]),
             ("0" * 16, "0" * 16, "2", "1"), "status of the child")
    process.wait()
    for pid in children:
        wait_until(lambda child=pid: not os.path.exists(f"/proc/{child}"), "the end of the child")


def _children(pid):
    with contextlib.suppress(OSError), open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return file.read().split()
    return []


def _status(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return {name: value.strip() for name, _, value in (line.partition(":") for line in file)}


def _in_a_row(check, bench, family, row):
    check(bench, family, *row)


CASES = [
    *(case for name, row in AGREEMENTS.items()
      for case in each(name, partial(_in_a_row, check_agreement), row=row)),
    *(case for name, row in DIFFERENCES.items()
      for case in each(name, partial(_in_a_row, check_difference), row=row)),
    *each("unsent", check_unsent),
    Case("many", check_many),
    Case("off", check_off),
    Case("confined", check_child_is_confined),
]


if __name__ == "__main__":
    tap.main(CASES)
