#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The sentence of cause under a verdict: for each cause that a network of namespaces can have, the finding, its
grade and the steps that show it."""

import socket
from functools import partial

import scripts
from lab import program, servers, tap, tun
from lab.cases import each
from lab.connect import Connect
from lab.dump import Dump
from lab.nameserver import NameServer
from lab.peer import FIRST_SEQ, Peer, Tunnel
from lab.process import wait_until
from lab.program import JSON
from lab.servers import Server
from lab.tap import Case, Skip, same, true
from lab.topology import CLIENT, FAR, NOWHERE, ROUTER, SECOND_CLIENT, SERVER, SOCKET_FAMILY, Pair, Routed, TwoPaths

PORT = 80


def shows(finding, record, flags):
    """The first step of its evidence carries these flags; None: it is an ICMP error."""
    step = record["steps"][finding["steps"][0] - 1]
    same(step["flags"], flags, f"flags of step {finding['steps'][0]}")


def find(run, name, *, says, grade="likely", flags=None, icmp=False):
    """The finding of that name in the only record of a run."""
    return find_in(run.only, name, says=says, grade=grade, flags=flags, icmp=icmp)


def find_in(record, name, *, says, grade="likely", flags=None, icmp=False):
    """The finding of that name in a record."""
    found = {finding["name"]: finding for finding in record["findings"]}
    true(name in found, f"{name} is not among {list(found)}")
    finding = found[name]
    same(finding["grade"], grade, "grade")
    true(says in finding["text"], f"'{says}' is not in '{finding['text']}'")
    if flags or icmp:
        shows(finding, record, flags)
    return finding


def lacks(run, *names):
    """None of these findings is there."""
    found = [finding["name"] for finding in run.only["findings"]]
    same([name for name in names if name in found], [], f"findings that are not so, among {found}")


def check_refused(bench, family):
    pair = bench.add(Pair())
    run = program.probe(bench, pair.client, SERVER[family], PORT, status=1)
    find(run, "refused", says="No process listens on port 80", flags="RA")


REJECT = """
table inet lab {{
    chain {hook} {{ type filter hook {hook} priority 0; tcp dport 80 reject with icmpx {kind}; }}
}}
"""


def check_rejected_by_target(bench, family, kind):
    pair = bench.add(Pair())
    pair.server.nft(REJECT.format(hook="input", kind=kind))
    run = program.probe(bench, pair.client, SERVER[family], PORT, status=1)
    find(run, "rejected-by-target", says=f"A firewall rule on {SERVER[family]} itself rejects", icmp=True)


def check_rejected_on_the_way(bench, family):
    routed = bench.add(Routed())
    routed.router.nft(REJECT.format(hook="forward", kind="admin-prohibited"))
    run = program.probe(bench, routed.client, FAR[family], PORT, status=1)
    find(run, "rejected-on-the-way", says=f"A firewall at {ROUTER[family]}, not the target,", icmp=True)


def check_unreachable(bench, family):
    routed = bench.add(Routed())
    routed.router.ip(f"route add unreachable {NOWHERE[family]}")
    run = program.probe(bench, routed.client, NOWHERE[family], PORT, status=1)
    find(run, "unreachable", says=f"{ROUTER[family]} reports", icmp=True)


DROP = """
table inet lab {{
    chain input {{ type filter hook input priority 0; tcp {end} 80 drop; }}
}}
"""


def check_silence(bench, family):
    pair = bench.add(Pair())
    pair.server.nft(DROP.format(end="dport"))
    run = program.probe(bench, pair.client, "-W", "1.5", SERVER[family], PORT, status=1)
    find(run, "silence", says="Nothing answered 2 SYNs: a firewall drops them", flags="S")
    true("--path" in run.only["findings"][0]["text"], "the next step is --path")



def check_reset_at_once(bench, family):
    pair = bench.add(Pair())
    bench.add(Server(pair.server, SERVER[family], servers.reset, port=PORT))
    run = program.probe(bench, pair.client, "--hold", "0.3", SERVER[family], PORT)
    find(run, "reset-at-once", says="Opened and reset before any data")


def check_fin_unanswered(bench, family):
    pair = bench.add(Pair())
    bench.add(Server(pair.server, SERVER[family], servers.keep_open, port=PORT))
    run = program.probe(bench, pair.client, "-W", "1", SERVER[family], PORT)
    find(run, "fin-unanswered", says="The TCP of the server acknowledged the FIN", flags="FA")


SYNPROXY = """
table inet lab {
    chain first {
        type filter hook prerouting priority raw;
        tcp dport 80 tcp flags syn notrack
    }
    chain forward {
        type filter hook forward priority 0;
        tcp dport 80 ct state invalid,untracked synproxy mss 1460 wscale 7 timestamp sack-perm
        ct state invalid drop
    }
}
"""


def check_synproxy(bench, family):
    routed = bench.add(Routed())
    for name, value in (("tcp_syncookies", 1), ("tcp_timestamps", 1)):
        routed.router.sysctl(f"ipv4/{name}", value)
    routed.router.sysctl("netfilter/nf_conntrack_tcp_loose", 0)
    routed.router.nft(SYNPROXY)
    bench.add(Server(routed.server, FAR[family], servers.sink, port=PORT))
    run = program.probe(bench, routed.client, "--hold", "0.3", FAR[family], PORT)
    find(run, "syn-proxy", says="its SYN/ACK had window 0", flags="SA")


def check_request_unanswered(bench, family):
    pair = bench.add(Pair())
    bench.add(Server(pair.server, SERVER[family], servers.sink, port=PORT))
    run = program.probe(bench, pair.client, "--send", "hello", "--hold", "1.2", SERVER[family], PORT)
    find(run, "request-unanswered", says="acknowledged but not answered", flags="PA")


LARGE = """
table inet lab {
    chain forward {
        type filter hook forward priority 0;
        tcp sport 80 meta length > 1000 drop
    }
}
"""


def check_answer_lost(bench, family, answer, arguments):
    """What the server says is too large for the way back, in silence: its application is not to blame. With a small
    MSS it arrives."""
    routed = bench.add(Routed())
    routed.router.nft(LARGE)
    routed.server.ip("link set s0 gso_max_segs 1")  # the router sees packets as they are on a wire

    def serve(connection, server):
        connection.recv(100)
        connection.sendall(b"x" * 20000)
        answer(connection, server)

    bench.add(Server(routed.server, FAR[family], serve, port=PORT))
    run = program.probe(bench, routed.client, "--send", "hello", "-W", "3", *arguments, FAR[family], PORT)
    find(run, "answer-lost", says="octets that the server sent did not arrive")
    lacks(run, "request-unanswered", "fin-unanswered", "request-not-acknowledged")
    run = program.probe(bench, routed.client, "--send", "hello", "-W", "1.5", "--mss", "536", *arguments, FAR[family],
                        PORT)
    lacks(run, "answer-lost")
    true(run.only["bytes"]["server"] >= 20000, "the answer")


def close_write(connection, _server):
    """The FIN follows at once."""
    connection.shutdown(socket.SHUT_WR)
    servers.sink(connection, None)


def check_accept_queue_full(bench):
    """One listener for both families with room for two connections, of which one is taken. Two SYNs that leave
    together are both answered; whichever is acknowledged second finds no room, and its SYN/ACK is sent again."""
    pair = bench.add(Pair())
    with pair.server.inside():
        bench.add(socket.create_server(("::", PORT), family=socket.AF_INET6, dualstack_ipv6=True, backlog=1))
    with pair.client.inside():
        bench.add(socket.create_connection((SERVER[4], PORT), 5))
    run = program.probe(bench, pair.client, "--hold", "1.4", "-W", "1", "-p", PORT, SERVER[4], SERVER[6])
    full = [record for record in run.connections
            if "accept-queue-full" in (finding["name"] for finding in record["findings"])]
    same(len(full), 1, "connections that found the queue full")
    find_in(full[0], "accept-queue-full", says="its accept queue is full", flags="SA")


def check_zero_window(bench, family):
    """An application that does not read for a while, behind a small receive buffer."""
    def late(connection, server):
        server.ended.wait(1.6)
        servers.sink(connection, server)
    pair = bench.add(Pair())
    with pair.server.inside():
        listener = socket.socket(SOCKET_FAMILY[family])
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2304)
        listener.bind((SERVER[family], PORT))
        listener.listen()
    bench.add(Server(pair.server, SERVER[family], late, listener=listener))
    run = program.probe(bench, pair.client, "--send", "x" * 12000, "-W", "4", SERVER[family], PORT)
    find(run, "zero-window", says="The server announced window 0 for 1", flags="A")
    lacks(run, "syn-proxy")


# Causes on this host


def probe_warned(bench, namespace, *arguments, warning="", status=1):
    """As program.probe, where the program may warn."""
    recording = bench.path("run.pcapng")
    finished = program.shake(namespace, *JSON, "-w", recording, *arguments)
    same(finished.status, status, f"exit status; {finished.stderr}")
    true(warning in finished.stderr, f"'{warning}' is not in {finished.stderr!r}")
    run = program.Run(finished, JSON)
    program.validate(run.only)
    program.check_replay(namespace, run, recording)
    return run


LOCAL = """
table inet lab {{
    chain {hook} {{ type filter hook {hook} priority 0; tcp {end} 80 drop; }}
}}
"""


def check_local_firewall(bench, family):
    pair = bench.add(Pair())
    pair.client.nft(LOCAL.format(hook="output", end="dport"))
    run = probe_warned(bench, pair.client, "-W", "0.5", SERVER[family], PORT, warning="local firewall")
    find(run, "local-error", says="This host did not send the segments (EPERM)", grade="certain")


ACKS = "table inet lab { chain out { type filter hook output priority 0; tcp flags & (fin|ack|syn) == ack drop; }; }"


def check_local_firewall_of_acks(bench, family):
    """Nothing goes out after the handshake ACK that is blocked, and no peer is blamed for it."""
    pair = bench.add(Pair())
    bench.add(Server(pair.server, SERVER[family], servers.sink, port=PORT))
    pair.client.nft(ACKS)
    run = probe_warned(bench, pair.client, SERVER[family], PORT, warning="local firewall", status=0)
    same(run.only["teardown"]["result"], "none", "teardown")
    lacks(run, "fin-not-acknowledged", "fin-unanswered")


def check_prohibited(bench, family):
    pair = bench.add(Pair())
    pair.client.ip(f"route add prohibit {FAR[family]}")
    run = probe_warned(bench, pair.client, "-W", "0.5", FAR[family], PORT)
    find(run, "local-error", says="This host did not send the segments (EACCES)", grade="certain")


def check_no_route(bench, family):
    pair = bench.add(Pair())
    run = probe_warned(bench, pair.client, FAR[family], PORT)
    find(run, "no-route", says=f"This host has no route to {FAR[family]}", grade="certain")


def check_policy_route(bench, family):
    """A rule by port sends such connections elsewhere."""
    paths = bench.add(TwoPaths())
    paths.client.command("ip", f"-{family}", "-batch", "-", stdin=(
        f"route add {FAR[family]} dev c1 src {SECOND_CLIENT[family]} table 100\n"
        f"rule add pref 100 ipproto tcp dport {PORT} lookup 100\n"))
    run = probe_warned(bench, paths.client, FAR[family], PORT)
    find(run, "policy-route", says="through table 100, which raw segments do not use", grade="certain")


def check_neighbour_silent(bench, family):
    pair = bench.add(Pair())
    nobody = {4: "192.0.2.77", 6: "2001:db8::77"}[family]
    run = program.probe(bench, pair.client, "-W", "1", nobody, PORT, status=1)
    find(run, "neighbour-silent", says="The next hop does not answer ARP or Neighbor Discovery", grade="certain",
         flags="S")


def check_dropped_here(bench, family):
    pair = bench.add(Pair())
    pair.client.nft(LOCAL.format(hook="input", end="sport"))
    bench.add(Server(pair.server, SERVER[family], servers.sink, port=PORT))
    run = program.probe(bench, pair.client, "-W", "0.5", SERVER[family], PORT, status=1)
    find(run, "dropped-on-this-host", says="this host dropped it before TCP", grade="certain", flags="SA")


def check_reverse_path(bench):
    """The answer comes back by another interface, which rp_filter forbids."""
    paths = bench.add(TwoPaths())
    for device in ("all", "s0", "s1"):
        paths.server.sysctl(f"ipv4/conf/{device}/rp_filter", 0)
    paths.server.sysctl("ipv4/conf/s1/arp_announce", 2)
    paths.server.ip(f"route add {CLIENT[4]} via {SECOND_CLIENT[4]} dev s1")
    paths.client.sysctl("ipv4/conf/c1/rp_filter", 1)
    bench.add(Server(paths.server, FAR[4], servers.sink, port=PORT))
    run = program.probe(bench, paths.client, "-W", "0.5", FAR[4], PORT, status=1)
    find(run, "dropped-on-this-host", says="rp_filter", grade="certain", flags="SA")


def check_no_address(bench, family):
    """A name without an address of that family, beside one that has it."""
    pair = bench.add(Pair())
    bench.add(NameServer(pair.server, SERVER[4], {"one.test": [SERVER[family]]}))
    bench.add(Server(pair.server, SERVER[family], servers.sink, port=PORT))
    finished = program.shake(pair.client, *JSON, "-p", PORT, "one.test", "nosuch.test")
    lost, = (record for record in program.Run(finished, JSON).connections if record["target"] == "nosuch.test")
    find_in(lost, "name-not-found", says="The name was not resolved", grade="certain")


def check_no_source(bench, family):
    """A device without an address of that family."""
    pair = bench.add(Pair())
    pair.client.command("ip", f"-{family}", "address", "flush", "dev", "c0")
    run = probe_warned(bench, pair.client, SERVER[family], PORT)
    find(run, "no-route", says=f"This host has no route to {SERVER[family]}", grade="certain")


# Who answered: a far end, and whatever forges segments in its name, both played on a TUN device


def play(bench, family, script, *arguments, status=0):
    """The program against a script; it has to go as the script expects."""
    if not tun.available():
        raise Skip("no access to /dev/net/tun")
    def attempt():
        tunnel = bench.add(Tunnel())
        peer = Peer(tunnel, family, script)
        run = program.probe(bench, tunnel.client, *arguments, SERVER[family], PORT, status=status)
        peer.finish()
        same(peer.error, None, f"the script: {peer.transcript()}")
        return run

    return tap.unless_busy(attempt)


def kinds(options):
    """The kinds of TCP options in their order, the end of the list included."""
    at, found = 0, []
    while at < len(options):
        found.append(options[at])
        if options[at] == 0:
            break
        at += 1 if options[at] == 1 else options[at + 1]
    return found


def as_sent(segment, family, mss, wscale):
    """The ingredients of an opening segment."""
    return {"options": kinds(segment.options), "mss": mss, "wscale": wscale, "window": segment.window,
            "ttl": segment.ttl, "ip_id": segment.ip_id if family == 4 else None}


def check_openings(bench, family):
    """The SYN and the SYN/ACK, as the far end has them."""
    if not tun.available():
        raise Skip("no access to /dev/net/tun")
    sent = []
    def script(peer):
        syn = peer.expect("S")
        sent.extend([syn, peer.send("SA", ttl=57, window=1234, options=bytes((2, 4, 5, 160, 1, 3, 3, 9, 77, 2, 4, 2)))])
        peer.answer(syn, "A")
        peer.close_after()
    run = play(bench, family, script)
    syn, syn_ack = sent
    same(run.only["openings"], {"client": as_sent(syn, family, 1460 if family == 4 else 1440, 7),
                                "server": {**as_sent(syn_ack, family, 1440, 9), "options": [2, 1, 3, None, 4]}},
         "openings")


def check_fin_not_acknowledged(bench, family):
    run = play(bench, family, scripts.mute_after_handshake, "-W", "1")
    find(run, "fin-not-acknowledged", says="The FIN of the client was not acknowledged", flags="FA")


def check_not_acknowledged(bench, family):
    """Only the handshake passes."""
    run = play(bench, family, scripts.mute_after_handshake, "--send", "hello", "-W", "1")
    find(run, "request-not-acknowledged", says="None of the ", flags="PA")


def check_old_connection(bench, family):
    run = play(bench, family, scripts.old_connection)
    find(run, "old-connection", says="The server still knows an older connection with these ports", flags="A")
    lacks(run, "syn-unanswered", "reset-injected")


def check_wrong_syn_ack(bench, family):
    """The SYN/ACK of an older connection, which the client resets."""
    run = play(bench, family, scripts.wrong_ack)
    find(run, "old-connection", says="The server still knows an older connection with these ports", flags="SA")


def check_slow_window(bench, family):
    """A peer that opens its window late is no proxy."""
    run = play(bench, family, scripts.zero_window, "--send", "hello\\n")
    lacks(run, "syn-proxy", "middlebox-answered", "zero-window")


def device_answers(peer):
    """Something on the way answers the SYN; what follows comes from the host behind it."""
    peer.expect("S")
    peer.send("SA", ttl=250, window=8190)
    peer.until("FA")
    peer.send("A", ttl=50)
    peer.send("FA", ttl=50)
    peer.expect("A")


def check_middlebox_answered(bench, family):
    run = play(bench, family, device_answers)
    finding = find(run, "middlebox-answered", says="The SYN/ACK came with TTL 250, what followed with TTL 50",
                   flags="SA")
    same([run.only["steps"][step - 1]["ttl"] for step in finding["steps"]], [250, 50], "TTLs of its steps")


BANNER = b"220 ready when you are\r\n"


def forge_late(peer, ttl, offsets):
    """An injector resets an open connection: RSTs at these offsets from where the server stands."""
    peer.establish()
    peer.send("PA", BANNER)
    peer.expect("A")
    peer.wait(0.05)
    peer.send("PA", BANNER)
    peer.expect("A")
    for offset in offsets:
        peer.send("R", seq=peer.next_seq + offset, ack=0, ttl=ttl, ip_id=4242)


def check_injected_late(bench, family):
    """One with the right number, which counts; another TTL gives it away."""
    run = play(bench, family, partial(forge_late, ttl=240, offsets=[0]), "--hold", "1")
    same(run.only["teardown"]["result"], "reset", "teardown")
    find(run, "reset-injected", says="(TTL 240) was not sent by its TCP: all segments before it had another TTL",
         flags="R")


def check_injected_series(bench, family):
    """Several, with its TTL, at numbers where the server will be if it goes on sending, and one where it is."""
    run = play(bench, family, partial(forge_late, ttl=64, offsets=[1460, 4380, 0]), "--hold", "1")
    same(run.only["teardown"]["result"], "reset", "teardown")
    find(run, "reset-injected", says="several came, at numbers that were never reached", flags="R")


def check_injected_wrong(bench, family):
    """A wrong number, inside the window and with the server's TTL: the connection survives, and the server shows
    that it was not its RST by acknowledging what the client sends afterwards."""
    def script(peer):
        peer.establish()
        peer.send("PA", BANNER)
        peer.expect("A")
        peer.send("R", seq=peer.next_seq + 100, ack=0)
        peer.expect("A")  # the challenge, RFC 5961, 3.2
        peer.close_after()
    run = play(bench, family, script, "--hold", "0.3")
    same(run.only["teardown"]["result"], "graceful", "teardown")
    find(run, "reset-injected", says="that end acknowledged what was sent to it after the RST", grade="certain",
         flags="R")


def check_injected_blind(bench, family):
    """Numbers outside the window, as off-path attackers guess them: strays that say nothing of anybody's TCP."""
    run = play(bench, family, scripts.outside_reset, "--hold", "0.5")
    lacks(run, "reset-injected", "reset-by-server")


