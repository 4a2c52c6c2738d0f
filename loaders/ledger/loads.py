"""The ledger: the loads of every hour, and the record that commits with the rows.

Covered by tests/loaders/load/test_rerun.py.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import polars as pl

from loaders.connection.session import Session, in_utc
from loaders.interface.counts import LOAD_COUNTS
from loaders.interface.errors import Terminal
from loaders.interface.hour import Hour, LoadedFile
from loaders.interface.version import own_version
from loaders.schema.ledger_tables import create_definitions

ColumnCounts = dict[str, dict[str, list[int]]]
"""Table -> column -> values by kind, and rescued."""


@dataclass(frozen=True)
class PreviousLoad:
    """The newest load of an hour: the one that counts."""

    load_id: str
    manifest_hash: str
    config_hash: str
    counts: Mapping[str, int]
    column_counts: ColumnCounts


def has_ledger(session: Session) -> bool:
    """Return whether Tideline's tables exist."""
    return bool(session.rows("ledger/has_ledger")[0].tables)


def create_ledger(session: Session) -> None:
    """Create the tables and views of the schema tideline that are missing or have changed."""
    session.dialect.lock_ledger(session.connection)
    create_definitions(session)


def check_owner(session: Session, hour: Hour) -> None:
    """Raise Terminal if the hour's schema belongs to another source, or its source to another schema."""
    check_schema(session, source=hour.source, schema=hour.schema)


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


def read_previous_load(session: Session, hour: Hour) -> PreviousLoad | None:
    """Return the newest load of the hour, or None if the ledger has none."""
    rows = session.rows("ledger/newest_load", source=hour.source, archive_hour=hour.archive_hour)
    if not rows:
        return None
    row = rows[0]
    counts = {name: int(getattr(row, name)) for name in LOAD_COUNTS}
    return PreviousLoad(row.load_id, row.manifest_hash, row.config_hash, counts, json.loads(row.column_counts))


def newest_manifests(session: Session, source: str, hours: Collection[datetime]) -> dict[datetime, str | None]:
    """Return the manifest hash of the newest load of each archive hour; None where the ledger has no load of it."""
    rows = session.rows("ledger/newest_manifests", source=source, archive_hours=sorted(hours)) if hours else []
    found = {in_utc(row.archive_hour): row.manifest_hash for row in rows}
    return {hour: found.get(hour) for hour in sorted(hours)}


def newest_files(session: Session, source: str, hour: datetime) -> frozenset[str]:
    """Return the files of the newest load of an archive hour."""
    return frozenset(row.file for row in session.rows("ledger/newest_files", source=source, archive_hour=hour))


def has_arrived(session: Session, hour: Hour) -> bool:
    """Return whether the hour has changed rows before, even if the ledger has no load of it."""
    rows = session.rows("ledger/has_arrivals", source=hour.source, archive_hour=hour.archive_hour)
    return bool(rows[0].changes)


def next_instant(session: Session, now: datetime) -> datetime:
    """Return the time of a load: now, but later than every instant that earlier loads have recorded."""
    last: datetime | None = session.rows("ledger/extent")[0].finished_at
    return now if last is None else max(now, last.astimezone(UTC) + timedelta(microseconds=1))


def count_loads(session: Session) -> int:
    """Return how many loads the ledger has, of all sources."""
    return int(session.rows("ledger/extent")[0].loads)


def new_load_id(instant: datetime) -> str:
    """Return a UUIDv7 that sorts by the instant, to the microsecond."""
    micros = (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    millis, rest = divmod(micros, 1000)
    high = millis << 16 | 0x7000 | rest * 4096 // 1000
    low = 0b10 << 62 | secrets.randbits(62)
    return str(UUID(int=high << 64 | low))


def record_load(
    session: Session, hour: Hour, load_id: str, *, column_counts: ColumnCounts, run_id: str, **values: object
) -> None:
    """Write the load's row of the ledger and its files; `values` are the counts and times."""
    session.run(
        "ledger/insert_load",
        load_id=load_id,
        source=hour.source,
        archive_hour=hour.archive_hour,
        manifest_hash=hour.manifest_hash,
        config_hash=hour.config_hash,
        column_counts=json.dumps(column_counts, separators=(",", ":")),
        version=own_version(),
        run_id=run_id,
        **values,
    )
    if hour.files:
        session.run("ledger/insert_files", {"files": session.put(_files(hour.files))}, load_id=load_id)


def record_rebuild(session: Session, load_id: str, *, source: str, archive_hour: datetime, **values: object) -> None:
    """Write a row of the ledger for rows rebuilt without a load of their hour; `values` are its counts and times.

    It is not a load of the hour: its source is ``<source>:retype``, a name that no source can have.
    """
    session.run(
        "ledger/insert_load",
        load_id=load_id,
        source=f"{source}:retype",
        archive_hour=archive_hour,
        manifest_hash=None,
        config_hash=None,
        column_counts="{}",
        version=own_version(),
        run_id="",
        **values,
    )


def _files(files: tuple[LoadedFile, ...]) -> pl.DataFrame:
    rows = [(file.file, file.bytes, file.etag, file.lines, file.bad, file.vanished) for file in files]
    schema = {
        "file": pl.String(), "bytes": pl.Int64(), "etag": pl.String(), "lines": pl.Int64(),
        "bad": pl.Boolean(), "vanished": pl.Boolean(),
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")
