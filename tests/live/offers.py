#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""--offer and --without against far ends that know a feature, do not know it, strip it on the way, mirror it or drop
it: Linux's own ECN, Fast Open and MPTCP in a namespace, nft rules before them, and a scripted peer for what no kernel
here does (AccECN, by RFC 9768, and a mirror). Behind the cases stands the table of all verdicts."""

import socket
from functools import partial

from lab import packet, program, servers, tap, tun
from lab.cases import each
from lab.peer import Peer, Tunnel
from lab.servers import Server
from lab.tap import Case, Failure, Skip, same, true
from lab.topology import SERVER, SOCKET_FAMILY, Pair

PORT = 80
IPPROTO_MPTCP = 262
FAST_OPEN_QUEUE = 16
IMPATIENT = ("-W", "0.4")
BRIEF = ("--time-wait", "0.1")
TABLE = {}  # (offer, far end) to {family: verdict}


def verdict(record):
    """What the record says of its offer, as one text."""
    words = {**record["offer"], **{f"no {name}": word for name, word in record["offer"]["without"].items()}}
    said = [f"{name} {words[name]}" for name in ("accecn", "ecn", "fastopen", "mptcp", "no mss", "no sack",
                                                 "no wscale", "no timestamps") if words[name]]
    if record["offer"]["syn_ecn"]:
        said.append(f"syn {record['offer']['syn_ecn']}")
    return ", ".join(said)


def note(record, offer, far_end, family, wanted):
    """Insists on a verdict and keeps it for the table."""
    said = verdict(record)
    TABLE.setdefault((offer, far_end), {})[family] = said
    same(said, wanted, f"{offer} against {far_end}")


# Kernels

def listener(pair, family, kind="plain"):
    """A listening socket of the kernel at the far end; kind: plain, fastopen or mptcp."""
    with pair.server.inside():
        protocol = IPPROTO_MPTCP if kind == "mptcp" else socket.IPPROTO_TCP
        try:
            made = socket.socket(SOCKET_FAMILY[family], socket.SOCK_STREAM, protocol)
        except OSError as error:
            raise Skip(f"this kernel has no {kind}: {error}") from error
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if kind == "fastopen":
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_FASTOPEN, FAST_OPEN_QUEUE)
        made.bind((SERVER[family], PORT))
        made.listen(16)
    return made


class Received(list):
    """A behaviour of a Server: keeps what each connection brings."""

    def __call__(self, connection, _server):
        self.append(b"")
        place = len(self) - 1
        while data := connection.recv(65536):
            self[place] += data


def serve(bench, pair, family, kind="plain"):
    """Starts the far end; returns what its application receives."""
    received = Received()
    bench.add(Server(pair.server, SERVER[family], received, listener=listener(pair, family, kind)))
    return received


FILTER = """
table inet lab {{
    chain prerouting {{ type filter hook prerouting priority raw; tcp dport 80 {rule}; }}
}}
"""


def check_kernel(bench, family, offer, far_end, wanted, kind="plain", sysctls=(), rule=None, status=0):
    """One feature against a kernel, perhaps behind a rule that strips or drops it."""
    pair = bench.add(Pair())
    for name, value in sysctls:
        pair.server.sysctl(name, value)
    received = serve(bench, pair, family, kind)
    if rule:
        pair.server.nft(FILTER.format(rule=rule))
    run = program.probe(bench, pair.client, *offer.split(), *BRIEF, *(IMPATIENT if status else ()), "--send",
                        "hello", SERVER[family], PORT, status=status)
    note(run.connections[0], offer, far_end, family, wanted)
    if status:
        check_broken(run, received)
        return
    same(received, [b"hello"] * len(run.connections), "what the application received")
    for record in run.connections:
        program.match(record, {"port_state": "open", "teardown.result": "graceful", "offer_control": None,
                               "bytes_acked.client": 5})


def check_accurate_kernel(bench, family):
    """AccECN of the kernel, where it has that."""
    pair = bench.add(Pair())
    try:
        pair.server.sysctl("ipv4/tcp_ecn", 3)
    except OSError as error:
        raise Skip(f"this kernel has no AccECN: {error}") from error
    received = serve(bench, pair, family)
    run = program.probe(bench, pair.client, "--offer", "accecn", *BRIEF, "--send", "hello", SERVER[family], PORT)
    note(run.only, "--offer accecn", "kernel with it", family, "accecn agreed, syn not-ect")
    same(received, [b"hello"], "what the application received")


def check_broken(run, received):
    """The plain connection beside it opened, and the application read nothing."""
    record = run.only
    program.match(record, {"offer_control.port_state": "open", "offer_control.reason": "syn-ack",
                           "offer_control.connect_ns": lambda ns: ns > 0})
    names = [finding["name"] for finding in record["findings"]]
    true("feature-broken" in names and "silence" not in names and "refused" not in names, f"findings {names}")
    same(received, [b""], "what the application received")


def check_fast_open(bench, family, rule=None, wanted="fastopen agreed", acked=5, far_end="kernel with it"):
    """The second connection sends the cookie, and the payload in its SYN."""
    pair = bench.add(Pair())
    pair.server.sysctl("ipv4/tcp_fastopen", 3)
    received = serve(bench, pair, family, "fastopen")
    if rule:
        pair.server.nft(FILTER.format(rule=rule))
    run = program.probe(bench, pair.client, "--offer", "fastopen", "--send", "hello", SERVER[family], PORT)
    same(len(run.connections), 2, "connections")
    asked, sent = sorted(run.connections, key=lambda record: record["start_ns"])
    same(verdict(asked), "fastopen agreed", "the request")
    note(sent, "--offer fastopen (cookie)", far_end, family, wanted)
    same([step["len"] for step in sent["steps"] if "S" in step["flags"]], [5, 0], "octets of SYN and SYN/ACK")
    same(sent["steps"][1]["ack"], 1 + acked, "what the SYN/ACK acknowledges")
    same(received, [b"hello", b"hello"], "what the application received")


def check_reset(bench, family):
    """A device that resets what offers ECN."""
    pair = bench.add(Pair())
    received = serve(bench, pair, family)
    pair.server.nft(FILTER.format(rule="tcp flags & (ecn|cwr) == ecn|cwr reject with tcp reset")
                    .replace("prerouting", "input").replace("raw", "0"))
    run = program.probe(bench, pair.client, "--offer", "ecn", SERVER[family], PORT, status=1)
    same(run.only["handshake"]["reason"], "reset", "reason")
    note(run.only, "--offer ecn", "resetter", family, "ecn broken")
    check_broken(run, received)


def check_not_broken(bench, family):
    """Where nothing answers, the offer is not to blame."""
    pair = bench.add(Pair())
    serve(bench, pair, family)
    pair.server.nft(FILTER.format(rule="drop"))
    run = program.probe(bench, pair.client, "--offer", "ecn,mptcp", *IMPATIENT, SERVER[family], PORT, status=1)
    note(run.only, "--offer ecn,mptcp", "silence", family, "")
    same(run.only["offer_control"]["port_state"], "filtered", "the plain connection")
    same([finding["name"] for finding in run.only["findings"]], ["silence"], "findings")


def check_source_port(bench, family):
    """With -P there is no second port: no plain connection."""
    pair = bench.add(Pair())
    serve(bench, pair, family)
    pair.server.nft(FILTER.format(rule="drop"))
    run = program.probe(bench, pair.client, "--offer", "ecn", "-P", 40001, *IMPATIENT, SERVER[family], PORT, status=1)
    same(run.only["offer_control"], None, "the plain connection")


def check_compare(bench, family):
    """Five of each kind are enough to tell."""
    pair = bench.add(Pair())
    received = serve(bench, pair, family)
    run = program.probe(bench, pair.client, "--offer", "ecn", "--compare", "-c", 10, "-i", "0.02", *BRIEF, SERVER[family],
                        PORT)
    total = run.summaries[-1]
    program.match(total["compare"], {"verdict": "no-difference", "p": 1, "offered.open": 5, "plain.open": 5})
    same(total["offers"]["ecn"]["agreed"], 5, "agreed")
    same(len(received), 10, "connections at the far end")
    pair.server.nft(FILTER.format(rule="tcp flags & (ecn|cwr) == ecn|cwr drop"))
    run = program.probe(bench, pair.client, "--offer", "ecn", "--compare", "-c", 10, "-i", "0.02", *BRIEF, *IMPATIENT,
                        SERVER[family], PORT, status=1)
    total = run.summaries[-1]
    program.match(total["compare"], {"verdict": "offer-fails", "p": 0.00794, "offered.open": 0, "plain.open": 5,
                                     "offered.connections": 5, "plain.connections": 5})
    same([record.get("offer") is not None for record in run.connections],
         [record["port_state"] != "open" for record in run.connections], "which ones offered it")


def check_no_comparison(bench, family):
    """Two recordings, one with an offer and one without, are read together: nothing was compared."""
    pair = bench.add(Pair())
    serve(bench, pair, family)
    recordings = [bench.path(f"{name}.pcapng") for name in ("offered", "plain")]
    for recording, options in zip(recordings, (("--offer", "ecn"), ())):
        program.shake(pair.client, "-w", recording, *options, *BRIEF, SERVER[family], PORT)
    for output in (("-j",), ()):
        text = program.shake(pair.client, *output, "-r", recordings[0], "-r", recordings[1]).stdout
        true("no difference" not in text and "no-difference" not in text, text)


# The scripted peer

def play(bench, family, script, *arguments, status=0):
    """Runs the program against a script."""
    if not tun.available():
        raise Skip("no access to /dev/net/tun")
    tunnel = bench.add(Tunnel())
    return tunnel, lambda: tap.unless_busy(partial(_play, bench, tunnel, family, script, arguments, status))


def _play(bench, tunnel, family, script, arguments, status):
    peer = Peer(tunnel, family, script)
    story = []
    run = None
    try:
        run = program.probe(bench, tunnel.client, *BRIEF, *arguments, peer.address, peer.port, status=status)
    except Failure as failure:
        story.append(str(failure))
    peer.finish()
    if peer.error:
        story.append(f"the script: {peer.error!r}")
    if story:
        raise Failure("\n".join(story + [f"peer: {peer.transcript()}"]))
    return run, peer


# RFC 9768, tables 2 and 3: the ECN field of the SYN as the flags of the SYN/ACK, and that of the SYN/ACK as the flags
# of the ACK.
BY_ECN = {0: "C", 1: "EC", 2: "e", 3: "Ce"}
NAMES = {0: "not-ect", 1: "ect1", 2: "ect0", 3: "ce"}
COUNTED = {0: "Ee", 1: "Ce"}  # 5 and what was marked


def accurate(tos):
    """A server with AccECN, written from RFC 9768: its SYN/ACK arrives with tos."""
    def script(peer):
        syn = peer.expect("SECe")
        peer.send("SA" + BY_ECN[syn.tos & 3], tos=tos)
        peer.answer(syn, "A" + BY_ECN[tos])
        fin = peer.until("FA" + COUNTED[tos == 3])
        peer.send("AEe")
        peer.send("FAEe")
        peer.answer(fin, "A" + COUNTED[tos == 3])
    return script


def check_accurate(bench, family, ecn, tos):
    """The scripted server, and a rule here that sets the ECN field of the SYN."""
    tunnel, run_it = play(bench, family, accurate(tos), "--offer", "accecn")
    if ecn:
        ip = "ip" if family == 4 else "ip6"
        tunnel.client.nft("table inet lab { chain out { type filter hook postrouting priority 0; "
                          f"tcp flags & (syn|ack) == syn {ip} ecn set {['', 'ect1', 'ect0', 'ce'][ecn]}; }}; }}")
    run, peer = run_it()
    same(peer.sent_by_client("S")[0].segment.tos & 3, ecn, "the ECN field of the SYN")
    note(run.only, "--offer accecn", f"AccECN by RFC 9768, SYN {NAMES[ecn]}", family,
         f"accecn agreed, syn {NAMES[ecn]}")
    program.match(run.only, {"port_state": "open", "teardown.result": "graceful"})


def mirror(flags):
    """Sends the SYN's flags and options back, as a device does that copies what it does not know."""
    def script(peer):
        syn = peer.expect("S" + flags)
        peer.options = syn.options
        peer.send("SA" + flags)
        peer.answer(syn, "A")
        peer.close_after()
    return script


