# SPDX-License-Identifier: BSD-2-Clause
"""TUN and TAP devices, and a link through user space that is made of two of them."""

import contextlib
import fcntl
import os
import select
import struct
import threading

from .topology import CLIENT, LINK_LOCAL, SERVER, Topology, device_up

TUNSETIFF = 0x400454CA
IFF_TUN, IFF_TAP, IFF_NO_PI = 0x0001, 0x0002, 0x1000


def available():
    """Whether this user can have such devices."""
    return os.access("/dev/net/tun", os.R_OK | os.W_OK)


def open_device(namespace, name, kind):
    """Makes a device in a namespace; what is written to the descriptor arrives there. kind: IFF_TUN or IFF_TAP."""
    with namespace.inside():
        fd = os.open("/dev/net/tun", os.O_RDWR | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        with namespace.inside():
            fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", name.encode(), kind | IFF_NO_PI))
    except OSError:
        os.close(fd)
        raise
    return fd


class Wire:
    """Carries frames between two descriptors until it is closed; change(frame) is what becomes of those that come
    from the second."""

    def __init__(self, one, other, change=None):
        self._across = {one: other, other: one}
        self._changed = {other: change} if change else {}
        self._end, self._closing = os.pipe()
        self._thread = threading.Thread(target=self._carry, daemon=True)
        self._thread.start()

    def _carry(self):
        while True:
            ready, _, _ = select.select([*self._across, self._end], [], [])
            if self._end in ready:
                return
            for fd in ready:
                with contextlib.suppress(OSError):
                    os.write(self._across[fd], self._changed.get(fd, bytes)(os.read(fd, 65536)))

    def close(self):
        os.close(self._closing)
        self._thread.join(5)
        os.close(self._end)


class Wired(Topology):
    """client c0 --- s0 server, as Pair, but the frames leave the kernel on their way.

    Across a veth pair a segment arrives with the sending kernel's notes attached, among them the time at which
    it was to be sent. Linux then stamps it for each packet socket on its own, so two captures differ by some
    hundred nanoseconds. Frames through user space arrive bare, as from a real card: one stamp for all. change is
    what the link does to frames of the server.
    """

    def __init__(self, change=None):
        super().__init__()
        self.server = self.namespace()
        ends = [open_device(namespace, name, IFF_TAP)
                for namespace, name in ((self.client, "c0"), (self.server, "s0"))]
        for fd in ends:
            self._stack.callback(os.close, fd)
        self.server.ip(*device_up("s0", SERVER, LINK_LOCAL["server"]))
        self.client.ip(*device_up("c0", CLIENT))
        self._stack.callback(Wire(*ends, change).close)
        self.settle((self.client, "c0"), (self.server, "s0"))
