#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Bad input: one line on stderr that names the offending text, the right status, and nothing measured is lost."""

import os
import re
import stat
from functools import partial
from typing import NamedTuple

from lab import capturefile, namespace, packet, program, servers, tap
from lab.cases import GRACEFUL
from lab.program import JSON
from lab.servers import Server
from lab.tap import Case, same, true
from lab.topology import CLIENT, SERVER, Alone, Pair

UNMET, USAGE, RUN = 1, 2, 3
HOST = SERVER[4]


class Bad(NamedTuple):
    """Arguments that cannot be, the exit status, and what stderr has to name."""

    name: str
    arguments: tuple
    status: int = USAGE
    names: str = ""


BAD_USAGE = [
    Bad("no-operand", ()),
    Bad("unknown-option", ("--frobnicate", HOST, "80"), USAGE, "frobnicate"),
    Bad("unknown-letter", ("-Z", HOST, "80"), USAGE, "Z"),
    Bad("no-argument", (HOST, "80", "--count"), USAGE, "count"),
    Bad("port-0", (HOST, "0"), USAGE, "0"),
    Bad("port-65536", (HOST, "65536"), USAGE, "65536"),
    Bad("port-80x", (HOST, "80x"), USAGE, "80x"),
    Bad("port-negative", (f"{HOST}:-1",), USAGE, "-1"),
    Bad("port-of-target", (f"{HOST}:80x",), USAGE, "80x"),
    Bad("port-of-list", ("-p", "80,81x", HOST), USAGE, "81x"),
    Bad("port-huge", ("-p", "99999999999999999999", HOST), USAGE, "99999999999999999999"),
    Bad("list-empty", ("-p", "", HOST)),
    Bad("list-with-a-hole", ("-p", "80,,81", HOST), USAGE, "80,,81"),
    Bad("range-backwards", ("-p", "90-80", HOST), USAGE, "90-80"),
    Bad("no-port", (HOST,), USAGE, HOST),
    Bad("ports-apart", (HOST, "80", "443"), USAGE, f"{HOST} 80,443"),
    Bad("url", (f"http://{HOST}/",), USAGE, f"http://{HOST}/"),
    Bad("no-such-format", ("--format", "xml", HOST, "80"), USAGE, "prometheus"),
    Bad("prefix-too-long", ("-p", "80", "192.0.2.0/33"), USAGE, "192.0.2.0/33"),
    Bad("prefix-too-wide", ("-p", "80", "2001:db8::/32"), USAGE, "2001:db8::/32"),
    Bad("bracket", ("[2001:db8::2:80",), USAGE, "[2001:db8::2:80"),
    Bad("no-such-name-numeric", ("-n", "server.test", "80"), USAGE, "server.test"),
    Bad("wrong-family", ("-6", HOST, "80"), USAGE, HOST),
    Bad("count", ("-c", "3x", HOST, "80"), USAGE, "3x"),
    Bad("count-negative", ("-c", "-1", HOST, "80"), USAGE, "-1"),
    Bad("interval", ("-i", "soon", HOST, "80"), USAGE, "soon"),
    Bad("interval-not-a-number", ("-i", "nan", HOST, "80"), USAGE, "nan"),
    Bad("timeout", ("-W", "-5", HOST, "80"), USAGE, "-5"),
    Bad("timeout-huge", ("-W", "1e99", HOST, "80"), USAGE, "1e99"),
    Bad("ttl-0", ("-t", "0", HOST, "80"), USAGE, "0"),
    Bad("ttl-256", ("-t", "256", HOST, "80"), USAGE, "256"),
    Bad("expect", ("--expect", "opne", HOST, "80"), USAGE, "opne"),
    Bad("expect-empty", ("--expect", "", HOST, "80")),
    Bad("fail-after-never", ("-c", "2", "--fail-after", "3", HOST, "80"), USAGE, "--fail-after 3"),
    Bad("succeed-after-never", ("--succeed-after", "2", HOST, "80"), USAGE, "--succeed-after 2"),
    Bad("max-loss", ("--max-loss", "120", HOST, "80"), USAGE, "120"),
    Bad("warning-elsewhere", ("--warning", "50", HOST, "80"), USAGE, "--warning"),
    Bad("only", ("--only", "open,shut", HOST, "80"), USAGE, "shut"),
    Bad("only-summaries", ("--only", "open", "--format", "prometheus", HOST, "80"), USAGE, "--only"),
    Bad("max-rtt-of-closed", ("--expect", "closed", "--max-rtt", "5", HOST, "80"), USAGE, "--max-rtt requires open"),
    Bad("resolve-every", ("--resolve-every", "0", HOST, "80"), USAGE, "--resolve-every"),
    Bad("format", ("--format", "yaml", HOST, "80"), USAGE, "yaml"),
    Bad("colour", ("--color=sometimes", HOST, "80"), USAGE, "sometimes"),
    Bad("source-no-address", ("-S", "banana", HOST, "80"), USAGE, "banana"),
    Bad("source-port", ("-P", "65536", HOST, "80"), USAGE, "65536"),
    Bad("escape", ("--send", "\\q", HOST, "80"), USAGE, "\\q"),
    Bad("read-and-live", ("-r", "run.pcapng", "-c", "3"), USAGE, "-c"),
    Bad("terminal-escape", ("\x1b[31mred", "80")),
    Bad("no-such-interface", ("-I", "nosuch0", HOST, "80"), RUN, "nosuch0"),
    Bad("interface-name-too-long", ("-I", "x" * 40, HOST, "80"), RUN, "x" * 40),
    Bad("foreign-source", ("-S", "203.0.113.5", HOST, "80"), RUN, "203.0.113.5"),
    Bad("no-directory", ("-w", "/nowhere/run.pcapng", HOST, "80"), RUN, "/nowhere/run.pcapng"),
]


