# SPDX-License-Identifier: BSD-2-Clause
"""Many kernel sockets in one thread: a server that closes after its peers, and clients that connect."""

import contextlib
import errno
import selectors
import socket
import threading
import time

from .topology import SOCKET_FAMILY

BACKLOG = 4096


class Crowd:
    """A plain listening server: accepts on some ports, reads, closes after its peer."""

    def __init__(self, namespace, address, *ports):
        self._selector = selectors.DefaultSelector()
        with namespace.inside():
            self._listeners = [socket.create_server((address, port), backlog=BACKLOG,
                                                    family=SOCKET_FAMILY[6 if ":" in address else 4])
                               for port in ports]
        for listener in self._listeners:
            listener.setblocking(False)
            self._selector.register(listener, selectors.EVENT_READ, self._accept)
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self):
        while not self._closing.is_set():
            for key, _ in self._selector.select(0.2):
                key.data(key.fileobj)

    def _accept(self, listener):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                connection.setblocking(False)
                self._selector.register(connection, selectors.EVENT_READ, self._read)

    def _read(self, connection):
        with contextlib.suppress(BlockingIOError):
            try:
                if connection.recv(65536):
                    return
            except ConnectionError:
                pass
            self._selector.unregister(connection)
            connection.close()

    def close(self):
        """Stops listening, and leaves no connection open."""
        self._closing.set()
        self._thread.join(5)
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()
        self._selector.close()


class Connects:
    """count connections of the client's kernel, interval seconds apart; each is closed as soon as it is there."""

    def __init__(self, namespace, address, port, count, interval, patience):
        self._namespace, self._server, self._patience = namespace, (address, port), patience
        self._family = SOCKET_FAMILY[6 if ":" in address else 4]
        self._selector = selectors.DefaultSelector()
        self._outcomes = [None] * count  # (the client's port, whether connect() succeeded)
        self._thread = threading.Thread(target=self._run, args=(interval,), daemon=True)
        self._thread.start()

    def _run(self, interval):
        start = time.monotonic()
        for number in range(len(self._outcomes)):
            self._take_answers(start + number * interval)
            self._begin(number)
        while self._selector.get_map():
            self._take_answers(time.monotonic() + 0.05)

    def _begin(self, number):
        with self._namespace.inside():
            client = socket.socket(self._family, socket.SOCK_STREAM)
        client.setblocking(False)
        code = client.connect_ex(self._server)
        if code in (0, errno.EINPROGRESS):
            self._selector.register(client, selectors.EVENT_WRITE, (number, time.monotonic() + self._patience))
        else:
            self._end(client, number, False)

    def _take_answers(self, until):
        """What is answered until then, and what nobody answered in time."""
        while True:
            pause = until - time.monotonic()
            for key, _ in self._selector.select(max(0, pause)):
                self._selector.unregister(key.fileobj)
                error = key.fileobj.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                self._end(key.fileobj, key.data[0], error == 0)
            now = time.monotonic()
            for key in list(self._selector.get_map().values()):
                if now >= key.data[1]:
                    self._selector.unregister(key.fileobj)
                    self._end(key.fileobj, key.data[0], False)
            if pause <= 0:
                return

    def _end(self, client, number, succeeded):
        self._outcomes[number] = (client.getsockname()[1], succeeded)
        client.close()

    def wait(self, limit):
        """Waits until each has succeeded or not; returns (client port, whether it did) of each, in order."""
        self._thread.join(limit)
        if self._thread.is_alive():
            raise TimeoutError("kernel connects: not done")
        return self._outcomes

    def close(self):
        self._thread.join(self._patience)
        self._selector.close()
