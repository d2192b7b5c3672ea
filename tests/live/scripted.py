#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The program against the scripted peer on a TUN device: what no kernel does, over a device without link header."""

from typing import Callable, NamedTuple

import scripts
from lab import program, tap, tun
from lab.cases import both, closed_first, each, has, not_open
from lab.peer import Peer, Tunnel
from lab.program import JSON
from lab.tap import Failure, same, true
from lab.topology import CLIENT

HOLD = ("--hold", "0.4")  # leaves room for what happens to an open connection
LONG_HOLD = ("--hold", "20")  # which the peer ends
SOON = ("-W", "1.5")      # gives up after the second try


class Scenario(NamedTuple):
    """A script, how the program is run against it, and what it has to say; None of the fields is a family."""

    name: str
    script: Callable
    wanted: dict = {}
    arguments: tuple = ()
    status: int = 0
    families: tuple = (4, 6)
    resets: bool = False  # the client may send RST


def graceful(form="four-segment", **more):
    """What a connection that opens and closes in order looks like; names with __ for the dot."""
    wanted = {"port_state": "open", "handshake.result": "completed", "handshake.reason": "syn-ack",
              "teardown.result": "graceful", "teardown.form": form, "teardown.initiator": "client",
              "client_state": "TIME_WAIT", "server_state": "CLOSED", "ok": True}
    return {**wanted, **{name.replace("__", "."): value for name, value in more.items()}}


def closed(result, **more):
    """An open port and another end than the graceful one."""
    wanted = {"port_state": "open", "handshake.result": "completed", "teardown.result": result, "ok": True}
    return {**wanted, **{name.replace("__", "."): value for name, value in more.items()}}


def notes(text):
    """A test of the steps: one of them has that note."""
    return lambda steps: any(step["note"] == text for step in steps)


def around(seconds):
    """A test of a duration: near that many seconds."""
    return lambda ns: ns is not None and seconds - 0.1 <= ns / 1e9 <= seconds + 0.4