def check_line(finished, status, names=""):
    """The status, and one printable line on stderr with that text in it."""
    line = finished.stderr
    same(finished.status, status, f"exit status of {finished.argv} with stderr {line!r}")
    same(line.count("\n"), 1, f"lines of {line!r}")
    true(line.startswith("tcpshake: ") and line.rstrip("\n").isprintable(), f"stderr {line!r}")
    true(names in line, f"{names!r} is not named in {line!r}")


def check_bad(bench, bad):
    finished = program.shake(bench.add(Pair()).client, *bad.arguments)
    check_line(finished, bad.status, bad.names)
    same(finished.stdout, "", "stdout")


# Captures that are none


def _trace():
    """A capture of one connection, whole."""
    there = partial(packet.Segment, CLIENT[4], SERVER[4], 40000, 80)
    back = partial(packet.Segment, SERVER[4], CLIENT[4], 80, 40000)
    exchange = [there(1, 0, "S"), back(500, 2, "SA"), there(2, 501, "A"), there(2, 501, "FA"), back(501, 3, "FA"),
                there(3, 502, "A")]
    return capturefile.pcap([segment.encode() for segment in exchange])


CAPTURES = [
    ("empty", b"", 0),
    ("three-octets", b"\xd4\xc3\xb2", 0),
    ("text", b"this is no capture, but a text of some length\n" * 20, 0),
    ("cut-in-the-header", _trace()[:20], 0),
    ("cut-in-a-record", _trace()[:-7], 1),
    ("cut-in-a-record-header", _trace()[:24 + (16 + 40) * 3 + 5], 1),
    ("absurd-length", _trace()[:24 + 56 * 3] + b"\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\x7f\xff\xff\xff\x7f", 1),
]


def check_capture(bench, content, connections):
    """A file that is no sound capture: what is sound of it is reported."""
    path = bench.path("trace.pcap")
    path.write_bytes(content)
    finished = program.shake(bench.add(Alone()).client, "-j", "-r", path)
    check_line(finished, RUN, str(path))
    same(len(program.Run(finished, JSON).connections), connections, "connection records")


def check_missing(bench):
    path = bench.path("missing.pcap")
    check_line(program.shake(bench.add(Alone()).client, "-r", path), RUN, str(path))


def check_directory(bench):
    check_line(program.shake(bench.add(Alone()).client, "-r", bench.directory), RUN, str(bench.directory))