def check_mirror(bench, family, offer, flags, wanted):
    _, run_it = play(bench, family, mirror(flags), *offer.split())
    run, _ = run_it()
    note(run.only, offer, "mirror", family, wanted)
    found = {finding["name"]: finding for finding in run.only["findings"]}
    true("feature-mirrored" in found, f"findings {list(found)}")
    same(run.only["steps"][found["feature-mirrored"]["steps"][0] - 1]["flags"][:2], "SA", "the step that shows it")


ALL_OPTIONS = packet.MSS_1460 + bytes((4, 2)) + packet.timestamp_option(7, 0)[2:] + bytes((1, 3, 3, 7))


def adds_options(peer):
    """A device that answers with options that the SYN did not have."""
    syn = peer.expect("S")
    same(syn.options, b"", "options of a bare SYN")
    peer.options = ALL_OPTIONS
    peer.send("SA")
    ack = peer.answer(syn, "A")
    same(ack.options, b"", "options of the acknowledgement")
    peer.close_after()


def check_added(bench, family):
    _, run_it = play(bench, family, adds_options, "--without", "bare")
    run, _ = run_it()
    note(run.only, "--without bare", "adds all", family,
         "no mss agreed, no sack ignored, no wscale ignored, no timestamps ignored")


def marks(peer):
    """Congestion on the banner: the client says so until CWR (RFC 3168, 6.1.3)."""
    syn = peer.expect("SEC")
    peer.send("SAE")
    peer.answer(syn, "A")
    peer.send("PA", b"hello", tos=3)
    peer.expect("AE")
    peer.send("PA", b"again", tos=2)
    peer.expect("AE")
    peer.send("PAC", b"enough", tos=2)
    peer.expect("A")
    peer.close_after()


