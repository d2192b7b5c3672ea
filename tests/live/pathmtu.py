#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""--path-mtu: how large an IP packet gets through, behind routers with and without ICMP, beside the kernel's own
path MTU; and --mss."""

import contextlib
import socket
import time
from functools import partial

from lab import packet, program, servers, tap, tun
from lab.cases import GRACEFUL, each
from lab.peer import Peer, Tunnel
from lab.program import TEXT
from lab.routers import Chain, left_end, right_end
from lab.servers import Server
from lab.tap import Case, Skip, same, true
from lab.topology import CLIENT, FAR, LOOPBACK, SERVER, SOCKET_FAMILY, host_port

IP_MTU_DISCOVER, IP_MTU, IPV6_MTU_DISCOVER, IPV6_MTU, PMTUDISC_DO = 10, 14, 23, 24, 2
HEADERS = {4: 28, 6: 48}  # of IP and UDP
SILENT = {4: "icmp type destination-unreachable drop", 6: "icmpv6 type packet-too-big drop"}
OUT = "table inet lab {{ chain out {{ type filter hook output priority 0; {rule}\n}}\n}}"


class Reader:
    """Closes after its peer, and keeps what it was sent."""

    def __init__(self):
        self.received = b""

    def __call__(self, connection, _server):
        while data := connection.recv(65536):
            self.received += data


def narrow(chain, mtus):
    """Gives the links, in order from the client, their MTUs."""
    places = [chain.client, *chain.routers, chain.server]
    for number, mtu in enumerate(mtus):
        places[number].ip(f"link set c{number} mtu {mtu}")
        places[number + 1].ip(f"link set s{number} mtu {mtu}")


def kernel_mtu(client, family, address, most):
    """What the kernel of the client takes for the path MTU, once it has sent datagrams as large as it may."""
    level, discover, option = ((socket.IPPROTO_IP, IP_MTU_DISCOVER, IP_MTU) if family == 4 else
                               (socket.IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_MTU))
    with client.inside(), socket.socket(SOCKET_FAMILY[family], socket.SOCK_DGRAM) as datagrams:
        datagrams.setsockopt(level, discover, PMTUDISC_DO)
        datagrams.connect((address, 9))
        mtu = most
        for _ in range(20):
            with contextlib.suppress(OSError):  # too big; or the port is closed
                datagrams.send(bytes(mtu - HEADERS[family]))
            time.sleep(0.01)
            mtu = datagrams.getsockopt(level, option)
        return mtu


def chain_with(bench, family, mtus, icmp):
    """Links with these MTUs, routers that tell or do not; returns (chain, reader, server)."""
    chain = bench.add(Chain(len(mtus) - 1))
    narrow(chain, mtus)
    if not icmp:
        for router in chain.routers:
            router.nft(OUT.format(rule=SILENT[family]))
    reader = Reader()
    return chain, reader, (FAR[family], bench.add(Server(chain.server, FAR[family], reader)).port)


def measure(bench, client, server, *arguments, **options):
    """Runs the program with --path-mtu; returns the record."""
    return program.probe(bench, client, "--path-mtu", *arguments, host_port(*server), **options).only


def check_clean(record, reader):
    """The measurement left no trace in the connection, and the application read nothing."""
    program.match(record, {**GRACEFUL, "retransmissions.client": 0, "retransmissions.server": 0,
                           "bytes.client": 0, "bytes.server": 0})
    same(reader.received, b"", "what the application read")
    true(not {step["verdict"] for step in record["steps"]} - {"expected"}, "steps that are not expected")


def check_limits(bench, family, mtus, icmp, told_by=None):
    """The smallest link is found, and who told."""
    chain, reader, server = chain_with(bench, family, mtus, icmp)
    least = min(mtus)
    began = time.monotonic()
    record = measure(bench, chain.client, server)
    bench.note(f"{record['path_mtu']['bytes']} of {least} in {record['path_mtu']['packet_count']} packets, "
               f"{time.monotonic() - began:.1f} s with the replay")
    check_clean(record, reader)
    limited = least == mtus[0]
    program.match(record, {"path_mtu.bytes": least, "path_mtu.black_hole": not limited and not icmp,
                           "path_mtu.icmp": not limited and icmp, "path_mtu.limited_by_device": limited,
                           "path_mtu.device_bytes": mtus[0],
                           "path_mtu.beyond_bytes": None if limited else least + 1,
                           "path_mtu.icmp_from": told_by if icmp and not limited else None})
    same([(finding["name"], finding["grade"]) for finding in record["findings"]],
         [] if limited or icmp else [("path-mtu-black-hole", "certain")], "findings")
    if icmp:
        same(kernel_mtu(chain.client, family, FAR[family], mtus[0]), least, "the kernel's path MTU")


LIMITS = [
    ("576", 4, (1500, 576), True),
    ("1000", 4, (1500, 1000, 1500), True),
    ("1280", 6, (1500, 1280), True),
    ("1400", 4, (1500, 1400, 1500), True),
    ("1400", 6, (1500, 1400, 1500), True),
    ("1428", 4, (1500, 1428), True),
    ("1492", 4, (1500, 1492), True),
    ("two-steps", 4, (9000, 1500, 1400), True),
    ("9000-to-1500", 6, (9000, 1500), True),
    ("576", 4, (1500, 576), False),
    ("1000", 4, (1500, 1000, 1500), False),
    ("1280", 6, (1500, 1280), False),
    ("1400", 4, (1500, 1400, 1500), False),
    ("1428", 4, (1500, 1428), False),
    ("1428", 6, (1500, 1428), False),
    ("1492", 4, (1500, 1492), False),
    ("9000-to-1500", 4, (9000, 1500), False),
    ("device-1500", 4, (1500, 1500), True),
    ("device-1500", 6, (1500, 1500), True),
    ("device-9000", 4, (9000, 9000), True),
    ("device-1400", 4, (1400, 1500), True),
]


def told_by(family, mtus):
    """The router that says which MTU is the smallest."""
    return right_end(mtus.index(min(mtus)) - 1)[family] if min(mtus) < mtus[0] else None


def check_loopback(bench, family):
    """The largest packet that IP has; nothing limits how soon they follow each other."""
    chain = bench.add(Chain(1))
    reader = Reader()
    server = bench.add(Server(chain.client, LOOPBACK[family], reader))
    record = measure(bench, chain.client, (LOOPBACK[family], server.port))
    check_clean(record, reader)
    program.match(record, {"path_mtu.bytes": 65535, "path_mtu.limited_by_device": True, "path_mtu.packet_count": 2})


def check_options(bench, family, names):
    """A target that marks its answers less, or announces a small MSS."""
    chain = bench.add(Chain(2))
    narrow(chain, (1500, 1400, 1500))
    chain.routers[0].nft(OUT.format(rule=SILENT[family]))
    for name in names:
        chain.server.sysctl(f"ipv4/{name}", 0)
    reader = Reader()
    with chain.server.inside():
        listener = socket.create_server((FAR[family], 0), family=SOCKET_FAMILY[family])
    if not names:
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 100)
    server = bench.add(Server(chain.server, FAR[family], reader, listener=listener))
    record = measure(bench, chain.client, (FAR[family], server.port))
    check_clean(record, reader)
    if not names:
        same(record["options"]["server"]["mss"], 100, "the MSS of the target")
    program.match(record, {"path_mtu.bytes": 1400, "path_mtu.black_hole": True})


def check_greeting(bench, family):
    """The target speaks first, and is acknowledged meanwhile."""
    chain = bench.add(Chain(2))
    narrow(chain, (1500, 1400, 1500))
    chain.routers[0].nft(OUT.format(rule=SILENT[family]))
    server = bench.add(Server(chain.server, FAR[family], servers.banner))
    record = measure(bench, chain.client, (FAR[family], server.port))
    program.match(record, {**GRACEFUL, "bytes.server": len(servers.BANNER), "bytes_acked.server": len(servers.BANNER),
                           "retransmissions.server": 0, "path_mtu.bytes": 1400, "path_mtu.black_hole": True})


def check_closing_target(bench):
    """The target closes in the middle of it: what is known by then is reported."""
    chain = bench.add(Chain(2))
    narrow(chain, (1500, 1400, 1500))
    chain.routers[0].nft(OUT.format(rule=SILENT[4]))
    server = bench.add(Server(chain.server, FAR[4], lambda _connection, _server: time.sleep(0.3)))
    record = measure(bench, chain.client, (FAR[4], server.port))
    program.match(record, {"port_state": "open", "teardown.result": "graceful", "teardown.initiator": "server",
                           "path_mtu.bytes": lambda found: 1200 <= found <= 1400})


def check_request(bench, family):
    """A request that follows is made to fit what a router has told, as the kernel does."""
    chain, reader, server = chain_with(bench, family, (1500, 1400, 1500), icmp=True)
    record = measure(bench, chain.client, server, "--send", "x" * 5000)
    program.match(record, {**GRACEFUL, "bytes.client": 5000, "retransmissions.client": 0, "path_mtu.bytes": 1400})
    same(reader.received, b"x" * 5000, "what the application read")


def check_lost_request(bench):
    """Where no router tells, it stalls as that of any application, and the finding says why."""
    chain, _, server = chain_with(bench, 4, (1500, 1400, 1500), icmp=False)
    record = measure(bench, chain.client, server, "--send", "x" * 1448, "-W", "0.5")
    true("path-mtu-black-hole" in {finding["name"] for finding in record["findings"]}, "no black hole is found")
    same(record["bytes_acked"]["client"], 0, "octets acknowledged")


def check_nat(bench):
    """Source translation at the first router: what the second one quotes is translated back."""
    chain, reader, server = chain_with(bench, 4, (1500, 1500, 1400, 1500), icmp=True)
    chain.routers[0].nft("table ip lab { chain out { type nat hook postrouting priority srcnat; oifname c1 masquerade\n}\n}")
    chain.routers[1].ip(f"route add {left_end(1)[4]}/32 dev s1")
    for number, place in enumerate([chain.routers[2], chain.server], 2):
        place.ip(f"route add {left_end(1)[4]}/32 via {left_end(number)[4]}")
    record = measure(bench, chain.client, server)
    check_clean(record, reader)
    program.match(record, {"path_mtu.bytes": 1400, "path_mtu.icmp": True, "path_mtu.icmp_from": right_end(1)[4]})


def check_cached(bench, family):
    """What this host has learned of the path before is not asked: the path has become wider since."""
    chain, reader, server = chain_with(bench, family, (1500, 1400, 1500), icmp=True)
    same(kernel_mtu(chain.client, family, FAR[family], 1500), 1400, "the kernel's path MTU")
    narrow(chain, (1500, 1500, 1500))
    record = measure(bench, chain.client, server)
    same(kernel_mtu(chain.client, family, FAR[family], 1400), 1400, "the kernel's path MTU, still")
    check_clean(record, reader)
    program.match(record, {"path_mtu.bytes": 1500, "path_mtu.limited_by_device": True})


def check_receiver(bench, family):
    """A link whose far end takes less than its near end sends: nothing can tell."""
    chain = bench.add(Chain(1))
    chain.server.ip("link set s1 mtu 1300")
    reader = Reader()
    server = bench.add(Server(chain.server, FAR[family], reader))
    record = measure(bench, chain.client, (FAR[family], server.port))
    check_clean(record, reader)
    program.match(record, {"path_mtu.black_hole": True, "path_mtu.bytes": lambda found: 1300 <= found <= 1308})


def check_text(bench):
    chain, _, server = chain_with(bench, 4, (1500, 1428), icmp=False)
    text = program.probe(bench, chain.client, "--path-mtu", host_port(*server), output=TEXT).finished.stdout
    line = ("path MTU: 1,428 octets: IP packets above 1,428 octets disappear without an ICMP message: path MTU black "
            "hole")
    true(line in " ".join(text.split()), f"{line!r} is not in {text}")
    true("path-mtu-black-hole, certain: IP packets above 1428 octets" in " ".join(text.split()), f"no finding in {text}")


def check_csv(bench):
    chain, _, server = chain_with(bench, 4, (1500, 1400), icmp=True)
    done = program.shake(chain.client, "--path-mtu", "--format", "csv", host_port(*server))
    names, values = (line.split(",") for line in done.stdout.splitlines())
    cells = dict(zip(names, values))
    same([cells[f"path_mtu.{name}"] for name in ("bytes", "black_hole", "icmp")], ["1400", "false", "true"], "cells")


def check_many_targets(bench):
    """Many at once: those that open have their path MTU, and no connection gets more than its bound."""
    chain, reader, server = chain_with(bench, 4, (1500, 1400), icmp=True)
    bench.add(Server(chain.server, FAR[4], reader, port=700))
    run = program.probe(bench, chain.client, "--path-mtu", "--rate", 0, "-c", 2, "-i", "0.1", "-p",
                        f"1-1500,{server[1]}", FAR[4], status=1, sample=100)
    found = [record["path_mtu"] for record in run.connections if "path_mtu" in record]
    same(len(run.connections), 2 * (1500 + (server[1] > 1500)), "connections")
    same([mtu["bytes"] for mtu in found], [1400] * 4, "path MTUs")
    true(max(mtu["packet_count"] for mtu in found) <= 64, "the bound on packets")
    same(reader.received, b"", "what the applications read")


def check_rate(bench):
    """All packets together are no more per second than --rate allows."""
    chain, _, server = chain_with(bench, 4, (1500, 1400), icmp=True)
    began = time.monotonic()
    done = program.shake(chain.client, "-j", "--path-mtu", "--rate", 10, "-c", 3, "-i", 0, host_port(*server))
    same(done.status, 0, "exit status")
    packets = sum(record["path_mtu"]["packet_count"] for record in program.records(done.stdout)
                  if record["type"] == "connection")
    same(packets, 9, "packets of three connections")
    true(time.monotonic() - began >= (packets - 1) / 10, "packets in less time than --rate allows")


# Targets played by hand

def play(bench, family, script, *arguments):
    """Runs the program against a script; returns (record, packets that measured)."""
    if not tun.available():
        raise Skip("no TUN devices")
    tunnel = bench.add(Tunnel())
    peer = Peer(tunnel, family, script)
    record = measure(bench, tunnel.client, (SERVER[family], 80), *arguments)
    peer.finish()
    same(peer.error, None, "the script")
    return record, [entry.segment for entry in peer.sent_by_client("A") if entry.segment.payload]


def check_silent_target(bench, family):
    """A target that answers nothing of the kind: it cannot be told, and it gets six packets."""
    def script(peer):
        peer.establish()
        peer.close_after()

    record, packets = play(bench, family, script)
    program.match(record, {**GRACEFUL, "path_mtu.bytes": None, "path_mtu.black_hole": False, "path_mtu.packet_count": 6})
    same(len(packets), 6, "packets")
    same({set(segment.payload) == {0} for segment in packets}, {True}, "their octets are zeros")
    same(record["findings"], [], "findings")


def check_garbage(bench, family):
    """Errors that are not about these packets, or say what cannot be, cause no packet more and change nothing."""
    exceeded = {4: (3, 4), 6: (2, 0)}[family]

    def script(peer):
        peer.establish()
        while (segment := peer.receive(8)) and "F" not in segment.flags:
            if not segment.payload:
                continue
            stranger = packet.Segment(**{**segment.__dict__, "seq": segment.seq + 9, "ip_id": 7, "options": b""})
            for quoted, told, source in ((stranger.encode(), 1300, SERVER), (segment.encode(), 9000, SERVER),
                                         (segment.encode(), 40, SERVER), (segment.encode(), 1300, CLIENT),
                                         (segment.encode()[:8], 1300, SERVER), (b"", 1300, SERVER)):
                peer.put_raw(packet.icmp_error(source[family], CLIENT[family], *exceeded, quoted[:200], told))
            peer.send("A", seq=peer.next_seq, ack=peer.client_next)
        peer.send("A")
        peer.answer(peer.send("FA"), "A")

    record, packets = play(bench, family, script)
    program.match(record, {"path_mtu.bytes": 1500, "path_mtu.icmp": False, "path_mtu.limited_by_device": True})
    same(len(packets), 2, "packets")


def check_mss(bench, family):
    """What the target sends is too large for the way back, and --mss makes it fit."""
    chain, _, _ = chain_with(bench, family, (1500, 1400, 1500), icmp=False)
    server = bench.add(Server(chain.server, FAR[family], servers.bulk))
    arguments = ("--hold", "0.4", "--abort", host_port(FAR[family], server.port))
    stalled = program.probe(bench, chain.client, *arguments).only
    fits = program.probe(bench, chain.client, "--mss", 1000, *arguments).only
    program.match(stalled, {"bytes.server": 0, "options.client.mss": {4: 1460, 6: 1440}[family]})
    program.match(fits, {"bytes.server": lambda octets: octets > 100_000, "options.client.mss": 1000})


CASES = [
    *[Case(f"{name}-{'icmp' if icmp else 'silent'}-v{family}",
           partial(check_limits, family=family, mtus=mtus, icmp=icmp, told_by=told_by(family, mtus)))
      for name, family, mtus, icmp in LIMITS],
    *each("loopback", check_loopback),
    Case("without-sack", partial(check_options, family=4, names=("tcp_sack",))),
    Case("without-sack-and-timestamps", partial(check_options, family=6, names=("tcp_sack", "tcp_timestamps"))),
    Case("small-mss", partial(check_options, family=4, names=())),
    *each("greeting", check_greeting),
    Case("closing-target", check_closing_target),
    *each("request", check_request),
    Case("lost-request", check_lost_request),
    Case("nat", check_nat),
    *each("cached", check_cached),
    *each("receiver", check_receiver),
    Case("text", check_text),
    Case("csv", check_csv),
    Case("many-targets", check_many_targets),
    Case("rate", check_rate),
    *each("silent-target", check_silent_target),
    *each("garbage", check_garbage),
    *each("mss", check_mss),
]

if __name__ == "__main__":
    tap.main(CASES, prepare=program.path)
