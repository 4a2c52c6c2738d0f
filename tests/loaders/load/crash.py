"""Kills a loading process at one point after the other and loads again: `crash FOLDER STRIDE [KIND URL]`.

Points are the SQL statements, the commits, and the closing of connections. Everything happens in forked children, so
that the process that forks never has threads of its own. Ends with 0 when every point left all or nothing behind (of
each table, where the engine commits table by table), and the load that followed gave the same tables; prints the points
that did not to standard error.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import shutil
import signal
import sys
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from loaders.dialects import stamp
from loaders.load.load import load_hour, load_hours
from tests.apart import run_apart
from tests.clickhouse import Folders
from tests.ducklake import LakeServer
from tests.iceberg import IcebergServer
from tests.loaders.lake import Event, MemoryLake, event
from tests.loaders.tables import Files, check_sums, snapshot
from tests.postgres import Server

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
NEW: list[Event] = [
    event("shared", received=4, name="Third"),
    event("changed", received=2, properties={"n": 2**60 + 2}),
    event("person", type="identify", received=9, traits={"age": 42}),
]

SERIES = 8
"""How many points of a server have one database."""


def lake() -> MemoryLake:
    """Three hours, of which the first is there in its second form."""
    made = MemoryLake()
    made.put(0, AGAIN)
    made.put(1, SECOND)
    made.put(2, NEW)
    return made


def load_both(files: Files) -> bool:
    """Load the first hour's second form and the third hour together; return whether both were loaded now."""
    results = load_hours(files.warehouse, [lake().hour(0), lake().hour(2)])
    return all(result.loaded for result in results.values())


def state(files: Files) -> dict[str, Any]:
    """Everything but times and ids of loads."""
    return snapshot(files) | {"columns": files.table("columns", "tideline")}


def count_points(at: int) -> list[str]:
    """Count the points that this process passes, and kill it at the one with this number."""
    points: list[str] = []
    stamp.SETTLED = 1 << 62  # else the age of the file decides whether the state is read again

    def arrive(name: str) -> None:
        points.append(name)
        if len(points) == at:
            os.kill(os.getpid(), signal.SIGKILL)

    sa.event.listen(sa.Engine, "before_cursor_execute", lambda *given: arrive(given[2]))
    sa.event.listen(sa.Engine, "commit", lambda _: arrive("COMMIT"))
    sa.event.listen(sa.Pool, "close", lambda *_: arrive("CLOSE"))
    return points


@dataclass(frozen=True)
class Place:
    """Where the crashes happen: a folder, and a server where the warehouses are databases of one."""

    folder: Path
    server: Server | None = None
    by_table: bool = False
    """Whether the engine commits table by table."""
    creates_ahead: bool = False
    """Whether tables are created before the load: a crash leaves them, empty."""
    proven: set[str] = field(default_factory=set)
    """Hashes of what was left and was made whole."""

    def base(self) -> Files:
        """The warehouse that every other is a copy of."""
        if self.server is None:
            return Files(self.folder / "base.duckdb")
        known = self.folder / "base.url"
        if not known.exists():
            known.write_text(self.server.new_database().url)
        return Files(self.folder / "base.mirror", self.server.database(known.read_text()))

    def copied(self, name: str) -> Files:
        """A copy of the base; the same one whenever it is asked for by the same name."""
        base, file = self.base(), self.folder / f"{name}.duckdb"
        if self.server is None:
            return Files(file if file.exists() else Path(shutil.copy(base.path, file)))
        known = self.folder / f"{name}.url"
        if not known.exists():
            known.write_text(self.server.new_database(base.database).url)
        return Files(file, self.server.database(known.read_text()))

    def series(self, at: int) -> str:
        """Return the name of the copy in which a point's crash happens."""
        return str(at) if self.server is None else f"series-{at // SERIES}"

    def left(self, name: str) -> str | None:
        """Return a hash of every byte that a crash left on the disk; None for a server, which has its own."""
        if self.server is not None:
            return None
        found = hashlib.sha256()
        for path in self._left(name):
            found.update(f"{path.name.removeprefix(name)} {path.stat().st_size}\n".encode() + path.read_bytes())
        return found.hexdigest()

    def clear(self, name: str) -> None:
        """Remove what a crash left on the disk."""
        for path in self._left(name):
            path.unlink()

    def _left(self, name: str) -> list[Path]:
        return sorted(path for path in self.folder.rglob(f"{name}.*") if path.is_file())

    def remove(self, files: Files) -> None:
        """Make room for the next."""
        files.path.unlink(missing_ok=True)
        if self.server is not None and files.database is not None:
            files.path.with_suffix(".url").unlink()
            self.server.drop(files.database)


