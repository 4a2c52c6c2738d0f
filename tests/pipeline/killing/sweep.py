"""Kills a command in each state that a kill can leave, completes it, and compares the end with that of a whole run.

Steps are SQL statements, commits, and what is done to files: renames, removals, links, new folders, and requests that
write to a bucket. Two steps before which a kill leaves the same are one state: of files by all their bytes, of a server
and of a bucket by what was committed or written so far, since an open transaction is rolled back. A process is killed
before the first step of a state, in a forked child, so that the process that forks has no threads.

Run by a module that calls `main` with its scenario: `python -m MODULE PLACE STRIDE FIRST`.
"""

from __future__ import annotations

import os
import pickle
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Protocol

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from tests.apart import run_apart
from tests.conftest import ROOT
from tests.drive import Place, place
from tests.postgres import Server
from tests.promises.compare import differences
from tests.s3 import Store

FILE_STEPS: Final = frozenset({"os.rename", "os.remove", "os.link", "os.mkdir", "os.rmdir"})
WRITES: Final = frozenset({"put_object", "delete_object", "delete_objects", "upload_part", "complete_multipart_upload"})
EVERY: Final = int(os.environ.get("KILL_EVERY", "0"))
"""With 1, commands are killed in every state: before each statement, commit and change of a file that could differ."""


class Scenario(Protocol):
    """A command that is killed. `other` is one of two ways to complete it."""

    def prepare(self, where: Place) -> None:
        """Make what the command starts from."""

    def run(self, where: Place) -> None:
        """Run the command."""

    def complete(self, where: Place, *, other: bool) -> bool:
        """Complete what a kill has left; return whether it was by the other way."""

    def prove(self, where: Place) -> None:
        """Fail where a whole run and the other way after it have not left what is right."""

    def check(self, where: Place, whole: Place) -> None:
        """Fail where more than the tables is not as a whole run leaves it."""


@dataclass
class Steps:
    """The steps of this process so far."""

    arrived: int = 0
    states: list[int] = field(default_factory=list)
    """The steps with which a new state begins."""


def count_steps(arrive: Callable[[str], None]) -> None:
    """Call a function before every step of this process, with the kind of the step."""

    def hear(name: str, values: tuple[Any, ...]) -> None:
        if name in FILE_STEPS:
            arrive("file")

    sa.event.listen(Engine, "before_cursor_execute", lambda *_: arrive("statement"))
    sa.event.listen(Engine, "commit", lambda *_: arrive("commit"))
    sys.addaudithook(hear)
    _count_requests(arrive)


def kill_at(number: int) -> None:
    """Kill this process before a step."""
    steps = Steps()

    def arrive(_: str) -> None:
        steps.arrived += 1
        if steps.arrived == number:
            os.kill(os.getpid(), signal.SIGKILL)

    count_steps(arrive)


def find_states(where: Place) -> Steps:
    """Note from now on with which steps of this process a new state begins."""
    steps, known, changed = Steps(), set[str](), [True]

    def arrive(kind: str) -> None:
        steps.arrived += 1
        if changed[0] if where.database or where.bucket else _is_new(where, known):
            steps.states.append(steps.arrived)
        changed[0] = kind != "statement"

    count_steps(arrive)
    return steps


def _is_new(where: Place, known: set[str]) -> bool:
    """Return whether no step has had the same files with the same bytes."""
    found = sha256()
    for folder, folders, files in os.walk(where.folder):
        folders.sort()
        for name in sorted(files):
            with suppress(FileNotFoundError):
                found.update(f"{folder}/{name}\n".encode() + Path(folder, name).read_bytes())
    before = len(known)
    known.add(found.hexdigest())
    return len(known) > before


def _count_requests(arrive: Callable[[str], None]) -> None:
    import s3fs

    sent = s3fs.S3FileSystem._call_s3

    async def call(self: object, method: str, *given: object, **named: object) -> object:
        if method in WRITES:
            arrive("request")
        return await sent(self, method, *given, **named)

    s3fs.S3FileSystem._call_s3 = call


