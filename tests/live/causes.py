#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The sentence of cause under a verdict: for each cause that a network of namespaces can have, the finding, its
grade and the steps that show it."""

from functools import partial

from lab import program, servers, tap
from lab.cases import each
from lab.servers import Server
from lab.tap import Case, same, true
from lab.topology import FAR, NOWHERE, ROUTER, SERVER, Pair, Routed

PORT = 80


def shows(finding, record, flags):
    """The first step of its evidence carries these flags; None: it is an ICMP error."""
    step = record["steps"][finding["steps"][0] - 1]
    same(step["flags"], flags, f"flags of step {finding['steps'][0]}")


def find(run, name, *, says, grade="likely", flags=None, icmp=False):
    """The finding of that name in the only record of a run."""
    found = {finding["name"]: finding for finding in run.only["findings"]}
    true(name in found, f"{name} is not among {list(found)}")
    finding = found[name]
    same(finding["grade"], grade, "grade")
    true(says in finding["text"], f"'{says}' is not in '{finding['text']}'")
    if flags or icmp:
        shows(finding, run.only, flags)
    return finding


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
    find(run, "request-unanswered", says="acknowledged and not answered", flags="PA")


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
]

if __name__ == "__main__":
    tap.main(CASES, prepare=program.path)
