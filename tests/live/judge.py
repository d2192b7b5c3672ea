#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""connect() is the judge: the program beside the kernel's own connect(), on hosts that are not simple. Where connect()
has a verdict the program has the same, or says that it cannot know and why; never another. --table shows both."""

import os
import re
import socket
import time
from functools import partial
from pathlib import Path
from typing import Callable, NamedTuple

from lab import answering, program, servers, tap, tun
from lab.answering import Answering
from lab.cases import FAMILIES, each
from lab.connect import Connect
from lab.dump import Dump
from lab.namespace import Namespace
from lab.process import Process
from lab.program import JSON
from lab.servers import Server
from lab.tap import Case, Failure, Skip, same, true
from lab.topology import CLIENT, FAR, SECOND_CLIENT, SECOND_SERVER, SERVER, Alone, Pair, TwoPaths, host_port

# Cases that fail until something is mended: the beginning of their names, and what that is. They run where they are
# named, or with --all.
PENDING = {}

SERVICE = {4: "203.0.113.10", 6: "2001:db8:5::10"}  # an address that no host has
SERVICE_PORT = 443
SPARE = {4: "192.0.2.9", 6: "2001:db8::9"}          # another address of the client's
TABLE = 100                                         # of the routes that rules choose
SOON = 1.5                                          # patience where nothing is to come, in seconds
NOISE_S = 0.06                                      # how much later than the wire a loaded machine sees an answer


class Scene(NamedTuple):
    """What is asked for, and from where. prepare(socket) is what an application would do before connect()."""

    client: Namespace
    address: str
    port: int
    arguments: tuple = ()
    prepare: Callable = None
    operand: str = ""  # the target as it is written, where that is not address and port


class Topic(NamedTuple):
    """A scene, how connect() must end in it, and what the program must say, by dotted names.

    build(bench, family) makes the scene. kernel is the word of lab.connect.Outcome, for both families or by family.
    """

    name: str
    build: Callable
    kernel: object = "connected"
    wanted: dict = {}
    patience: float = 5.0
    families: tuple = FAMILIES
    warning: str = ""  # a regular expression for what stderr has to say; "": nothing


def verdict(port_state, result, reason, **more):
    """What the program must say; further names with __ for the dot."""
    wanted = {"port_state": port_state, "handshake.result": result, "handshake.reason": reason}
    return {**wanted, **{name.replace("__", "."): value for name, value in more.items()}}


OPEN = verdict("open", "completed", "syn-ack", teardown__result="graceful")
CLOSED = verdict("closed", "refused", "reset")
SILENT = verdict("filtered", "no-answer", "no-response")
DROPPED = verdict("filtered", "no-answer", "dropped-on-this-host", delivered=False)
NOT_SENT = verdict("unknown", "not-sent", "policy-route")
FORBIDDEN = verdict("unknown", "not-sent", "local-error")
NO_ROUTE = verdict("unreachable", "unreachable", "no-route")


def by_family(value, family):
    return value[family] if isinstance(value, dict) and set(value) == set(FAMILIES) else value


# Agreement


def unknown(record):
    """Whether the program says that it cannot know, and why."""
    handshake = record["handshake"]
    return record["port_state"] == "unknown" and handshake["result"] in ("not-sent", "not-followed") and \
        handshake["reason"] in ("policy-route", "local-error", "translated", "name-not-found")


def told(word, record):
    """Whether a port state is what that word of connect()'s says. What an ICMP error said is more than its errno."""
    state, reason = record["port_state"], record["handshake"]["reason"]
    return {
        "connected": state == "open",
        "ECONNREFUSED": state == "closed" or (state, reason) == ("unreachable", "port-unreach"),
        "timed-out": state == "filtered",
        "EHOSTUNREACH": state == "unreachable" or reason.endswith("-prohibited"),
        "EACCES": reason == "admin-prohibited",  # of ICMPv6
        "ENETUNREACH": state == "unreachable",
        "EINVAL": state == "unreachable",  # what a blackhole route gives
    }.get(word, False)


