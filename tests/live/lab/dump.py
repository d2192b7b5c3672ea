# SPDX-License-Identifier: BSD-2-Clause
"""An independent witness: tcpdump in one of the namespaces."""

import itertools
import signal
import socket

from . import capturefile, packet
from .process import Process, wait_until

MARKER_PORT = 9
_numbers = itertools.count(1)


class Dump:
    """tcpdump on one device, running as soon as it is made. link is a link type that tcpdump -L names. snaplen
    is that of the longest frame, by default of the largest packet: the ring buffer is divided by it, and would hold
    only 64 frames of tcpdump's own default, which a busy machine fills before tcpdump runs."""

    def __init__(self, namespace, device, path, link=None, snaplen=66000, buffer_kib=16384):
        self.namespace, self.device, self.path = namespace, device, path
        self._process = Process(namespace, [
            "tcpdump", "-i", device, "-n", "-U", "-Z", "root", "--immediate-mode", "-B", str(buffer_kib),
            "-s", str(snaplen),
            "--time-stamp-precision=nano", "-w", path, *(["-y", link] if link else [])])
        try:
            wait_until(self._ready, f"tcpdump on {device}")
        except TimeoutError:
            self.close()
            raise

    def _ready(self):
        if not self._process.running:
            raise RuntimeError(f"tcpdump on {self.device}: {self._process.errors()}")
        return "listening on" in self._process.errors()

    def _mark(self, destination):
        """Sends a datagram of our own through the device and waits until it stands in the file: then so
        does everything that came before it."""
        text = b"marker %d" % next(_numbers)
        family = socket.AF_INET6 if ":" in destination else socket.AF_INET
        with self.namespace.inside(), socket.socket(family, socket.SOCK_DGRAM) as marker:
            marker.sendto(text, (destination, MARKER_PORT))
        wait_until(lambda: text in map(packet.decode_udp, self._data()), "the marker in the capture")

    def _data(self):
        return (frame.data for frame in capturefile.frames(self.path))

    def stop(self, destination):
        """Ends the capture once all is written. destination is an address behind the device."""
        self._mark(destination)
        self._process.signal(signal.SIGINT)
        self._process.wait(5)

    def close(self):
        self._process.close()

    def segments(self):
        return capturefile.segments(self.path)
