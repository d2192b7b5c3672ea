# SPDX-License-Identifier: BSD-2-Clause
"""What several test files say in the same words: expected reports, and cases for each family and output."""

from functools import partial

from .program import JSON, TEXT
from .tap import Case

FAMILIES = (4, 6)
OUTPUTS = [("", JSON, FAMILIES), ("-text", TEXT, (4,))]  # suffix of the name, output, families

OPEN = {"port_state": "open", "handshake.result": "completed", "handshake.reason": "syn-ack", "ok": True}
GRACEFUL = {**OPEN, "teardown.result": "graceful", "teardown.initiator": "client",
            "client_state": "TIME_WAIT", "server_state": "CLOSED"}
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
