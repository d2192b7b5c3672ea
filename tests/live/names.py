#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Names: those that do not resolve, that no server answers for, that appear later, and that are not ASCII; beside what
an application meets that asks getaddrinfo() and connects."""

import socket
from functools import partial

from lab import nameserver, program, servers, tap
from lab.nameserver import NameServer
from lab.process import wait_until
from lab.program import JSON
from lab.servers import Server
from lab.tap import Case, same, true
from lab.topology import SERVER, Pair

HOST = SERVER[4]
NOT_FOUND = ("unknown", "not-sent", "name-not-found")


def _scene(bench, names=None, silent=()):
    """A client, a server that accepts, and a name server."""
    pair = bench.add(Pair())
    server = bench.add(Server(pair.server, "0.0.0.0", servers.sink))
    return pair, server, bench.add(NameServer(pair.server, HOST, names, silent))


def _application(namespace, name, port, patience=3):
    """Whether an application gets through: it resolves the name and connects."""
    with namespace.inside():
        try:
            socket.create_connection((name, port), patience).close()
        except OSError:
            return False
    return True


def _verdict(record):
    return record["port_state"], record["handshake"]["result"], record["handshake"]["reason"]


def check_fails_alone(bench):
    """A name that does not resolve has a record of its own, and the others are probed."""
    pair, server, _ = _scene(bench, {"one.test": [HOST], "two.test": [HOST]})
    targets = [f"{name}:{server.port}" for name in ("one.test", "nosuch.test", "two.test")]
    recording = bench.path("run.pcapng")
    finished = program.shake(pair.client, "-j", "-w", recording, *targets)
    run = program.Run(finished, JSON)
    same(finished.status, 1, f"status, with stderr {finished.stderr!r}")
    true(finished.stderr.startswith("tcpshake: cannot resolve 'nosuch.test': "), f"stderr {finished.stderr!r}")
    same(finished.stderr.count("\n"), 1, f"lines of {finished.stderr!r}")
    for record in run.records:
        program.validate(record)
    found = {record["target"]: record for record in run.connections}
    for name in ("one.test", "nosuch.test", "two.test"):
        same(found[name]["port_state"] == "open", _application(pair.client, name, server.port),
             f"{name} is open, as for an application")
    record = found["nosuch.test"]
    same(_verdict(record), NOT_FOUND, "verdict")
    same((record["server"]["address"], record["server"]["port"]), (None, server.port), "server")
    true(record["resolve_ns"] is not None, "the time that the name took is not known")
    program.check_replay(pair.client, run, recording)


def check_none_found(bench):
    """Where no name is found the status is 2, and there are records all the same."""
    pair, _, _ = _scene(bench)
    finished = program.shake(pair.client, "-j", "nosuch.test", 80)
    same((finished.status, finished.stderr),
         (2, "tcpshake: cannot resolve 'nosuch.test': Name or service not known\n"), "status and stderr")
    same(_verdict(program.Run(finished, JSON).only), NOT_FOUND, "verdict")
    finished = program.shake(pair.client, "-j", "nosuch.test:80", "neither.test:80")
    same((finished.status, len(program.Run(finished, JSON).connections)), (2, 2), "status and records")


def check_prometheus(bench):
    """A scrape learns of a name that is gone, also where it is the only one."""
    pair, server, _ = _scene(bench, {"one.test": [HOST]})
    for targets, status in ((["one.test", "nosuch.test"], 1), (["nosuch.test"], 2)):
        out = bench.path("tcpshake.prom")
        finished = program.shake(pair.client, "--format", "prometheus", "-o", out, "-p", server.port, *targets)
        same(finished.status, status, f"status, with stderr {finished.stderr!r}")
        text = out.read_text(encoding="utf-8")
        for name in targets:
            success, = [line for line in text.splitlines()
                        if line.startswith("probe_success{") and f'"{name}' in line]
            same(success.split()[-1], "1" if name == "one.test" else "0", f"probe_success of {name}")
        out.unlink()


def check_silent_name_server(bench):
    """Patience and deadline hold for names too, which are asked for side by side."""
    silent = [f"silent{i}.test" for i in range(8)]
    pair, server, _ = _scene(bench, {"one.test": [HOST]}, silent)
    operands = [f"{name}:{server.port}" for name in (*silent, "one.test")]

    def one(options, bound):
        finished = program.shake(pair.client, "-j", "--time-wait", "0", *options, *operands[:1])
        same(finished.status, 2, f"status, with stderr {finished.stderr!r}")
        same(_verdict(program.Run(finished, JSON).only), NOT_FOUND, "verdict")
        true(finished.elapsed >= bound, f"{options}: took {finished.elapsed:.3f} s")
        return finished.elapsed

    def all_of_them():
        finished = program.shake(pair.client, "-j", "--time-wait", "0", "-W", "1", *operands)
        run = program.Run(finished, JSON)
        same(sorted(_verdict(record)[0] for record in run.connections), ["open"] + 8 * ["unknown"], "states")
        return finished.elapsed

    for options, bound in ((("-W", "1"), 1), (("--deadline", "0.7"), 0.7)):
        took = tap.at_best(partial(one, options, bound), bound + 0.7)
        bench.note(f"{' '.join(options)}: {took:.3f} s")
    bench.note(f"eight names, -W 1: {tap.at_best(all_of_them, 2):.3f} s")


def check_appears_later(bench):
    """A run that waits for a service asks for its name again at each attempt."""
    pair, server, names = _scene(bench)
    process = bench.add(program.start(pair.client, "-j", "-c", "0", "-i", "0.2", "--time-wait", "0",
                                      "--succeed-after", "2", "late.test", server.port))
    wait_until(lambda: process.output().count("name-not-found") >= 3, "three attempts")
    true(not _application(pair.client, "late.test", server.port), "an application gets through")
    names.set("late.test", HOST)
    true(_application(pair.client, "late.test", server.port), "an application does not get through")
    finished = process.wait()
    run = program.Run(finished, JSON)
    same(finished.status, 0, f"status, with stderr {finished.stderr!r}")
    same([record["port_state"] for record in run.connections[-3:]], ["unknown", "open", "open"], "the last states")
    same(finished.stderr.count("\n"), 2, f"lines of {finished.stderr!r}")
    true(f"late.test is at {HOST}" in finished.stderr, f"stderr {finished.stderr!r}")


def check_international_name(bench):
    """A name with other letters than ASCII's is asked for as IDNA has it."""
    pair, server, names = _scene(bench, {"xn--bcher-kva.test": [HOST]})
    finished = program.shake(pair.client, "-j", "bücher.test", server.port)
    record = program.Run(finished, JSON).only
    same((finished.status, record["target"], record["port_state"]), (0, "bücher.test", "open"),
         f"outcome, with stderr {finished.stderr!r}, asked for {names.asked}")


