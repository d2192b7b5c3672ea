# SPDX-License-Identifier: BSD-2-Clause
"""The scripted far end: a TUN device whose other side is this process, and TCP by hand.

A script is a function of a Peer. It reads like the exchange that it plays: expect() takes the client's next
segment, send() answers. Everything that crosses the device is kept in Peer.log for the checks afterwards.
"""

import contextlib
import os
import select
import threading
import time
from typing import NamedTuple

from . import packet, tun
from .packet import Segment
from .topology import CLIENT, SERVER, Alone, device_up

FIRST_SEQ = 0xFFFFFFF0  # so that a banner crosses the wrap
PATIENCE = 8.0


class Unexpected(Exception):
    """The client did something else than the script expects."""


class Crossed(NamedTuple):
    """One segment in the log; from_client tells its direction, at is monotonic in seconds."""

    at: float
    from_client: bool
    segment: Segment


class Tunnel(Alone):
    """A client namespace whose device tun0 leads to this process; every address behind it is ours to play."""

    def __init__(self):
        super().__init__()
        self.fd = tun.open_device(self.client, "tun0", tun.IFF_TUN)
        self._stack.callback(os.close, self.fd)
        self.client.ip(*device_up("tun0", CLIENT))
        self.settle((self.client, "tun0"))


class Peer:
    """The far end of one connection."""

    def __init__(self, tunnel, family, script, port=80):
        self.family, self.port, self.address = family, port, SERVER[family]
        self.log = []
        self.client_port = 0
        self.client_iss = self.client_next = 0  # first and next sequence number of the client
        self.next_seq = FIRST_SEQ
        self.options = packet.MSS_1460
        self.window = 65535
        self.taken = 0  # octets of payload, where the script counts them
        self.timestamps = False  # whether to send the option
        self.clock = 1000  # our TSval
        self.echo = 0      # the client's latest TSval
        self.ip_id = 100
        self.error = None  # what the script did not expect
        self._fd = tunnel.fd
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._play, args=(script,), daemon=True)
        self._thread.start()

    def _play(self, script):
        try:
            script(self)
            while not self._ended.is_set():
                self.receive(0.02)
        except Exception as error:  # pylint: disable=broad-except
            self.error = error

    def finish(self):
        """Ends the peer and takes what still waits in the device. What its script met is in error."""
        self._ended.set()
        self._thread.join(PATIENCE * 2)
        while self.receive(0):
            pass

    # What crosses the device

    def receive(self, timeout):
        """The client's next segment, or None after timeout seconds."""
        end = time.monotonic() + timeout
        while True:
            if not select.select([self._fd], [], [], max(0, end - time.monotonic()))[0]:
                return None
            with contextlib.suppress(BlockingIOError):
                segment = packet.decode(os.read(self._fd, 65536))
                if segment and segment.dst == self.address:
                    return self._note(segment)

    def _note(self, segment):
        self.log.append(Crossed(time.monotonic(), True, segment))
        self.echo = packet.timestamp_value(segment.options) or self.echo
        if "S" in segment.flags and segment.sport != self.client_port:
            self.client_port, self.client_iss = segment.sport, segment.seq
            self.client_next = segment.end
        elif "R" not in segment.flags and (segment.end - self.client_next) % 2**32 < 2**31:
            self.client_next = segment.end
        return segment

    def expect(self, flags, timeout=PATIENCE):
        """The client's next segment, which has to have exactly these flags."""
        segment = self.receive(timeout)
        if segment is None or segment.flags != flags:
            raise Unexpected(f"expected {flags}, got {segment or 'nothing'}")
        return segment

    def until(self, flags, timeout=PATIENCE):
        """Skips what comes before a segment with exactly these flags."""
        end = time.monotonic() + timeout
        while segment := self.receive(end - time.monotonic()):
            if segment.flags == flags:
                return segment
        raise Unexpected(f"expected {flags}, which did not come")

    def answer(self, taken, flags):
        """As expect(), but what the client sent before may come once more: on a busy machine this process may take
        longer to answer than the client waits."""
        while (segment := self.receive(PATIENCE)) and (segment.flags, segment.seq) == (taken.flags, taken.seq):
            pass
        if segment is None or segment.flags != flags:
            raise Unexpected(f"expected {flags}, got {segment or 'nothing'}")
        return segment

    def silence(self, seconds):
        """Waits, and insists that the client sends nothing meanwhile."""
        if segment := self.receive(seconds):
            raise Unexpected(f"expected silence, got {segment}")

    def wait(self, seconds):
        """Lets time pass; what the client sends meanwhile stays in the device."""
        time.sleep(seconds)

    def make(self, flags, data=b"", **changes):
        """The next segment of an orderly peer, with some fields changed."""
        options = self.options if "S" in flags else b""
        if self.timestamps:
            options += packet.timestamp_option(self.clock, self.echo)
        self.ip_id += 1
        fields = {"seq": self.next_seq, "ack": self.client_next if "A" in flags else 0,
                  "window": self.window, "options": options, "ip_id": self.ip_id}
        fields.update(changes)
        return Segment(self.address, CLIENT[self.family], self.port, self.client_port, flags=flags,
                       payload=data, **fields)

    def send(self, flags, data=b"", **changes):
        """Sends the next segment. With seq among the changes it is an extra one and nothing moves on."""
        segment = self.make(flags, data, **changes)
        self.put(segment)
        if "seq" not in changes:
            self.next_seq = segment.end
        return segment

    def put(self, segment):
        """Sends a segment as it is."""
        self.log.append(Crossed(time.monotonic(), False, segment))
        os.write(self._fd, segment.encode())

    def put_raw(self, datagram):
        """Sends any datagram."""
        os.write(self._fd, datagram)

    # Parts that many scripts share

    def establish(self):
        """The peer's part of an ordinary handshake."""
        syn = self.expect("S")
        self.send("SA")
        self.answer(syn, "A")

    def close_after(self):
        """The peer's part of an ordinary close by the client, the FIN included."""
        fin = self.until("FA")
        self.send("A")
        self.send("FA")
        self.answer(fin, "A")

    # Looking back

    def transcript(self):
        """The end of the log in one line."""
        return ", ".join(("> " if entry.from_client else "< ") + str(entry.segment)
                         for entry in self.log[-60:])

    def sent_by_client(self, letters=""):
        """The client's segments that have all these flags, as log entries."""
        return [entry for entry in self.log
                if entry.from_client and set(letters) <= set(entry.segment.flags)]
