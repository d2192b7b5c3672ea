#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What strangers choose (names, comments, interfaces, banners, paths) drives no terminal, whatever the format."""

import re
import struct
import unicodedata
from functools import partial

from lab import packet, program, servers, tap
from lab.servers import Server
from lab.tap import Case, Failure, same, true
from lab.topology import CLIENT, SERVER, Alone, Pair

# A title, colours, a clear screen, by ESC and by the one-octet CSI; a line and its end; a reversal; nothing to see.
HOSTILE = b"\x1b]0;owned\x07\x1b[2J\x1b[31mred\x9b31m\xc2\x9b31m\r\n\x08\x7f\xe2\x80\xae\xe2\x80\x8b\xff<b>'\"&|%s%n"


def _formats(namespace):
    """Every format that the program has, by its own word."""
    text = " ".join(program.shake(namespace, "--help").stdout.split())
    words = re.search(r"--format NAME ([a-z, ]+?) ?\[", text)[1]
    return [word for word in re.split(r",? (?:or )?|, ", words) if word]


# A recording of ours, as nobody of ours would write it


def _option(code, value):
    return struct.pack("=HH", code, len(value)) + value + bytes(-len(value) % 4)


def _block(kind, body):
    return struct.pack("=II", kind, 12 + len(body)) + body + struct.pack("=I", 12 + len(body))


def _recording(segments, name, comments):
    """pcapng of raw IP that says it is ours; each segment with its comment."""
    out = _block(0x0A0D0D0A, struct.pack("=IHHq", 0x1A2B3C4D, 1, 0, -1) + _option(4, b"tcpshake 0.1.0") + bytes(4))
    out += _block(1, struct.pack("=HHI", 101, 0, 512) + _option(2, name) + _option(9, b"\x09") + bytes(4))
    for number, (segment, comment) in enumerate(zip(segments, comments)):
        data = segment.encode()
        fixed = struct.pack("=IIIII", 0, 400000000, number * 1000000, len(data), len(data))
        out += _block(6, fixed + data + bytes(-len(data) % 4) + _option(1, comment) + bytes(4))
    return out


def _exchange(port):
    there = partial(packet.Segment, CLIENT[4], SERVER[4], 40000 + port, port)
    back = partial(packet.Segment, SERVER[4], CLIENT[4], port, 40000 + port)
    return [there(1, 0, "S"), back(500, 2, "SA"), there(2, 501, "A"), back(501, 2, "PA", payload=HOSTILE),
            there(2, 501 + len(HOSTILE), "RA")]


def check_harmless(what, text):
    """Nothing in a text but printable characters and line ends."""
    if "\ufffd" in text:
        raise Failure(f"{what}: no UTF-8 in {text!r}")
    for character in text:
        if character != "\n" and unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
            raise Failure(f"{what}: {character!r} in {text!r}")


def check_recording(bench, connections):
    """A recording whose names are attacks, in every format, at every verbosity."""
    alone = bench.add(Alone())
    path = bench.path("hostile.pcapng")
    segments = [segment for port in range(1, connections + 1) for segment in _exchange(port)]
    target = b"tcpshake: target=" + HOSTILE
    path.write_bytes(_recording(segments, HOSTILE, [target] * len(segments)))
    formats = _formats(alone.client)
    true(len(formats) >= 6 and "json" in formats, f"formats {formats}")
    named = 0
    for name in formats:
        for more in ((), ("-v",), ("-q",), ("--ascii",)):
            for locale in ("C.UTF-8", "C"):
                run = program.shake(alone.client, "-r", path, "--format", name, *more,
                                    environment={"LC_ALL": locale})
                what = f"{name} {' '.join(more)} in {locale}"
                check_harmless(f"stdout of {what}", run.stdout)
                check_harmless(f"stderr of {what}", run.stderr)
                named += "owned" in run.stdout
                if name in ("text", "table") and (locale == "C" or "--ascii" in more):
                    true(run.stdout.isascii(), f"{what}: {run.stdout!r}")
    true(named >= len(formats), "the names are not there at all")


