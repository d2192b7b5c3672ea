# SPDX-License-Identifier: BSD-2-Clause
"""The program under test: runs it, and holds every run against what must be true of all runs."""

import functools
import json
import os
import pathlib
import sys

from . import process
from .tap import Failure, same, true

TOP = pathlib.Path(__file__).resolve().parents[3]
SCHEMA = TOP / "schema" / "tcpshake-1.schema.json"
JSON, TEXT = ("-j",), ()  # outputs: the options that ask for them


def path():
    """The program: $TCPSHAKE, or the one in build/ or at the top of the tree."""
    asked = os.environ.get("TCPSHAKE")
    places = [pathlib.Path(asked)] if asked else [TOP / "build" / "tcpshake", TOP / "tcpshake"]
    for place in places:
        if os.access(place, os.X_OK):
            return place.resolve()
    print(f"Bail out! no program at {' or '.join(map(str, places))}; set TCPSHAKE", flush=True)
    os._exit(99)  # from whichever thread


def helper(name):
    """A program of the tests that make check builds, such as live/link/badlink; None where it was not built."""
    built = path().parent / "tests" / name
    return built if os.access(built, os.X_OK) else None


def start(namespace, *arguments, command=None, **options):
    """Starts the program in a namespace. command is how, if not plainly; options are those of process.Process."""
    return process.Process(namespace, [*(command or [path()]), *arguments], **options)


def shake(namespace, *arguments, command=None, **options):
    """Runs the program to its end."""
    return process.run(namespace, [*(command or [path()]), *arguments], **options)


def in_time(attempt, has_begun, seconds=0.3):
    """What attempt(seconds) returns, with more time until has_begun() is true of that: a deadline that came before
    the loaded machine had begun shows nothing."""
    result = attempt(seconds)
    while not has_begun(result) and seconds < 20:
        seconds *= 4
        result = attempt(seconds)
    true(has_begun(result), f"nothing begun after {seconds} s: {result}")
    return result


def sandbox_obstacle(namespace):
    """Why the sandbox is not entered here, or "": an absent library, or a kernel that has no such thing."""
    version = shake(namespace, "--version").stdout
    return "built without libseccomp, or the kernel refuses it" if "\nsandbox: none\n" in version else ""


@functools.cache
def _validator():
    sys.dont_write_bytecode = True
    import jsonschema  # pylint: disable=import-outside-toplevel

    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    kind = jsonschema.validators.validator_for(schema)
    kind.check_schema(schema)
    return kind(schema)


def validate(record):
    """Insists that a record is what the schema says."""
    for error in _validator().iter_errors(record):
        place = ".".join(map(str, error.absolute_path))
        raise Failure(f"schema: {place or 'record'}: {error.message[:300]} in {json.dumps(record)[:2000]}")


def _no_twice(pairs):
    names = [name for name, _ in pairs]
    true(len(names) == len(set(names)), f"a name stands twice in one JSON object: {names}")
    return dict(pairs)


def records(text):
    """The JSON records of an output, one a line."""
    try:
        return [json.loads(line, object_pairs_hook=_no_twice) for line in text.splitlines()]
    except json.JSONDecodeError as error:
        raise Failure(f"no JSON: {error} in {text[-1000:]!r}") from error


class Run:
    """A finished run of the program with its records, if it was asked for JSON."""

    def __init__(self, finished, output):
        self.finished, self.output = finished, output
        self.records = records(finished.stdout) if output == JSON else []
        self.connections = [record for record in self.records if record["type"] == "connection"]
        self.summaries = [record for record in self.records if record["type"] == "summary"]

    @property
    def only(self):
        """The single connection of a run."""
        same(len(self.connections), 1, "connection records")
        return self.connections[0]


def differences(left, right, place="record"):
    """Where two JSON values differ, as "place: left / right"."""
    if isinstance(left, dict) and isinstance(right, dict):
        for name in sorted(left.keys() | right.keys()):
            yield from differences(left.get(name, "absent"), right.get(name, "absent"), f"{place}.{name}")
    elif isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        for number, (one, other) in enumerate(zip(left, right)):
            yield from differences(one, other, f"{place}[{number}]")
    elif left != right or isinstance(left, bool) != isinstance(right, bool):
        yield f"{place}: live {left!r}, replay {right!r}"


def _describe(finished):
    return (f"{' '.join(finished.argv)}: status {finished.status}\n{finished.stdout[-6000:]}"
            f"stderr: {finished.stderr[-2000:]}")


def _lines(run):
    return sorted(run.finished.stdout.splitlines())


def _how_they_differ(run, again):
    """What a replay says otherwise than the live run, in short."""
    if run.finished.stdout and _lines(run) == _lines(again):
        return "the replay reports in another order"
    found = list(differences(run.records, again.records))[:20]
    return "\n".join(["the replay differs", *found, "live:", run.finished.stdout[-3000:],
                      "replay:", again.finished.stdout[-3000:], again.finished.stderr])


def check_replay(namespace, run, recording, judge=(), command=None):
    """The recording, read back with the same judgement, says exactly what the live run said."""
    again = shake(namespace, "-r", recording, *run.output, *judge, command=command)
    if again.stdout != run.finished.stdout:
        raise Failure(_how_they_differ(run, Run(again, run.output)))
    same(again.status, run.finished.status, "exit status of the replay")
    same(again.stderr, "", "stderr of the replay")


def probe(bench, namespace, *arguments, status=0, judge=(), output=JSON, sample=1, command=None, **options):
    """Runs the program with a recording, and checks status, stderr, schema (each sample-th record) and replay.

    judge are options that mean the same with -r, such as --expect.
    """
    recording = bench.path("run.pcapng")
    finished = shake(namespace, *output, "-w", recording, *judge, *arguments, command=command, **options)
    if finished.status != status or finished.stderr:
        raise Failure(f"wanted status {status} and an empty stderr: {_describe(finished)}")
    run = Run(finished, output)
    for record in run.records[::sample]:
        validate(record)
    check_replay(namespace, run, recording, judge, command)
    return run


def field(record, name):
    """The field at a dotted name."""
    value = record
    for part in name.split("."):
        value = value[part]
    return value


def match(record, wanted):
    """Insists on some fields of a record, named with dots, or "record" for all of it.

    A callable among the values is a test.
    """
    for name, value in wanted.items():
        actual = record if name == "record" else field(record, name)
        passed = value(actual) if callable(value) else actual == value
        if not passed:
            raise Failure(f"{name} is {actual!r}, wanted {value!r} in {json.dumps(record)}")
