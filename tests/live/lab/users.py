# SPDX-License-Identifier: BSD-2-Clause
"""Other users than root, and what they may."""

import shutil

from . import program

NOBODY = "65534"


def is_root_of_all():
    """Whether other users can be become: not in a user namespace of one user."""
    with open("/proc/self/uid_map", encoding="ascii") as file:
        return any(int(line.split()[2]) > 65534 for line in file)


def becoming_nobody():
    """The options of setpriv(1) that make it nobody."""
    return [f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]


def nobody_keeping():
    """The command that becomes nobody and lets the program gain what its file grants."""
    return ["setpriv", *becoming_nobody()]


def as_nobody(*capabilities):
    """The command that runs a program with these capabilities and no others."""
    only = ",".join(["-all", *(f"+{name}" for name in capabilities)])
    words = ["setpriv", *(becoming_nobody() if is_root_of_all() else [])]
    return words + [f"--{group}={only}" for group in ("inh-caps", "ambient-caps", "bounding-set")]


def own_copy(bench):
    """The program where every user can run it, in a directory where every user can write."""
    bench.directory.chmod(0o777)
    copy = bench.path("tcpshake")
    shutil.copy(program.path(), copy)
    copy.chmod(0o755)
    return copy
