#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What people see: ladders that fit, a table that is redrawn in place, progress, and a terminal left clean."""

import os
import re
import signal
import threading
import time
from functools import partial

from lab import program, servers, tap
from lab.program import TOP
from lab.servers import Server
from lab.tap import Case, same, true
from lab.terminal import Terminal
from lab.topology import SERVER, Pair, Topology

PCAPS = TOP / "pcaps"
DROP = "table inet lab { chain in { type filter hook input priority 0; tcp dport 81 drop; }; }"
RUN = ["-c", "0", "-i", "0.2", "-W", "1", "--time-wait", "0.1"]


def clean(terminal, what):
    """The terminal is as a shell wants it back."""
    true(terminal.trouble is None, f"{what}: {terminal.trouble}")
    screen = terminal.screen
    true(screen.cursor and not screen.alternate, f"{what}: cursor {screen.cursor}, alternate {screen.alternate}")
    same(screen.column, 0, f"{what}: column of the cursor")


def read(bench, name, *arguments, **options):
    """The screen of a program that reads a recording."""
    place = bench.add(Topology())
    terminal = bench.add(Terminal(place.client, [program.path(), "-r", PCAPS / name, *arguments], **options))
    terminal.wait()
    clean(terminal, "at the end")
    return terminal


def check_width(bench, columns, arrows):
    """Nothing is wrapped by the terminal, and what there is room for is used."""
    for name in ("lossy-v4.pcapng", "four-segment-v6.pcapng", "addr-unreachable-v6.pcapng", "ports-v4.pcapng",
                 "several-v4.pcapng"):
        terminal = read(bench, name, columns=columns, rows=200)
        same(terminal.screen.wrapped, 0, f"{name}: lines that the terminal wrapped")
        if name.startswith("lossy"):
            same("─▶" in terminal.text(), arrows, f"{name}: arrows at {columns} columns")
            true("┆" in terminal.text(), f"{name}: no silence")
    longest = max(len(line) for line in read(bench, "ports-v4.pcapng", columns=columns).screen.lines)
    true(columns < 90 or longest > 80, f"{longest} of {columns} columns are used")


def check_size(bench):
    """The terminal's own size counts, COLUMNS is for those that have none and for pipes, which else get all."""
    wide = {"COLUMNS": "200", "LINES": "50"}
    terminal = read(bench, "lossy-v4.pcapng", columns=30, environment=wide)
    true("─▶" not in terminal.text(), "COLUMNS was believed")
    terminal = read(bench, "ports-v4.pcapng", columns=0, rows=0, environment={**wide})
    true(any("total ms" in line for line in terminal.screen.main), "COLUMNS was not believed")
    place = bench.add(Topology())
    for width, last in (("80", "by"), ("30", "handshake"), (None, "total ms")):
        piped = program.shake(place.client, "-r", PCAPS / "ports-v4.pcapng", environment={"COLUMNS": width} if width else {})
        true(piped.stdout.splitlines()[0].endswith(last), f"a pipe with COLUMNS={width}: {piped.stdout[:200]!r}")


def check_plain(bench, environment, colors, ascii_alone):
    """What the environment asks for: colours, characters."""
    terminal = read(bench, "lossy-v4.pcapng", environment=environment)
    same(terminal.screen.colors > 0, colors, f"colours with {environment}")
    same(terminal.text().isascii(), ascii_alone, f"ASCII alone with {environment}")
    true("retransmission" in terminal.text(), "the figure is not there")


class Lab:
    """A client with a terminal, and a server with an open, a silent and a closed port."""

    def __init__(self, bench, *arguments, targets=None, shell=(), **options):
        pair = bench.add(Pair())
        pair.server.nft(DROP)
        self.client = pair.client
        self.server = bench.add(Server(pair.server, SERVER[4], servers.sink))
        targets = targets or [f"{SERVER[4]}:{port}" for port in (self.server.port, 81, 82)]
        self.terminal = bench.add(Terminal(pair.client, [*shell, program.path(), *arguments, *targets],
                                           **options))


def shown(screen):
    return screen.alternate and any("% " in line for line in screen.lines)


