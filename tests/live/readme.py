#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""README's recipes, each copied as it stands into a shell, in a network where example.com is a server of ours."""

import gzip
import pathlib
import re
import shutil
import socket
import tempfile
import threading
from functools import partial

from lab import namespace, process, program, servers, tap
from lab.servers import Server
from lab.tap import Case, Skip, same, true
from lab.topology import CLIENT, SERVER, Pair

HOSTS = f"127.0.0.1 localhost\n{SERVER[4]} example.com db.example.com\n"
METRICS = "/var/lib/prometheus/node-exporter/tcpshake.prom"
TOOLS = ("jq", "python3", "tcpdump", "timeout")


def recipes():
    """The indented blocks of the section Recipes, without their indentation."""
    section = (program.TOP / "README").read_text(encoding="utf-8").split("\nRecipes\n", 1)[1]
    section = section.split("\nEvidence\n", 1)[0]
    blocks = re.findall(r"(?:^    .*\n)+", section, re.M)
    return [re.sub(r"^    ", "", block, flags=re.M) for block in blocks]


VISITS, SETTLED = 8, 3  # SETTLED: a capture is bound before its filter is set


def is_captured():
    """Whether a packet socket in this thread's network namespace is bound: packet(7) of Linux has that as R."""
    sockets = pathlib.Path("/proc/thread-self/net/packet").read_text(encoding="ascii").splitlines()[1:]
    return any(line.split()[5] == "1" for line in sockets)


class Town(Pair):
    """example.com and db.example.com, and a client that connects to the first a few times while it is captured:
    neither the beginning nor the end of a capture of two seconds cuts a connection in two. It waits for welcome()."""

    def __init__(self):
        super().__init__()
        self._servers = [Server(self.server, SERVER[4], servers.sink, port=port) for port in (443, 5432)]
        self._ended = threading.Event()
        self._visitor = None

    def welcome(self):
        self._visitor = threading.Thread(target=self._visit)
        self._visitor.start()

    def _visit(self):
        seen = 0
        while seen < VISITS + SETTLED and not self._ended.wait(0.1):
            with self.client.inside():
                seen = seen + 1 if is_captured() else 0
                if seen > SETTLED:
                    socket.create_connection((SERVER[4], 443), 5, (CLIENT[4], 0)).close()

    def close(self):
        self._ended.set()
        if self._visitor:
            self._visitor.join()
        for server in self._servers:
            server.close()
        super().close()


def shell_of(block):
    """The script and the environment of a block: a line of a crontab is run as cron would."""
    cron = re.fullmatch(r"(?:[*0-9/,-]+ ){5}root (.*)\n", block)
    if cron:
        return cron[1], {"HOME": "/root", "LOGNAME": "root", "SHELL": "/bin/sh"}
    return "set -e\n" + block, {"HOME": "/root", "LANG": "C.UTF-8"}


def check(bench, number):
    block = recipes()[number]
    for tool in TOOLS:
        if re.search(rf"\b{tool}\b", block) and not shutil.which(tool):
            raise Skip(f"{tool} was not found")
    town = bench.add(Town())
    (bench.directory / "bin").mkdir()
    bench.path("bin/tcpshake").symlink_to(program.path())
    program.shake(town.client, "-qq", "-w", bench.path("trace.pcap"), f"{SERVER[4]}:443")
    bench.path("other.pcapng.gz").write_bytes(gzip.compress(bench.path("trace.pcap").read_bytes()))
    town.welcome()
    script, environment = shell_of(block)
    search = f"{bench.directory}/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    argv = ["env", "-i", "-C", bench.directory, f"PATH={search}", *(f"{k}={v}" for k, v in environment.items()),
            "sh", "-c", script]
    run = process.run(town.client, argv)
    same(run.status, 0, f"status of\n{block}{run.stdout}{run.stderr}\n")
    judge(bench, block, run)


def judge(bench, block, run):
    """What a recipe is for has come about."""
    if METRICS in block:
        same(run.stdout + run.stderr, "", "what cron would send by mail")
        true("\nprobe_success" in pathlib.Path(METRICS).read_text(encoding="utf-8"), "no metrics")
    elif "ladder.svg" in block:
        true("</svg>" in bench.path("ladder.svg").read_text(encoding="utf-8"), "no drawing")
    else:
        true(run.stdout != "", f"nothing printed by\n{block}")
        true(not re.search("exposed|not so", run.stdout), run.stdout)


def prepare():
    """example.com stands in /etc/hosts, and what is written below /var/lib is gone afterwards."""
    program.path()
    with tempfile.NamedTemporaryFile("w", prefix="tcpshake-hosts-") as hosts:
        hosts.write(HOSTS)
        hosts.flush()
        namespace.bind_mount(hosts.name, "/etc/hosts")
    namespace.SmallDisk("/var/lib", 1 << 20)
    pathlib.Path(METRICS).parent.mkdir(parents=True)


CASES = [Case(f"recipe-{number + 1}", partial(check, number=number)) for number in range(len(recipes()))]

if __name__ == "__main__":
    tap.main(CASES, prepare=prepare)
