#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The names of hops: those that a name server gives, none of one that is silent, and hostile ones."""

import time

from lab import nameserver, process, program, servers, tap
from lab.cases import each
from lab.nameserver import NameServer
from lab.program import JSON, TEXT
from lab.routers import Chain
from lab.servers import Server
from lab.tap import Case, same, true
from lab.topology import FAR, host_port

ROUTERS = 2
WAIT = 1.0  # that the program waits for names, once the path is over


def _scene(bench, family, names, silent=()):
    """A chain with an open port and a name server at its end; names and silent by the number of a hop."""
    chain = bench.add(Chain(ROUTERS))
    hops = chain.hops(family)
    server = bench.add(Server(chain.server, FAR[family], servers.sink))
    asked = bench.add(NameServer(chain.server, FAR[4], silent=[nameserver.reverse(hops[number]) for number in silent],
                                 pointers={hops[number]: name for number, name in names.items()}))
    return chain, host_port(FAR[family], server.port), asked


def _names(record):
    return [hop["name"] for hop in record["path"]["hops"]]


def _application(namespace, address):
    """The name that the C library finds for an address, or None; by a process of its own, for Python waits with all
    threads for it."""
    found = process.run(namespace, ["getent", "hosts", address]).stdout.split()
    return found[1] if found else None


def check_names(bench, family):
    """As an application has them, in JSON, text and the replay; an address without a name has none."""
    chain, target, _ = _scene(bench, family, {0: "gw.example.test", 2: "www.example.test"})
    record = program.probe(bench, chain.client, "--path", target).only
    same(_names(record), [_application(chain.client, address) for address in chain.hops(family)], "names")
    same(_names(record), ["gw.example.test", None, "www.example.test"], "names")
    text = program.probe(bench, chain.client, "--path", target, output=TEXT).finished.stdout
    true(f"{chain.hops(family)[0]}  gw.example.test\n" in text, text)
    true(f"{FAR[family]}" in text and "www.example.test, the target (SYN/ACK)\n" in text, text)
    run = program.probe(bench, chain.client, "--path", "-c", "2", "-i", "0.1", target)
    hops = run.records[-1]["path"]["hops"]
    same([[found["name"] for found in hop["addresses"]] for hop in hops],
         [["gw.example.test"], [None], ["www.example.test"]], "names in the summary")
    text = program.shake(chain.client, "--path", "-c", "2", "-i", "0.1", target).stdout
    true(f" {chain.hops(family)[0]} gw.example.test\n" in text, text)


def check_numeric(bench):
    """With -n nothing is asked for; a replay with -n shows no names either."""
    chain, target, asked = _scene(bench, 4, {0: "gw.example.test"})
    record = program.probe(bench, chain.client, "-n", "--path", target).only
    same((_names(record), asked.asked), ([None] * (ROUTERS + 1), []), "names, and what was asked")
    recording = bench.path("named.pcapng")
    run = program.Run(program.shake(chain.client, "-j", "-w", recording, "--path", target), JSON)
    same(_names(run.only), ["gw.example.test", None, None], "names")
    for arguments, wanted in (((), "gw.example.test"), (("-n",), None)):
        again = program.Run(program.shake(chain.client, "-j", "-r", recording, *arguments), JSON)
        same(_names(again.only)[0], wanted, f"name in a replay with {arguments}")


def check_silent_name_server(bench):
    """Names that do not come in time are left out, delay no result by more than a second, and none twice."""
    chain, target, _ = _scene(bench, 4, {1: "two.example.test"}, silent=(0, 2))
    began = time.monotonic()
    program.shake(chain.client, "-n", "-j", "--path", target)
    without = time.monotonic() - began
    for count, bound in ((1, WAIT), (5, WAIT)):
        began = time.monotonic()
        finished = program.shake(chain.client, "-j", "--path", "-c", count, "-i", "0.05", target)
        took = time.monotonic() - began
        same((finished.status, finished.stderr), (0, ""), "status and stderr")
        for record in program.Run(finished, JSON).connections:
            same(_names(record), [None, "two.example.test", None], "names")
        bench.note(f"{count} connections: {took:.3f} s, {without:.3f} s for one with -n")
        true(took < bound + count * (without + 0.1) + 0.5, f"{count} connections took {took:.3f} s")


def check_slow_name_server(bench):
    """What waits behind slow answers is not waited for longer than a second, either."""
    chain = bench.add(Chain(7))
    hops = chain.hops(4)
    server = bench.add(Server(chain.server, FAR[4], servers.sink))
    bench.add(NameServer(chain.server, FAR[4], pointers={address: "name.example.test" for address in hops}, delay=0.45))
    took = []
    for options in (("-n",), ()):
        began = time.monotonic()
        finished = program.shake(chain.client, *options, "-j", "--path", host_port(FAR[4], server.port))
        took.append(time.monotonic() - began)
        same((finished.status, finished.stderr), (0, ""), "status and stderr")
    names = _names(program.Run(finished, JSON).only)
    bench.note(f"{took[1]:.3f} s, {took[0]:.3f} s with -n, {len(names) - names.count(None)} of {len(names)} names")
    true(0 < names.count(None) < len(names), f"names {names}")
    true(took[1] - took[0] < WAIT + 0.7, f"took {took[1]:.3f} s, {took[0]:.3f} s with -n")


def check_hostile_names(bench):
    """What a name server says is escaped, or refused by the C library; either way as an application has it."""
    hostile = {0: "\x1b[2J.test", 1: "a" * 63 + "." + "b" * 63 + "." + "c" * 63 + "." + "d" * 61, 2: "x\ny.test"}
    chain, target, _ = _scene(bench, 4, hostile)
    for output in (JSON, TEXT):
        run = program.probe(bench, chain.client, "--path", target, output=output)
        stdout = run.finished.stdout
        true("\x1b" not in stdout and "x\ny" not in stdout, stdout)
    record = program.probe(bench, chain.client, "--path", target).only
    same(_names(record), [_application(chain.client, address) for address in chain.hops(4)], "names")
    same(_names(record)[1], hostile[1], "the longest name")


def check_all_at_once(bench):
    """A change, a silent router, and names, one of which takes room."""
    chain = bench.add(Chain(4))
    hops = chain.hops(4)
    chain.routers[1].nft("table inet lab { chain forward { type filter hook forward priority mangle; "
                         "tcp flags syn tcp option maxseg size set 1200\n}\n}")
    chain.routers[3].nft("table inet lab { chain out { type filter hook output priority 0; "
                         "meta l4proto icmp drop\n}\n}")
    server = bench.add(Server(chain.server, FAR[4], servers.sink))
    names = {hops[0]: "gw.example.net", hops[2]: "ae-3-17.core-router-with-a-long-name.pop42.example.org",
             hops[4]: "www.example.com"}
    bench.add(NameServer(chain.server, FAR[4], pointers=names))
    record = program.probe(bench, chain.client, "--path", host_port(FAR[4], server.port)).only
    same(_names(record), [names.get(address) for address in hops], "names")
    same([hop["answered"] for hop in record["path"]["hops"]], [1, 1, 1, 0, 1], "hops that answer")
    same(record["path"]["hops"][2]["changes"], ["mss 1460 to 1200"], "changes")


CASES = [
    *each("names", check_names),
    Case("numeric", check_numeric),
    Case("silent-name-server", check_silent_name_server),
    Case("slow-name-server", check_slow_name_server),
    Case("hostile-names", check_hostile_names),
    Case("all-at-once", check_all_at_once),
]

if __name__ == "__main__":
    tap.main(CASES, prepare=lambda: nameserver.use(FAR[4]))
