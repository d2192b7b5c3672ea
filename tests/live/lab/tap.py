# SPDX-License-Identifier: BSD-2-Clause
"""Cases, run side by side and reported in order as TAP (Test Anything Protocol, version 12)."""

import argparse
import concurrent.futures
import contextlib
import os
import pathlib
import shutil
import signal
import sys
import tempfile
import traceback
from typing import Callable, NamedTuple

from . import clock, namespace

PROMPT = -10  # a nice value
WORKERS = 12  # most cases wait most of the time


class Failure(Exception):
    """A case did not show what it should."""


class Skip(Exception):
    """A case cannot be run here; the text says why."""


class Case(NamedTuple):
    """One line of TAP: body gets a Bench and raises Failure, Skip or whatever went wrong."""

    name: str
    body: Callable


class Bench:
    """What one case works with: a directory, and the things to close behind it."""

    def __init__(self, name):
        self.name = name
        self.notes = []
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="tcpshake-"))
        self._stack = contextlib.ExitStack()
        self._stack.callback(shutil.rmtree, self.directory, ignore_errors=True)

    def add(self, thing):
        """Keeps thing until the case ends, then closes it; returns it."""
        self._stack.callback(thing.close)
        return thing

    def path(self, name):
        return self.directory / name

    def note(self, text):
        """Reports a figure behind the case's line."""
        self.notes.append(text)

    def close(self):
        self._stack.close()


def same(actual, wanted, what):
    """Insists that two values are equal."""
    if actual != wanted:
        raise Failure(f"{what}: {actual!r}, wanted {wanted!r}")


def true(condition, what):
    """Insists on a condition."""
    if not condition:
        raise Failure(what)


def at_best(attempt, limit, tries=5):
    """Insists that attempt() takes less than limit seconds, and returns the least that it took. A busy machine adds to
    what something takes, and never subtracts: so it is tried again until it is quick enough."""
    took = []
    while len(took) < tries:
        took.append(attempt())
        if took[-1] < limit:
            return took[-1]
    raise Failure(f"took {', '.join(f'{seconds:.3f}' for seconds in took)} s, at most {limit} s allowed")


def unless_busy(attempt, tries=3):
    """What attempt() returns, which plays a script against the program. Where much more wants to run than there are
    processors, the script may come late, and its Failure says nothing: then it is tried again."""
    for left in reversed(range(tries)):
        try:
            return attempt()
        except Failure:
            if left == 0 or os.getloadavg()[0] <= 2 * (os.cpu_count() or 1):
                raise
    return None


def _keep(bench, directory):
    """Saves the captures of a case under its name."""
    for path in sorted(bench.directory.glob("*.pcap*")):
        shutil.copy(path, directory / f"{bench.name}.{path.name}")


def _run(case, keep):
    """Runs one case; returns (passed, remark after the name, diagnostics)."""
    bench = Bench(case.name)
    try:
        case.body(bench)
        return True, "", "\n".join(bench.notes)
    except Skip as skip:
        return True, f" # SKIP {skip}", ""
    except Failure as failure:
        return False, "", str(failure)
    except Exception:  # pylint: disable=broad-except
        return False, "", traceback.format_exc()
    finally:
        if keep:
            _keep(bench, keep)
        bench.close()


def _run_undisturbed(case, keep, tries=3):
    """The same; a case that fails while the time of day is stepped is run again, once it is no longer."""
    for nth in range(1, tries + 1):
        offset_ns = clock.offset_ns()
        passed, remark, diagnostics = _run(case, keep)
        if passed or nth == tries or not clock.stepped_since(offset_ns) or not clock.await_steady():
            break
    again = f"the clock was stepped: run {nth} times\n" if nth > 1 else ""
    return passed, remark, again + diagnostics


def _say(number, case, outcome):
    passed, remark, diagnostics = outcome
    print(f"{'ok' if passed else 'not ok'} {number} - {case.name}{remark}")
    for line in diagnostics.splitlines():
        print(f"# {line}")
    sys.stdout.flush()


def _arguments(cases, jobs, table):
    parser = argparse.ArgumentParser(description="Runs live cases and prints TAP.")
    parser.add_argument("--list", action="store_true", help="name the cases and stop")
    parser.add_argument("--keep", metavar="DIR", type=pathlib.Path, help="save every capture there")
    parser.add_argument("--jobs", type=int, default=jobs, help="cases at a time (%(default)s)")
    parser.add_argument("--all", action="store_true", help="run those too that are held back")
    if table:
        parser.add_argument("--table", action="store_true", help="print a table behind the cases")
    parser.add_argument("names", nargs="*", metavar="CASE", help="run these alone")
    arguments = parser.parse_args()
    unknown = set(arguments.names) - {case.name for case in cases}
    if unknown:
        parser.error(f"no such case: {', '.join(sorted(unknown))}")
    return arguments


def _play(cases, arguments):
    """Runs the cases and prints their lines in order; returns whether all passed."""
    print(f"1..{len(cases)}", flush=True)
    passed = True
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        outcomes = [pool.submit(_run_undisturbed, case, arguments.keep) for case in cases]
        for number, (case, outcome) in enumerate(zip(cases, outcomes), 1):
            _say(number, case, outcome.result())
            passed = passed and outcome.result()[0]
    return passed


def _chosen(cases, arguments, held):
    """Those that are named; without names, those that are not held back."""
    if arguments.names:
        return [case for case in cases if case.name in arguments.names]
    return [case for case in cases if arguments.all or case.name not in held]


def _footer(arguments, table, finish):
    """What is printed behind the cases."""
    lines = list(finish()) if finish else []
    return lines + (list(table()) if table and arguments.table else [])


def _be_plain():
    """Children start with default dispositions of signals, and no file opened here becomes a standard stream.

    nohup(1), and shells that put this into the background, make it ignore signals, which children inherit. A
    handler that does nothing has the same effect here, but execve(2) replaces it by the default.
    """
    while (fd := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(fd, True)
    os.close(fd)
    for number in signal.valid_signals() - {signal.SIGPIPE, signal.SIGXFSZ}:  # Python restores those itself
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, lambda *_: None)


def _be_prompt():
    """The network and the far ends are played here: other load does not slow these down, where that is allowed."""
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, min(os.getpriority(os.PRIO_PROCESS, 0), PROMPT))


def main(cases, jobs=WORKERS, prepare=None, finish=None, table=None, held=()):
    """The main function of a test file, at most jobs cases at a time. prepare() may stop the file by Skip, before
    anything is run; finish() returns lines to print behind the cases, table() more of them for --table. held are
    names of cases that run only where they are named or all are asked for."""
    arguments = _arguments(cases, jobs, table)
    arguments.jobs = min(arguments.jobs, jobs)
    chosen = _chosen(cases, arguments, held)
    if arguments.list:
        print("\n".join(case.name for case in chosen))
        return
    if not namespace.enter():
        print("1..0 # SKIP needs network namespaces: root, or user namespaces for ordinary users")
        return
    _be_plain()
    _be_prompt()
    os.umask(0o022)
    try:
        if prepare:
            prepare()
    except Skip as skip:
        print(f"1..0 # SKIP {skip}")
        return
    passed = _play(chosen, arguments)
    for line in _footer(arguments, table, finish):
        print(f"# {line}")
    sys.exit(0 if passed else 1)