def check_several(bench):
    """Two recordings, with what is told of their reading."""
    alone = bench.add(Alone())
    path = bench.path("hostile.pcapng")
    ports = range(1, 4)
    segments = [segment for port in ports for segment in _exchange(port)]
    path.write_bytes(_recording(segments, HOSTILE, [b"tcpshake: target=" + HOSTILE] * len(segments)))
    run = program.shake(alone.client, "-v", "-r", path, "-r", path)
    check_harmless("stdout", run.stdout)
    check_harmless("stderr", run.stderr)


# Words on the command line, which scripts take from elsewhere

WORD = HOSTILE.replace(b"/", b"").decode("utf-8", "surrogateescape")
WORDS = {
    "target": (WORD, "80"),
    "target-with-port": (WORD + ":80",),
    "port": (SERVER[4], WORD),
    "list": ("-p", WORD, SERVER[4]),
    "interface": ("-I", WORD, SERVER[4], "80"),
    "source": ("-S", WORD, SERVER[4], "80"),
    "count": ("-c", WORD, SERVER[4], "80"),
    "expect": ("--expect", WORD, SERVER[4], "80"),
    "format": ("--format", WORD, SERVER[4], "80"),
    "send": ("--send", "\\q" + WORD, SERVER[4], "80"),
    "option": ("--" + WORD, SERVER[4], "80"),
    "read": ("-r", WORD),
    "write": ("-w", "/nonexistent/" + WORD, SERVER[4], "80"),
    "output": ("-o", "/nonexistent/" + WORD, SERVER[4], "80"),
    "filter": ("-r", "/dev/null", "host", WORD),
}


def check_word(bench, arguments):
    """The error names the word, and is one harmless line."""
    pair = bench.add(Pair())
    finished = program.shake(pair.client, *arguments)
    true(finished.status in (2, 3), f"exit status {finished.status}")
    same(finished.stdout, "", "stdout")
    same(finished.stderr.count("\n"), 1, f"lines of {finished.stderr!r}")
    check_harmless("stderr", finished.stderr)


def check_paths(bench):
    """A file with such a name, good and bad."""
    alone = bench.add(Alone())
    good, bad = bench.path(WORD), bench.path("bad" + WORD)
    good.write_bytes(_recording(_exchange(1), b"eth0", [b""] * 5))
    bad.write_bytes(_recording(_exchange(1), b"eth0", [b""] * 5)[:-30])
    for path in (good, bad):
        run = program.shake(alone.client, "-v", "-r", path, "udp")
        check_harmless("stdout", run.stdout)
        check_harmless("stderr", run.stderr)
        true("owned" in run.stderr, f"{run.stderr!r}")


def check_banner(bench):
    """What a server says is counted, never shown."""
    pair = bench.add(Pair())

    def speak(connection, server):
        connection.sendall(HOSTILE)
        servers.sink(connection, server)

    server = bench.add(Server(pair.server, SERVER[4], speak))
    for name in _formats(pair.client):
        run = program.shake(pair.client, "-v", "--hold", "0.2", "--format", name, SERVER[4], server.port)
        same(run.status, 0, f"status of {name} with {run.stderr!r}")
        check_harmless(name, run.stdout + run.stderr)
        true("owned" not in run.stdout, f"{name} shows the banner: {run.stdout!r}")


CASES = [
    Case("recording-of-one", partial(check_recording, connections=1)),
    Case("recording-of-several", partial(check_recording, connections=3)),
    Case("several-recordings", check_several),
    Case("paths", check_paths),
    Case("banner", check_banner),
    *(Case(f"word-{name}", partial(check_word, arguments=arguments)) for name, arguments in WORDS.items()),
]

if __name__ == "__main__":
    tap.main(CASES, prepare=program.path)
