# SPDX-License-Identifier: BSD-2-Clause
"""Far ends with an ordinary kernel's TCP, and nginx."""

import contextlib
import shutil
import socket
import struct
import threading
import time

from .process import Process, wait_until
from .topology import SOCKET_FAMILY

PATIENCE = 60.0  # no server waits longer for anything
BANNER = b"220 ready when you are\r\n"
LATE = b"one more thing\r\n"


def _drain(connection):
    """Reads until the peer has closed; returns what came."""
    received = b""
    while data := connection.recv(65536):
        received += data
    return received


def sink(connection, _server):
    """Closes after its peer."""
    _drain(connection)


def echo(connection, _server):
    """Sends back all that comes, then closes after its peer."""
    while data := connection.recv(65536):
        connection.sendall(data)


def banner(connection, _server):
    """Speaks first."""
    connection.sendall(BANNER)
    _drain(connection)


def close_first(_connection, _server):
    """Closes as soon as the connection is there."""


def banner_and_close(connection, _server):
    """Speaks and closes at once, as a daytime server does."""
    connection.sendall(BANNER)


def keep_open(connection, server):
    """Never closes, whatever its peer does."""
    _drain(connection)
    server.ended.wait(PATIENCE)


def reset(connection, _server):
    """Resets what it has accepted."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def late_data(connection, _server):
    """Sends data after its peer's FIN, and then closes."""
    _drain(connection)
    connection.sendall(LATE)
    time.sleep(0.05)
    connection.sendall(LATE)


def farewell(connection, _server):
    """Has its kernel acknowledge its peer's FIN at once, then sends what it still has, and closes."""
    _drain(connection)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
    time.sleep(0.003)
    connection.sendall(LATE)
    time.sleep(0.003)


def bulk(connection, _server):
    """Sends a megabyte, then closes after its peer."""
    connection.sendall(bytes(1_000_000))
    _drain(connection)


class Server:
    """Accepts on a port of its own, or with a listener of the caller's, and hands each connection to
    behaviour(connection, server)."""

    def __init__(self, namespace, address, behaviour, *, port=0, listener=None):
        family = SOCKET_FAMILY[6 if ":" in address else 4]
        with namespace.inside():
            self._listener = listener or socket.create_server((address, port), family=family, backlog=1024)
        self.address, self.port = address, self._listener.getsockname()[1]
        self._behaviour = behaviour
        self.ended = threading.Event()
        self.accepted = threading.Semaphore(0)  # released for each connection
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.accepted.release()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection, contextlib.suppress(OSError):
            connection.settimeout(PATIENCE)
            self._behaviour(connection, self)

    def close(self):
        """Stops listening; connections that wait for the end of the server are closed."""
        self.ended.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


NGINX_CONF = """
daemon off;
master_process off;
pid {directory}/nginx.pid;
error_log stderr;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    server {{
        listen 0.0.0.0:80 backlog=4096;
        listen [::]:80 backlog=4096;
        return 200 "hello\\n";
    }}
}}
"""


class Nginx:
    """nginx on port 80 of a namespace, with all its files in directory."""

    port = 80

    def __init__(self, namespace, directory):
        conf = directory / "nginx.conf"
        conf.write_text(NGINX_CONF.format(directory=directory), encoding="ascii")
        self._process = Process(namespace, [nginx_path(), "-p", directory, "-e", "stderr", "-c", conf])
        wait_until(lambda: namespace.command("ss", "-Hltn", "sport", "=", ":80").count("\n") == 2, "nginx")

    def close(self):
        self._process.close()


def nginx_path():
    """Where nginx is, or None; /usr/sbin is not in everybody's PATH."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