def check_marks(bench, family):
    _, run_it = play(bench, family, marks, "--offer", "ecn", "--hold", "0.3")
    run, _ = run_it()
    same(run.only["offer"]["ecn"], "agreed", "ecn")


def finish():
    """The table: offer, far end and verdict, which has to be the same in both families."""
    rows = sorted((offer, far_end, said) for (offer, far_end), said in TABLE.items())
    widths = [max((len(row[column]) for row in rows), default=0) for column in (0, 1)]
    for offer, far_end, said in rows:
        words = " / ".join(sorted(set(said.values()))) or "unknown"
        families = ", ".join(f"IPv{family}" for family in sorted(said))
        yield f"{offer:{widths[0]}}  {far_end:{widths[1]}}  {words} ({families})"


STRIP_ECN = "tcp flags & (syn|ack) == syn tcp flags set syn"
DROP_ECN = "tcp flags & (ecn|cwr) == ecn|cwr drop"
KERNELS = [
    # offer, far end, verdict, and what makes it that
    ("--offer ecn", "kernel with it", "ecn agreed", {"sysctls": [("ipv4/tcp_ecn", 1)]}),
    ("--offer ecn", "kernel without it", "ecn ignored", {"sysctls": [("ipv4/tcp_ecn", 0)]}),
    ("--offer ecn", "stripper", "ecn ignored", {"rule": STRIP_ECN}),
    ("--offer ecn", "dropper", "ecn broken", {"rule": DROP_ECN, "status": 1}),
    ("--offer accecn", "kernel with classic ECN", "accecn ignored, ecn agreed", {"sysctls": [("ipv4/tcp_ecn", 1)]}),
    ("--offer accecn", "kernel without it", "accecn ignored, ecn ignored", {"sysctls": [("ipv4/tcp_ecn", 0)]}),
    ("--offer accecn", "stripper", "accecn ignored, ecn ignored", {"rule": STRIP_ECN}),
    ("--offer accecn", "dropper", "accecn broken", {"rule": DROP_ECN, "status": 1}),
    ("--offer fastopen -c 1", "kernel with it", "fastopen agreed",
     {"kind": "fastopen", "sysctls": [("ipv4/tcp_fastopen", 3)]}),
    ("--offer fastopen -c 1", "kernel without it", "fastopen ignored", {}),
    ("--offer fastopen -c 1", "stripper", "fastopen ignored",
     {"kind": "fastopen", "sysctls": [("ipv4/tcp_fastopen", 3)], "rule": "reset tcp option fastopen"}),
    ("--offer fastopen -c 1", "dropper", "fastopen broken", {"rule": "tcp option fastopen exists drop", "status": 1}),
    ("--offer mptcp", "kernel with it", "mptcp agreed", {"kind": "mptcp"}),
    ("--offer mptcp", "kernel without it", "mptcp ignored", {}),
    ("--offer mptcp", "stripper", "mptcp ignored", {"kind": "mptcp", "rule": "reset tcp option mptcp"}),
    ("--offer mptcp", "dropper", "mptcp broken", {"rule": "tcp option mptcp exists drop", "status": 1}),
    ("--without mss", "kernel", "no mss agreed", {}),
    ("--without sack", "kernel", "no sack agreed", {}),
    ("--without wscale", "kernel", "no wscale agreed", {}),
    ("--without timestamps", "kernel", "no timestamps agreed", {}),
    ("--without bare", "kernel", "no mss agreed, no sack agreed, no wscale agreed, no timestamps agreed", {}),
    ("--without timestamps", "dropper", "no timestamps broken",
     {"rule": "tcp flags & (syn|ack) == syn tcp option timestamp missing drop", "status": 1}),
    ("--offer ecn,fastopen,mptcp -c 1", "kernel with all", "ecn agreed, fastopen ignored, mptcp agreed",
     {"kind": "mptcp"}),
]


