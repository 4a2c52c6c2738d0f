"""The due days of rollups: days that loads changed since `rollup_days` recorded them, without a high-water mark.

Covered by tests/loaders/rollups/test_recompute.py.
"""

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
"""The day was never computed; loads have changed its events; the file was edited; an operator requests it."""


@dataclass(frozen=True)
class Schemas:
    """The schemas that the rollups of a source read and write."""

    events: str
    rollups: str = DEFAULT_SCHEMA

    def entry(self, rollup: str) -> str:
        """Return the name of a rollup in the ledger, which all sources share."""
        return rollup if self.rollups == DEFAULT_SCHEMA else f"{self.rollups}.{rollup}"


@dataclass(frozen=True)
class DayVersion:
    """The version of a computed day: the hash of the SQL, and the newest load that it includes."""

    sql_hash: str
    load_id: str


@dataclass(frozen=True)
class DueDay:
    """A day to compute, the reason, and its version afterwards."""

    why: Why
    version: DayVersion


@dataclass(frozen=True)
class DayChange:
    """A load that changed events of a day."""

    load_id: str
    archive_hour: datetime


@dataclass(frozen=True)
class RollupState:
    """The changed and the computed days of a schema in its ledger."""

    touched: Mapping[date, str]
    """Day -> the newest load that changed its events."""
    computed: Mapping[str, Mapping[date, DayVersion]]
    """Rollup -> day -> the computed version; empty for a rollup whose table does not exist."""
    kept_from: date | None = None
    """The first day whose events retention has kept: an earlier day keeps its last computed rows."""

    def due(self, rollup: Rollup) -> dict[date, DueDay]:
        """Return the days that this rollup has to compute, in order."""
        computed = self.computed.get(rollup.name, {})
        found = {}
        days = {*self.touched, *computed}
        for day in sorted(day for day in days if self.kept_from is None or day >= self.kept_from):
            goal = self.goal(day, rollup)
            if (why := _reason(computed.get(day), goal)) is not None:
                found[day] = DueDay(why, goal)
        return found

    def due_of(self, rollups: Iterable[Rollup]) -> dict[str, dict[date, DueDay]]:
        """Return the due days of every rollup that has any, in order."""
        return {rollup.name: due for rollup in rollups if (due := self.due(rollup))}

    def goal(self, day: date, rollup: Rollup) -> DayVersion:
        """Return the version of a day that is computed now."""
        return DayVersion(rollup.hash, self.touched.get(day, ""))


def read_state(session: Session, schemas: Schemas) -> RollupState:
    """Return the changed and the computed days; empty if nothing is loaded yet."""
    if not has_ledger(session):
        return RollupState({}, {})
    touched = {row.date: row.load_id for row in session.rows("rollups/days/touched", schema=schemas.events)}
    computed: dict[str, dict[date, DayVersion]] = {}
    for row in session.rows("rollups/days/recorded"):
        computed.setdefault(row.rollup, {})[row.date] = DayVersion(row.sql_hash, row.load_id or "")
    existing = {name: computed.get(schemas.entry(name), {}) for name in read_tables(session, schemas.rollups)}
    (kept,) = session.rows("rollups/days/kept_from", schema=schemas.events)
    return RollupState(touched, existing, kept.kept_from)


def find_due(session: Session, schemas: Schemas, rollups: Iterable[Rollup]) -> dict[str, dict[date, DueDay]]:
    """Return the due days of every rollup that has any, in order."""
    return read_state(session, schemas).due_of(rollups)


def _reason(computed: DayVersion | None, goal: DayVersion) -> Why | None:
    if computed is None:
        return "new"
    if computed.sql_hash != goal.sql_hash:
        return "edited"
    return "touched" if goal.load_id > computed.load_id else None


def read_loads(session: Session, schema: str, days: Iterable[date]) -> dict[date, list[DayChange]]:
    """Return the loads that changed events of these days, in order."""
    wanted: dict[date, list[DayChange]] = {day: [] for day in days}
    bounds = {"start": day_bounds(min(wanted))["start"], "end": day_bounds(max(wanted))["end"]}
    for row in session.rows("rollups/days/loads", schema=schema, **bounds):
        if row.date in wanted:
            wanted[row.date].append(DayChange(row.load_id, row.archive_hour.astimezone(UTC)))
    return wanted


def day_bounds(day: date) -> dict[str, datetime]:
    """Return the bound values of a UTC day for a SELECT: `start` (inclusive) and `end` (exclusive)."""
    start = datetime.combine(day, time(), UTC)
    return {"start": start, "end": start + timedelta(days=1)}