def check_table(bench):
    """Many targets: redrawn in place, counted, and at the end as lines with the summaries."""
    lab = Lab(bench, *RUN)
    terminal = lab.terminal
    terminal.look(shown, "the table")
    terminal.look(lambda screen: any(sum(map(line.count, "▁▂▃▄▅▆▇█")) >= 8 for line in screen.lines),
                  "a sparkline that grows")
    terminal.look(lambda screen: any("filtered" in line and "100.0%" in line and "×" in line for line in screen.lines),
                  "the silent port")
    true(not terminal.screen.cursor, "the cursor is in the way")
    terminal.type("\x03")
    same(terminal.wait(), 1, "exit status")
    clean(terminal, "after Ctrl-C")
    text = terminal.text()
    true("target " in text and "closed" in text and "--- all ---" in text, f"no table or summary: {text}")
    same(text.count("target "), 1, "tables at the end")
    same(terminal.screen.wrapped, 0, "lines that the terminal wrapped")


def check_resize(bench):
    """The table follows the size of the screen, down to 20 by 5 and back."""
    targets = [f"{SERVER[4]}:{port}" for port in range(1000, 1060)]
    terminal = Lab(bench, "-c", "0", "-i", "60", targets=targets, columns=100, rows=40).terminal
    terminal.look(lambda screen: shown(screen) and len(screen.lines) == 40, "forty lines")
    terminal.look(lambda screen: any("60 targets, 38 shown: 60 closed" in line for line in screen.lines), "the last line")
    for columns, rows in ((20, 5), (300, 62), (80, 24)):
        terminal.resize(columns, rows)
        terminal.look(lambda screen, rows=rows: len(screen.lines) == rows, f"{rows} lines")
        terminal.look(lambda screen, columns=columns: max(map(len, screen.lines)) <= columns, f"{columns} columns")
    terminal.type("\x03")
    terminal.wait()
    clean(terminal, "after Ctrl-C")
    same(terminal.screen.wrapped, 0, "lines that the terminal wrapped")


def check_suspend(bench):
    """Ctrl-Z gives the terminal back before the program stops; later the table is there again."""
    shell = ["sh", "-mc", '"$@"; echo stopped; read -r _; fg', "sh"]
    terminal = Lab(bench, *RUN, shell=shell).terminal
    terminal.look(shown, "the table")
    terminal.type("\x1a")
    terminal.look(lambda screen: not screen.alternate and screen.cursor and "stopped" in screen.lines,
                  "a clean stop")
    terminal.type("\n")
    terminal.look(shown, "the table again")
    terminal.type("\x03")
    terminal.wait()
    clean(terminal, "after Ctrl-C")


def check_second_interrupt(bench):
    """Whoever presses Ctrl-C twice has a clean terminal too. Two targets have a table."""
    terminal = Lab(bench, *RUN, targets=[f"{SERVER[4]}:81", f"{SERVER[4]}:82"]).terminal
    terminal.look(shown, "the table")
    terminal.type("\x03\x03")
    terminal.wait()
    clean(terminal, "after two Ctrl-C")


def check_interim(bench):
    """SIGQUIT's summary is not drawn over: it is there when the table is gone."""
    terminal = Lab(bench, *RUN).terminal
    terminal.look(shown, "the table")
    terminal.type("\x1c")
    terminal.look(shown, "the table again")
    terminal.type("\x03")
    terminal.wait()
    clean(terminal, "after Ctrl-C")
    same(terminal.text().count("--- all ---"), 2, "summaries")


def check_warning(bench):
    """What is said on standard error meanwhile is still there when the table is gone, on a line of its own."""
    lab = Lab(bench, *RUN)
    lab.terminal.look(shown, "the table")
    lab.client.nft("table inet lab { chain out { type filter hook output priority 0; tcp dport 82 drop; }; }")
    lab.terminal.look(lambda screen: any(":82 " in line and "filtered" in line for line in screen.lines),
                      "the local firewall")
    lab.terminal.type("\x03")
    lab.terminal.wait()
    clean(lab.terminal, "after Ctrl-C")
    true(any(line.startswith("tcpshake: ") for line in lab.terminal.screen.lines),
         f"no warning in {lab.terminal.text()}")


def check_short(bench):
    """A run that is over within a second shows no table on the way, but has one at the end. On a busy machine it may
    take longer: then it is repeated."""
    for _ in range(10):
        terminal, began = Lab(bench, "-W", "0.3", "--time-wait", "0.05").terminal, time.monotonic()
        seen = []
        while terminal.running:
            seen.append(terminal.screen.alternate)
            time.sleep(0.01)
        elapsed = time.monotonic() - began
        terminal.wait()
        if elapsed < 1:
            break
    clean(terminal, "at the end")
    true(elapsed < 1, "it always took longer")
    true(not any(seen), "the screen changed")
    true("3 connections: 1 open, 1 closed, 1 filtered" in terminal.text(), f"no summary: {terminal.text()}")