def name_of(offer, far_end):
    return f"{offer} {far_end}".replace("--", "").replace(",", "-").replace(" ", "-")


CASES = [case for offer, far_end, wanted, more in KERNELS
         for case in each(name_of(offer, far_end), check_kernel, offer=offer, far_end=far_end, wanted=wanted, **more)]
CASES += [
    *each("fastopen-cookie", check_fast_open),
    *each("fastopen-cookie-stripped", check_fast_open, acked=0, wanted="fastopen ignored", far_end="stripper",
          rule="tcp option fastopen length 10 reset tcp option fastopen"),
    *each("accecn-kernel-with-it", check_accurate_kernel),
    *each("ecn-resetter", check_reset),
    *each("silence", check_not_broken),
    Case("source-port-v4", partial(check_source_port, family=4)),
    *each("compare", check_compare),
    *each("no-comparison", check_no_comparison),
    *[case for ecn in (0, 1, 2, 3)
      for case in each(f"accecn-by-rfc9768-{NAMES[ecn]}", check_accurate, ecn=ecn, tos=3 - ecn)],
    *each("ecn-mirror", check_mirror, offer="--offer ecn", flags="EC", wanted="ecn mirrored"),
    *each("accecn-mirror", check_mirror, offer="--offer accecn", flags="ECe", wanted="accecn mirrored"),
    *each("fastopen-mirror", check_mirror, offer="--offer fastopen", flags="", wanted="fastopen mirrored"),
    *each("mptcp-mirror", check_mirror, offer="--offer mptcp", flags="", wanted="mptcp mirrored"),
    *each("adds-options", check_added),
    *each("congestion", check_marks),
]

if __name__ == "__main__":
    tap.main(CASES, prepare=program.path, finish=finish)