@dataclass(frozen=True)
class Sweep:
    """A scenario at the place that all others are copies of."""

    scenario: Scenario
    base: Place

    def run(self, stride: int, first: int) -> int:
        """Kill in every stride-th state; return how many went wrong."""
        assert run_at(self.base, lambda: self.scenario.prepare(self.base)) == 0
        whole = self.copied("whole")
        assert run_at(whole, lambda: self.run_whole(whole)) == 0
        steps: Steps = pickle.loads((self.base.folder / "steps").read_bytes())  # noqa: S301  written by our own child
        killed = steps.states[first::stride]
        wrong = sum(self.is_wrong(whole, at, other=number % 2 > 0) for number, at in enumerate(killed))
        sys.stderr.write(f"{steps.arrived} steps, {len(steps.states)} states, {len(killed)} killed, {wrong} wrong\n")
        return wrong

    def run_whole(self, whole: Place) -> None:
        """Run the command to its end, then what completes it by the other way."""
        steps = find_states(whole)
        self.scenario.run(whole)
        (self.base.folder / "steps").write_bytes(pickle.dumps(steps))
        shutil.copyfile(whole.warehouse, whole.folder / _left_by(other=False))
        self.scenario.complete(whole, other=True)
        shutil.copyfile(whole.warehouse, whole.folder / _left_by(other=True))
        self.scenario.prove(whole)
        self.scenario.check(whole, whole)

    def is_wrong(self, whole: Place, at: int, *, other: bool) -> bool:
        """Kill the command before a step and complete it; return whether something is not as it should be."""
        where = self.copied(str(at))

        def crash() -> None:
            kill_at(at)
            self.scenario.run(where)

        def recover() -> None:
            by_other = self.scenario.complete(where, other=other)
            expected, found = whole.folder / _left_by(other=by_other), where.warehouse
            assert [differences(expected, found, schema) for schema in ("events", "rollups")] == [[], []]
            self.scenario.check(where, whole)

        ended = run_at(where, crash), run_at(where, recover)
        if ended != (-signal.SIGKILL, 0):
            sys.stderr.write(f"step {at}: {ended}\n")
        shutil.rmtree(where.folder)
        return ended != (-signal.SIGKILL, 0)

    def copied(self, name: str) -> Place:
        """Return a copy of the prepared place, its archive shared."""
        base, folder = self.base, self.base.folder.parent / name
        if base.bucket:
            where = replace(base, folder=folder)
            run_at(where, lambda: base.copy_lake(where))
        shutil.copytree(base.folder, folder, dirs_exist_ok=True)
        return replace(base, folder=folder, database=base.database and base.database.beside(copied=True))


def run_at(where: Place, job: Callable[[], object]) -> int:
    """Run a job in a forked child, with temporary files in the place; its exit status, negative for a signal."""

    def work() -> None:
        where.folder.mkdir(parents=True, exist_ok=True)
        tempfile.tempdir = str(where.folder / "temporary")
        Path(tempfile.tempdir).mkdir(exist_ok=True)
        job()

    return run_apart(work)


def _left_by(*, other: bool) -> str:
    return f"left-{'other' if other else 'same'}.duckdb"


def sweep(
    module: str,
    folder: Path,
    write: Callable[[Path], Path],
    *,
    stride: int,
    first: int = 0,
    server: Server | None = None,
    store: Store | None = None,
) -> None:
    """Kill the scenario of a module in every stride-th state from the first one on, in a process of its own.

    `write` makes the archive in a folder. A module with several scenarios goes by the name of the sweep's folder.
    """
    database = server.new_database() if server else None
    where = place(write(folder / "archive"), folder / "places/base", database=database, store=store)
    pickled = folder / "place.pickle"
    pickled.write_bytes(pickle.dumps(where))
    command = [sys.executable, "-m", module, str(pickled), str(EVERY or stride), str(first)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    sys.stderr.write(done.stderr)
    assert done.returncode == 0, done.stderr[-8000:]
    assert " 0 wrong" in done.stderr


def main(scenario: Scenario) -> int:
    """Sweep the pickled place."""
    where: Place = pickle.loads(Path(sys.argv[1]).read_bytes())  # noqa: S301  the test itself has written it
    return 1 if Sweep(scenario, where).run(int(sys.argv[2]), int(sys.argv[3])) else 0