SCENARIOS = [
    Scenario("orderly", scripts.orderly, graceful()),
    Scenario("three-segments", scripts.three_segments, graceful("three-segment")),
    # the handshake
    Scenario("silent", scripts.silent,
             {**not_open("filtered", "no-answer", "no-response"), "handshake.syn_count": 2}, SOON, 1),
    Scenario("refused", scripts.refuse, not_open("closed", "refused", "reset"), status=1),
    Scenario("second-syn", scripts.second_syn,
             graceful(handshake__syn_count=2, handshake__syn_rtt_ns=None)),
    Scenario("second-syn-echoed", scripts.second_syn_echoed,
             graceful(handshake__syn_count=2, handshake__syn_rtt_ns=around(0))),
    Scenario("first-syn-echoed", scripts.first_syn_echoed,
             graceful(handshake__syn_count=2, handshake__syn_rtt_ns=None)),
    Scenario("syn-ack-again", scripts.syn_ack_again, graceful(handshake__synack_count=2), HOLD),
    Scenario("wrong-ack", scripts.wrong_ack, graceful(steps=has("unexpected")), resets=True),
    Scenario("wrong-echo", scripts.wrong_echo, graceful(steps=has("unexpected")), resets=True),
    Scenario("old-connection", scripts.old_connection, graceful(steps=notes("acknowledges what was never sent")),
             resets=True),
    Scenario("wrong-resets", scripts.wrong_resets, graceful()),
    Scenario("bad-checksum", scripts.bad_checksum, graceful()),
    Scenario("simultaneous-open", scripts.simultaneous_open, graceful()),
    Scenario("simultaneous-open-acknowledged", scripts.simultaneous_open_acknowledged, graceful()),
    Scenario("garbage-options", scripts.garbage_options, graceful()),
    Scenario("full-options", scripts.full_options, graceful()),
    Scenario("reset-after-syn-ack", scripts.reset_after_syn_ack, {"port_state": "open"}, HOLD, resets=True),
    # the open connection
    Scenario("banner-twice", scripts.banner_twice,
             graceful(steps=has("retransmission"), bytes__server=2 * len(scripts.BANNER)), HOLD),
    Scenario("out-of-order", scripts.out_of_order, graceful(), HOLD),
    Scenario("everything-twice", scripts.everything_twice, graceful(), resets=False),
    Scenario("exact-reset", scripts.exact_reset, closed("reset", teardown__initiator="server"), LONG_HOLD),
    Scenario("inexact-reset", scripts.inexact_reset, graceful(steps=has("challenge-ack")), HOLD),
    Scenario("challenged-reset", scripts.challenged_reset,
             closed("reset", steps=has("challenge-ack")), LONG_HOLD),
    Scenario("outside-reset", scripts.outside_reset, graceful(steps=has("out-of-window")), HOLD),
    Scenario("syn-inside", scripts.syn_inside, graceful(steps=has("challenge-ack")), HOLD),
    Scenario("keep-alive", scripts.keep_alive, graceful(), HOLD),
    Scenario("strange-flags", scripts.strange_flags, graceful(), HOLD),
    Scenario("future-ack", scripts.future_ack, graceful(), HOLD),
    Scenario("old-timestamp", scripts.old_timestamp, graceful(), HOLD),
    Scenario("payload", scripts.take_data, graceful(bytes__client=6), ("--send", "hello\\n")),
    Scenario("payload-lost", scripts.lose_data,
             graceful(bytes__client=12, steps=has("retransmission")), ("--send", "hello\\n")),
    Scenario("payload-acknowledged-in-parts", scripts.split_ack, graceful(), ("--send", "hello\\n")),
    Scenario("zero-window", scripts.zero_window, graceful(), ("--send", "hello\\n")),
    # the close
    Scenario("simultaneous-close", scripts.simultaneous_close, graceful("simultaneous", server_state="TIME_WAIT")),
    Scenario("close-first", scripts.close_first,
             closed("graceful", teardown__initiator="server", client_state="CLOSED",
                    server_state="TIME_WAIT"), LONG_HOLD),
    Scenario("close-first-one-answer", scripts.close_first_one_answer,
             closed("graceful", teardown__initiator="server"), LONG_HOLD),
    Scenario("fin-lost", scripts.fin_lost, graceful(teardown__fin_count={"client": 2, "server": 1})),
    Scenario("fin-again", scripts.fin_again, graceful(teardown__fin_count={"client": 1, "server": 2})),
    Scenario("reset-after-close", scripts.reset_after_close, graceful(record=closed_first(), client_state="CLOSED")),
    Scenario("syn-after-close", scripts.syn_after_close, graceful("four-segment")),
    Scenario("data-after-fin", scripts.data_after_fin, graceful(bytes__server=len(scripts.BANNER))),
    Scenario("data-with-fin", scripts.data_with_fin, graceful("three-segment")),
    Scenario("fin-before-data", scripts.fin_before_data, graceful("three-segment")),
    Scenario("reset-after-fin", scripts.reset_after_fin, closed("reset")),
    Scenario("mute-after-handshake", scripts.mute_after_handshake, closed("unanswered"), SOON, resets=True),
    Scenario("mute-after-ack", scripts.mute_after_ack, closed("half-closed"), SOON, resets=True),
    Scenario("mute-after-fin", scripts.mute_after_fin, closed("unanswered"), SOON, resets=True),
    Scenario("flood", scripts.flood, closed("half-closed"), SOON, resets=True),
    # the client does not close in the ordinary way
    Scenario("half-open", scripts.half_open,
             {"port_state": "open", "handshake.result": "half-open", "ok": True}, ("--half-open",), resets=True),
    Scenario("abort", scripts.aborted, closed("reset", teardown__initiator="client"), ("--abort",),
             resets=True),
    # ICMP errors
    Scenario("icmp-short", scripts.icmp_short, not_open("unreachable", "unreachable", "host-unreach"),
             status=1),
    Scenario("icmp-wrong-seq", scripts.icmp_wrong_seq, graceful()),
    Scenario("icmp-wrong-port", scripts.icmp_wrong_port, graceful()),
    Scenario("icmp-corrupt", scripts.icmp_corrupt, graceful(steps=notes("bad checksum"))),
    Scenario("icmp-established", scripts.icmp_established, graceful()),
    Scenario("icmp-too-big", scripts.icmp_too_big, graceful()),
]

# family, type, code, port state, reason
ICMP_ERRORS = [
    (4, 3, 0, "unreachable", "net-unreach"),
    (4, 3, 1, "unreachable", "host-unreach"),
    (4, 3, 2, "unreachable", "proto-unreach"),
    (4, 3, 3, "unreachable", "port-unreach"),
    (4, 3, 9, "filtered", "net-prohibited"),
    (4, 3, 10, "filtered", "host-prohibited"),
    (4, 3, 13, "filtered", "admin-prohibited"),
    (4, 11, 0, "unreachable", "time-exceeded"),
    (4, 12, 0, "unreachable", "parameter-problem"),
    (6, 1, 0, "unreachable", "net-unreach"),
    (6, 1, 1, "filtered", "admin-prohibited"),
    (6, 1, 3, "unreachable", "host-unreach"),
    (6, 1, 4, "unreachable", "port-unreach"),
    (6, 3, 0, "unreachable", "time-exceeded"),
    (6, 4, 1, "unreachable", "parameter-problem"),
]

SCENARIOS += [
    Scenario(f"icmp-{kind}-{code}", scripts.icmp(kind, code),
             not_open(port_state, "unreachable", reason), status=1, families=(family,))
    for family, kind, code, port_state, reason in ICMP_ERRORS
]


