# SPDX-License-Identifier: BSD-2-Clause
"""A terminal: a pseudo-terminal with a process on it, and the screen that its output makes."""

import codecs
import fcntl
import os
import re
import signal
import struct
import subprocess
import termios
import threading
import time
import unicodedata

from .process import _environment

SEQUENCE = re.compile(r"\x1b(?:\[(\??)([0-9;]*)([A-Za-z])|([78]))")


class Screen:
    """What the sequences of ECMA-48 that the program uses do to a screen. Others raise ValueError."""

    def __init__(self, columns, rows):
        self.columns, self.rows = columns, rows
        self.main, self.other = [""], None  # lines; the main ones go back as far as there are any
        self.row = self.column = self.top = 0  # the first line of the main ones that is on the screen
        self.kept = (0, 0)
        self.cursor, self.wrapped, self.colors, self.sequences = True, 0, 0, 0
        self._rest = ""

    @property
    def lines(self):
        """The lines of the screen in use; of the main one, also those that were scrolled off."""
        return [line.rstrip() for line in (self.main if self.other is None else self.other)]

    @property
    def alternate(self):
        return self.other is not None

    def resize(self, columns, rows):
        """As most terminals do: long lines become several, the cursor stays at its character and on the screen."""
        self.columns, self.rows = columns, rows
        if self.other is not None:
            return
        before = self.row
        pieces = [[line[at:at + columns] for at in range(0, max(len(line.rstrip()), 1), columns)] for line in self.main]
        self.row = sum(len(lines) for lines in pieces[:before]) + self.column // columns
        self.column %= columns
        self.main = [piece for lines in pieces for piece in lines]
        self.top = max(0, min(self.row, len(self.main) - rows))
        del self.main[self.top + rows:]

    def feed(self, text):
        text = self._rest + text
        at = 0
        while at < len(text):
            if text[at] != "\x1b":
                self._put(text[at])
                at += 1
                continue
            found = SEQUENCE.match(text, at)
            if not found:
                if len(text) - at > 20:
                    raise ValueError(f"a sequence of another kind: {text[at:at + 20]!r}")
                break  # the rest of it is still to come
            self._obey(*found.groups())
            at = found.end()
        self._rest = text[at:]

    def _page(self):
        return self.main if self.other is None else self.other

    def _put(self, character):
        page = self._page()
        if character == "\r":
            self.column = 0
        elif character == "\n":
            self.row += 1
            self._scroll()
            if self.other is not None and self.row >= self.rows:
                raise ValueError("the table scrolls")
        elif character < " ":
            raise ValueError(f"a control character: {character!r}")
        else:
            width = 2 if unicodedata.east_asian_width(character) in "WF" else 1
            if self.column + width > self.columns:
                self.wrapped += 1
                self.row, self.column = self.row + 1, 0
                self._scroll()
            self._reach(page)
            line = page[self.row].ljust(self.column)
            page[self.row] = line[:self.column] + character + line[self.column + 1:]
            self.column += width
        self._reach(page)

    def _scroll(self):
        if self.other is None:
            self.top = max(self.top, self.row - self.rows + 1)

    def _reach(self, page):
        while len(page) <= self.row:
            page.append("")

    def _keep(self, what):
        if what == "7":
            self.kept = (self.row - self.top, self.column)
        else:
            self.row, self.column = self.top + self.kept[0], self.kept[1]

    def _obey(self, private, parameters, final, short):
        page = self._page()
        what = short or private + parameters + final
        self.sequences += 1
        if short:
            self._keep(short)
        elif final in ("A", "B"):
            distance = int(parameters or 1) * (-1 if final == "A" else 1)
            self.row = min(max(self.row + distance, self.top), self.top + self.rows - 1)
        elif what in ("?25h", "?25l"):
            self.cursor = what == "?25h"
        elif what == "?1049h":
            self.saved, self.other = (self.row, self.column), [""]
            self.row = self.column = 0
        elif what == "?1049l":
            self.other = None
            self.row, self.column = self.saved
        elif what == "H":
            self.row = self.column = 0
        elif what == "2K":
            self._reach(page)
            page[self.row] = ""
        elif what == "K":
            page[self.row] = page[self.row][:self.column]
        elif what == "J":
            self._reach(page)
            page[self.row] = page[self.row][:self.column]
            del page[self.row + 1:]
        elif final == "m":
            self.colors += 1
        else:
            raise ValueError(f"an unknown sequence: {what}")


class Terminal:
    """A process with a terminal of its own. stdout and stderr may be descriptors instead."""

    def __init__(self, namespace, argv, *, columns=80, rows=24, stdout=None, stderr=None, environment=None):
        self.screen = Screen(columns or 1000, rows or 1000)
        self.trouble = None
        self._lock = threading.Lock()
        self._master, slave = os.openpty()
        self._resize(columns, rows)
        wanted = {"TERM": "xterm", **(environment or {})}
        base = {name: value for name, value in _environment(wanted).items() if value is not None}
        with namespace.inside():
            self._popen = subprocess.Popen(
                [str(word) for word in argv], stdin=slave, stdout=slave if stdout is None else stdout,
                stderr=slave if stderr is None else stderr, env=base, start_new_session=True,
                preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(slave)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _resize(self, columns, rows):
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def _read(self):
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        while True:
            try:
                data = os.read(self._master, 65536)
            except OSError:  # nobody has it open any more
                return
            with self._lock:
                try:
                    self.screen.feed(decoder.decode(data).replace("^C", "").replace("^Z", ""))
                except (ValueError, IndexError) as trouble:
                    self.trouble = self.trouble or trouble

    def resize(self, columns, rows):
        with self._lock:
            self.screen.resize(columns, rows)
        self._resize(columns, rows)

    def type(self, text):
        os.write(self._master, text.encode())

    def text(self):
        with self._lock:
            return "\n".join(self.screen.lines)

    def look(self, condition, what, limit=20.0):
        """Waits until condition(screen) is true."""
        end = time.monotonic() + limit
        while time.monotonic() < end:
            with self._lock:
                if condition(self.screen):
                    return
            time.sleep(0.02)
        raise TimeoutError(f"{what}: not within {limit} s; the screen is\n{self.text()}")

    def signal(self, number):
        self._popen.send_signal(number)

    @property
    def running(self):
        return self._popen.poll() is None

    def wait(self, limit=40):
        """The exit status; the screen is complete then."""
        status = self._popen.wait(limit)
        self._reader.join(2)
        return status

    def close(self):
        if self._popen.poll() is None:
            self._popen.send_signal(signal.SIGKILL)
            self._popen.wait()
        self._reader.join(2)
        os.close(self._master)
