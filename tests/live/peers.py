#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Peers that remember: from one source port again and again, to a server that is in TIME_WAIT or still holds the old
connection, beside sockets that do the same."""

import re
import socket

from lab import program, servers, tap
from lab.cases import each
from lab.connect import Connect
from lab.process import wait_until
from lab.program import JSON
from lab.servers import Server
from lab.tap import same, true
from lab.topology import CLIENT, SERVER, Pair, host_port

TIMES = 8
OURS, THEIRS = 40000, 40001  # source ports of the program and of sockets
PATIENCE = 3.0
PROMPT_NS = 500_000_000      # a second try after a challenge ACK comes at once, not after a second


def _in_time_wait(scene, port):
    return re.search(rf":{port}\b", scene.server.command("ss", "-Htan", "state", "time-wait"))


def _bind(family):
    def prepare(made):
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((CLIENT[family], THEIRS))
    return prepare


def check_time_wait(bench, family):
    """Eight runs from one port to a server that closes first: the kernel's sockets get in each time, and so do we."""
    scene = bench.add(Pair())
    server = bench.add(Server(scene.server, SERVER[family], servers.close_first))
    waits = []
    for _ in range(TIMES):
        outcome = Connect(scene.client, server.address, server.port, patience=PATIENCE, prepare=_bind(family)).wait()
        same(outcome.word, "connected", "connect()")
        record = program.probe(bench, scene.client, "-P", str(OURS), "-W", PATIENCE, "--hold", "1",
                               host_port(server.address, server.port)).only
        program.match(record, {"port_state": "open", "handshake.reason": "syn-ack", "teardown.initiator": "server"})
        waits.append(record["handshake"]["connect_ns"])
        true(waits[-1] < PROMPT_NS, f"connect_ns {waits}")
        wait_until(lambda: _in_time_wait(scene, OURS), "TIME_WAIT of the server")
    bench.note(f"connect_ns {waits}")


CASES = [*each("time-wait", check_time_wait)]


if __name__ == "__main__":
    tap.main(CASES, prepare=program.path)
