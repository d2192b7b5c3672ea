# SPDX-License-Identifier: BSD-2-Clause
"""The kernel's own connect(), timed: what an application on that host meets."""

import contextlib
import errno
import os
import select
import socket
import threading
import time
from typing import NamedTuple

from .process import delay
from .topology import SOCKET_FAMILY

URGENT = -20  # so that the time is the kernel's and not that of the other tests


class Outcome(NamedTuple):
    """How a connect() ended: "connected", "timed-out" (within our patience or the kernel's), or the name of the errno;
    after how many nanoseconds, and from which address. delayed_ns of these it waited for a processor."""

    word: str
    duration_ns: int
    source: str
    delayed_ns: int

    def __str__(self):
        return f"{self.word} {self.duration_ns / 1e6:.1f} ms"


def _hurry():
    with contextlib.suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), URGENT)


class Connect:
    """One connect() in a thread of its own. prepare(socket) comes before; family is that of the socket."""

    def __init__(self, namespace, address, port, *, patience=5.0, prepare=None, family=None):
        self._namespace, self._server, self._patience = namespace, (address, port), patience
        self._prepare, self._family = prepare, family or SOCKET_FAMILY[6 if ":" in address else 4]
        self._outcome = self._error = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        try:
            _hurry()
            with self._namespace.inside(), socket.socket(self._family, socket.SOCK_STREAM) as client:
                client.setblocking(False)
                if self._prepare:
                    self._prepare(client)
                self._outcome = self._connect(client)
        except Exception as error:  # pylint: disable=broad-except
            self._error = error

    def _connect(self, client):
        poll = select.poll()
        delayed = delay("thread-self")
        begin_ns = time.monotonic_ns()
        code = client.connect_ex(self._server)
        if code == errno.EINPROGRESS:
            poll.register(client, select.POLLOUT)
            ended = poll.poll(self._patience * 1000)
            code = client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) if ended else errno.ETIMEDOUT
        duration_ns = time.monotonic_ns() - begin_ns
        delayed_ns = int(1e9 * (delay("thread-self") - delayed))
        words = {0: "connected", errno.ETIMEDOUT: "timed-out"}
        return Outcome(words.get(code) or errno.errorcode[code], duration_ns, client.getsockname()[0],
                       delayed_ns)

    def wait(self, limit=40.0):
        """The Outcome."""
        self._thread.join(limit)
        if self._error:
            raise self._error
        if self._outcome is None:
            raise TimeoutError(f"connect() to {self._server}: not within {limit} s")
        return self._outcome

    def close(self):
        """Waits for the end of the thread, which its patience brings."""
        self._thread.join(self._patience + 5)
