"""Rollups of a warehouse under test: recomputed by a clock of the tests, given as numbers of days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from loaders.load.load import load_hour
from loaders.rollups.recompute import RollupResult, Schemas, find_rollups, recompute_due
from tests.loaders.lake import Event, MemoryLake
from tests.loaders.tables import Files, Rows

DAY = 24 * 60
FIRST = date(2026, 1, 31)
SCHEMAS = Schemas("events")
COUNT = (
    'SELECT event_date AS date, COUNT(*) AS n FROM tracks WHERE "timestamp" >= :start AND "timestamp" < :end GROUP BY 1'
)
_clock = count()


def now() -> datetime:
    """A clock that never shows the same time twice."""
    return datetime(2026, 6, 1, tzinfo=UTC) + timedelta(seconds=next(_clock))


def recompute(files: Files, own: Path | None = None, schemas: Schemas = SCHEMAS) -> dict[str, RollupResult]:
    """Everything that is due, by rollup."""
    found = recompute_due(files.warehouse, schemas, find_rollups(own), now=now)
    return {result.rollup: result for result in found}


def load(files: Files, lake: MemoryLake, number: int, *events: Event) -> str:
    return load_hour(files.warehouse, lake.put(number, events)).load_id


def days_of(results: dict[str, RollupResult]) -> dict[str, list[int]]:
    """The days recomputed, as numbers after the first."""
    return {name: [(day.date - FIRST).days for day in result.days] for name, result in results.items()}


def file_in(folder: Path, text: str, name: str = "mine") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.sql").write_text(text, encoding="utf-8")
    return folder


def recorded(files: Files) -> Rows:
    return files.query("SELECT * FROM tideline.rollup_days ORDER BY rollup, date")


@pytest.fixture
def lake() -> MemoryLake:
    return MemoryLake()


ALL = ("active_users_daily", "events_daily", "sessions")


def each_of(days: list[int], *rollups: str) -> dict[str, list[int]]:
    """The same days of several rollups, by default of the shipped ones."""
    return {name: days for name in rollups or ALL}