def agree(outcome, record):
    """Insists that the program says what connect() had, or that it cannot know."""
    said = "{port_state} {handshake[result]} {handshake[reason]}".format(**record)
    true(told(outcome.word, record) or unknown(record), f"connect() had {outcome}, the program says {said}")


def waited(record):
    """The nanoseconds that an application would have waited, or None."""
    return record["handshake"]["connect_ns"]


def behind(outcome, record):
    """The seconds that an answer took more than connect() waited for its own."""
    if outcome.word not in ("connected", "ECONNREFUSED") or record["port_state"] not in ("open", "closed"):
        return 0
    true(waited(record) is not None, f"connect() waited {outcome}, the program does not know")
    return (waited(record) - outcome.duration_ns) / 1e9


ROWS = []


def note(bench, outcome, record):
    handshake = record["handshake"]
    times = [ns for ns in (handshake.get("connect_ns"), handshake["syn_rtt_ns"]) if ns is not None]
    ROWS.append((bench.name, str(outcome), "{} {}".format(record["port_state"], handshake["reason"]) +
                 (f" {times[0] / 1e6:.1f} ms" if times else "")))


def table():
    """What came of each case."""
    width = max((len(row[0]) for row in ROWS), default=0)
    yield f"{'case':{width}}  {'connect()':26}  tcpshake"
    for name, kernel, ours in sorted(ROWS):
        yield f"{name:{width}}  {kernel:26}  {ours}"


def side_by_side(bench, scene, patience, *arguments):
    """Both at the same time: (what connect() met, the Run, the recording)."""
    recording = bench.path("run.pcapng")
    kernel = bench.add(Connect(scene.client, scene.address, scene.port, patience=patience, prepare=scene.prepare))
    target = scene.operand or host_port(scene.address, scene.port)
    finished = program.shake(scene.client, *JSON, "-w", recording, "-W", str(patience), *scene.arguments, *arguments,
                             target)
    run = program.Run(finished, JSON)
    if not run.records:
        raise Failure(f"no report: status {finished.status}, {finished.stderr}")
    return kernel.wait(), run, recording


def check(bench, topic, family):
    scene = topic.build(bench, family)
    tap.at_best(partial(compare, bench, topic, family, scene), NOISE_S)


def compare(bench, topic, family, scene):
    """Insists that both agree, and returns how much later the program was answered."""
    outcome, run, recording = side_by_side(bench, scene, topic.patience)
    note(bench, outcome, run.only)
    same(outcome.word, by_family(topic.kernel, family), "connect()")
    agree(outcome, run.only)
    program.validate(run.only)
    true(re.fullmatch(topic.warning, run.finished.stderr, re.DOTALL), f"stderr: {run.finished.stderr!r}")
    program.match(run.only, topic.wanted)
    same(run.finished.status, 0 if run.only["port_state"] == "open" else 1, "exit status")
    program.check_replay(scene.client, run, recording)
    return behind(outcome, run.only)


# Scenes: the answer comes in by another interface


def ip(namespace, family, *lines):
    """Lines of ip(8) for one family."""
    namespace.command("ip", f"-{family}", "-batch", "-", stdin="\n".join(lines) + "\n")


def lenient(namespace):
    """No reverse path filter, as on a host with two uplinks."""
    for device in ("all", "default", "c0", "c1"):
        namespace.sysctl(f"ipv4/conf/{device}/rp_filter", 0)


def two_paths(bench):
    paths = bench.add(TwoPaths())
    lenient(paths.client)
    for device in ("all", "s0", "s1"):
        paths.server.sysctl(f"ipv4/conf/{device}/rp_filter", 0)
    return paths


def far_server(bench, paths, family):
    return bench.add(Server(paths.server, FAR[family], servers.sink))


def return_by_c1(paths, family):
    """The server's answers to the client's first address go to its second device, whose address its ARP names."""
    paths.server.sysctl("ipv4/conf/s1/arp_announce", 2)
    ip(paths.server, family, f"route add {CLIENT[family]} via {SECOND_CLIENT[family]} dev s1")


def asymmetric(bench, family):
    """Out by c0, in by c1."""
    paths = two_paths(bench)
    return_by_c1(paths, family)
    server = far_server(bench, paths, family)
    return Scene(paths.client, server.address, server.port)


