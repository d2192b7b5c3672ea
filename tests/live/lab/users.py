# SPDX-License-Identifier: BSD-2-Clause
"""Other users than root, and what they may."""

import os
import shutil
import subprocess

from . import program
from .tap import Skip

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
    if not copy.exists():  # or it may still be running
        # By a process of its own: one that is forked here meanwhile would have it open for writing, and it could not
        # be run.
        subprocess.run(["install", "-m", "755", program.path(), copy], check=True)
    return copy


def _nosuid(path):
    return os.statvfs(path).f_flag & os.ST_NOSUID


def with_net_raw(copy):
    """Gives a program of root's CAP_NET_RAW, as the error message proposes it; returns its path."""
    setcap = shutil.which("setcap", path=os.environ["PATH"] + ":/usr/sbin:/sbin")
    if not setcap or _nosuid(copy):
        raise Skip("needs setcap and a temporary directory without nosuid")
    subprocess.run([setcap, "cap_net_raw+ep", copy], check=True, timeout=10)
    return copy


def with_set_id(copy, mode):
    """Makes a program of root's set-user-ID or set-group-ID; returns its path."""
    copy.chmod(mode)
    if _nosuid(copy):
        raise Skip("the temporary directory is mounted nosuid")
    return copy
