#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Completions in the real shells: a line typed on a terminal, the key TAB, and what the command was then given."""

import os
import pathlib
import pty
import re
import select
import shutil
import signal
import time
from functools import partial
from typing import NamedTuple

from lab import tap
from lab.tap import Case, Failure, Skip, same

MADE = pathlib.Path(os.environ.get("top_builddir", "build")).resolve() / "completions"
PATIENCE = 20.0  # seconds, for a shell to start and to answer


class Shell(NamedTuple):
    """How a shell starts without anybody's configuration, and how it is told of the completion.

    The command that is completed prints its arguments, a pair of angle brackets around each.
    """

    argv: tuple
    setup: str
    command: str


SHELLS = {
    "bash": Shell(("bash", "--norc", "--noprofile", "-i"), f"source '{MADE}/tcpshake'",
                  "tcpshake() { printf '<%s>' \"$@\"; echo '<end>'; }"),
    "zsh": Shell(("zsh", "-f", "-i"), f"fpath=('{MADE}' $fpath); autoload -Uz compinit; compinit -u -D",
                 "tcpshake() { printf '<%s>' \"$@\"; echo '<end>'; }"),
    "fish": Shell(("fish", "--no-config", "-i"), f"source '{MADE}/tcpshake.fish'",
                  "function tcpshake; printf '<%s>' $argv; echo '<end>'; end"),
}

LINES = {  # what is typed, and the arguments that the command gets
    "option": ("--half\t", ["--half-open"]),
    "short-then-option": ("-4 --ful --asc\t", ["-4", "--ful", "--ascii"]),
    "word": ("--color al\t", ["--color", "always"]),
    "word-after-equals": ("--color=ne\t", ["--color=never"]),
    "format": ("--format te\t", ["--format", "text"]),
    "list": ("--expect open,clo\t", ["--expect", "open,closed"]),
    "file": ("-r capture-of-m\t", ["-r", "capture-of-monday.pcap"]),
    "file-with-blank": ("--write 'some capture'\t", ["--write", "some capture.pcap"]),
    "interface": ("-I l\t", ["-I", "lo"]),
}


class Terminal:
    """A shell on a pseudo-terminal of its own."""

    def __init__(self, shell, directory):
        self._seen = b""
        self._pid, self._end = pty.fork()
        if self._pid == 0:
            try:
                os.chdir(directory)
                os.execvpe(shell.argv[0], shell.argv,
                           {"HOME": str(directory), "PATH": os.environ["PATH"], "TERM": "xterm", "LC_ALL": "C.UTF-8",
                            "PS1": "$ ", "COLUMNS": "200", "LINES": "40"})
            finally:
                os._exit(127)

    def type(self, text):
        os.write(self._end, text.encode())

    def until(self, pattern):
        """Reads until the pattern has been printed, and returns its match."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            found = re.search(pattern, self._seen)
            if found:
                self._seen = self._seen[found.end():]
                return found
            if select.select([self._end], [], [], 0.1)[0]:
                self._seen += os.read(self._end, 65536)
        raise Failure(f"nothing like {pattern!r} in {self._seen!r}")

    def close(self):
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)
        os.close(self._end)


def check(bench, name, line):
    shell = SHELLS[name]
    if not shutil.which(shell.argv[0]):
        raise Skip(f"{name} was not found")
    if not MADE.is_dir():
        raise Skip("the completions were not made: the build is for another machine")
    for file in ("capture-of-monday.pcap", "some capture.pcap"):
        bench.path(file).touch()
    typed, wanted = LINES[line]
    terminal = bench.add(Terminal(shell, bench.directory))
    terminal.type(f"{shell.setup}\r{shell.command}\recho re''ady\r")
    terminal.until(rb"\bready\r")
    terminal.type(f"tcpshake {typed}\r")
    printed = terminal.until(rb"((?:<[^<>\r\n]*>)+)<end>")[1].decode()
    same(re.findall("<(.*?)>", printed), wanted, "arguments")


CASES = [Case(f"{shell}-{line}", partial(check, name=shell, line=line)) for shell in SHELLS for line in LINES]

if __name__ == "__main__":
    tap.main(CASES)