def asymmetric_error(bench, family):
    """Out by c0; an ICMP error of the server's host comes in by c1."""
    paths = two_paths(bench)
    return_by_c1(paths, family)
    paths.server.nft("table inet lab { chain in { type filter hook input priority 0; "
                     "tcp dport 9 reject with icmpx type admin-prohibited; }; }")
    return Scene(paths.client, FAR[family], 9)


def asymmetric_refused(bench, family):
    return asymmetric(bench, family)._replace(port=9)


def busy(bench, family):
    """The same on a host that makes tens of thousands of other connections a second by the device of the answer."""
    scene = asymmetric(bench, family)
    bench.add(program.start(scene.client, "-q", "--half-open", "--rate", "20000", "-p", "1-65535", SECOND_SERVER[family]))
    time.sleep(0.5)
    return scene


def uplinks(bench, family):
    """Two uplinks for one destination, chosen by the hash of the whole tuple, which a raw socket does not have."""
    paths = two_paths(bench)
    version = "ipv4" if family == 4 else "ipv6"
    paths.client.sysctl(f"{version}/fib_multipath_hash_policy", 1)
    ip(paths.client, family, f"route flush {FAR[family]}",
       f"route add {FAR[family]} nexthop via {SERVER[family]} dev c0 nexthop via {SECOND_SERVER[family]} dev c1")
    server = far_server(bench, paths, family)
    return Scene(paths.client, server.address, server.port)


def bridged(bench, family, behaviour=servers.sink):
    """The device with the address is a bridge, its port the one that frames cross: they are seen on both."""
    pair = bench.add(Pair())
    addresses = [f"addr del {CLIENT[4]}/24 dev c0", f"addr del {CLIENT[6]}/64 dev c0",
                 "link add br0 type bridge", "link set c0 master br0", "link set br0 addrgenmode none",
                 f"addr add {CLIENT[4]}/24 dev br0", f"addr add {CLIENT[6]}/64 dev br0 nodad", "link set br0 up"]
    try:
        pair.client.ip(*addresses)
    except RuntimeError as error:
        raise Skip("this kernel has no bridges") from error
    pair.settle((pair.client, "br0"))
    server = bench.add(Server(pair.server, SERVER[family], behaviour))
    return Scene(pair.client, server.address, server.port)


def vrf(bench, family):
    """The client's device belongs to a VRF."""
    pair = bench.add(Pair())
    try:
        pair.client.ip(f"link add vrf0 type vrf table {TABLE}", "link set vrf0 up", "link set c0 master vrf0")
    except RuntimeError as error:
        raise Skip("this kernel has no VRF") from error
    server = bench.add(Server(pair.server, SERVER[family], servers.sink))
    bind = partial(bind_device, name="vrf0")
    return Scene(pair.client, server.address, server.port, ("-I", "vrf0"), bind)


def bind_device(made, name):
    made.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, name.encode())


# Scenes: rules choose the route


OTHER_ROUTE = "route add {far} via {server} dev c1 src {source} table {table}"


def other_route(paths, family):
    """A table in which FAR is behind c1."""
    ip(paths.client, family, OTHER_ROUTE.format(far=FAR[family], server=SECOND_SERVER[family],
                                                source=SECOND_CLIENT[family], table=TABLE))


def same_route(paths, family):
    """A table with the way that the main one has."""
    ip(paths.client, family, f"route add {FAR[family]} via {SERVER[family]} dev c0 table {TABLE}")


def ruled(bench, family, rule, routes=other_route):
    """A rule of ip(8) for FAR; {port}, {uid}, {table}, {far} and {source} are filled in. Only its way leads there."""
    paths = two_paths(bench)
    server = far_server(bench, paths, family)
    if routes:
        routes(paths, family)
    if routes is other_route:  # who takes the other way meets silence
        paths.server.nft(f"""table inet lab {{ chain in {{ type filter hook input priority 0;
                             iifname "s0" tcp dport {server.port} drop; }}; }}""")
    ip(paths.client, family, "rule add pref 100 " + rule.format(
        port=server.port, uid=os.getuid(), table=TABLE, far=FAR[family], source=SECOND_CLIENT[family],
        own=CLIENT[family]))
    return Scene(paths.client, server.address, server.port)


