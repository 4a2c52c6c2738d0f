"""Kills a loading process at one point after the other and loads again: `python -m tests.loaders.crash FOLDER STRIDE`.

Points are the SQL statements, the commits, and the closing of connections. Everything happens in forked children, so
that the process that forks never has threads of its own. Ends with 0 when every point left all or nothing behind, and
the load that followed gave the same tables; tells the points that did not on standard error.
"""

from __future__ import annotations

import os
import pickle
import shutil
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from loaders.load import load_hour
from tests.loaders.lake import Event, MemoryLake, event
from tests.loaders.tables import Files, check_sums, snapshot

FIRST: list[Event] = [
    event("gone", name="Parted", properties={"n": 5}),
    event("changed", received=5, properties={"n": 2**60, "word": "x"}),
    event("shared", received=9),
    event("person", type="identify", traits={"plan": "pro", "age": 41}),
]
SECOND: list[Event] = [event("shared", received=3, name="Older"), event("other", properties={"n": 2**60 + 1})]
AGAIN: list[Event] = [
    event("changed", received=6, at=-90, name="Two", properties={"late": True}),
    event("new", received=6, properties={"n": 2.5}),
    event("person", type="identify", received=7, traits={"plan": "free"}),
    event("page", type="page", name="Home", properties={"title": "Home"}),
]


def lake() -> MemoryLake:
    """Two hours, of which the first is there in its second form."""
    made = MemoryLake()
    made.put(0, AGAIN)
    made.put(1, SECOND)
    return made


def state(files: Files) -> dict[str, object]:
    """Everything but times and ids of loads."""
    return snapshot(files) | {"columns": files.table("columns", "tideline")}


def count_points(at: int) -> list[str]:
    """Count the points that this process passes, and kill it at the one with this number."""
    points: list[str] = []

    def arrive(name: str) -> None:
        points.append(name)
        if len(points) == at:
            os.kill(os.getpid(), signal.SIGKILL)

    sa.event.listen(sa.Engine, "before_cursor_execute", lambda *given: arrive(given[2]))
    sa.event.listen(sa.Engine, "commit", lambda _: arrive("COMMIT"))
    sa.event.listen(sa.Pool, "close", lambda *_: arrive("CLOSE"))
    return points


def prepare(folder: Path) -> None:
    """Load both hours in their first form."""
    made = MemoryLake()
    files = Files(folder / "base.duckdb")
    load_hour(files.warehouse, made.put(0, FIRST))
    load_hour(files.warehouse, made.put(1, SECOND))
    (folder / "before").write_bytes(pickle.dumps(state(files)))


def finish(folder: Path) -> None:
    """Load the first hour's second form without a crash."""
    files = copied(folder, "whole")
    points = count_points(0)
    load_hour(files.warehouse, lake().hour(0))
    (folder / "points").write_text(str(len(points)))
    check_sums(files)
    (folder / "after").write_bytes(pickle.dumps(state(files)))


def copied(folder: Path, name: str) -> Files:
    return Files(Path(shutil.copy(folder / "base.duckdb", folder / f"{name}.duckdb")))


def crash(folder: Path, at: int) -> None:
    files = copied(folder, str(at))
    count_points(at)
    load_hour(files.warehouse, lake().hour(0))


def recover(folder: Path, at: int) -> None:
    """Look at what the crash left, load again, look again."""
    files = Files(folder / f"{at}.duckdb")
    before, after = (pickle.loads((folder / name).read_bytes()) for name in ("before", "after"))  # noqa: S301  # our own
    left = state(files)
    assert left in (before, after), "a part of the load is there"
    assert load_hour(files.warehouse, lake().hour(0)).loaded == (left == before)
    assert state(files) == after, "the load that followed made other tables"
    check_sums(files)
    files.path.unlink()


def run_apart(job: Callable[[], None]) -> int:
    """Run a job in a forked child; its exit status, negative when a signal ended it."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            job()
            status = 0
        finally:
            if status:
                sys.excepthook(*sys.exc_info())
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main(folder: Path, stride: int) -> int:
    """Crash at every stride-th point and at the last ones; how many points went wrong."""
    if run_apart(partial(prepare, folder)) or run_apart(partial(finish, folder)):
        return 1
    total, wrong = int((folder / "points").read_text()), 0
    for at in sorted({*range(1, total + 1, stride), *range(total - 5, total + 1)}):
        killed = run_apart(partial(crash, folder, at))
        if killed != -signal.SIGKILL or run_apart(partial(recover, folder, at)):
            sys.stderr.write(f"point {at} of {total} went wrong\n")
            wrong += 1
    sys.stderr.write(f"{total} points, {wrong} wrong\n")
    return min(wrong, 1)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2])))
