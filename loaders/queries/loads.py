"""Loads that count: the newest of every archive hour of a source, with its counts and files.

Covered by tests/defs/checks/test_history.py.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from loaders.connection.session import Session, in_utc
from loaders.interface.counts import LOAD_COUNTS
from loaders.queries.ledger import has_ledger_table

_FIRST: Final = datetime(1, 1, 2, tzinfo=UTC)
_LAST: Final = datetime(9999, 12, 30, tzinfo=UTC)
"""Every archive hour lies between them; they are a day inside what any time zone can represent."""


@dataclass(frozen=True)
class LoadFile:
    """An archive file of a load."""

    load_id: str
    file: str
    bytes: int
    etag: str


@dataclass(frozen=True)
class Load:
    """The newest load of an archive hour."""

    load_id: str
    archive_hour: datetime
    manifest_hash: str
    config_hash: str
    """Hash of the settings of the load; empty for a load from before it was recorded."""
    run_id: str
    """The Dagster run of the load; empty for a load by the command."""
    started_at: datetime
    finished_at: datetime
    counts: Mapping[str, int]
    """Count by its name in LOAD_COUNTS."""


@dataclass(frozen=True)
class HourCounts:
    """Counts of an archive hour that are compared with those of other hours."""

    archive_hour: datetime
    files: int
    bad_files: int
    lines: int
    events: int
    quarantined: int
    duplicates: int


def newest_loads(
    session: Session, source: str, *, start: datetime | None = None, end: datetime | None = None, after: str = ""
) -> list[Load]:
    """Return the newest load of every archive hour from `start` to `end`, both inclusive, by archive hour.

    Loads up to the load id `after` are left out.
    """
    rows = session.rows("queries/loads/newest_loads", **_bounds(source, start, end, after))
    return [
        Load(
            load_id=row.load_id,
            archive_hour=in_utc(row.archive_hour),
            manifest_hash=row.manifest_hash,
            config_hash=row.config_hash or "",
            run_id=row.run_id or "",
            started_at=in_utc(row.started_at),
            finished_at=in_utc(row.finished_at),
            counts={name: getattr(row, name) for name in LOAD_COUNTS},
        )
        for row in rows
    ]


def newest_files(
    session: Session, source: str, *, start: datetime | None = None, end: datetime | None = None, after: str = ""
) -> list[LoadFile]:
    """Return the files of the loads that `newest_loads` returns for the same arguments, by load id and file."""
    return session.records(LoadFile, "queries/loads/newest_files", **_bounds(source, start, end, after))


def hour_counts(session: Session, source: str, *, start: datetime, end: datetime) -> list[HourCounts]:
    """Return the counts of every loaded archive hour from `start` to `end`, both inclusive, by archive hour."""
    return session.records(HourCounts, "queries/loads/hour_counts", source=source, start=start, end=end)


def column_counts(session: Session, source: str, *, start: datetime, end: datetime) -> list[tuple[datetime, str]]:
    """Return every loaded archive hour from `start` to `end`, both inclusive, with its `column_counts` as JSON."""
    rows = session.rows("queries/loads/column_counts", source=source, start=start, end=end)
    return [(in_utc(row.archive_hour), row.column_counts) for row in rows]


def column_counts_of(session: Session, source: str, hours: Collection[datetime]) -> list[tuple[datetime, str]]:
    """Return those of these archive hours that are loaded, with their `column_counts` as JSON."""
    rows = session.rows("queries/loads/column_counts_of_hours", source=source, hours=sorted(hours)) if hours else []
    return [(in_utc(row.archive_hour), row.column_counts) for row in rows]


def newest_hour(session: Session, source: str) -> datetime | None:
    """Return the newest archive hour that contains an event; None if no loaded hour contains one."""
    hour: datetime | None = session.rows("queries/loads/newest_hour", source=source)[0].archive_hour
    return None if hour is None else in_utc(hour)


def duplicates_by_library(session: Session, source: str, *, start: datetime | None = None) -> dict[str, int]:
    """Return the duplicates of the loaded hours from `start` on, by library, the most first.

    Hours that an earlier version has loaded are not among them.
    """
    if not has_ledger_table(session, "duplicates"):
        return {}
    rows = session.rows("queries/loads/duplicates_by_library", source=source, start=start or _FIRST)
    return {row.library: int(row.duplicates) for row in rows}


def _bounds(source: str, start: datetime | None, end: datetime | None, after: str) -> dict[str, object]:
    return {"source": source, "start": start or _FIRST, "end": end or _LAST, "after": after}