def ruled_by_own_source(bench, family):
    """Two uplinks, each for the address that belongs to it: connect() learns its address, and then its route."""
    return ruled(bench, family, "from {own} lookup {table}")


def ruled_source(bench, family):
    """A rule by the source that is asked for."""
    scene = ruled(bench, family, "from {source} lookup {table}")
    source = SECOND_CLIENT[family]
    return scene._replace(arguments=("-S", source), prepare=lambda made: made.bind((source, 0)))


def marked(bench, family):
    """The host marks the segments on their way out, and a rule sends what is marked by another device."""
    scene = ruled(bench, family, "fwmark 7 lookup {table}")
    scene.client.nft(f"""table inet lab {{ chain out {{ type route hook output priority mangle;
                         tcp dport {scene.port} meta mark set 7; }}; }}""")
    return scene


def routed(bench, family, kind):
    """A route of that kind: prohibit, unreachable, blackhole or throw."""
    pair = bench.add(Pair())
    ip(pair.client, family, f"route add {kind} {FAR[family]}")
    return Scene(pair.client, FAR[family], 80)


# Scenes: this host translates


def nat(namespace, family, chain, rule):
    """A rule of a nat chain: chain is "output" or "postrouting"."""
    version, priority = {4: "ip", 6: "ip6"}[family], {"output": "dstnat", "postrouting": "srcnat"}[chain]
    if chain == "output":
        priority = "-100"
    namespace.nft(f"table {version} lab {{ chain {chain} {{ type nat hook {chain} priority {priority}; "
                  f"{version} {rule}; }}; }}")


def braced(address):
    return f"[{address}]" if ":" in address else address


def serviced(bench, family, port=None):
    """A service address, as Kubernetes has them, that leads to a server."""
    pair = bench.add(Pair())
    server = bench.add(Server(pair.server, SERVER[family], servers.sink))
    ip(pair.client, family, f"route add default via {SERVER[family]}")
    nat(pair.client, family, "output", f"daddr {SERVICE[family]} tcp dport {SERVICE_PORT} "
        f"dnat to {braced(SERVER[family])}:{port or server.port}")
    return Scene(pair.client, SERVICE[family], SERVICE_PORT)


def serviced_elsewhere(bench, family):
    """The server behind a service address is behind another device than the address."""
    paths = two_paths(bench)
    server = bench.add(Server(paths.server, SECOND_SERVER[family], servers.sink))
    ip(paths.client, family, f"route add {SERVICE[family]} via {SERVER[family]} dev c0")
    nat(paths.client, family, "output", f"daddr {SERVICE[family]} tcp dport {SERVICE_PORT} "
        f"dnat to {braced(SECOND_SERVER[family])}:{server.port}")
    return Scene(paths.client, SERVICE[family], SERVICE_PORT)


def redirected(bench, family, listens=True):
    """A sidecar: what goes out is redirected to a port of this host."""
    pair = bench.add(Pair())
    port = bench.add(Server(pair.client, "::" if family == 6 else "0.0.0.0", servers.sink)).port if listens else 9
    ip(pair.client, family, f"route add default via {SERVER[family]}")
    nat(pair.client, family, "output", f"daddr {SERVICE[family]} tcp dport {SERVICE_PORT} redirect to :{port}")
    return Scene(pair.client, SERVICE[family], SERVICE_PORT)


def source_translated(bench, family, action):
    """The client's own address or port is translated on the way out."""
    pair = bench.add(Pair())
    pair.client.ip(f"addr add {SPARE[family]} dev c0" + (" nodad preferred_lft 0" if family == 6 else ""))
    pair.settle((pair.client, "c0"))
    server = bench.add(Server(pair.server, SERVER[family], servers.sink))
    nat(pair.client, family, "postrouting",
        f"daddr {SERVER[family]} tcp dport {server.port} " + action.format(spare=SPARE[family]))
    return Scene(pair.client, server.address, server.port)