def forge_early(peer, ttl, ack):
    """An injector answers the SYN before the server does."""
    peer.expect("S")
    peer.send("RA", seq=0, ack=peer.client_next + ack, ttl=ttl)
    peer.wait(0.005)
    peer.send("SA")


def check_injected_early(bench, family):
    """With the right number: connect() is refused, and so is the program; a capture of connect() shows that the
    server's own SYN/ACK comes afterwards."""
    if not tun.available():
        raise Skip("no access to /dev/net/tun")
    tunnel = bench.add(Tunnel())
    dump = bench.add(Dump(tunnel.client, "tun0", bench.path("tun.pcap")))
    peer = Peer(tunnel, family, partial(forge_early, ttl=64, ack=0))
    same(bench.add(Connect(tunnel.client, SERVER[family], PORT)).wait().word, "ECONNREFUSED", "connect()")
    wait_until(lambda: peer.next_seq != FIRST_SEQ, "the server's SYN/ACK")
    dump.stop(SERVER[family])
    peer.finish()
    run = program.Run(program.shake(tunnel.client, *JSON, "-r", dump.path), JSON)
    same(run.only["port_state"], "closed", "port state")
    find(run, "reset-injected", says="a SYN/ACK followed it", flags="RA")
    lacks(run, "refused")