def check_filter(bench):
    """The words after -r FILE are a filter; a wrong one is named."""
    path = bench.path("trace.pcap")
    path.write_bytes(_trace())
    client = bench.add(Alone()).client
    check_line(program.shake(client, "-r", path, "tcp", "prot", "80"), USAGE, "tcp prot 80")
    nothing = program.Run(program.shake(client, "-j", "-r", path, "port", "81"), JSON)
    check_line(nothing.finished, UNMET, path.name)
    same(nothing.connections, [], "without packets")
    program.match(program.Run(program.shake(client, "-j", "-r", path, "port", "80"), JSON).only,
                  {"teardown.form": "three-segment", "ok": True})


def check_standard_input(bench):
    """-r - reads standard input."""
    path = bench.path("trace.pcap")
    path.write_bytes(_trace())
    client = bench.add(Alone()).client
    with open(path, "rb") as file:
        piped = program.shake(client, "-j", "-r", "-", stdin=file)
    same((piped.status, piped.stderr), (0, ""), "status and stderr")
    same(piped.stdout, program.shake(client, "-j", "-r", path).stdout, "report from standard input")


# Output that cannot be written


def _open_port(bench):
    pair = bench.add(Pair())
    return pair.client, bench.add(Server(pair.server, HOST, servers.sink))


def check_full_disk(bench):
    """A recording that cannot even be begun."""
    client, server = _open_port(bench)
    check_line(program.shake(client, "-w", "/dev/full", server.address, server.port), RUN, "/dev/full")


def check_disk_fills_up(bench):
    """A recording that cannot be finished: said once, and what was measured is reported and recorded."""
    client, server = _open_port(bench)
    bench.path("disk").mkdir()
    bench.add(namespace.SmallDisk(bench.path("disk"), 8192))
    recording = bench.path("disk/run.pcapng")
    finished = program.shake(client, "-j", "-c", "40", "-i", "0.01", "-w", recording, server.address, server.port)
    check_line(finished, RUN, str(recording))
    run = program.Run(finished, JSON)
    true(run.connections and run.summaries, f"nothing is reported: {finished.stdout!r}")
    for record in run.connections:
        program.match(record, {"port_state": "open"})
    true(len(capturefile.segments(recording)) >= 14, "nothing is recorded")


def check_disk_fills_up_and_list_is_bad(bench):
    """Two things that go wrong are both said, and the status is that of the recording."""
    client, server = _open_port(bench)
    bench.path("disk").mkdir()
    bench.add(namespace.SmallDisk(bench.path("disk"), 8192))
    recording, targets = bench.path("disk/run.pcapng"), bench.path("targets")
    targets.write_text(f"{server.address} {server.port}\nbad 99999\n", encoding="ascii")
    options = ("-c", "40", "-i", "0.01", "--targets", targets, "-w", recording)
    finished = program.shake(client, "-qq", *options)
    first, second, third = finished.stderr.splitlines()
    true("targets, line 2: " in first and second == "tcpshake: 1 line of the lists is invalid", f"{finished.stderr!r}")
    true(third.startswith(f"tcpshake: {recording}: cannot write: "), f"{finished.stderr!r}")
    same(finished.status, RUN, "exit status")
    finished = program.shake(client, "--format", "nagios", *options)
    same((finished.status, finished.stdout.count("\n")), (RUN, 1), "status and lines as a plugin")
    true(str(recording) in finished.stdout, f"as a plugin it says {finished.stdout!r}")


def check_full_stdout(bench):
    """What cannot be written there is said on standard error, in short."""
    client, server = _open_port(bench)
    with open("/dev/full", "wb") as full:
        finished = program.shake(client, server.address, server.port, stdout=full)
        same(finished.status, RUN, "exit status")
        *summary, last = finished.stderr.splitlines()
        true(last == "tcpshake: cannot write standard output: No space left on device", f"{finished.stderr!r}")
        true("1 connection: 1 open, 1 closed gracefully, 0 failed" in summary, f"{finished.stderr!r}")