def translated_twice(bench, family):
    """A service address, and another port of the client's."""
    scene = serviced(bench, family)
    scene.client.nft(f"""table {'ip' if family == 4 else 'ip6'} more {{
        chain postrouting {{ type nat hook postrouting priority srcnat; oifname "c0" masquerade random; }}; }}""")
    return scene


# Scenes: this host drops or refuses


def filtered(bench, family, rules):
    """A filter on the client; {port} is the server's."""
    pair = bench.add(Pair())
    server = bench.add(Server(pair.server, SERVER[family], servers.sink))
    pair.client.nft("table inet lab { " + rules.format(port=server.port) + "; }")
    return Scene(pair.client, server.address, server.port)


def egress(bench, family):
    """Segments vanish behind the last hook of the host's own stack, without a word to the sender."""
    pair = bench.add(Pair())
    server = bench.add(Server(pair.server, SERVER[family], servers.sink))
    try:
        pair.client.nft(f"""table netdev lab {{ chain out {{ type filter hook egress device "c0" priority 0;
                            tcp dport {server.port} drop; }}; }}""")
    except RuntimeError as error:
        raise Skip("this kernel, or this nft, has no egress hook") from error
    return Scene(pair.client, server.address, server.port)


INPUT = "chain in {{ type filter hook input priority 0; tcp sport {port} drop; }}"
PREROUTING = "chain in {{ type filter hook prerouting priority raw; tcp sport {port} drop; }}"
OUTPUT = "chain out {{ type filter hook output priority 0; tcp dport {port} %s; }}"


def strict(bench, family):
    """The answer comes in where its source is not expected, and the host insists on that."""
    scene = asymmetric(bench, family)
    if family == 4:
        scene.client.sysctl("ipv4/conf/c1/rp_filter", 1)
    else:
        scene.client.nft("table inet lab { chain in { type filter hook prerouting priority raw; "
                         "meta l4proto tcp fib saddr . iif oif missing drop; }; }")
    return scene


# Scenes: neighbours, addresses, names of devices, ports


def no_neighbour(bench, family):
    """Nobody has that address."""
    pair = bench.add(Pair())
    return Scene(pair.client, {4: "192.0.2.77", 6: "2001:db8::77"}[family], 80)


def mapped(bench, family):
    """An IPv4 address as IPv6 writes it (RFC 4291, 2.5.5.2)."""
    del family
    pair = bench.add(Pair())
    server = bench.add(Server(pair.server, SERVER[4], servers.sink))
    return Scene(pair.client, f"::ffff:{SERVER[4]}", server.port)


ALTNAME = "the-uplink-of-this-very-host"  # longer than 15


def renamed(bench, family):
    """A device by an alternative name."""
    paths = two_paths(bench)
    paths.client.ip(f"link property add dev c1 altname {ALTNAME}")
    server = far_server(bench, paths, family)
    return Scene(paths.client, server.address, server.port, ("-I", ALTNAME), partial(bind_device, name="c1"))


def bound(bench, family, build, device="c0"):
    """A scene, seen from a socket that is bound."""
    scene = build(bench, family)
    return Scene(scene.client, scene.address, scene.port, ("-I", device), partial(bind_device, name=device))


def own_address(bench, family):
    """This host's own, of c0."""
    pair = bench.add(Pair())
    server = bench.add(Server(pair.client, CLIENT[family], servers.sink))
    return Scene(pair.client, server.address, server.port)


def neighbour(bench, family):
    pair = bench.add(Pair())
    server = bench.add(Server(pair.server, SERVER[family], servers.sink))
    return Scene(pair.client, server.address, server.port)


FIRST_PORT, LAST_PORT = 20000, 20099
RESERVED = f"{FIRST_PORT}-{LAST_PORT - 3},{LAST_PORT}"  # leaves two


def few_ports(bench, family):
    """The host's ephemeral ports are its own, and most are reserved; a firewall knows that."""
    pair = bench.add(Pair())
    pair.client.sysctl("ipv4/ip_local_port_range", f"{FIRST_PORT} {LAST_PORT}")
    pair.client.sysctl("ipv4/ip_local_reserved_ports", RESERVED)
    pair.server.nft(f"""table inet lab {{ chain in {{ type filter hook input priority 0;
                        tcp sport != {{ {LAST_PORT - 2}, {LAST_PORT - 1} }} drop; }}; }}""")
    server = bench.add(Server(pair.server, SERVER[family], servers.sink))
    return Scene(pair.client, server.address, server.port)


