"""Kills an erasure at its steps and completes it: `python -m tests.pipeline.erasure.sweep PLACE STRIDE FIRST`.

Steps are SQL statements, commits, and what is done to files: renames, removals, links, new folders, and requests that
write to a bucket. Two steps before which a kill leaves the same are one state: of files by all their bytes, of a server
and of a bucket by what was committed or written so far, since an open transaction is rolled back. A process is killed
before the first step of a state, in a forked child, so that the process that forks has no threads; its erasure is
completed by the same command, or by the next load in every second state. Ends with 0 if all have the tables of an
erasure that nobody killed, and no byte of the persons.
"""

from __future__ import annotations

import os
import pickle
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from event_assets.config.settings import Settings
from event_assets.lake.erasure.suppression import pending_tokens
from event_assets.lake.maintenance.tombstones import retire_hour
from event_assets.lake.reading.read import read_note
from event_assets.pipeline.after_load import maintain
from event_assets.pipeline.erasure.forget import finish_erasures, forget
from event_assets.pipeline.lake_maintenance import compact_lake
from event_assets.pipeline.load import Choice, load_plans, plan_hours
from event_assets.pipeline.rollups import recompute_sources
from tests.drive import Place, write_lake
from tests.pipeline.erasure.people import DEVICE, PERSONS, USER, VALUES, event, find_bytes, gone, settings_for, without
from tests.promises.archives import hour_number, write_archive, write_file
from tests.promises.compare import differences
from tests.promises.proof import prove

FILE_STEPS: Final = frozenset({"os.rename", "os.remove", "os.link", "os.mkdir", "os.rmdir"})
WRITES: Final = frozenset({"put_object", "delete_object", "delete_objects", "upload_part", "complete_multipart_upload"})
FORGOTTEN: Final = "forgotten.duckdb"
"""The warehouse after the erasure, before what waits is loaded."""
CUT: Final = b'{"type": "track", "userId": "' + USER.encode() + b'", '


def few_hours() -> dict[int, list[list[bytes]]]:
    """Number of the hour -> files of lines: the person is in copies, in quarantine, and in the hour that is retired."""
    traits = {"email": "gone@example.org"}
    return {
        0: [[gone("both-hour", 0, seconds=9), event("both-hour", 0, seconds=2), event("both-hours", 0), CUT]],
        1: [[gone("both-hours", 1, seconds=30), event("q-1", 1)]],
        2: [[gone("p-1", 2, type="identify", event=None, traits=traits, properties=None), event("q-2", 2)]],
        3: [[gone("p-2", 3, userId=None), event("q-3", 3), CUT, b"not json"]],
    }


WAITING: Final = [gone("p-4", 4), event("q-4", 4), b'{"type": "unheard of", "anonymousId": "' + DEVICE.encode() + b'"}']


def write_few(folder: Path) -> Path:
    """The archive in a folder."""
    return write_archive(folder, {hour_number(number): files for number, files in few_hours().items()})


def all_settings(where: Place) -> Settings:
    """The settings of a place, with everything that an erasure writes to."""
    return replace(settings_for(where), publish=where.folder / "published.duckdb" if not where.database else None)


def prepare(where: Place) -> None:
    """Load the archive: two hours are packed, one is retired from the lake, and one waits in the lake for its load."""
    load_all(where)
    list(compact_lake(all_settings(where)))
    note = read_note(where.lake, where.source.name, hour_number(3))
    assert note is not None
    retire_hour(where.lake, note, now=datetime.now(UTC))
    write_file(Path(where.source.archive), hour_number(4), 0, WAITING)
    write_lake(where, hour_number(4))


