#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""--expect-close: how a service closes is a condition, live and on the recording, in every format and in the status."""

from functools import partial

from lab import program, servers
from lab.cases import FAMILIES
from lab.program import JSON
from lab.servers import Server
from lab.tap import Case, main, same, true
from lab.topology import SERVER, Pair, host_port

BRIEF = ("-W", "0.4")  # for the FIN that does not come
ENDED = ("--hold", "20")  # by the server

# What the server does, what the program waits for, the word for the close, who, and what the verdict line says of it.
SERVICES = [
    ("graceful", servers.sink, (), "graceful", None, " open\n"),
    ("closes-first", servers.close_first, ENDED, "graceful", None, " open\n"),
    ("reset", servers.reset, ENDED, "reset", "server", " open, but reset by the server after "),
    ("never-closes", servers.keep_open, BRIEF, "half-closed", "client", " open"),
]

OTHERS = {"graceful": "reset,half-closed,unanswered,none", "reset": "graceful,none", "half-closed": "graceful"}


def check(bench, family, behaviour, waits, word, by, verdict):
    pair = bench.add(Pair())
    server = bench.add(Server(pair.server, SERVER[family], behaviour))
    target, recording = host_port(server.address, server.port), bench.path("run.pcapng")
    live = program.shake(pair.client, *JSON, *waits, "-w", recording, target)
    record = program.Run(live, JSON).only
    program.validate(record)
    program.match(record, {"port_state": "open", "close": word, "ok": True})
    if by:
        same(record["teardown"]["reset_by"], by, "who reset")
    same(live.status, 0, "exit status without --expect-close")
    for expected, ok in ((word, True), (f"unanswered,{word}", True), (OTHERS[word], False)):
        judge = ("--expect-close", expected)
        check_formats(pair.client, recording, judge, word, ok)
        # the service does the same again: so does the program, live
        again = program.shake(pair.client, *waits, *judge, target)
        same(again.status, 0 if ok else 1, f"exit status with {judge}")
        true(verdict in again.stdout or not ok, f"no {verdict!r} in {again.stdout[-300:]!r}")
        same(again.stdout.count(", not ok: the close ("), 0 if ok else 1, f"failures told in {again.stdout[-300:]!r}")


def check_formats(namespace, recording, judge, word, ok):
    """The recording, read back with that judgement in every format."""
    failed = 0 if ok else 1
    wanted = {
        "json": (failed, f'"close":"{word}"'), "csv": (failed, f",{word},"), "text": (failed, ""),
        "table": (failed, word), "nagios": (0 if ok else 2, "TCPSHAKE OK" if ok else "TCPSHAKE CRITICAL"),
        "prometheus": (failed, f'close="{word}"}} 1'), "svg": (failed, "<svg"),
    }
    for name, (status, part) in wanted.items():
        run = program.shake(namespace, "-r", recording, "--format", name, *judge)
        same((run.status, part in run.stdout, run.stderr), (status, True, ""), f"{name} with {judge}")


CASES = [Case(f"{name}-v{family}", partial(check, family=family, behaviour=behaviour, waits=waits, word=word, by=by,
                                           verdict=verdict))
         for name, behaviour, waits, word, by, verdict in SERVICES for family in FAMILIES]

if __name__ == "__main__":
    main(CASES, prepare=program.path)
