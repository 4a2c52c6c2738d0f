"""Which days of rollups are due: what loads touched, minus what `rollup_days` has taken in; no high-water mark."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal

from loaders.connection.session import Session
from loaders.ledger.loads import has_ledger
from loaders.rollups.files import Rollup
from loaders.schema.introspect import read_tables

DEFAULT_SCHEMA: Final = "rollups"

Why = Literal["new", "touched", "edited", "asked"]
"""The day was never computed; loads have changed its events since; the file was edited; somebody wants it anyway."""


@dataclass(frozen=True)
class Schemas:
    """Where the rollups of a source read and write."""

    events: str
    rollups: str = DEFAULT_SCHEMA

    def entry(self, rollup: str) -> str:
        """The name of a rollup in the ledger, which all sources share."""
        return rollup if self.rollups == DEFAULT_SCHEMA else f"{self.rollups}.{rollup}"


@dataclass(frozen=True)
class DayVersion:
    """A day that was computed: by which SQL, and up to which load."""

    sql_hash: str
    load_id: str


@dataclass(frozen=True)
class DueDay:
    """A day to compute: why, and what the rollup will have taken in then."""

    why: Why
    taken: DayVersion


@dataclass(frozen=True)
class DayChange:
    """A load that changed events of a day."""

    load_id: str
    archive_hour: datetime


@dataclass(frozen=True)
class RollupState:
    """The days of a schema, as its ledger has them."""

    touched: Mapping[date, str]
    """Day -> the newest load that changed events of it."""
    taken: Mapping[str, Mapping[date, DayVersion]]
    """Rollup -> day -> what it has taken in; nothing for a rollup whose table is not there."""
    kept_from: date | None = None
    """The first day whose events retention has left: an earlier day keeps what was computed when it had them."""

    def due(self, rollup: Rollup) -> dict[date, DueDay]:
        """The days that this rollup has to compute, in order."""
        taken = self.taken.get(rollup.name, {})
        found = {}
        days = {*self.touched, *taken}
        for day in sorted(day for day in days if self.kept_from is None or day >= self.kept_from):
            goal = self.goal(day, rollup)
            if (why := _reason(taken.get(day), goal)) is not None:
                found[day] = DueDay(why, goal)
        return found

    def due_of(self, rollups: Iterable[Rollup]) -> dict[str, dict[date, DueDay]]:
        """The due days of every rollup that has any, in order."""
        return {rollup.name: due for rollup in rollups if (due := self.due(rollup))}

    def goal(self, day: date, rollup: Rollup) -> DayVersion:
        """What a rollup has taken in once this day is computed."""
        return DayVersion(rollup.hash, self.touched.get(day, ""))


def read_state(session: Session, schemas: Schemas) -> RollupState:
    """What loads touched and rollups took in; nothing at all where no load has been yet."""
    if not has_ledger(session):
        return RollupState({}, {})
    touched = {row.date: row.load_id for row in session.rows("rollups/days/touched", schema=schemas.events)}
    taken: dict[str, dict[date, DayVersion]] = {}
    for row in session.rows("rollups/days/recorded"):
        taken.setdefault(row.rollup, {})[row.date] = DayVersion(row.sql_hash, row.load_id or "")
    standing = {name: taken.get(schemas.entry(name), {}) for name in read_tables(session, schemas.rollups)}
    (kept,) = session.rows("rollups/days/kept_from", schema=schemas.events)
    return RollupState(touched, standing, kept.kept_from)


def find_due(session: Session, schemas: Schemas, rollups: Iterable[Rollup]) -> dict[str, dict[date, DueDay]]:
    """The due days of every rollup that has any, in order."""
    return read_state(session, schemas).due_of(rollups)


def _reason(taken: DayVersion | None, goal: DayVersion) -> Why | None:
    if taken is None:
        return "new"
    if taken.sql_hash != goal.sql_hash:
        return "edited"
    return "touched" if goal.load_id > taken.load_id else None


def record_day(session: Session, entry: str, day: date, taken: DayVersion, now: datetime) -> None:
    """Write down that a day is computed, in place of what was written before."""
    session.run("rollups/days/forget_day", rollup=entry, date=day)
    session.run(
        "rollups/days/record",
        rollup=entry,
        date=day,
        sql_hash=taken.sql_hash,
        load_id=taken.load_id or None,
        computed_at=now,
    )


def read_loads(session: Session, schema: str, days: Iterable[date]) -> dict[date, list[DayChange]]:
    """The loads that changed events of each of these days, in order."""
    wanted: dict[date, list[DayChange]] = {day: [] for day in days}
    bounds = {"start": day_bounds(min(wanted))["start"], "end": day_bounds(max(wanted))["end"]}
    for row in session.rows("rollups/days/loads", schema=schema, **bounds):
        if row.date in wanted:
            wanted[row.date].append(DayChange(row.load_id, row.archive_hour.astimezone(UTC)))
    return wanted


def day_bounds(day: date) -> dict[str, datetime]:
    """The UTC day as a SELECT is handed it: from `start` (inclusive) to `end` (exclusive)."""
    start = datetime.combine(day, time(), UTC)
    return {"start": start, "end": start + timedelta(days=1)}
