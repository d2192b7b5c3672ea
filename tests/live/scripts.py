# SPDX-License-Identifier: BSD-2-Clause
"""What the scripted peer plays: one function an exchange, each a far end that no kernel would be.

Flags are written as letters, SYN first: "SA" is SYN/ACK, "FA" FIN/ACK. See lab/peer.py for the verbs.
"""

import time

from lab import packet
from lab.peer import FIRST_SEQ, Unexpected
from lab.tap import same

BANNER = b"220 ready when you are\r\n"
FAR_AWAY = 2**30  # more than any window


def orderly(peer):
    """What a kernel does."""
    peer.establish()
    peer.close_after()


def three_segments(peer):
    """One segment acknowledges the client's FIN and carries the peer's."""
    peer.establish()
    peer.until("FA")
    peer.send("FA")
    peer.expect("A")


# The handshake


def silent(peer):
    """Never says anything."""
    peer.expect("S")


def refuse(peer):
    """A closed port."""
    peer.expect("S")
    peer.send("RA", seq=0)


def second_syn(peer):
    """The first SYN was lost on its way."""
    peer.expect("S")
    orderly(peer)


def second_syn_echoed(peer):
    """The first SYN was lost, and timestamps tell which one was answered."""
    peer.timestamps = True
    second_syn(peer)


def first_syn_echoed(peer):
    """The answer echoes the first SYN after the second was sent, as a late one does, or one that Linux repeats."""
    peer.timestamps = True
    peer.expect("S")
    first = peer.echo
    peer.expect("S")
    peer.echo = first
    peer.send("SA")
    peer.expect("A")
    peer.close_after()


def syn_ack_again(peer):
    """The SYN/ACK is sent again, as if the ACK of it had been lost: it has to be acknowledged again."""
    peer.establish()
    peer.send("SA", seq=FIRST_SEQ)
    peer.expect("A")
    peer.close_after()


def wrong_ack(peer):
    """A SYN/ACK of a SYN that was never sent: RST (RFC 9293, 3.10.7.3), and the SYN goes on."""
    peer.expect("S")
    wrong = peer.send("SA", seq=peer.next_seq + 5000, ack=peer.client_next + 1000)
    same(peer.expect("R").seq, wrong.ack % 2**32, "sequence number of the RST")
    peer.expect("S")  # at once, as Linux does
    peer.send("SA")
    peer.expect("A")
    peer.close_after()


def wrong_echo(peer):
    """A SYN/ACK that echoes a timestamp which was never sent: Linux resets it (RFC 7323, 3.2), and goes on asking."""
    peer.timestamps = True
    peer.expect("S")
    peer.echo = (peer.echo - 100000) % 2**32
    wrong = peer.send("SA", seq=peer.next_seq + 5000)
    same(peer.expect("R").seq, wrong.ack, "sequence number of the RST")
    peer.expect("S")
    peer.send("SA")
    peer.expect("A")
    peer.close_after()


def old_connection(peer):
    """The peer still has a connection with these ports: it acknowledges something else, until the RST."""
    peer.expect("S")
    wrong = peer.send("A", seq=77777, ack=peer.client_next - 4000)
    same(peer.expect("R").seq, wrong.ack % 2**32, "sequence number of the RST")
    peer.establish()
    peer.close_after()


def wrong_resets(peer):
    """RSTs that do not acknowledge the SYN: to be ignored."""
    peer.expect("S")
    peer.send("RA", seq=0, ack=peer.client_next + 5)
    peer.send("R", seq=0)
    peer.silence(0.2)
    peer.send("SA")
    peer.expect("A")
    peer.close_after()


def bad_checksum(peer):
    """A SYN/ACK and an RST whose checksums are wrong: to be ignored."""
    peer.expect("S")
    peer.send("SA", seq=peer.next_seq + 99, checksum_ok=False)
    peer.send("RA", seq=0, checksum_ok=False)
    peer.silence(0.2)
    peer.send("SA")
    peer.expect("A")
    peer.close_after()


def simultaneous_open(peer):
    """The peer's SYN crosses the client's, and each side acknowledges the other's."""
    peer.expect("S")
    peer.send("S")
    peer.expect("SA")
    peer.send("SA", seq=FIRST_SEQ)
    peer.close_after()


def simultaneous_open_acknowledged(peer):
    """As above; the client's SYN/ACK is acknowledged by a bare ACK."""
    peer.expect("S")
    peer.send("S")
    peer.expect("SA")
    peer.send("A")
    peer.close_after()


