# SPDX-License-Identifier: BSD-2-Clause
"""Network namespaces without a name: each lives as long as its descriptor, so nothing is ever left behind."""

import contextlib
import ctypes
import os
import subprocess
import sys

CLONE_NEWNET = 0x40000000
MS_BIND, MS_REMOUNT, MS_RDONLY, MNT_DETACH = 0x1000, 0x20, 1, 2
MARK = "TCPSHAKE_LAB"  # set in the environment of the process inside

_libc = ctypes.CDLL(None, use_errno=True)


def _unshare_command():
    """The command that gives this user mounts and a network of his own.

    Ordinary users keep their number and get capabilities: tcpdump fails where it believes to be root and is not.
    """
    user = [] if os.geteuid() == 0 else ["--map-current-user", "--keep-caps"]
    return ["unshare", "--mount", "--net", *user, "--"]


def enter():
    """Runs this script again in namespaces of its own; returns inside. False: this system does not allow it."""
    if MARK in os.environ:
        return True
    try:
        subprocess.run(_unshare_command() + ["true"], check=True, capture_output=True, timeout=10)
    except (OSError, subprocess.SubprocessError):
        return False
    environment = dict(os.environ, **{MARK: "1"})
    command = _unshare_command() + [sys.executable, "-B"] + sys.argv
    os.execvpe(command[0], command, environment)


def bind_mount(source, target):
    """Puts one file in the place of another, for this process and its children."""
    _checked(_libc.mount(os.fsencode(source), os.fsencode(target), None, MS_BIND, None), f"mount on {target}")


class SmallDisk:
    """A file system with room for so many bytes, mounted on a directory until it is closed."""

    def __init__(self, directory, size):
        self._directory = os.fsencode(directory)
        _checked(_libc.mount(b"tmpfs", self._directory, b"tmpfs", 0, b"size=%d" % size), f"mount on {directory}")

    def grow(self, size):
        """From now on it has room for so many bytes."""
        _checked(_libc.mount(None, self._directory, None, MS_REMOUNT, b"size=%d" % size), "remount")

    def seal(self):
        """From now on it can only be read."""
        _checked(_libc.mount(None, self._directory, None, MS_REMOUNT | MS_RDONLY, None), "remount")

    def close(self):
        _libc.umount2(self._directory, MNT_DETACH)


def _checked(result, what):
    if result != 0:
        raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")


def _open_current():
    return os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)


class Namespace:
    """A network namespace. It ends when it is closed and the last process in it has gone."""

    def __init__(self):
        before = _open_current()
        try:
            _checked(_libc.unshare(CLONE_NEWNET), "unshare")
            self.fd = _open_current()
            _checked(_libc.setns(before, CLONE_NEWNET), "setns")
        finally:
            os.close(before)
        if os.path.exists("/proc/sys/net/ipv4/tcp_syn_linear_timeouts"):
            self.sysctl("ipv4/tcp_syn_linear_timeouts", 0)  # RFC 6298, unless a case asks for more

    def close(self):
        os.close(self.fd)

    @property
    def path(self):
        """How ip(8) can name it."""
        return f"/proc/{os.getpid()}/fd/{self.fd}"

    @contextlib.contextmanager
    def inside(self):
        """What this thread opens or starts in the block belongs to the namespace; other threads stay outside."""
        before = _open_current()
        try:
            _checked(_libc.setns(self.fd, CLONE_NEWNET), "setns")
            yield
        finally:
            _checked(_libc.setns(before, CLONE_NEWNET), "setns")
            os.close(before)

    def command(self, *argv, stdin=None):
        """Runs a short command that has to succeed; returns its output."""
        with self.inside():
            done = subprocess.run(argv, input=stdin, text=True, capture_output=True, timeout=20)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(argv)}: {done.stderr.strip()}")
        return done.stdout

    def ip(self, *lines):
        """Gives ip(8) one command for each line."""
        return self.command("ip", "-batch", "-", stdin="\n".join(lines) + "\n")

    def nft(self, rules):
        return self.command("nft", "-f", "-", stdin=rules)

    def sysctl(self, name, value):
        """Sets one value below /proc/sys/net, for example ipv4/tcp_sack."""
        with self.inside(), open(f"/proc/sys/net/{name}", "w", encoding="ascii") as file:
            file.write(str(value))