def check_closed_stdout(bench):
    client, server = _open_port(bench)
    recording = bench.path("run.pcapng")
    finished = program.shake(client, "-w", recording, server.address, server.port, close_stdout=True)
    check_line(finished, RUN)
    true(len(capturefile.segments(recording)) in (0, 6, 7), "half a recording")


def check_privileged_port(bench):
    """It is bound before privileges are dropped."""
    client, server = _open_port(bench)
    finished = program.shake(client, "-j", "-P", "80", server.address, server.port)
    same(finished.status, 0, f"exit status, stderr {finished.stderr!r}")
    same(program.Run(finished, JSON).only["client"]["port"], 80, "source port")


def check_closed_pipe(bench):
    """The reader of our output has gone: he knows."""
    client, server = _open_port(bench)
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as pipe:
        finished = program.shake(client, server.address, server.port, stdout=pipe)
    same((finished.status, finished.stderr), (RUN, ""), "status and stderr")
    for option in ("--help", "--version", "--doctor"):
        reader, writer = os.pipe()
        os.close(reader)
        with os.fdopen(writer, "wb") as pipe:
            finished = program.shake(client, option, stdout=pipe)
        same((finished.status, finished.stderr), (RUN, ""), f"status and stderr with {option}")


def check_output_file(bench):
    """-o writes a file whole; a place that cannot be written is named."""
    client, server = _open_port(bench)
    path = bench.path("report.json")
    finished = program.shake(client, "-j", "-o", path, server.address, server.port)
    same((finished.status, finished.stdout, finished.stderr), (0, "", ""), "status, stdout and stderr")
    program.match(program.records(path.read_text(encoding="utf-8"))[0], GRACEFUL)
    same(sorted(entry.name for entry in bench.directory.iterdir()), ["report.json"], "files that are left")
    true(stat.S_ISREG(path.stat().st_mode), "no regular file")
    check_line(program.shake(client, "-o", "/nowhere/report", server.address, server.port), RUN, "/nowhere/report")
    cut = bench.path("cut.pcap")
    cut.write_bytes(_trace()[:-1])
    check_line(program.shake(client, "-j", "-o", path, "-r", cut), RUN, "cut.pcap")
    same(len(program.records(path.read_text(encoding="utf-8"))), 2, "records of what was read: one and the summary")
    check_line(program.shake(client, "-j", "-o", path, "-r", bench.path("missing")), RUN, "missing")
    same(len(program.records(path.read_text(encoding="utf-8"))), 2, "records that stay")


def check_output_fifo(bench):
    """-o writes into what is no regular file, and leaves it what it is."""
    client, server = _open_port(bench)
    path = bench.path("report")
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        finished = program.shake(client, "-j", "-o", path, server.address, server.port)
        text = os.read(reader, 65536).decode()
    finally:
        os.close(reader)
    same((finished.status, finished.stdout, finished.stderr), (0, "", ""), "status, stdout and stderr")
    program.match(program.records(text)[0], GRACEFUL)
    true(stat.S_ISFIFO(path.stat().st_mode), "no FIFO any more")


# What is asked for


def check_help(bench):
    client = bench.add(Alone()).client
    for option, word in (("--help", "Usage"), ("-h", "Usage"), ("--version", "tcpshake"), ("-V", "tcpshake")):
        finished = program.shake(client, option)
        same((finished.status, finished.stderr), (0, ""), f"status and stderr of {option}")
        true(word.lower() in finished.stdout.lower(), f"{option} says {finished.stdout[:200]!r}")


def check_quiet(bench):
    """-q leaves the summary, -qq nothing but the status: warnings neither."""
    client, server = _open_port(bench)
    operands = ("-c", "2", "-i", "0.01", "--time-wait", "0", server.address, server.port)
    summary = program.shake(client, "-q", *operands)
    true("--- " in summary.stdout and summary.stdout.count("\n") <= 6, f"-q says {summary.stdout!r}")
    nothing = program.shake(client, "-qq", *operands)
    same((nothing.status, nothing.stdout, nothing.stderr), (0, "", ""), "status and output of -qq")
    recording = bench.path("run.pcapng")
    program.shake(client, "-qq", "-w", recording, *operands)
    reading = ("-r", recording, f"port {server.port} and src port 1")
    warning = f"tcpshake: {recording}: no TCP connection found that the filter selects\n"
    same(program.shake(client, *reading).stderr, warning, "a warning")
    nothing = program.shake(client, "-qq", *reading)
    same((nothing.status, nothing.stdout, nothing.stderr), (1, "", ""), "status and output of -qq without the warning")


