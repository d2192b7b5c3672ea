# SPDX-License-Identifier: BSD-2-Clause
"""Whether the time of day of this machine is being put right. What the kernel stamps, and what Python reads, then
jumps; no case can say how the program would have done without."""

import threading
import time

STEP_NS = 100_000  # reading two clocks may take that long on a busy machine
STEADY = 1.0  # seconds without a step
PATIENCE = 300.0  # seconds: a machine that was suspended for 37 s was put right by steps of 2.5 ms for 231 s


def offset_ns():
    """The distance of the time of day from the monotonic clock, which only a step changes; read at the quickest."""
    readings = []
    for _ in range(5):
        before_ns = time.monotonic_ns()
        epoch_ns = time.time_ns()
        after_ns = time.monotonic_ns()
        readings.append((after_ns - before_ns, epoch_ns - after_ns))
    return min(readings)[1]


def stepped_since(before_ns):
    """Whether it was stepped since offset_ns() returned that."""
    return abs(offset_ns() - before_ns) > STEP_NS


_given_up = threading.Event()


def await_steady():
    """Waits until it has not been stepped for a while. Returns whether that came in time; once it has not, a test
    file waits no more."""
    started = quiet_since = time.monotonic()
    last_ns = offset_ns()
    while time.monotonic() - quiet_since < STEADY:
        if _given_up.is_set() or time.monotonic() - started > PATIENCE:
            _given_up.set()
            return False
        time.sleep(0.1)
        if stepped_since(last_ns):
            last_ns, quiet_since = offset_ns(), time.monotonic()
    return True
