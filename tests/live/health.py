#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What --version and --doctor say of this place, in places where it is so and where it is not."""

import re

from lab import program, tap
from lab.program import sandbox_obstacle
from lab.tap import Case, same, true
from lab.topology import Alone
from lab.users import as_nobody, own_copy

PARTS = ["capabilities", "raw sockets", "capture", "guard", "route", "names", "sandbox", "room", "complete probe"]
NEED_NET_RAW = ["capabilities", "raw sockets", "capture", "complete probe"]


def _lines(finished):
    """The doctor's findings: {part: (works, text)}, in order."""
    found = {}
    for line in finished.stdout.splitlines():
        match = re.fullmatch(r"(.{14}) (works|fails): (.+)", line)
        true(match, f"no finding: {line!r}")
        found[match[1].strip()] = (match[2] == "works", match[3])
    same(list(found), PARTS, "what was tried")
    return found


def _doctor(bench, failing, command=None, prepare=None):
    """Runs --doctor and insists on what fails; the sandbox may also be missing here."""
    alone = bench.add(Alone())
    if prepare:
        prepare(alone)
    finished = program.shake(alone.client, "--doctor", command=command)
    same(finished.stderr, "", "stderr")
    found = _lines(finished)
    wrong = [part for part, (works, _) in found.items() if not works]
    if sandbox_obstacle(alone.client):
        failing = sorted({*failing, "sandbox"}, key=PARTS.index)
    same(wrong, failing, f"what fails in {finished.stdout}")
    same(finished.status, 3 if failing else 0, "exit status")
    return found


def check_well(bench):
    """Where all is there, all works."""
    found = _doctor(bench, [])
    true("nanoseconds" in found["capture"][1], f"capture: {found['capture']}")
    true("neighbours at a time" in found["room"][1] and "source ports" in found["room"][1], f"room: {found['room']}")
    true("opened and closed" in found["complete probe"][1], f"probe: {found['complete probe']}")
    neighbours, silent = map(int, re.search(r"(\d+) neighbours at a time, which is (\d+) silent ones a second",
                                            found["room"][1]).groups())
    true(neighbours >= 8 and silent == neighbours * 10 // 31, f"room: {found['room']}, where an entry is kept for 3.1 s")


def check_well_with_net_raw(bench):
    """CAP_NET_RAW alone is enough for an ordinary user."""
    _doctor(bench, [], command=as_nobody("net_raw") + [own_copy(bench)])


def check_without_net_raw(bench):
    """Without it, what needs it fails, with the way out; the rest works."""
    found = _doctor(bench, NEED_NET_RAW, command=as_nobody() + [own_copy(bench)])
    for part in NEED_NET_RAW:
        true("setcap cap_net_raw+ep" in found[part][1], f"{part}: {found[part]}")


def check_loopback_down(bench):
    """A namespace whose loopback device is down."""
    found = _doctor(bench, ["capture", "complete probe"],
                    prepare=lambda alone: alone.client.ip("link set lo down"))
    for part in ("capture", "complete probe"):
        true("interface lo is down: ip link set lo up" in found[part][1], f"{part}: {found[part]}")


STRANGE = "l\x1b[31m\u115f"


def check_strange_name(bench):
    """What comes from outside, here the name of a device, drives no terminal and hides nothing."""
    def rename(alone):
        alone.client.ip("link set lo down", f"link set lo name {STRANGE}", f"link set up dev {STRANGE}")

    found = _doctor(bench, ["capture"], prepare=rename)
    true("\\x1b[31m\\u115f" in found["route"][1], f"route: {found['route']}")
    true(all(STRANGE not in text for _, text in found.values()), f"doctor: {found}")


LIBRARIES = ["libpcap", "libnet", "libmnl", "libcap-ng", "libseccomp", "zlib", "libzstd", "liblzma"]


def _version(bench, command=None):
    finished = program.shake(bench.add(Alone()).client, "--version", command=command)
    same((finished.status, finished.stderr), (0, ""), "status and stderr")
    return finished.stdout


def check_version(bench):
    """Every library has its line, and so has what is to be had here."""
    text = _version(bench)
    true(re.match(r"tcpshake [0-9.]+\n", text), f"the first line of {text!r}")
    for name in LIBRARIES:
        true(re.search(rf"^{name} (version )?([0-9]+\.[0-9]+|absent)", text, re.MULTILINE), f"{name} in {text!r}")
    true("\ncapabilities: CAP_NET_RAW\n" in text and "\nguard: TCP MD5\n" in text, f"{text!r}")
    true(re.search(r"^sandbox: (seccomp.*|none)$", text, re.MULTILINE), f"{text!r}")


def check_version_unprivileged(bench):
    text = _version(bench, as_nobody() + [own_copy(bench)])
    true("\ncapabilities: no CAP_NET_RAW\n" in text, f"{text!r}")


CASES = [
    Case("well", check_well),
    Case("well-with-net-raw", check_well_with_net_raw),
    Case("without-net-raw", check_without_net_raw),
    Case("loopback-down", check_loopback_down),
    Case("strange-name", check_strange_name),
    Case("version", check_version),
    Case("version-unprivileged", check_version_unprivileged),
]

if __name__ == "__main__":
    tap.main(CASES, prepare=program.path)