def garbage_options(peer):
    """Options that are unknown, twice there, or of a length that cannot be."""
    peer.options = packet.MSS_1460 + bytes((253, 4, 1, 2, 2, 4, 0, 1, 8, 3, 0, 77, 250))
    peer.establish()
    peer.until("FA")
    peer.send("A", options=bytes((5, 0, 0, 0)))
    peer.send("FA", options=bytes((30, 1, 255, 255)))
    peer.expect("A")


def full_options(peer):
    """Forty bytes of options, all unknown."""
    peer.options = bytes((200, 40)) + bytes(38)
    orderly(peer)


def reset_after_syn_ack(peer):
    """Accepts and changes its mind before the client's ACK is there."""
    peer.expect("S")
    peer.send("SA")
    peer.send("R")


# The open connection


def banner_twice(peer):
    """Speaks first, and says it again as if the acknowledgement had been lost."""
    peer.establish()
    start = peer.next_seq
    peer.send("PA", BANNER)
    peer.expect("A")
    peer.send("PA", BANNER, seq=start)
    same(peer.expect("A").ack, peer.next_seq % 2**32, "acknowledgement of the second banner")
    peer.close_after()


def out_of_order(peer):
    """The second half comes before the first."""
    peer.establish()
    half = len(BANNER) // 2
    start = peer.next_seq
    peer.send("PA", BANNER[half:], seq=start + half)
    same(peer.expect("A").ack, start, "acknowledgement of the second half alone")
    peer.send("PA", BANNER[:half])
    if peer.expect("A").ack == peer.next_seq:  # what came too early was not kept, as is its right
        peer.send("PA", BANNER[half:])
        peer.expect("A")
    else:
        peer.next_seq = (start + len(BANNER)) % 2**32
    peer.close_after()


def everything_twice(peer):
    """A network that duplicates whatever the peer sends."""
    peer.expect("S")
    _twice(peer, "SA")
    peer.until("FA")
    _twice(peer, "A")
    _twice(peer, "FA")


def _twice(peer, flags):
    peer.put(peer.send(flags))


def exact_reset(peer):
    """RST where the client expects the next octet."""
    peer.establish()
    peer.send("R", ack=0)


def inexact_reset(peer):
    """RST inside the window but not at its edge: a challenge ACK (RFC 5961, 3.2), and life goes on."""
    peer.establish()
    peer.send("R", seq=peer.next_seq + 100, ack=0)
    same(peer.expect("A").ack, peer.next_seq, "acknowledgement of the challenge")
    peer.close_after()


def challenged_reset(peer):
    """As above, and the challenge proves the RST right: it comes again, exact."""
    peer.establish()
    peer.send("R", seq=peer.next_seq + 100, ack=0)
    peer.expect("A")
    peer.send("R", ack=0)


def outside_reset(peer):
    """RSTs outside the window: to be ignored in silence."""
    peer.establish()
    peer.send("R", seq=peer.next_seq - 5000, ack=0)
    peer.send("R", seq=peer.next_seq + FAR_AWAY, ack=0)
    peer.silence(0.2)
    peer.close_after()


def syn_inside(peer):
    """A SYN in the window: a challenge ACK (RFC 5961, 4.2)."""
    peer.establish()
    peer.send("S", seq=peer.next_seq + 5, ack=0)
    same(peer.expect("A").ack, peer.next_seq, "acknowledgement of the challenge")
    peer.close_after()


def keep_alive(peer):
    """One octet before the window: to be acknowledged."""
    peer.establish()
    peer.send("A", seq=peer.next_seq - 1)
    peer.expect("A")
    peer.close_after()


def strange_flags(peer):
    """Segments without flags, and with flags that contradict each other."""
    peer.establish()
    peer.send("", seq=peer.next_seq, ack=0)
    peer.send("", b"no ACK", seq=peer.next_seq, ack=0)
    peer.send("SF", seq=peer.next_seq + 9, ack=0)
    peer.close_after()


def future_ack(peer):
    """Acknowledges what was never sent: answered by an ACK (RFC 9293, 3.10.7.4)."""
    peer.establish()
    peer.send("A", seq=peer.next_seq, ack=peer.client_next + 50000)
    peer.expect("A")
    peer.close_after()