def in_range(port):
    return port in (LAST_PORT - 2, LAST_PORT - 1)


# Scenes: answers of another form


def answered(bench, family, wrap=answering.plain, tag=b""):
    if not tun.available():
        raise Skip("no access to /dev/net/tun")
    peer = bench.add(Answering(wrap, tag))
    return Scene(peer.client, SERVER[family], 80)


PRIORITY_TAG = b"\x81\x00\x60\x00"  # VLAN 0, priority 3 (IEEE 802.1Q, 9.6)
FOREIGN_TAG = b"\x81\x00\x00\x07"   # VLAN 7, which no device of this host belongs to


def rules(name, word):
    """Name and rule for each kind of thing that a rule can look at."""
    return {f"{name}-{what}": rule for what, rule in {
        "ipproto": "ipproto tcp to {far} " + word,
        "dport": "ipproto tcp dport {port} " + word,
        "sport": "ipproto tcp sport 1024-65534 to {far} " + word,
        "uid": "uidrange {uid}-{uid} to {far} " + word,
    }.items()}


def forbidding(word, kernel, wanted):
    """Topics for rules that forbid. For IPv6 the kernel has no source port yet when it chooses the route."""
    for name, rule in rules(f"rule-{word}", word).items():
        build = partial(ruled, rule=rule, routes=None)
        if name.endswith("sport"):
            yield Topic(name, build, kernel, wanted, families=(4,))
            yield Topic(name, build, "connected", NOT_SENT, families=(6,))
        else:
            yield Topic(name, build, kernel, wanted)


BY_C1 = {"client.address": lambda address: address in SECOND_CLIENT.values()}
BY_C0 = {"client.address": lambda address: address in CLIENT.values()}
PORTS = ("dport", "sport")