def check_injected_early_wrong(bench, family):
    """With a wrong number: no TCP takes it."""
    def script(peer):
        forge_early(peer, ttl=64, ack=5)
        peer.expect("A")
        peer.close_after()
    run = play(bench, family, script)
    same(run.only["port_state"], "open", "port state")
    same(run.only["findings"], [], "findings")


ACCEPT_ALL = """
table inet lab {
    chain pre { type nat hook prerouting priority dstnat; meta l4proto tcp redirect to :80; }
}
"""


def control_syns(dump, port):
    return [segment for segment in dump.segments() if segment.dport == port and segment.flags == "S"]


def check_everything_open(bench, family):
    """A host that accepts every connection: the control port is asked once, for all of its ports."""
    pair = bench.add(Pair())
    bench.add(Server(pair.server, SERVER[family], servers.sink, port=PORT))
    pair.server.nft(ACCEPT_ALL)
    dump = bench.add(Dump(pair.client, "c0", bench.path("c0.pcap")))
    run = program.probe(bench, pair.client, "--control-port", "auto", "-p", "22,80,443,8080", SERVER[family])
    same(len(run.connections), 4, "connections")
    for record in run.connections:
        same(record["port_state"], "open", "port state")
        same(record["control_port"], {"port": 4, "port_state": "open"}, "control port")
        find_in(record, "everything-open", says=f"Port 4 of {SERVER[family]}, which should be closed, is open too",
                flags="SA")
    dump.stop(SERVER[family])
    same(len(control_syns(dump, 4)), 1, "SYNs to the control port")


