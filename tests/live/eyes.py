#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What tcpdump captured of a run, read by the program, tells what the live run told."""

from functools import partial

from lab import capturefile, program, servers, tap, tun
from lab.cases import FAMILIES, OPEN, each
from lab.dump import Dump
from lab.program import JSON
from lab.servers import Server
from lab.tap import Case, Skip, same
from lab.topology import SERVER
from lab.tun import Wired

# name, device, link type as tcpdump calls it
EYES = [("ethernet", "c0", "EN10MB"), ("cooked-v1", "any", "LINUX_SLL"), ("cooked-v2", "any", "LINUX_SLL2")]
TAGS = [b"\x81\x00\x20\x07", b"\x88\xa8\x00\x08"]  # a customer's VLAN 7, then a provider's VLAN 8 around it
SNAPLEN = 2048  # more than any frame of the wire
UNTOLD = ("target", "interface", "delivered")  # what a plain pcap file does not say


def _told(record):
    return {name: value for name, value in record.items() if name not in UNTOLD}


def check_eyes(bench, device, link, family, tagged=()):
    """The same connection record from an independent capture of the client's side, and with VLAN tags put in."""
    if not tun.available():
        raise Skip("no access to /dev/net/tun")
    wired = bench.add(Wired())
    server = bench.add(Server(wired.server, SERVER[family], servers.banner))
    witness = bench.add(Dump(wired.client, device, bench.path("near.pcap"), link))
    live = program.probe(bench, wired.client, server.address, server.port)
    program.match(live.only, OPEN)
    witness.stop(SERVER[family])
    for tags in (b"", *tagged):
        if tags:
            witness.path.write_bytes(capturefile.with_tags(witness.path.read_bytes(), tags))
        again = program.Run(program.shake(wired.client, "-j", "-r", witness.path), JSON)
        same(list(program.differences(_told(live.only), _told(again.only))), [], "fields that differ")


CLIENT_PORT = 60000
# How connections end: server, and options of the program.
ENDINGS = [
    (servers.echo, ("--send", "hello\\n", "--hold", "0.1")),
    (servers.banner_and_close, ("--hold", "0.1")),
    (servers.sink, ("--half-open",)),
    (servers.banner, ("--send", "hello\\n", "--hold", "0.1", "--abort")),
    (servers.bulk, ("--hold", "0.1")),
]
VERDICT = ("port_state", "handshake.result", "teardown.result")
WHOLE_VERDICT = (*VERDICT, "teardown.initiator")
# What captures leave out: a name, the segments that stay, the endings that those tell, and what they tell.
LACKING = [
    ("filtered", lambda segment: set(segment.flags) & set("SFR"), ENDINGS, WHOLE_VERDICT),
    ("lossy-capture", lambda segment: not segment.payload, ENDINGS[:4], WHOLE_VERDICT),
    ("one-sided", lambda segment: segment.sport != CLIENT_PORT, ENDINGS[:3], VERDICT),
]


def _untroubled(bench, wired, family, serve, options):
    """The record of a connection by the server's port; None of those before it, in which a busy machine sent something
    twice: of these, such captures tell less."""
    lives = {}
    for _ in range(5):
        server = bench.add(Server(wired.server, SERVER[family], serve))
        record = program.probe(bench, wired.client, "-P", CLIENT_PORT, *options, server.address, server.port).only
        lives = {**dict.fromkeys(lives), server.port: record}
        if not any(record["retransmissions"].values()):
            break
    return lives


def check_lacking(bench, stays, endings, fields, family):
    """How connections opened and closed, from a capture that lacks segments."""
    if not tun.available():
        raise Skip("no access to /dev/net/tun")
    wired = bench.add(Wired())
    witness = bench.add(Dump(wired.client, "c0", bench.path("near.pcap"), "EN10MB", SNAPLEN))
    lives = {}
    for serve, options in endings:
        lives.update(_untroubled(bench, wired, family, serve, options))
    witness.stop(SERVER[family])
    witness.path.write_bytes(capturefile.only(witness.path.read_bytes(), stays))
    again = program.Run(program.shake(wired.client, "-j", "-r", witness.path), JSON)
    same({record["server"]["port"] for record in again.connections}, set(lives), "ports")
    same(len(again.connections), len(lives), "connections")
    for record in again.connections:
        program.validate(record)
        live = lives[record["server"]["port"]]
        if live is not None:
            program.match(record, {name: program.field(live, name) for name in fields})


CASES = [Case(f"{name}-v{family}", partial(check_eyes, device=device, link=link, family=family))
         for name, device, link in EYES for family in FAMILIES]
CASES += each("tagged", check_eyes, device="c0", link="EN10MB", tagged=TAGS)
for _name, _stays, _endings, _fields in LACKING:
    CASES += each(_name, check_lacking, stays=_stays, endings=_endings, fields=_fields)


if __name__ == "__main__":
    tap.main(CASES, jobs=1, prepare=program.path)  # a busy machine stalls the wire