def old_timestamp(peer):
    """A segment with a timestamp from the past: acknowledged and dropped (RFC 7323, 5.3)."""
    peer.timestamps = True
    peer.establish()
    start = peer.next_seq
    peer.send("PA", BANNER[:10], seq=start,
              options=packet.timestamp_option(peer.clock - 500, peer.echo))
    same(peer.expect("A").ack, start, "acknowledgement of the old segment")
    peer.clock += 10
    peer.send("PA", BANNER)
    same(peer.expect("A").ack, peer.next_seq, "acknowledgement of the new segment")
    peer.close_after()


def take_data(peer):
    """Receives the client's payload and acknowledges it."""
    peer.establish()
    peer.until("PA")
    peer.send("A")
    peer.close_after()


def lose_data(peer):
    """The payload is lost once."""
    peer.establish()
    peer.until("PA")
    peer.until("PA")
    peer.send("A")
    peer.close_after()


def split_ack(peer):
    """The payload is acknowledged in two parts; the rest comes again only after the timeout."""
    peer.establish()
    data = peer.until("PA")
    peer.send("A", seq=peer.next_seq, ack=data.seq + 3)
    peer.wait(0.1)
    peer.send("A")
    peer.close_after()


def zero_window(peer):
    """No room for the payload at first."""
    peer.window = 0
    peer.establish()
    peer.wait(0.4)
    peer.window = 1000
    peer.send("A", ack=peer.client_iss + 1)
    peer.until("PA")
    peer.send("A")
    peer.close_after()


def tiny_segments(peer):
    """Asks for the smallest segments, and takes one of them each 0.8 s."""
    peer.options, peer.window = bytes((2, 4, 0, 64)), 64
    peer.establish()
    while segment := peer.receive(3):
        if "R" in segment.flags or "F" in segment.flags:
            return
        if segment.payload and segment.seq == (peer.client_iss + 1 + peer.taken) % 2**32:
            peer.wait(0.8)
            peer.taken += len(segment.payload)
            peer.send("A", ack=(peer.client_iss + 1 + peer.taken) % 2**32)


# The close


def simultaneous_close(peer):
    """The peer's FIN crosses the client's."""
    peer.establish()
    fin = peer.until("FA")
    peer.send("FA", ack=fin.seq)
    peer.expect("A")
    peer.send("A")


def close_first(peer):
    """The peer closes first: the client is the passive end."""
    peer.establish()
    peer.send("FA")
    peer.expect("A")
    peer.until("FA")
    peer.send("A")


def close_first_one_answer(peer):
    """The peer closes first, and takes whatever answers it."""
    peer.establish()
    peer.send("FA")
    peer.until("FA")
    peer.send("A")


def fin_lost(peer):
    """The client's FIN is lost once."""
    peer.establish()
    peer.until("FA")
    peer.close_after()


def fin_again(peer):
    """The last ACK is lost: the peer's FIN comes again and finds the client in TIME_WAIT."""
    peer.establish()
    peer.close_after()
    peer.send("FA", seq=peer.next_seq - 1)
    same(peer.expect("A").ack, peer.next_seq, "acknowledgement of the second FIN")


def reset_after_close(peer):
    """The peer sent its FIN again, and has closed when that is acknowledged: it answers with a reset."""
    fin_again(peer)
    peer.send("R", seq=peer.next_seq)
    peer.silence(0.2)


def syn_after_close(peer):
    """The peer opens a connection of its own on the tuple that the client keeps in TIME_WAIT."""
    peer.establish()
    peer.close_after()
    peer.send("S", seq=peer.next_seq + 70000)
    peer.silence(0.2)


def data_after_fin(peer):
    """The peer has more to say after the client's FIN."""
    peer.establish()
    peer.until("FA")
    peer.send("A")
    peer.send("PA", BANNER)
    same(peer.expect("A").ack, peer.next_seq, "acknowledgement of the late data")
    peer.send("FA")
    peer.expect("A")


def data_with_fin(peer):
    """Acknowledgement, data and FIN in one segment."""
    peer.establish()
    peer.until("FA")
    peer.send("FPA", BANNER)
    same(peer.expect("A").ack, peer.next_seq, "acknowledgement of data and FIN")


def fin_before_data(peer):
    """The FIN overtakes the data before it."""
    peer.establish()
    peer.until("FA")
    start = peer.next_seq
    peer.send("FA", seq=start + len(BANNER))
    same(peer.expect("A").ack, start, "acknowledgement of the FIN that came too early")
    peer.send("FPA", BANNER)
    same(peer.expect("A").ack, peer.next_seq, "acknowledgement of data and FIN")