def check_targets_that_are_control_ports(bench, family):
    """Both ports that "auto" may take are targets too: neither is held against itself."""
    pair = bench.add(Pair())
    bench.add(Server(pair.server, SERVER[family], servers.sink, port=PORT))
    pair.server.nft(ACCEPT_ALL)
    run = program.probe(bench, pair.client, "--control-port", "auto", "-p", "4,6", "--in-order", "--parallel", "1",
                        SERVER[family])
    found = {record["server"]["port"]: record.get("control_port") for record in run.connections}
    same(found, {4: {"port": 6, "port_state": "open"}, 6: None}, "control ports")


def check_ordinary_host(bench, family, options, port):
    """The same of a host whose other ports are closed."""
    pair = bench.add(Pair())
    bench.add(Server(pair.server, SERVER[family], servers.sink, port=PORT))
    run = program.probe(bench, pair.client, "--control-port", options, SERVER[family], PORT)
    same(run.only["control_port"], {"port": port, "port_state": "closed"}, "control port")
    same(run.only["findings"], [], "findings")


def check_no_control(bench, family):
    """A closed port needs none, and a silent control port is no open one."""
    pair = bench.add(Pair())
    run = program.probe(bench, pair.client, "--control-port", "auto", SERVER[family], PORT, status=1)
    true("control_port" not in run.only, "a control port is asked beside a closed one")
    pair.server.nft(DROP.format(end="dport").replace("80", "4"))
    bench.add(Server(pair.server, SERVER[family], servers.sink, port=PORT))
    run = program.probe(bench, pair.client, "--control-port", "auto", "-W", "0.5", SERVER[family], PORT)
    same(run.only["control_port"], {"port": 4, "port_state": "filtered"}, "control port")
    lacks(run, "everything-open")


