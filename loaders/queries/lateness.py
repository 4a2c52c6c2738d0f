"""Late events: event hours that loads changed, the lateness curve, hours that are not settled, restated days.

Covered by tests/defs/test_assets.py and tests/defs/tables/test_reports.py.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from loaders.connection.session import Session


@dataclass(frozen=True)
class ChangedHour:
    """An event hour that loads of later archive hours changed; an event counts once, in its home table."""

    event_hour: datetime
    inserted: int
    updated: int
    deleted: int
    archive_hour: datetime
    """The newest archive hour that changed it."""


@dataclass(frozen=True)
class EventHour:
    """An event hour, and the share of its rows that an hour of its age usually has."""

    event_hour: datetime
    rows: int
    late: int
    settled: float


@dataclass(frozen=True)
class RecentHour(EventHour):
    """An event hour and the end of the load that changed it last."""

    changed_at: datetime


@dataclass(frozen=True)
class RestatedDay:
    """Changes of one load to a day that earlier loads had reported."""

    day: date
    table_name: str
    inserted: int
    updated: int
    deleted: int
    reason: str


@dataclass(frozen=True)
class Restatement(RestatedDay):
    """Changes of a load to a day that had been reported, and where they come from."""

    net: int
    archive_hour: datetime | None
    load_id: str


@dataclass(frozen=True)
class NewFiles:
    """The files that a load read for the first time: how many, and the name of one."""

    load_id: str
    files: int
    file: str


def has_lateness(session: Session) -> bool:
    """Return whether there is what lateness is read from; an older warehouse gets its views with its next load."""
    needed = {"lateness", "event_hours"} if session.dialect.has_views else {"arrivals"}
    return {name for (name,) in session.rows("schema/tideline_names")} >= needed


def changed_hours(session: Session, source: str, schema: str, *, loads: int) -> list[ChangedHour]:
    """Return the event hours that the newest loads of a source changed late, the oldest first."""
    return session.records(ChangedHour, "queries/lateness/changed_hours", source=source, schema=schema, loads=loads)


def lateness_curve(session: Session, source: str, schema: str) -> dict[int, float]:
    """Return the share of an event hour's rows that arrive within so many hours after its start."""
    rows = session.rows("queries/lateness/curve", source=source, schema=schema)
    return {row.delay_hours: row.share for row in rows}


def unsettled_hours(session: Session, source: str, schema: str, *, shown: int) -> list[EventHour]:
    """Return the event hours of the last 30 days that are settled least, at most `shown` of them."""
    return session.records(EventHour, "queries/lateness/unsettled_hours", source=source, schema=schema, shown=shown)


def recent_hours(session: Session, source: str, schema: str, *, shown: int) -> list[RecentHour]:
    """Return the newest event hours with rows, at most `shown` of them, the newest first."""
    return session.records(RecentHour, "queries/lateness/recent_hours", source=source, schema=schema, shown=shown)


def restated_days(session: Session, load_id: str) -> list[RestatedDay]:
    """Return the days that a load restated, by day and table."""
    return session.records(RestatedDay, "queries/lateness/restated_days", load_id=load_id)


def restatements(session: Session, schema: str, loads: Collection[str]) -> list[Restatement]:
    """Return what each of these loads restated, by day and table, the newest days first."""
    if not loads:
        return []
    return session.records(Restatement, "queries/lateness/restatements", schema=schema, loads=sorted(loads))


def new_files(session: Session, loads: Collection[str]) -> dict[str, NewFiles]:
    """Return the files that these loads read for the first time, by load; a load without one is left out."""
    found = session.records(NewFiles, "queries/lateness/new_files", loads=sorted(loads)) if loads else []
    return {files.load_id: files for files in found}
