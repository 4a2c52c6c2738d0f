"""`make demo-late`: a week is loaded, late data follows, and the changes are those that an independent reader predicts.

A dirty week, in archive hours of six hours, is loaded without one file of its fourth day. Then that file arrives, and
in a new hour events that happened three and nine days earlier, a newer copy of an event under another name, and an
identify older than the known ones. Every day of every table and rollup is hashed before and after.

The exit code is 1 if the changed days are not exactly those that the independent reader predicts, or if the tables
differ from those of a fresh load of the whole archive.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import duckdb
from rich.console import Console
from rich.table import Table

from event_assets.demo.generate import START, generate
from tests.drive import Place, place
from tests.independent import rollups as plain
from tests.independent.event import Event
from tests.independent.framing import BadFileError, decompress, split_values
from tests.independent.reader import Archive, events_of
from tests.independent.rows import HOMES, rows_of
from tests.promises.archives import condense, rudderstack_files, unzstd, write_file
from tests.promises.compare import differences
from tests.promises.proof import read_again

EVENTS: Final = 5_000
WIDTH: Final = 120
DAYS: Final = 7
NOW: Final = START + timedelta(days=DAYS)
"""The archive hour in which the late events arrive: the one after the week."""
LATE: Final = (timedelta(days=3), timedelta(days=9))
HELD_DAY: Final = 3

TableDay = tuple[str, date]
"""A table of events or a rollup, and a UTC day of it."""

WHY: Final = """
    SELECT day, table_name, inserted, updated, deleted, archive_hour, reason
    FROM tideline.restatements WHERE load_id > ? ORDER BY day, table_name