def check_reset_twice(bench, family):
    """A frame that the network doubles, of an RST behind data that it lost, is one RST."""
    run = play(bench, family, partial(forge_late, ttl=64, offsets=[1460, 1460, 0]), "--hold", "1")
    find(run, "reset-by-server", says="The server reset the open connection", flags="R")
    lacks(run, "reset-injected")


def check_reset_is_real(bench, family):
    """The server's own RST, with its TTL and number, is not called forged."""
    run = play(bench, family, partial(forge_late, ttl=64, offsets=[0]), "--hold", "1")
    find(run, "reset-by-server", says="The server reset the open connection", flags="R")
    lacks(run, "reset-injected")


def check_plain(bench, family):
    """Opened and closed as it should be, there is nothing to say."""
    pair = bench.add(Pair())
    bench.add(Server(pair.server, SERVER[family], servers.sink, port=PORT))
    run = program.probe(bench, pair.client, SERVER[family], PORT)
    same(run.only["findings"], [], "findings")


CASES = [
    *each("plain", check_plain),
    *each("refused", check_refused),
    *(case for kind in ("port-unreachable", "admin-prohibited")
      for case in each(f"rejected-by-target-{kind}", check_rejected_by_target, kind=kind)),
    *each("rejected-on-the-way", check_rejected_on_the_way),
    *each("unreachable", check_unreachable),
    *each("silence", check_silence),
    *each("reset-at-once", check_reset_at_once),
    *each("fin-unanswered", check_fin_unanswered),
    Case("syn-proxy-v4", partial(check_synproxy, family=4)),
    *each("request-unanswered", check_request_unanswered),
    Case("accept-queue-full", check_accept_queue_full),
    *each("answer-lost", check_answer_lost, answer=servers.sink, arguments=("--hold", "1.2")),
    *each("answer-lost-and-fin", check_answer_lost, answer=close_write, arguments=()),
    *each("zero-window", check_zero_window),
    # this host
    *each("local-firewall", check_local_firewall),
    *each("local-firewall-of-acks", check_local_firewall_of_acks),
    *each("prohibited", check_prohibited),
    *each("no-route", check_no_route),
    *each("policy-route", check_policy_route),
    *each("neighbour-silent", check_neighbour_silent),
    *each("dropped-on-this-host", check_dropped_here),
    Case("reverse-path-v4", check_reverse_path),
    *each("no-address", check_no_address),
    *each("no-source", check_no_source),
    *each("everything-open", check_everything_open),
    *each("control-ports-as-targets", check_targets_that_are_control_ports),
    *each("control-auto", check_ordinary_host, options="auto", port=4),
    *each("control-named", check_ordinary_host, options="9", port=9),
    *each("control-not-open", check_no_control),
    # played
    *each("openings", check_openings),
    *each("fin-not-acknowledged", check_fin_not_acknowledged),
    *each("request-not-acknowledged", check_not_acknowledged),
    *each("old-connection", check_old_connection),
    *each("wrong-syn-ack", check_wrong_syn_ack),
    *each("slow-window", check_slow_window),
    *each("middlebox-answered", check_middlebox_answered),
    *each("injected-late", check_injected_late),
    *each("injected-series", check_injected_series),
    *each("injected-wrong", check_injected_wrong),
    *each("injected-blind", check_injected_blind),
    *each("injected-early", check_injected_early),
    *each("injected-early-wrong", check_injected_early_wrong),
    *each("reset-is-real", check_reset_is_real),
    *each("reset-twice", check_reset_twice),
]

if __name__ == "__main__":
    tap.main(CASES, prepare=program.path)
