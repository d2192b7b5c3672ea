#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Users without root: CAP_NET_RAW alone is enough, and what is said where it is missing."""

import shutil

from lab import capturefile, packet, program, servers, tap
from lab.cases import GRACEFUL, both
from lab.program import JSON
from lab.servers import Server
from lab.tap import Case, Skip, same, true
from lab.topology import CLIENT, LOOPBACK, SERVER, Pair
from lab.users import as_nobody, is_root_of_all, nobody_keeping, own_copy, with_net_raw

def check_net_raw_alone(bench, address, family, output):
    """An ordinary user with CAP_NET_RAW and nothing else."""
    pair = bench.add(Pair())
    where = pair.client if address is LOOPBACK else pair.server
    server = bench.add(Server(where, address[family], servers.sink))
    run = program.probe(bench, pair.client, server.address, server.port, output=output,
                        command=as_nobody("net_raw") + [own_copy(bench)])
    if output == JSON:
        program.match(run.only, GRACEFUL)


def _refused(finished, *words):
    """Status 3 and one line on stderr with these words."""
    same(finished.status, 3, f"exit status with {finished.stderr!r}")
    same(finished.stderr.count("\n"), 1, f"lines in {finished.stderr!r}")
    true(finished.stderr.startswith("tcpshake: "), f"stderr {finished.stderr!r}")
    for word in words:
        true(word in finished.stderr, f"{word!r} is not in {finished.stderr!r}")


def check_no_net_raw(bench):
    """Without CAP_NET_RAW: an error with the way out, and no connection made in another way."""
    pair = bench.add(Pair())
    server = bench.add(Server(pair.server, SERVER[4], servers.sink))
    finished = program.shake(pair.client, server.address, server.port,
                             command=as_nobody() + [own_copy(bench)])
    _refused(finished, "CAP_NET_RAW", "setcap")
    true(not server.accepted.acquire(timeout=0.1), "a connection was made all the same")


def check_privileged_port(bench):
    """What helps where the source port may not be bound; nothing is in flight, and the run ends there and then."""
    pair = bench.add(Pair())
    server = bench.add(Server(pair.server, SERVER[4], servers.sink))
    for arguments in ((), ("-c", "3", "-i", "0.1"), ("-c", "0")):
        finished = program.shake(pair.client, "-q", "-P", "80", *arguments, server.address, server.port, limit=10,
                                 command=as_nobody("net_raw") + [own_copy(bench)])
        _refused(finished, "source port 80", "CAP_NET_BIND_SERVICE", "ip_unprivileged_port_start")


def check_read_needs_nothing(bench):
    """Reading a capture needs no capability."""
    syn = packet.Segment(CLIENT[4], SERVER[4], 40000, 80, 1, 0, "S")
    answer = packet.Segment(SERVER[4], CLIENT[4], 80, 40000, 0, 2, "RA")
    copy = own_copy(bench)
    bench.path("trace.pcap").write_bytes(capturefile.pcap([syn.encode(), answer.encode()]))
    finished = program.shake(bench.add(Pair()).client, "-j", "-r", bench.path("trace.pcap"),
                             command=as_nobody() + [copy])
    same((finished.status, finished.stderr), (1, ""), "status and stderr")
    program.match(program.Run(finished, JSON).only, {"port_state": "closed"})


def check_file_capability(bench):
    """setcap cap_net_raw+ep, as the error message proposes it."""
    if not is_root_of_all():
        raise Skip("needs root")
    copy = with_net_raw(own_copy(bench))
    pair = bench.add(Pair())
    server = bench.add(Server(pair.server, SERVER[4], servers.sink))
    run = program.probe(bench, pair.client, server.address, server.port, command=nobody_keeping() + [copy])
    program.match(run.only, GRACEFUL)


CASES = [
    *both("net-raw-alone", check_net_raw_alone, address=SERVER),
    *both("net-raw-alone-loopback", check_net_raw_alone, address=LOOPBACK),
    Case("privileged-port", check_privileged_port),
    Case("no-net-raw", check_no_net_raw),
    Case("read-needs-nothing", check_read_needs_nothing),
    Case("file-capability", check_file_capability),
]


def prepare():
    program.path()
    if not shutil.which("setpriv"):
        raise Skip("no setpriv")


if __name__ == "__main__":
    tap.main(CASES, prepare=prepare)
