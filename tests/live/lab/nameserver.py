# SPDX-License-Identifier: BSD-2-Clause
"""A name server on a namespace's port 53, which knows what a test tells it (RFC 1035)."""

import contextlib
import ipaddress
import os
import socket
import struct
import threading
from pathlib import Path

from . import namespace

TYPES = {1: 4, 28: 6}  # A and AAAA, by the version of IP
PTR = 12
NAME_ERROR, NO_ERROR = 3, 0


def use(address):
    """Lets this process and its children ask the server at that address, in whichever network namespace."""
    own = Path(f"/tmp/tcpshake-resolv.{os.getpid()}")
    own.write_text(f"nameserver {address}\n", encoding="ascii")
    switch = own.with_suffix(".nsswitch")
    switch.write_text("hosts: files dns\n", encoding="ascii")
    namespace.bind_mount(own, Path("/etc/resolv.conf").resolve())
    if Path("/etc/nsswitch.conf").exists():
        namespace.bind_mount(switch, Path("/etc/nsswitch.conf"))
    own.unlink()
    switch.unlink()


def reverse(address):
    """What is asked for to learn the name of an address: RFC 1035, 3.5; RFC 3596, 2.5."""
    return ipaddress.ip_address(address).reverse_pointer


def _encoded(name):
    """A name as labels with their lengths."""
    labels = [label.encode("latin-1") for label in name.split(".")]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


class NameServer:
    """Answers until it is closed.

    names: addresses by name; pointers: names by address; questions for silent names get no answer. Each answer takes
    delay seconds, one after the other.
    """

    def __init__(self, where, address, names=None, silent=(), pointers=None, delay=0):
        self._delay = delay
        self._names, self.silent = dict(names or {}), set(silent)
        self._pointers = {reverse(address): name for address, name in (pointers or {}).items()}
        self.asked = []
        with where.inside():
            self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((address, 53))
        self._socket.settimeout(0.2)
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def set(self, name, *addresses):
        """From now on the name stands for these addresses."""
        self._names[name] = addresses

    def close(self):
        self._closing.set()
        self._thread.join()
        self._socket.close()

    def _serve(self):
        while not self._closing.is_set():
            with contextlib.suppress(OSError):
                question, peer = self._socket.recvfrom(512)
                answer = self._answer(question)
                self._closing.wait(self._delay)
                if answer:
                    self._socket.sendto(answer, peer)

    def _answer(self, question):
        at, labels = 12, []
        while question[at]:
            labels.append(question[at + 1:at + 1 + question[at]].decode("ascii"))
            at += 1 + question[at]
        kind, = struct.unpack_from("!H", question, at + 1)
        name = ".".join(labels).lower()
        self.asked.append(name)
        if name in self.silent:
            return None
        known = name in self._names or name in self._pointers
        found = [address.packed for address in map(ipaddress.ip_address, self._names.get(name, ()))
                 if address.version == TYPES.get(kind)]
        if kind == PTR and name in self._pointers:
            found = [_encoded(self._pointers[name])]
        records = b"".join(b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 0, len(data)) + data for data in found)
        header = question[:2] + struct.pack("!HHHHH", 0x8180 | (NO_ERROR if known else NAME_ERROR), 1, len(found), 0, 0)
        return header + question[12:at + 5] + records