def _check_client_segment(segment, family):
    true(segment.checksum_ok, f"wrong checksum: {segment}")
    same(segment.src, CLIENT[family], "source address")
    same(segment.ttl, 64, "TTL")
    # the kernel itself sends RST, without identification, to what comes after the program has ended
    true(family == 6 or segment.ip_id != 0 or "R" in segment.flags, f"IP identification of 0: {segment}")


def _at_most(value, limit):
    """value <= limit, modulo 2^32."""
    return (limit - value) % 2**32 < 2**31


def _check_acknowledgement(segment, sent_end):
    """The client acknowledges nothing that was not sent."""
    if "A" in segment.flags and sent_end is not None:
        true(_at_most(segment.ack, sent_end), f"acknowledges what was never sent: {segment}")


def check_wire(peer, resets):
    """What must be true of the client's segments against every script."""
    sent_end = None
    reset_at = None
    for _, from_client, segment in peer.log:
        if not from_client:
            sound = segment.checksum_ok and "R" not in segment.flags
            if sound and (sent_end is None or _at_most(sent_end, segment.end)):
                sent_end = segment.end
            continue
        _check_client_segment(segment, peer.family)
        _check_acknowledgement(segment, sent_end)
        true(resets or "R" not in segment.flags, f"an RST: {peer.transcript()}")
        true(reset_at is None or "S" in segment.flags or resets, f"{segment} after the RST")


def _tunnel(bench):
    if not tun.available():
        raise tap.Skip("no access to /dev/net/tun")
    return bench.add(Tunnel())


def probe_peer(bench, scenario, family, output=JSON):
    """Runs the program against a scenario; returns (run, peer). A failure tells both sides' story."""
    tunnel = _tunnel(bench)
    peer = Peer(tunnel, family, scenario.script)
    story = []
    run = None
    try:
        run = program.probe(bench, tunnel.client, *scenario.arguments, peer.address, peer.port,
                            status=scenario.status, output=output)
    except Failure as failure:
        story.append(str(failure))
    peer.finish()
    if peer.error:
        story.append(f"the script: {peer.error!r}")
    if story:
        raise Failure("\n".join(story + [f"peer: {peer.transcript()}"]))
    return run, peer


def play(bench, scenario, family, output):
    """One scenario from end to end."""
    def attempt():
        run, peer = probe_peer(bench, scenario, family, output)
        check_wire(peer, scenario.resets)
        if output == JSON:
            program.match(run.only, scenario.wanted)

    tap.unless_busy(attempt)


def check_syn_times(bench, family):
    """A silent peer sees SYNs when connect() would send them: at 0, 1 and 3 s (RFC 6298). On a busy machine any of
    them may be late, so that three attempts may be wrong by up to a second, if only the fourth is right."""
    wanted, seen = [1.0, 3.0], []
    while wanted not in seen and len(seen) < 4:
        _, peer = probe_peer(bench, Scenario("", scripts.silent, status=1), family)
        first, *later = (entry.at for entry in peer.sent_by_client("S"))
        seen.append([round(at - first, 1) for at in later])
        true(len(later) == len(wanted) and all(abs(at - first - due) < 1 for at, due in zip(later, wanted)),
             f"seconds from the first SYN to the others: {seen}")
    true(wanted in seen, f"seconds from the first SYN to the others: {seen}, wanted {wanted}")


def check_bounds(bench, family, options, bound, from_start):
    """Whatever the peer takes, and however slowly: -W bounds a small payload, and --deadline the run, from its start
    on, which a busy machine may draw out."""
    scenario = Scenario("", scripts.tiny_segments, arguments=("--send", "x" * 700, "--time-wait", "0", *options),
                        resets=True)
    run, _ = probe_peer(bench, scenario, family)
    program.match(run.only, closed("reset"))
    same(run.only["bytes_acked"]["client"] > 64, True, "more than one segment was taken")
    times = run.only["times"]
    took = (times["rst_ns"] - times["syn_ns"]) / 1e9
    before = (run.only["start_ns"] - run.finished.began_ns) / 1e9 if from_start else 0
    true(bound - 0.1 <= before + took and took <= bound + 0.1,
         f"reset after {took:.3f} s, {before:.3f} s after the start, wanted {bound} s")
    bench.note(f"{' '.join(options)}: reset after {took:.3f} s; the run took {run.finished.elapsed:.3f} s")


CASES = [case for scenario in SCENARIOS
         for case in both(scenario.name, play, families=scenario.families, scenario=scenario)]
CASES += each("syn-times", check_syn_times)
CASES += each("payload-bound", check_bounds, options=("-W", "2"), bound=2, from_start=False)
CASES += each("deadline-bound", check_bounds, options=("-W", "9", "--deadline", "2"), bound=2, from_start=True)

if __name__ == "__main__":
    tap.main(CASES, prepare=program.path)