"""


@dataclass(frozen=True)
class Outcome:
    """The changes of the late loads, observed and predicted."""

    changed: set[TableDay]
    predicted: set[TableDay]
    unlike_fresh: list[str]
    days: int
    """The number of days of all tables and rollups."""
    why: list[tuple[Any, ...]]
    """Rows of `restatements` that the late loads have written."""

    @property
    def whole(self) -> bool:
        """Whether the changes are those predicted, and the tables equal those of a fresh load."""
        return self.changed == self.predicted and not self.unlike_fresh


def demonstrate(folder: Path, *, events: int) -> Outcome:
    """Load the week, add late data, load again, and compare with the prediction and with a fresh load."""
    generate(folder / "hourly", events=events, days=DAYS)
    archive = condense(folder / "hourly", folder / "archive", hours=6)
    held = sorted((archive / "rudder-logs").glob(f"*/{START + timedelta(days=HELD_DAY):%Y-%m-%d}/*"))[-1]
    waiting = held.rename(folder / held.name)
    where = place(archive, folder / "loaded")
    load(where)
    before, predicted_before = hashes(where), predict(read_again(rudderstack_files(archive)))
    newest = newest_load(where)

    waiting.rename(held)
    write_file(archive, NOW, 0, late_lines(archive))
    load(where)
    after, predicted_after = hashes(where), predict(read_again(rudderstack_files(archive)))

    fresh = where.elsewhere(folder / "fresh")
    load(fresh)
    return Outcome(
        changed=differing(before, after),
        predicted=differing(predicted_before, predicted_after),
        unlike_fresh=[*differences(where.warehouse, fresh.warehouse), *_rollups_unlike(after, hashes(fresh))],
        days=len(after),
        why=rows(where, WHY, newest),
    )


def load(where: Place) -> None:
    """Run `tideline load` in a process of its own."""
    options = {"archive": where.source.archive, "lake": where.settings.lake.url, "warehouse": where.settings.warehouse}
    flags = [part for name, value in options.items() for part in (f"--{name}", value)]
    command = [sys.executable, "-m", "event_assets.cli", "load", "--layout", "rudderstack", *flags]
    subprocess.run(command, check=True, capture_output=True)


def late_lines(archive: Path) -> Iterator[bytes]:
    """Yield events of three and nine days before now, a newer copy of a loaded event, and an older identify."""
    tracks = list(_sound_lines(archive, "track"))
    for number, (line, ago) in enumerate((line, ago) for line in tracks[:20] for ago in LATE):
        yield _changed(line, ago, messageId=f"late-{number}")
    correct = json.loads(tracks[25])
    yield _changed(tracks[25], LATE[0], messageId=correct["messageId"], event="Order Corrected")
    (identify, *_) = _sound_lines(archive, "identify")
    yield _changed(identify, LATE[1], messageId="late-identify")


def _changed(line: bytes, ago: timedelta, **members: object) -> bytes:
    moment = f"{NOW - ago:%Y-%m-%dT%H}:20:30.000Z"
    times = {"originalTimestamp": moment, "timestamp": moment, "sentAt": moment}
    received = f"{NOW:%Y-%m-%dT%H}:00:05.000Z"
    return json.dumps(json.loads(line) | times | {"receivedAt": received} | members).encode()


def _sound_lines(archive: Path, kind: str) -> Iterator[bytes]:
    """Yield ordinary events of three days before now, with a valid id, user and clocks."""
    day = f"{NOW - LATE[0]:%Y-%m-%d}"
    for file in rudderstack_files(archive):
        try:
            lines = [value.data for value in split_values(decompress(file.path.read_bytes(), unzstd), file.framing)]
        except BadFileError:
            continue
        for line in lines:
            try:
                value = json.loads(line)
            except ValueError:
                continue
            if isinstance(value, dict) and value.get("type") == kind and _is_sound(value, day):
                yield line


def _is_sound(value: dict[str, Any], day: str) -> bool:
    texts = all(isinstance(value.get(member), str) for member in ("messageId", "userId", "event"))
    named = texts or value["type"] == "identify"
    return named and str(value.get("originalTimestamp", "")).startswith(day)


def hashes(where: Place) -> dict[TableDay, str]:
    """Return a hash of the rows of every day of every event table and rollup; columns without a value are omitted."""
    found: dict[TableDay, list[str]] = defaultdict(list)
    with duckdb.connect(str(where.warehouse), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for schema, day in (("events", "event_date"), ("rollups", "date")):
            for (table,) in connection.execute(
                "SELECT table_name FROM duckdb_tables() WHERE schema_name = ? AND table_name <> 'users'", [schema]
            ).fetchall():
                query = f'SELECT "{day}", CAST(to_json(t) AS VARCHAR) FROM {schema}."{table}" AS t'
                for when, text in connection.execute(query).fetchall():
                    row = {name: value for name, value in json.loads(text).items() if value is not None}
                    row.pop("uuid_ts", None)
                    found[table, when].append(json.dumps(row, sort_keys=True))
    return {key: sha256("\n".join(sorted(texts)).encode()).hexdigest() for key, texts in found.items()}


def predict(archive: Archive) -> dict[TableDay, object]:
    """Return the rows of every day of every table and rollup, computed from the archive alone."""
    found: dict[TableDay, set[object]] = defaultdict(set)
    seen: list[plain.Seen] = []
    for hour in archive.hours:
        for event in events_of(archive, hour):
            day = _instant(event).date()
            for row in rows_of(event):
                found[row.table, day].add((event.id, event.fingerprint, hour))
                if row.table in HOMES.values():
                    seen.append(_seen(event, row.fixed))
    for name in ("events_daily", "active_users_daily", "sessions"):
        for key, value in getattr(plain, name)(seen).items():
            found[name, key[0]].add((key, value))
    return {key: frozenset(values) for key, values in found.items()}


def _instant(event: Event) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=event.clocks.timestamp)


def _seen(event: Event, cells: dict[str, Any]) -> plain.Seen:
    name = cells.get("event") if event.type == "track" else None
    return plain.Seen(event.type, name, cells.get("user_id"), cells.get("anonymous_id"), _instant(event))


def differing(one: dict[TableDay, Any], other: dict[TableDay, Any]) -> set[TableDay]:
    """Return the days that differ."""
    return {key for key in one.keys() | other.keys() if one.get(key) != other.get(key)}


def _rollups_unlike(one: dict[TableDay, str], other: dict[TableDay, str]) -> list[str]:
    return [f"{table} of {day} differs from a fresh load" for table, day in sorted(differing(one, other))]


def newest_load(where: Place) -> str:
    """Return the id of the newest load."""
    return str(rows(where, "SELECT max(load_id) FROM tideline.loads")[0][0])


def rows(where: Place, query: str, *values: object) -> list[tuple[Any, ...]]:
    """Return the rows of a query."""
    with duckdb.connect(str(where.warehouse), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        return connection.execute(query, list(values)).fetchall()


def print_outcome(outcome: Outcome, console: Console) -> None:
    """Print what changed and why, in a few tables."""
    why = Table(title="tideline.restatements: what the late loads changed", title_justify="left")
    for name in ("day", "table", "inserted", "updated", "deleted", "arrived in", "why"):
        why.add_column(name)
    for day, table, inserted, updated, deleted, hour, reason in outcome.why:
        why.add_row(str(day), table, *map(str, (inserted, updated, deleted)), f"{hour:%Y-%m-%dT%H}", reason)
    console.print(why)
    for title, names in (("Days of rollups that changed", ROLLUPS), ("Days of tables that changed", None)):
        console.print(f"{title}: {_listed(outcome.changed, names)}")
    console.print(f"{len(outcome.changed)} of {outcome.days} days changed; {len(outcome.predicted)} were predicted.")
    for table, day in sorted(outcome.changed ^ outcome.predicted):
        side = "changed and was not predicted" if (table, day) in outcome.changed else "was predicted, has not changed"
        console.print(f"{table} of {day} {side}")
    for line in outcome.unlike_fresh[:20]:
        console.print(line)
    console.print("All as predicted, and equal to a fresh load." if outcome.whole else "NOT as it should be.")


ROLLUPS: Final = frozenset({"events_daily", "active_users_daily", "sessions"})


def _listed(changed: Iterable[TableDay], names: frozenset[str] | None) -> str:
    days: dict[str, list[str]] = defaultdict(list)
    for table, day in sorted(changed):
        if (table in ROLLUPS) == (names is not None):
            days[str(day)].append(table)
    return "; ".join(f"{day} {', '.join(tables)}" for day, tables in sorted(days.items()))


def main() -> int:
    """Run the demonstration in a folder of its own, which is emptied first."""
    parser = argparse.ArgumentParser(prog="python -m tests.late.demonstrate", description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("demo-late"), help="where everything goes (%(default)s)")
    parser.add_argument("--events", type=int, default=EVENTS, help="events of the week (%(default)s)")
    options = parser.parse_args()
    shutil.rmtree(options.folder, ignore_errors=True)
    outcome = demonstrate(options.folder, events=options.events)
    print_outcome(outcome, Console(width=WIDTH, highlight=False))
    return 0 if outcome.whole else 1


if __name__ == "__main__":
    sys.exit(main())