def prepare(place: Place) -> None:
    """Load two hours in their first form."""
    made, folder = MemoryLake(), place.folder
    files = place.base()
    load_hour(files.warehouse, made.put(0, FIRST))
    load_hour(files.warehouse, made.put(1, SECOND))
    (folder / "before").write_bytes(pickle.dumps(state(files)))


def finish(place: Place) -> None:
    """Load the two hours without a crash."""
    folder, files = place.folder, place.copied("whole")
    points = count_points(0)
    load_both(files)
    (folder / "points").write_text(str(len(points)))
    check_sums(files)
    (folder / "after").write_bytes(pickle.dumps(state(files)))


def crash(place: Place, name: str, at: int) -> None:
    files = place.copied(name)
    count_points(at)
    load_both(files)


def recover(place: Place, name: str, last: bool) -> None:
    """Look at what the crash left, load again, look again; not the last one of a series may leave that to the next."""
    folder, files = place.folder, place.copied(name)
    before, after = (pickle.loads((folder / name).read_bytes()) for name in ("before", "after"))  # noqa: S301  # our own
    left = state(files)
    if place.creates_ahead:
        left["tables"] = {name: rows for name, rows in left["tables"].items() if rows or name in before["tables"]}
    if place.by_table:
        assert is_each_whole(left, before, after), "a part of a table's change is there"
    else:
        assert left in (before, after), "a part of the load is there"
    if left == before and not last:
        return
    loaded = load_both(files)
    assert place.by_table or loaded == (left == before)
    assert state(files) == after, "the load that followed made other tables"
    check_sums(files)
    place.remove(files)


def is_each_whole(left: dict[str, Any], before: dict[str, Any], after: dict[str, Any]) -> bool:
    """Return whether every table is as it was before the load, or as it is after it."""
    tables, rest = left["tables"], {name: part for name, part in left.items() if name != "tables"}
    return all(rows in (before["tables"].get(name), after["tables"][name]) for name, rows in tables.items()) and all(
        part in (before[name], after[name]) for name, part in rest.items()
    )


def main(place: Place, stride: int) -> int:
    """Crash at every stride-th point and at the last ones; how many points went wrong."""
    if run_apart(partial(prepare, place)) or run_apart(partial(finish, place)):
        return 1
    total = int((place.folder / "points").read_text())
    last = 2 if place.by_table else 6  # there, `tests.loaders.dialects.clickhouse.kill` has each of them
    points = sorted({*range(1, total + 1, stride), *range(total + 1 - last, total + 1)})
    wrong = [at for at, after in zip(points, [*points[1:], -1], strict=True) if not survives(place, at, after)]
    for at in wrong:
        sys.stderr.write(f"point {at} of {total} went wrong\n")
    sys.stderr.write(f"{total} points, {len(wrong)} wrong\n")
    return min(len(wrong), 1)


def survives(place: Place, at: int, following: int) -> bool:
    """Crash at a point, and return whether all or nothing is left, from which a load makes the same tables.

    Loads into a file that left the same bytes are proven once. On a server, a few crashes hit one database in a row
    before the load that must make it whole.
    """
    series, last = place.series(at), place.series(at) != place.series(following)
    if run_apart(partial(crash, place, series, at)) != -signal.SIGKILL:
        return False
    left = place.left(series)
    if left in place.proven:
        place.clear(series)
        return True
    if run_apart(partial(recover, place, series, last)):
        return False
    place.proven.update({left} if left else ())
    return True


if __name__ == "__main__":
    kinds = {"postgres": Server, "ducklake": LakeServer, "clickhouse": Folders, "iceberg": IcebergServer}
    servers = [kinds[kind](url) for kind, url in zip(sys.argv[3::2], sys.argv[4::2], strict=True)]
    place = Place(
        Path(sys.argv[1]),
        servers[0] if servers else None,
        by_table="clickhouse" in sys.argv[3:],
        creates_ahead="iceberg" in sys.argv[3:],
    )
    sys.exit(main(place, int(sys.argv[2])))
