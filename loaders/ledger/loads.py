"""The ledger: the loads of every hour, and the record that commits with the rows.

Covered by tests/loaders/load/test_rerun.py.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import polars as pl

from loaders.connection.session import Session, in_utc
from loaders.interface.counts import LOAD_COUNTS
from loaders.interface.errors import Terminal
from loaders.interface.hour import LoadedFile
from loaders.interface.version import own_version
from loaders.schema.introspect import read_tables
from loaders.schema.ledger_tables import create_definitions

ColumnCounts = dict[str, dict[str, list[int]]]
"""Table -> column -> values by kind, and rescued."""

_INSTANT: Final = pl.Datetime("us", "UTC")
_LOADS: Final = pl.Schema(
    {
        **dict.fromkeys(("load_id", "source"), pl.String()),
        "archive_hour": _INSTANT,
        **dict.fromkeys(("manifest_hash", "config_hash", "column_counts", "version", "run_id"), pl.String()),
        **dict.fromkeys(("started_at", "finished_at"), _INSTANT),
        "shared_load": pl.String(),
        **dict.fromkeys(LOAD_COUNTS, pl.Int64()),
    }
)
_FILES: Final = pl.Schema(
    {
        "load_id": pl.String(), "file": pl.String(), "bytes": pl.Int64(), "etag": pl.String(), "lines": pl.Int64(),
        "bad": pl.Boolean(), "vanished": pl.Boolean(),
    }
)  # fmt: skip


@dataclass(frozen=True)
class PreviousLoad:
    """The newest load of an hour: the one that counts."""

    load_id: str
    manifest_hash: str
    config_hash: str
    counts: Mapping[str, int]
    column_counts: ColumnCounts


def has_ledger(session: Session) -> bool:
    """Return whether Tideline's tables exist; one transaction creates them all."""
    return "rollup_days" in read_tables(session, "tideline")


def create_ledger(session: Session) -> None:
    """Create the tables and views of the schema tideline that are missing or have changed."""
    session.dialect.lock_ledger(session.connection)
    create_definitions(session)


def check_schema(session: Session, *, source: str, schema: str) -> None:
    """Raise Terminal if the schema belongs to another source, or the source to another schema.

    Rows have an archive hour but no source: the ids, hours and copies of two sources would be mixed up.
    """
    for owner, owned in session.rows("ledger/owners", source=source, schema=schema):
        if owner != source:
            raise Terminal(f"schema {owned!r} belongs to source {owner!r}: give {source!r} a schema of its own")
        if owned != schema:
            raise Terminal(
                f"source {owner!r} is loaded into schema {owned!r}: keep that schema, or load the archive under "
                f"another source name into {schema!r}"
            )


def read_previous_loads(session: Session, source: str, hours: Sequence[datetime]) -> dict[datetime, PreviousLoad]:
    """Return the newest load of each hour that has one."""
    found = {}
    for row in session.rows("ledger/newest_counts", source=source, archive_hours=list(hours)):
        counts = {name: int(getattr(row, name)) for name in LOAD_COUNTS}
        columns = json.loads(row.column_counts)
        found[in_utc(row.archive_hour)] = PreviousLoad(row.load_id, row.manifest_hash, row.config_hash, counts, columns)
    return found


def newest_manifests(session: Session, source: str, hours: Collection[datetime]) -> dict[datetime, str | None]:
    """Return the manifest hash of the newest load of each archive hour; None where the ledger has no load of it."""
    rows = session.rows("ledger/newest_manifests", source=source, archive_hours=sorted(hours)) if hours else []
    found = {in_utc(row.archive_hour): row.manifest_hash for row in rows}
    return {hour: found.get(hour) for hour in sorted(hours)}


def newest_files(session: Session, source: str, hour: datetime) -> frozenset[str]:
    """Return the files of the newest load of an archive hour."""
    return frozenset(row.file for row in session.rows("ledger/newest_files", source=source, archive_hour=hour))


def find_arrived(session: Session, source: str, hours: Sequence[datetime]) -> frozenset[datetime]:
    """Return which of the hours have changed rows before, even if the ledger has no load of them."""
    if not hours:
        return frozenset()
    rows = session.rows("ledger/arrived_hours", source=source, archive_hours=list(hours))
    return frozenset(in_utc(hour) for (hour,) in rows)


def next_instant(session: Session, now: datetime) -> datetime:
    """Return the time of a load: now, but later than every instant that earlier loads have recorded."""
    last = last_instant(session)
    return now if last is None else max(now, last + timedelta(microseconds=1))


def last_instant(session: Session) -> datetime | None:
    """Return the latest instant that a load has recorded: whatever is written from now on has a later `uuid_ts`."""
    last: datetime | None = session.rows("ledger/extent")[0].finished_at
    return None if last is None else last.astimezone(UTC)


def count_loads(session: Session) -> int:
    """Return how many loads the ledger has, of all sources; hours that share a load are one."""
    return int(session.rows("ledger/count_loads")[0].loads)


def new_load_id(instant: datetime) -> str:
    """Return a UUIDv7 that sorts by the instant, to the microsecond."""
    micros = (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    millis, rest = divmod(micros, 1000)
    high = millis << 16 | 0x7000 | rest * 4096 // 1000
    low = 0b10 << 62 | secrets.randbits(62)
    return str(UUID(int=high << 64 | low))


@dataclass(frozen=True)
class LoadRecord:
    """One row of `tideline.loads`: an archive hour and its load. `counts` are those of `LOAD_COUNTS`."""

    load_id: str
    archive_hour: datetime
    manifest_hash: str | None
    config_hash: str | None
    column_counts: ColumnCounts
    counts: Mapping[str, int]
    files: tuple[LoadedFile, ...] = ()


@dataclass(frozen=True)
class LoadTimes:
    """When a load began and ended, and the run that it was part of."""

    started_at: datetime
    finished_at: datetime
    run_id: str = ""


def record_loads(session: Session, source: str, loads: Sequence[LoadRecord], times: LoadTimes) -> None:
    """Write the rows of the ledger of the hours of one load, and their files."""
    shared = loads[0].load_id
    rows = [
        (
            load.load_id, source, load.archive_hour, load.manifest_hash, load.config_hash,
            json.dumps(load.column_counts, separators=(",", ":")), own_version(), times.run_id,
            times.started_at, times.finished_at, shared, *(load.counts[name] for name in LOAD_COUNTS),
        )
        for load in loads
    ]  # fmt: skip
    session.run("ledger/insert_loads", {"loads": session.put(pl.DataFrame(rows, schema=_LOADS, orient="row"))})
    files = [
        (load.load_id, file.file, file.bytes, file.etag, file.lines, file.bad, file.vanished)
        for load in loads
        for file in load.files
    ]
    if files:
        session.run("ledger/insert_files", {"files": session.put(pl.DataFrame(files, schema=_FILES, orient="row"))})


def record_rebuild(session: Session, source: str, load: LoadRecord, times: LoadTimes) -> None:
    """Write a row of the ledger for rows rebuilt without a load of their hour.

    It is not a load of the hour: its source is ``<source>:retype``, a name that no source can have.
    """
    record_loads(session, f"{source}:retype", [load], times)
