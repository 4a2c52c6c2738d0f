"""The records of computed days: by which SQL and up to which load, why, and what the day added up to before and after.

Covered by tests/loaders/rollups/test_day_records.py and tests/defs/test_rollups.py.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from loaders.connection.session import Session, in_utc
from loaders.ledger.loads import create_ledger, has_ledger
from loaders.rollups.due_days import DayVersion, Schemas
from loaders.rollups.totals import Totals
from loaders.schema.introspect import read_tables

_TOTALS: Final = "rollup_totals"
"""A table that the ledger of an earlier version lacks until a load or a rollup creates it."""


@dataclass(frozen=True)
class DayTotals:
    """Why a day was computed, what it added up to before, and adds up to now.

    `before` is None if it cannot be compared, or may not: the difference would be a person who is erased.
    """

    why: str
    before: Totals | None
    after: Totals


@dataclass(frozen=True, order=True)
class ComputedDay:
    """A day of a rollup, and when it was computed last."""

    computed_at: datetime
    rollup: str
    date: date
    totals: DayTotals | None = field(default=None, compare=False)
    """None for a day that an earlier version has computed."""


def prepare_records(session: Session) -> None:
    """Create the tables of records that the ledger of an earlier version lacks."""
    if _TOTALS not in read_tables(session, "tideline"):
        create_ledger(session)


def record_day(session: Session, entry: str, day: date, version: DayVersion, totals: DayTotals, now: datetime) -> None:
    """Record that a day is computed, instead of the former record."""
    session.run("rollups/days/forget_day", rollup=entry, date=day)
    session.run("rollups/days/forget_day_totals", rollup=entry, date=day)
    session.run(
        "rollups/days/record",
        rollup=entry,
        date=day,
        sql_hash=version.sql_hash,
        load_id=version.load_id or None,
        computed_at=now,
    )
    session.run(
        "rollups/days/record_totals",
        rollup=entry,
        date=day,
        why=totals.why,
        totals_before=None if totals.before is None else json.dumps(totals.before),
        totals=json.dumps(totals.after),
    )


def is_recorded(session: Session, entry: str) -> bool:
    """Return whether a rollup has a computed day."""
    (row,) = session.rows("rollups/days/is_recorded", rollup=entry)
    return bool(row.days)


def is_erasing(session: Session) -> bool:
    """Return whether an erasure of persons is under way, after `prepare_records`."""
    (row,) = session.rows("rollups/days/is_erasing")
    return bool(row.erasures)


def forget_days(session: Session, entry: str) -> None:
    """Delete all records of a rollup: its table is rebuilt."""
    session.run("rollups/days/forget", rollup=entry)
    session.run("rollups/days/forget_totals", rollup=entry)


def computed_days(session: Session, schemas: Schemas, names: Iterable[str], since: datetime) -> list[ComputedDay]:
    """Return the days of these rollups that were computed since then, that instant included, in order."""
    if not has_ledger(session):
        return []
    entries = {schemas.entry(name): name for name in names}
    totals = _read_totals(session, since)
    return [
        ComputedDay(in_utc(row.computed_at), entries[row.rollup], row.date, totals.get((row.rollup, row.date)))
        for row in session.rows("rollups/days/computed", since=since)
        if row.rollup in entries
    ]


def _read_totals(session: Session, since: datetime) -> dict[tuple[str, date], DayTotals]:
    if _TOTALS not in read_tables(session, "tideline"):
        return {}
    return {
        (row.rollup, row.date): DayTotals(
            row.why, None if row.totals_before is None else json.loads(row.totals_before), json.loads(row.totals)
        )
        for row in session.rows("rollups/days/computed_totals", since=since)
    }
