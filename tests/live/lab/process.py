# SPDX-License-Identifier: BSD-2-Clause
"""Processes whose every wait has an end, with what they cost."""

import contextlib
import os
import select
import signal
import subprocess
import tempfile
import threading
import time
from typing import NamedTuple

LIMIT = 40.0  # seconds after which any process counts as hung
ENVIRONMENT = {"LC_ALL": "C.UTF-8", "TERM": "dumb", "TZ": "UTC"}


class Hung(Exception):
    """A process did not end in time, and was killed."""


class Finished(NamedTuple):
    """What a process left: status is negative for a signal; times are in seconds, memory in KiB. began_ns is the time
    of day just before its start. delayed is how long it, and what waited for it here, were ready to run on a processor
    that others had."""

    argv: list
    status: int
    stdout: str
    stderr: str
    elapsed: float
    cpu: float
    memory: int
    began_ns: int
    delayed: float

    @property
    def own(self):
        """How long it took apart from what a busy machine added."""
        return self.elapsed - self.delayed


def delay(task):
    """The seconds that a task of /proc was ready to run and did not (sched-stats.rst of the kernel's documentation)."""
    try:
        with open(f"/proc/{task}/schedstat", encoding="ascii") as file:
            return int(file.read().split()[1]) / 1e9
    except OSError:
        return 0.0


def _environment(extra):
    """The caller's environment without its opinions on language and colour."""
    base = {name: value for name, value in os.environ.items()
            if not name.startswith("LC_") and name not in ("LANG", "LANGUAGE", "NO_COLOR", "COLUMNS")}
    return {**base, **ENVIRONMENT, **(extra or {})}


def _ended(pidfd, seconds):
    """Waits for the end of a process, at most so long; select(2) would know no descriptor beyond 1023."""
    poll = select.poll()
    poll.register(pidfd, select.POLLIN)
    return bool(poll.poll(seconds * 1000))


class Process:
    """A running process. Output goes to unnamed files, so that it never blocks on us.

    stdout may be a descriptor of the caller's instead. close_stdout starts it without descriptor 1.
    """

    def __init__(self, namespace, argv, *, stdin=subprocess.DEVNULL, stdout=None, close_stdout=False,
                 environment=None):
        self.argv = [str(word) for word in argv]
        self._out, self._err = tempfile.TemporaryFile(), tempfile.TemporaryFile()
        command = self.argv
        if close_stdout:
            command = ["sh", "-c", 'exec "$@" >&-', "sh"] + command
        self._thread, self._delay_here = threading.get_native_id(), delay("thread-self")
        self.started, self.began_ns = time.monotonic(), time.time_ns()
        with namespace.inside():
            self._popen = subprocess.Popen(command, stdin=stdin, stdout=stdout or self._out,
                                           stderr=self._err, env=_environment(environment))
        self._pidfd = os.pidfd_open(self._popen.pid)
        self._finished = None

    @property
    def pid(self):
        return self._popen.pid

    @property
    def running(self):
        return not _ended(self._pidfd, 0)

    def signal(self, number):
        """Sends a signal, if the process still runs. (Popen's own ways would reap it behind our back.)"""
        if self._finished is None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, number)

    def hurry(self):
        """Lets it run before all others whenever it has something to do, where that is allowed."""
        with contextlib.suppress(OSError):
            os.sched_setscheduler(self.pid, os.SCHED_RR, os.sched_param(1))

    def output(self):
        """What it has written to standard output so far."""
        return _content(self._out)

    def errors(self):
        """What it has written to standard error so far."""
        return _content(self._err)

    def wait(self, limit=LIMIT):
        """Waits for the end, at most limit seconds, and returns a Finished."""
        if self._finished is None:
            hung = not _ended(self._pidfd, limit)
            if hung:
                self.signal(signal.SIGKILL)
            self._finished = self._reap()
            if hung:
                raise Hung(f"{' '.join(self.argv)}: still running after {limit} s; "
                           f"stdout {self._finished.stdout[-400:]!r}, stderr {self._finished.stderr[-400:]!r}")
        return self._finished

    def _reap(self):
        os.waitid(os.P_PIDFD, self._pidfd, os.WEXITED | os.WNOWAIT)
        delayed = delay(self.pid)
        _, status, usage = os.wait4(self._popen.pid, 0)
        if threading.get_native_id() == self._thread:
            delayed += delay("thread-self") - self._delay_here
        elapsed = time.monotonic() - self.started
        self._popen.returncode = os.waitstatus_to_exitcode(status)
        finished = Finished(self.argv, self._popen.returncode, self.output(), self.errors(), elapsed,
                            usage.ru_utime + usage.ru_stime, usage.ru_maxrss, self.began_ns,
                            delayed)
        os.close(self._pidfd)
        return finished

    def close(self):
        """Kills it if it still runs."""
        if self._finished is None:
            self.signal(signal.SIGKILL)
            self._finished = self._reap()
        self._out.close()
        self._err.close()


def _content(file):
    size = os.fstat(file.fileno()).st_size
    return os.pread(file.fileno(), size, 0).decode("utf-8", "replace")


def run(namespace, argv, *, limit=LIMIT, **options):
    """Runs a process to its end."""
    process = Process(namespace, argv, **options)
    try:
        return process.wait(limit)
    finally:
        process.close()


def wait_until(condition, what, limit=20.0, pause=0.005):
    """Calls condition until it returns something true, and returns that; at most limit seconds."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(pause)
    raise TimeoutError(f"{what}: not within {limit} s")