def check_dumb(bench, environment, arguments=()):
    """Where nothing can be redrawn there is a line for each connection, and no sequence."""
    def attempt(seconds):
        terminal = Lab(bench, *RUN, "--deadline", str(seconds), *arguments, environment=environment).terminal
        terminal.wait()
        clean(terminal, "at the end")
        return terminal

    terminal = program.in_time(attempt, lambda terminal: terminal.text().count("open") > 5, 1.6)
    same(terminal.screen.sequences > 0, "TERM" not in environment, "sequences")


def check_looks(bench, arguments, environment, colors, ascii_alone):
    """--color, NO_COLOR, --ascii and the locale apply to the table."""
    terminal = Lab(bench, *RUN, *arguments, environment=environment).terminal
    terminal.look(shown, "the table")
    same(terminal.screen.colors > 0, colors, "colours")
    same(terminal.text().isascii(), ascii_alone, f"ASCII alone in {terminal.text()}")
    terminal.type("\x03")
    terminal.wait()
    clean(terminal, "after Ctrl-C")


def check_hostile(bench):
    """A name that would drive a terminal is resolved or refused, and never passed through."""
    terminal = Lab(bench, "-n", targets=["\x1b]0;owned\x07\x1b[2J:80", "192.0.2.2:81"]).terminal
    terminal.wait()
    clean(terminal, "at the end")
    true("\\x1b" in terminal.text(), f"no escaped name in {terminal.text()}")


def check_piped(bench):
    """Into a pipe go lines; progress stays on the terminal, and is gone at the end."""
    reader, writer = os.pipe()
    terminal = Lab(bench, *RUN, "--deadline", "2.5", stdout=writer).terminal
    os.close(writer)
    terminal.look(lambda screen: any("connections" in line for line in screen.lines), "progress")
    terminal.wait()
    clean(terminal, "at the end")
    same(terminal.text().strip(), "", "what is left on the terminal")
    with os.fdopen(reader, encoding="utf-8") as piped:
        text = piped.read()
    true("\x1b" not in text and "open" in text and "--- all ---" in text, f"the pipe has {text[:300]!r}")


def check_progress_of_many(bench):
    """Many targets: done, to go, time left, rate, in flight and port states."""
    reader, writer = os.pipe()
    targets = [f"{SERVER[4]}:{port}" for port in range(1000, 1400)] + [f"{SERVER[4]}:81"]
    terminal = Lab(bench, "--rate", "100", "-W", "2.5", "-q", targets=targets, columns=120, stdout=writer).terminal
    os.close(writer)
    pattern = re.compile(r"connections: \d+ done, \d+ to go, 0:00:\d\d left, \d+/s, \d+ in flight: 0 open, \d+ closed$")
    terminal.look(lambda screen: any(pattern.match(line) for line in screen.lines), "the progress line")
    same(terminal.wait(), 1, "exit status")
    clean(terminal, "at the end")
    same(terminal.text().strip(), "", "what is left on the terminal")
    with os.fdopen(reader, encoding="utf-8") as piped:
        true("--- all ---\n401 connections" in piped.read(), "no summary")


def check_progress_not_piped(bench):
    """Into a pipe goes no progress."""
    reader, writer = os.pipe()
    terminal = Lab(bench, "-W", "2", targets=[f"{SERVER[4]}:81"], stderr=writer).terminal
    os.close(writer)
    same(terminal.wait(), 1, "exit status")
    with os.fdopen(reader, "rb") as piped:
        same(piped.read(), b"", "what came through the pipe")


def check_progress_alone(bench):
    """One connection that takes its time, on a terminal that cannot redraw the figure."""
    reader, writer = os.pipe()
    terminal = Lab(bench, "-W", "2", targets=[f"{SERVER[4]}:81"], stdout=writer).terminal
    os.close(writer)
    terminal.look(lambda screen: any("0 of 1 connection" in line for line in screen.lines), "progress")
    same(terminal.wait(), 1, "exit status")
    clean(terminal, "at the end")
    same(terminal.text().strip(), "", "what is left on the terminal")
    with os.fdopen(reader, encoding="utf-8") as piped:
        text = piped.read()
    true("\x1b" not in text and "no answer to 2 SYNs" in text, f"the pipe has {text!r}")