def check_several_addresses(bench):
    """Where the first address fails the others are named; with --all-addresses each is probed."""
    pair, server, _ = _scene(bench, {"both.test": ["2001:db8::99", HOST],
                                       "twice.test": ["2001:db8::98", "2001:db8::97"]})
    true(_application(pair.client, "both.test", server.port), "an application does not get through")
    finished = program.shake(pair.client, "-j", "-W", "0.5", "both.test", server.port)
    record = program.Run(finished, JSON).only
    same((finished.status, record["server"]["address"]), (1, "2001:db8::99"), "status and address")
    same(finished.stderr, f"tcpshake: both.test: 2001:db8::99 failed; {HOST} not tried: see --all-addresses\n",
         "stderr")
    same(record["not_tried"], [HOST], "not_tried")
    text = program.shake(pair.client, "-W", "0.5", "both.test", server.port, "-w", bench.path("both.pcapng"))
    true(f"; {HOST} not tried\n" in text.stdout, text.stdout)
    again = program.shake(pair.client, "-r", bench.path("both.pcapng"))
    same(again.stdout, text.stdout, "the replay")
    finished = program.shake(pair.client, "-j", "-W", "0.5", "--all-addresses", "both.test", server.port)
    run = program.Run(finished, JSON)
    same((finished.status, finished.stderr), (1, ""), "status and stderr")
    same({record["server"]["address"]: record["port_state"] == "open" for record in run.connections},
         {"2001:db8::99": False, HOST: True}, "addresses that are open")
    same({record["target"] for record in run.connections}, {"both.test"}, "targets")
    finished = program.shake(pair.client, "-j", "-W", "0.5", "--all-addresses", "-p", server.port, "both.test", HOST,
                             "twice.test")
    run = program.Run(finished, JSON)
    same(sorted((record["target"], record["server"]["address"]) for record in run.connections),
         sorted([("both.test", "2001:db8::99"), ("both.test", HOST), (HOST, HOST), ("twice.test", "2001:db8::98"),
                 ("twice.test", "2001:db8::97")]), "each address of each name")


def check_filter(bench):
    """A filter with a name for which no answer comes fails once, and not for each link type."""
    pair, _, _ = _scene(bench, silent=["silent.test"])

    def attempt():
        finished = program.shake(pair.client, "-r", program.TOP / "pcaps" / "abort-v4.pcapng", "host silent.test")
        same(finished.status, 3, f"status, with stderr {finished.stderr!r}")
        true("no answer for a name" in finished.stderr, f"stderr {finished.stderr!r}")
        return finished.elapsed

    bench.note(f"{tap.at_best(attempt, 7, tries=3):.3f} s")


CASES = [
    Case("fails-alone", check_fails_alone),
    Case("none-found", check_none_found),
    Case("prometheus", check_prometheus),
    Case("silent-name-server", check_silent_name_server),
    Case("appears-later", check_appears_later),
    Case("several-addresses", check_several_addresses),
    Case("filter", check_filter),
    Case("international-name", check_international_name),
]

if __name__ == "__main__":
    tap.main(CASES, prepare=lambda: nameserver.use(HOST))