def load_all(where: Place) -> None:
    """Load what is pending, as the command does."""
    settings, choice = all_settings(where), Choice()
    finish_erasures(settings)
    outcomes = list(load_plans(settings, plan_hours(settings, choice), choice, lambda *_: None))
    assert [outcome.error for outcome in outcomes if outcome.state == "failed"] == []
    list(recompute_sources(settings))
    list(maintain(settings))


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
    """A prepared place."""

    base: Place

    def run(self, stride: int, first: int) -> int:
        """Kill in every stride-th state; return how many went wrong."""
        assert run_apart(lambda: prepare(self.base), self.base) == 0
        whole = self.copied("whole")
        assert run_apart(lambda: self.erase_whole(whole), whole) == 0
        steps: Steps = pickle.loads((self.base.folder / "steps").read_bytes())  # noqa: S301  written by our own child
        killed = steps.states[first::stride]
        wrong = sum(self.is_wrong(whole, at, by_load=number % 2 > 0) for number, at in enumerate(killed))
        sys.stderr.write(f"{steps.arrived} steps, {len(steps.states)} states, {len(killed)} killed, {wrong} wrong\n")
        return wrong

    def erase_whole(self, whole: Place) -> None:
        """Erase without a crash; the independent reader proves what that leaves."""
        steps = find_states(whole)
        forget(all_settings(whole), PERSONS)
        (self.base.folder / "steps").write_bytes(pickle.dumps(steps))
        shutil.copyfile(whole.warehouse, whole.folder / FORGOTTEN)
        load_all(whole)
        prove(whole, without(whole))
        check_bytes(whole)

    def is_wrong(self, whole: Place, at: int, *, by_load: bool) -> bool:
        """Kill an erasure at a step and complete it; return whether something is not as it should be."""
        where = self.copied(str(at))

        def crash() -> None:
            kill_at(at)
            forget(all_settings(where), PERSONS)

        def recover() -> None:
            if by_load and pending_tokens(where.lake, where.source.name):
                load_all(where)
                expected = whole.warehouse
            else:
                forget(all_settings(where), PERSONS)
                expected = whole.folder / FORGOTTEN
            found = where.warehouse
            assert [differences(expected, found, schema) for schema in ("events", "rollups")] == [[], []]
            assert pending_tokens(where.lake, where.source.name) == ()
            check_bytes(where)

        ended = run_apart(crash, where), run_apart(recover, where)
        if ended != (-signal.SIGKILL, 0):
            sys.stderr.write(f"step {at}: {ended}\n")
        shutil.rmtree(where.folder)
        return ended != (-signal.SIGKILL, 0)

    def copied(self, name: str) -> Place:
        """Return a copy of the prepared place, its archive shared."""
        base, folder = self.base, self.base.folder.parent / name
        if base.bucket:
            where = replace(base, folder=folder)
            run_apart(lambda: base.copy_lake(where), where)
        shutil.copytree(base.folder, folder, dirs_exist_ok=True)
        return replace(base, folder=folder, database=base.database and base.database.beside(copied=True))


def check_bytes(where: Place) -> None:
    """No file of the place has a byte of the persons: lake, export, warehouse, published copy, temporary files."""
    mirror = where.folder / "warehouse.duckdb"
    if where.database:
        mirror.unlink(missing_ok=True)  # of a server: made by the tests
    assert list(find_bytes([where.folder], VALUES)) == []
    if where.bucket:
        found = [path for path, content in where.lake_files().items() for word in VALUES if word.encode() in content]
        assert found == []


def run_apart(job: Callable[[], object], where: Place) -> int:
    """Run a job in a forked child, with temporary files in the place; its exit status, negative for a signal."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            where.folder.mkdir(parents=True, exist_ok=True)
            tempfile.tempdir = str(where.folder / "temporary")
            Path(tempfile.tempdir).mkdir(exist_ok=True)
            job()
            status = 0
        finally:
            if status:
                sys.excepthook(*sys.exc_info())
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main() -> int:
    """Sweep the pickled place."""
    where: Place = pickle.loads(Path(sys.argv[1]).read_bytes())  # noqa: S301  the test itself has written it
    return 1 if Sweep(where).run(int(sys.argv[2]), int(sys.argv[3])) else 0


if __name__ == "__main__":
    sys.exit(main())
