# SPDX-License-Identifier: BSD-2-Clause
"""What several test files say in the same words: expected reports, and cases for each family and output."""

from functools import partial

from .program import JSON, TEXT
from .tap import Case

FAMILIES = (4, 6)
OUTPUTS = [("", JSON, FAMILIES), ("-text", TEXT, (4,))]  # suffix of the name, output, families



def _places(steps, end, flag):
    return [place for place, step in enumerate(steps) if step["from"] == end and flag in step["flags"]]


def closed_first(acks=2):
    """A test of the record of a client that closed first: both ends are where RFC 9293 leaves them.

    That is TIME_WAIT and CLOSED. On a loaded machine the last ACK may come so late that the server has sent its FIN
    again; the second ACK then finds no socket, and the RST for it ends TIME_WAIT (3.10.7.4, second; RFC 1337 would
    have it ignored). acks: how many ACKs must have followed the server's FIN for that to be believed.
    """
    def holds(record):
        steps, states = record.get("steps", []), (record["client_state"], record["server_state"])
        resets = _places(steps, "server", "R")
        if not resets or states != ("CLOSED", "CLOSED"):
            return not resets and states == ("TIME_WAIT", "CLOSED")
        before = steps[:resets[0]]
        fins = _places(before, "server", "F")
        return bool(fins) and len(_places(before[fins[0]:], "client", "A")) >= acks and \
            (before[-1]["client_state"], before[-1]["server_state"]) == ("TIME_WAIT", "CLOSED")
    return holds


OPEN = {"port_state": "open", "handshake.result": "completed", "handshake.reason": "syn-ack", "ok": True}
GRACEFUL = {**OPEN, "teardown.result": "graceful", "teardown.initiator": "client",
            "record": closed_first()}
PASSIVE = {**OPEN, "teardown.result": "graceful", "teardown.initiator": "server", "client_state": "CLOSED",
           "server_state": "TIME_WAIT"}


def not_open(port_state, result, reason):
    """The report on a port that does not answer with SYN/ACK, to somebody who wants it open."""
    return {"port_state": port_state, "handshake.result": result, "handshake.reason": reason,
            "teardown.result": "none", "ok": False}


def has(verdict):
    """A test of the steps: one of them has that verdict."""
    return lambda steps: any(step["verdict"] == verdict for step in steps)


def both(name, body, families=FAMILIES, **more):
    """A case in every family and with every output: body(bench, family, output, **more)."""
    return [Case(f"{name}-v{family}{suffix}", partial(body, family=family, output=output, **more))
            for suffix, output, outputs_families in OUTPUTS for family in outputs_families
            if family in families]


def each(name, body, **more):
    """A case in every family: body(bench, family, **more)."""
    return [Case(f"{name}-v{family}", partial(body, family=family, **more)) for family in FAMILIES]