TOPICS = [
    Topic("asymmetric", asymmetric, wanted=OPEN),
    Topic("asymmetric-refused", asymmetric_refused, "ECONNREFUSED", CLOSED),
    Topic("asymmetric-error", asymmetric_error, {4: "EHOSTUNREACH", 6: "EACCES"},
          verdict("filtered", "unreachable", "admin-prohibited")),
    Topic("asymmetric-busy", busy, wanted=OPEN, families=(4,)),
    Topic("two-uplinks", uplinks, wanted=OPEN),
    Topic("bridge", bridged, wanted={**OPEN, "handshake.syn_count": 1, "handshake.synack_count": 1,
                                     # seen twice, they were 8, and in time they are 4
                                     "segments": lambda both: 4 <= both["client"] < 8}),
    Topic("vrf", vrf, wanted=OPEN),
    # rules that choose another route
    *(Topic(name, partial(ruled, rule=rule), wanted=NOT_SENT if name.endswith(PORTS) else {**OPEN, **BY_C1})
      for name, rule in rules("other-route", "lookup {table}").items()),
    Topic("same-route-dport", partial(ruled, rule="ipproto tcp dport {port} lookup {table}", routes=same_route),
          wanted={**OPEN, **BY_C0}),
    Topic("other-route-source", ruled_source, wanted={**OPEN, **BY_C1}),
    Topic("other-route-own-source", ruled_by_own_source, wanted={**OPEN, **BY_C0}),
    Topic("other-route-mark", marked, wanted=OPEN),
    # rules that forbid
    *forbidding("prohibit", "EACCES", FORBIDDEN),
    *forbidding("unreachable", "ENETUNREACH", NO_ROUTE),
    *forbidding("blackhole", "EINVAL", NO_ROUTE),
    # routes that forbid
    Topic("route-prohibit", partial(routed, kind="prohibit"), "EACCES", FORBIDDEN),
    Topic("route-unreachable", partial(routed, kind="unreachable"), "EHOSTUNREACH",
          verdict("unreachable", "unreachable", "host-unreach")),
    Topic("route-blackhole", partial(routed, kind="blackhole"), "EINVAL",
          NO_ROUTE),
    Topic("route-throw", partial(routed, kind="throw"), "ENETUNREACH",
          NO_ROUTE),
    # this host translates
    Topic("dnat", serviced, wanted=OPEN),
    Topic("dnat-refused", partial(serviced, port=9), "ECONNREFUSED", CLOSED),
    Topic("dnat-elsewhere", serviced_elsewhere, wanted=OPEN),
    Topic("redirect", redirected, wanted=OPEN),
    Topic("redirect-refused", partial(redirected, listens=False), "ECONNREFUSED", CLOSED),
    Topic("snat", partial(source_translated, action="snat to {spare}"), wanted=OPEN),
    Topic("masquerade", partial(source_translated, action="masquerade to :7000-7999 random"), wanted=OPEN),
    Topic("dnat-masquerade", translated_twice, wanted=OPEN),
    # this host drops or refuses
    Topic("input-drop", partial(filtered, rules=INPUT), "timed-out", DROPPED, SOON),
    Topic("prerouting-drop", partial(filtered, rules=PREROUTING), "timed-out", DROPPED, SOON),
    Topic("reverse-path", strict, "timed-out", DROPPED, SOON),
    Topic("output-drop", partial(filtered, rules=OUTPUT % "drop"), "timed-out",
          {"port_state": "filtered"}, SOON, warning=".*local firewall.*"),
    Topic("egress-drop", egress, "timed-out", verdict("unknown", "not-sent", "local-error"), SOON),
    Topic("output-reject", partial(filtered, rules=OUTPUT % "reject with icmpx type admin-prohibited"),
          {4: "EHOSTUNREACH", 6: "EACCES"}, {"handshake.reason": "admin-prohibited"}, SOON, warning=".*local firewall.*|"),
    Topic("output-refuse", partial(filtered, rules=OUTPUT % "reject with tcp reset"), "ECONNREFUSED", CLOSED, SOON,
          warning=".*local firewall.*|"),
    # neighbours, addresses, names of devices, ports
    Topic("no-neighbour", no_neighbour, "EHOSTUNREACH", verdict("unreachable", "unreachable", "host-unreach")),
    Topic("no-neighbour-yet", no_neighbour, "timed-out", verdict("filtered", "no-answer", "neighbour-silent"), 1.0),
    Topic("mapped", mapped, wanted={**OPEN, "server.address": SERVER[4]}, families=(6,)),
    Topic("altname", renamed, wanted={**OPEN, **BY_C1}),
    # a socket that is bound to a device, which is not always where the route leads or answers come from
    Topic("bound-asymmetric", partial(bound, build=asymmetric), "timed-out", DROPPED, SOON),
    Topic("bound-asymmetric-error", partial(bound, build=asymmetric_error), "timed-out", DROPPED, SOON),
    Topic("bound-bridge", partial(bound, build=bridged, device="br0"), wanted=OPEN),
    Topic("bound-dnat", partial(bound, build=serviced), wanted=OPEN),
    Topic("bound-own", partial(bound, build=own_address), wanted=OPEN),
    Topic("bound-own-over-lo", partial(bound, build=own_address, device="lo"), "timed-out", DROPPED, SOON, families=(4,)),
    Topic("bound-own-over-lo", partial(bound, build=own_address, device="lo"), "ENETUNREACH", NO_ROUTE, families=(6,)),
    Topic("bound-elsewhere-over-lo", partial(bound, build=neighbour, device="lo"), "timed-out",
          {**verdict("filtered", "no-answer", "no-response"), "interface": "lo"}, SOON, families=(4,)),
    Topic("bound-elsewhere-over-lo", partial(bound, build=neighbour, device="lo"), "ENETUNREACH", NO_ROUTE, families=(6,)),
    Topic("port-range", few_ports, wanted={**OPEN, "client.port": in_range}),
    # answers of another form
    Topic("extension-headers", partial(answered, wrap=answering.with_extension_headers), wanted=OPEN, families=(6,)),
    Topic("ip-options", partial(answered, wrap=answering.with_ipv4_options), wanted=OPEN, families=(4,)),
    Topic("vlan-0", partial(answered, tag=PRIORITY_TAG), wanted=OPEN),
    Topic("other-vlan", partial(answered, tag=FOREIGN_TAG), "timed-out", DROPPED, SOON),
]