def reset_after_fin(peer):
    """Answers the FIN with a RST."""
    peer.establish()
    peer.until("FA")
    peer.send("R", ack=0)


def mute_after_handshake(peer):
    """Never answers the FIN."""
    peer.establish()


def mute_after_ack(peer):
    """Acknowledges the FIN and never sends its own."""
    peer.establish()
    peer.until("FA")
    peer.send("A")


def mute_after_fin(peer):
    """Sends its FIN and never acknowledges the client's."""
    peer.establish()
    fin = peer.until("FA")
    peer.send("FA", ack=fin.seq)
    peer.expect("A")


def flood(peer):
    """Acknowledges the FIN and sends data for ever."""
    peer.establish()
    peer.until("FA")
    end = time.monotonic() + 6
    while time.monotonic() < end:
        peer.send("PA", bytes(1000))
        answer = peer.receive(0.001)
        if answer and "R" in answer.flags:
            return
    raise Unexpected("no end to the flood")


# The client does not close in the ordinary way


def half_open(peer):
    """The client resets after the SYN/ACK."""
    peer.expect("S")
    peer.send("SA")
    same(peer.expect("R").seq, peer.client_next, "sequence number of the RST")


def aborted(peer):
    """The client resets the open connection."""
    peer.establish()
    segment = peer.receive(3)
    same(segment and segment.flags.rstrip("A"), "R", "what aborts the connection")
    same(segment.seq, peer.client_next, "sequence number of the RST")


# ICMP errors

MESSENGER = {4: "192.0.2.77", 6: "2001:db8::77"}


def icmp(kind, code, extra=0):
    """An ICMP error that quotes the SYN."""
    def script(peer):
        syn = peer.expect("S")
        _report(peer, syn.encode(), kind, code, extra)
    return script


def _report(peer, quoted, kind, code, extra=0):
    """Sends an ICMP error from a router on the way."""
    source = MESSENGER[peer.family]
    from_client = peer.log[-1].segment.src
    peer.put_raw(packet.icmp_error(source, from_client, kind, code, quoted, extra))


def _unreachable(peer):
    return {4: (3, 1), 6: (1, 3)}[peer.family]


def icmp_short(peer):
    """Quotes no more than eight octets of TCP, as RFC 792 asks for."""
    syn = peer.expect("S")
    header = {4: 20, 6: 40}[peer.family]
    _report(peer, syn.encode()[:header + 8], *_unreachable(peer))


def icmp_wrong_seq(peer):
    """Quotes a sequence number that is not in flight (RFC 5927, 4.1): to be ignored."""
    syn = peer.expect("S")
    syn.seq += 100000
    _report(peer, syn.encode(), *_unreachable(peer))
    peer.silence(0.2)
    peer.send("SA")
    peer.expect("A")
    peer.close_after()


def icmp_wrong_port(peer):
    """Quotes somebody else's connection: to be ignored."""
    syn = peer.expect("S")
    syn.dport += 1
    _report(peer, syn.encode(), *_unreachable(peer))
    peer.silence(0.2)
    peer.send("SA")
    peer.expect("A")
    peer.close_after()


def icmp_corrupt(peer):
    """A router's error that was damaged on its way, which any kernel drops."""
    syn = peer.expect("S")
    source = MESSENGER[peer.family]
    datagram = bytearray(packet.icmp_error(source, syn.src, *_unreachable(peer), syn.encode()))
    datagram[-1] ^= 1
    peer.put_raw(bytes(datagram))
    peer.silence(0.2)
    peer.send("SA")
    peer.expect("A")
    peer.close_after()


def icmp_established(peer):
    """Quotes the FIN of an open connection: a soft error (RFC 5927, 5.2), which ends nothing."""
    peer.establish()
    fin = peer.until("FA")
    _report(peer, fin.encode(), *_unreachable(peer))
    peer.wait(0.1)
    peer.send("A")
    peer.send("FA")
    peer.until("A")


def icmp_too_big(peer):
    """Packet too big, which says nothing about the port."""
    syn = peer.expect("S")
    kind, code = {4: (3, 4), 6: (2, 0)}[peer.family]
    _report(peer, syn.encode(), kind, code, 1280)
    peer.silence(0.2)
    peer.send("SA")
    peer.expect("A")
    peer.close_after()