def sent(screen, syns):
    """The figure shows so many SYNs."""
    return sum("SYN seq 0" in line for line in screen.lines) == syns


def latest_ms(screen):
    """The time of the last row."""
    return float(screen.lines[-1].split()[0])


def whole(terminal, before, what):
    """The screen has what it had before and one report, line by line, and nothing else."""
    terminal.wait()
    clean(terminal, what)
    lines = terminal.text().splitlines()
    same(lines[:len(before)], before, f"{what}: what was there before")
    report = lines[len(before):]
    true(report[0].startswith(f"{SERVER[4]} port 81, from ") and report[1] == "", f"{what}: no heading in {report}")
    verdict = f"{SERVER[4]}:81 filtered (no-response)"
    true(verdict in report, f"{what}: no verdict in {report}")
    same([line for line in report if "port 81, from" in line or "client  " in line or "filtered (" in line],
         [report[0], report[2], verdict], f"{what}: what is left of earlier figures")
    return report


SILENT = ["-W", "3.6", f"{SERVER[4]}:81"]
SHELL = ["sh", "-c", 'seq "$0"; exec "$@"']


TRIES = 4


def look_at_once(terminal):
    """Insists that what was sent is shown soon."""
    terminal.look(lambda screen: sent(screen, 1), "the SYN", limit=0.5 + 0.5)  # to start takes its time, too
    begun = time.monotonic()
    terminal.look(lambda screen: sent(screen, 2), "the second SYN", limit=1.5)
    true(not terminal.screen.cursor, "the cursor is in the way")
    true(0.3 < time.monotonic() - begun, "the second SYN was not waited for")
    terminal.look(lambda screen: "! retransmission" in screen.lines[-1], "a row of its own", limit=1)
    terminal.look(lambda screen: latest_ms(screen) > 2900, "the third", limit=3)


def check_figure(bench, lines, rows):
    """One connection: its SYN is shown at once, each retransmission when it is sent, at any place of the screen."""
    for attempt in range(TRIES):
        terminal = Lab(bench, targets=SILENT, shell=[*SHELL, str(lines)], rows=rows).terminal
        try:
            look_at_once(terminal)
            break
        except TimeoutError:  # of a busy machine
            if attempt + 1 == TRIES:
                raise
    report = whole(terminal, [str(line) for line in range(1, lines + 1)], "at the end")
    same(sum("SYN seq 0" in line for line in report), 3, "SYNs")
    same(terminal.screen.wrapped, 0, "lines that the terminal wrapped")


def check_figure_resized(bench):
    """A new size, narrower than its lines, lower than all of them, and back."""
    terminal = Lab(bench, targets=SILENT, shell=[*SHELL, "10"]).terminal
    for syns, columns, rows in ((1, 40, 24), (2, 120, 5), (2, 80, 24)):
        terminal.look(lambda screen, syns=syns: sent(screen, syns) or len(screen.main) > 30, f"{syns} SYNs")
        terminal.resize(columns, rows)
        time.sleep(0.5)
    whole(terminal, [str(line) for line in range(1, 11)], "at the end")


def check_figure_typed_over(bench):
    """What is typed meanwhile is echoed, and gone at the end."""
    terminal = Lab(bench, targets=SILENT, shell=[*SHELL, "3"]).terminal
    terminal.look(lambda screen: sent(screen, 1), "the SYN")
    terminal.type("\nhello")
    whole(terminal, ["1", "2", "3"], "at the end")


def check_figure_suspended(bench):
    """Ctrl-Z takes the figure away before the program stops."""
    shell = ["sh", "-mc", '"$@"; echo stopped; read -r _; fg', "sh"]
    terminal = Lab(bench, targets=SILENT, shell=shell).terminal
    terminal.look(lambda screen: sent(screen, 1), "the SYN")
    terminal.type("\x1a")
    terminal.look(lambda screen: screen.cursor and "stopped" in screen.lines and sent(screen, 0), "a clean stop")
    terminal.type("\n")
    terminal.look(lambda screen: not screen.cursor and not sent(screen, 0), "the figure again")
    terminal.wait()
    clean(terminal, "at the end")
    same(terminal.text().count("client "), 1, "figures at the end")