def check_max_rtt(bench):
    """A handshake that is slower than --max-rtt counts as failure, live and in the replay."""
    client, server = _open_port(bench)
    run = program.probe(bench, client, server.address, server.port, status=1, judge=("--max-rtt", "0.000001"))
    program.match(run.only, {"port_state": "open", "ok": False})
    program.probe(bench, client, server.address, server.port, judge=("--max-rtt", "5000"))


def check_ascii(bench):
    """--ascii, and a locale that knows no UTF-8, keep to ASCII."""
    client, server = _open_port(bench)
    operands = ("--time-wait", "0", server.address, server.port)
    arrows = program.shake(client, *operands).stdout
    true(not arrows.isascii(), f"no arrows in {arrows!r}")
    true(program.shake(client, "--ascii", *operands).stdout.isascii(), "--ascii is not ASCII")
    plain = program.shake(client, *operands, environment={"LC_ALL": "C"})
    true(plain.stdout.isascii(), f"not ASCII in the C locale: {plain.stdout!r}")


def check_width(bench):
    """The ladder fits 80 columns."""
    client, server = _open_port(bench)
    for line in program.shake(client, "--time-wait", "0", server.address, server.port).stdout.splitlines():
        true(len(line) <= 80, f"{len(line)} columns: {line}")


def check_color(bench):
    """Colour on demand alone where there is no terminal, and NO_COLOR is obeyed."""
    client, server = _open_port(bench)
    operands = ("--time-wait", "0", server.address, server.port)
    for arguments, environment, coloured in ((("--color=always",), {}, True), ((), {}, False),
                                             (("--color=auto",), {"NO_COLOR": "1"}, False)):
        output = program.shake(client, *arguments, *operands, environment=environment).stdout
        same("\x1b[" in output, coloured, f"colour with {arguments} and {environment}")


def check_demo(bench):
    """--demo needs no server and no network."""
    finished = program.shake(bench.add(Alone()).client, "--demo")
    same((finished.status, finished.stderr), (0, ""), "status and stderr")
    states = re.findall(r"\b(?:[A-Z]+_)*[A-Z]{4,}(?:_[0-9A-Z]+)*\b", finished.stdout)
    true(set(states) >= {"CLOSED", "LISTEN", "SYN_SENT", "SYN_RCVD", "ESTABLISHED", "FIN_WAIT_1", "FIN_WAIT_2",
                         "CLOSE_WAIT", "LAST_ACK", "TIME_WAIT"}, f"--demo shows {states}")
    true("four segments" in finished.stdout and "PSH+ACK seq 1:17" in finished.stdout, f"--demo: {finished.stdout!r}")
    over = re.search(r"^ *[0-9.]+  CLOSED +TIME_WAIT ended after ([0-9]+)\.[0-9]{3} ms instead of 2 MSL$", finished.stdout,
                     re.MULTILINE)
    true(over and 500 <= int(over[1]) < 5000, f"no end of TIME_WAIT in {finished.stdout!r}")


BODIES = [check_missing, check_directory, check_filter, check_standard_input, check_full_disk, check_disk_fills_up,
          check_disk_fills_up_and_list_is_bad, check_full_stdout, check_closed_stdout, check_closed_pipe, check_output_file,
          check_output_fifo, check_help, check_quiet, check_max_rtt, check_ascii, check_width, check_color, check_demo, check_privileged_port]

CASES = [
    *(Case(bad.name, partial(check_bad, bad=bad)) for bad in BAD_USAGE),
    *(Case(f"capture-{name}", partial(check_capture, content=content, connections=connections))
      for name, content, connections in CAPTURES),
    *(Case(body.__name__.removeprefix("check_").replace("_", "-"), body) for body in BODIES),
]

if __name__ == "__main__":
    tap.main(CASES, prepare=program.path)