def check_told(bench, family):
    """Text and JSON name both tuples, for each direction as on the wire."""
    scene = serviced(bench, family)
    _, run, recording = side_by_side(bench, scene, 5.0)
    ours, translated = run.only["client"], run.only["translated"]
    server = {"address": SERVER[family], "port": translated["sent"]["server"]["port"]}
    same(translated, {way: {"client": ours, "server": server} for way in ("sent", "received")}, "translated")
    same(run.only["server"], {"address": SERVICE[family], "port": SERVICE_PORT}, "server")
    text = program.shake(scene.client, "-r", recording).stdout
    true(f"sent to {host_port(SERVICE[family], SERVICE_PORT)}, on the wire {host_port(**server)}" in
         text.replace("\n", " ") and "(translated by this host)" in text.replace("\n", " "), f"{text}")


def check_told_redirect(bench, family):
    """A redirect is undone before the answer is on the wire."""
    scene = redirected(bench, family)
    _, run, _ = side_by_side(bench, scene, 5.0)
    program.match(run.only, {"interface": "lo", "translated.received": None,
                             "translated.sent.server.address": {4: "127.0.0.1", 6: "::1"}[family]})


MANY = 40


def check_many(bench, family, build, minimum):
    """Many connections at once, each under a tuple of its own on the wire."""
    scene = build(bench, family)
    recording = bench.path("run.pcapng")
    finished = program.shake(scene.client, *JSON, "-w", recording, "-c", str(MANY), "-i", "0.005", "--hold", "0.2",
                             host_port(scene.address, scene.port))
    run = program.Run(finished, JSON)
    same((finished.status, finished.stderr), (0, ""), "status and stderr")
    same(len(run.connections), MANY, "connections")
    for record in run.connections:
        program.match(record, {**OPEN, "delivered": True, "handshake.syn_count": 1})
    program.check_replay(scene.client, run, recording)
    tuples = {record["translated"]["sent"]["client"]["port"] for record in run.connections if record["translated"]}
    true(len(tuples) >= minimum, f"{len(tuples)} different ports on the wire")


def check_bulk_over_a_bridge(bench, family):
    """A megabyte that two interfaces show is what one of them shows."""
    scene = bridged(bench, family, servers.bulk)
    witness = bench.add(Dump(scene.client, "br0", bench.path("near.pcap"), buffer_kib=65536))
    _, run, recording = side_by_side(bench, scene, 5.0, "--hold", "1")
    witness.stop(SERVER[family])
    program.match(run.only, {**OPEN, "delivered": True})
    seen = [segment for segment in witness.segments() if segment.dport == run.only["client"]["port"]]
    same((run.only["segments"]["server"], run.only["bytes"]["server"]),
         (len(seen), sum(len(segment.payload) for segment in seen)),
         f"segments and octets of the server, {run.only['retransmissions']}, {run.only['duplicates']}")
    true(run.only["bytes"]["server"] >= 1_000_000, "less than a megabyte")
    program.check_replay(scene.client, run, recording)


EVERY = [
    *(Case(f"{topic.name}-v{family}", partial(check, topic=topic, family=family))
      for topic in TOPICS for family in topic.families),
    *(case for name, body, more in [
        ("told-dnat", check_told, {}),
        ("told-redirect", check_told_redirect, {}),
        ("many-dnat", check_many, {"build": serviced, "minimum": MANY}),
        ("many-masquerade", check_many, {"build": partial(source_translated, action="masquerade to :7000-7999 random"),
                                         "minimum": MANY // 2}),
        ("many-asymmetric", check_many, {"build": asymmetric, "minimum": 0}),
        ("bulk-over-a-bridge", check_bulk_over_a_bridge, {}),
    ] for case in each(name, body, **more)),
]


def pending(case):
    """What is missing for a case to pass, or ""."""
    return next((mend for name, mend in PENDING.items() if case.name.startswith(name)), "")


if __name__ == "__main__":
    tap.main(EVERY, jobs=24, prepare=program.path, table=table,
             held={case.name: pending(case) for case in EVERY if pending(case)})