def check_figure_interrupted(bench, keys):
    """Ctrl-C, once or twice: the report is there, and nothing else."""
    terminal = Lab(bench, targets=SILENT).terminal
    terminal.look(lambda screen: sent(screen, 2), "the second SYN")
    terminal.type(keys)
    whole(terminal, [], "after Ctrl-C")


def check_quiet(bench):
    """-qq says nothing, to terminals neither."""
    terminal = Lab(bench, "-qq", *RUN, "--deadline", "1.6").terminal
    terminal.wait()
    same((terminal.text(), terminal.screen.sequences), ("", 0), "what is on the terminal")


def check_reading(bench):
    """A long capture: how much was read, on the terminal alone, gone at the end."""
    place = bench.add(Topology())
    fifo, data = bench.path("slow.pcapng"), (PCAPS / "several-v4.pcapng").read_bytes()
    os.mkfifo(fifo)
    terminal = bench.add(Terminal(place.client, [program.path(), "-q", "-r", fifo, "-r", PCAPS / "lossy-v4.pcapng"]))

    def write():
        with open(fifo, "wb") as out:
            for at in range(0, len(data), 200):
                out.write(data[at:at + 200])
                out.flush()
                time.sleep(0.2)

    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    terminal.look(lambda screen: any("slow.pcapng: 0.0 MB" in line for line in screen.lines), "progress of the pipe")
    same(terminal.wait(30), 0, "exit status")
    writer.join(5)
    clean(terminal, "at the end")
    true("MB" not in terminal.text(), f"progress is left in {terminal.text()}")
    true("6 connections" in terminal.text(), f"no summary in {terminal.text()}")


CASES = [
    *[Case(f"width-{columns}", partial(check_width, columns=columns, arrows=columns >= 55))
      for columns in (20, 40, 54, 60, 80, 132, 250)],
    Case("size", check_size),
    Case("plain", partial(check_plain, environment={}, colors=True, ascii_alone=False)),
    Case("plain-no-term", partial(check_plain, environment={"TERM": None}, colors=False, ascii_alone=False)),
    Case("plain-dumb", partial(check_plain, environment={"TERM": "dumb"}, colors=False, ascii_alone=False)),
    Case("plain-no-color", partial(check_plain, environment={"NO_COLOR": "1"}, colors=False, ascii_alone=False)),
    Case("plain-c-locale", partial(check_plain, environment={"LC_ALL": "C"}, colors=True, ascii_alone=True)),
    Case("table", check_table),
    Case("table-resize", check_resize),
    Case("table-suspend", check_suspend),
    Case("table-second-interrupt", check_second_interrupt),
    Case("table-interim", check_interim),
    Case("table-warning", check_warning),
    Case("table-short-run", check_short),
    Case("table-dumb", partial(check_dumb, environment={"TERM": "dumb"})),
    Case("table-no-term", partial(check_dumb, environment={"TERM": None})),
    Case("table-stamped", partial(check_dumb, environment={}, arguments=["-D"])),
    Case("table-plain", partial(check_looks, arguments=[], environment={}, colors=True, ascii_alone=False)),
    Case("table-no-color", partial(check_looks, arguments=[], environment={"NO_COLOR": "1"}, colors=False,
                                   ascii_alone=False)),
    Case("table-color-never", partial(check_looks, arguments=["--color=never", "--ascii"], environment={},
                                      colors=False, ascii_alone=True)),
    Case("table-c-locale", partial(check_looks, arguments=[], environment={"LC_ALL": "C"}, colors=True,
                                   ascii_alone=True)),
    Case("hostile-name", check_hostile),
    Case("progress-piped", check_piped),
    Case("progress-of-many", check_progress_of_many),
    Case("progress-not-piped", check_progress_not_piped),
    Case("progress-alone", check_progress_alone),
    Case("figure", partial(check_figure, lines=0, rows=24)),
    Case("figure-at-the-bottom", partial(check_figure, lines=23, rows=24)),
    Case("figure-higher-than-the-screen", partial(check_figure, lines=3, rows=6)),
    Case("figure-resized", check_figure_resized),
    Case("figure-typed-over", check_figure_typed_over),
    Case("figure-suspended", check_figure_suspended),
    Case("figure-interrupted", partial(check_figure_interrupted, keys="\x03")),
    Case("figure-interrupted-twice", partial(check_figure_interrupted, keys="\x03\x03")),
    Case("progress-reading", check_reading),
    Case("quiet", check_quiet),
]

if __name__ == "__main__":
    tap.main(CASES, prepare=program.path)
