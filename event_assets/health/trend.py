"""The last days of a source, for pages and charts: what came by day of arrival, rows of tables by day of event.

Covered by tests/cli/test_status_page.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from event_assets.config.settings import Settings
from event_assets.config.source import Source
from event_assets.config.warehouse import open_ledger
from event_assets.health.groups.libraries import count_duplicates
from loaders.connection.session import Session
from loaders.queries.changes import rows_by_day
from loaders.queries.loads import newest_hour, newest_loads

DAYS: Final = 30
COUNTED: Final = ("events", "quarantined", "late", "duplicates", "bytes")
"""Counts of `loads` that are summed by day."""


@dataclass(frozen=True)
class Trend:
    """Numbers by UTC day, one for each of `days`, the oldest first."""

    days: tuple[date, ...] = ()
    counts: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """Name in `COUNTED` -> its sum over the archive hours of each day."""
    tables: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """Event table -> its rows of each day of events."""
    duplicates_by_library: Mapping[str, int] = field(default_factory=dict)
    """Library -> its copies among the duplicates of these days."""


def source_trend(settings: Settings, source: Source) -> Trend:
    """Return the last days of a source and of its tables; empty where nothing is loaded."""
    with open_ledger(settings) as session:
        if session is None:
            return Trend()
        trend = read_trend(session, source)
        start = datetime.combine(trend.days[0], time(), UTC) if trend.days else None
        tables = {} if start is None else rows_by_day(session, source.schema, start)
    by_table = {table: tuple(by_day.get(day, 0) for day in trend.days) for table, by_day in tables.items()}
    return replace(trend, tables=by_table)


def read_trend(session: Session, source: Source) -> Trend:
    """Return the last days from the first loaded one to that of the newest hour with events, without tables."""
    newest = newest_hour(session, source.name)
    if newest is None:
        return Trend()
    days = tuple(newest.date() - timedelta(days=number) for number in reversed(range(DAYS)))
    start = datetime.combine(days[0], time(), UTC)
    loads = newest_loads(session, source.name, start=start)
    first = min((load.archive_hour.date() for load in loads), default=days[0])
    days = tuple(day for day in days if day >= first)
    sums: dict[str, Counter[date]] = {name: Counter() for name in COUNTED}
    for load in loads:
        for name in COUNTED:
            sums[name][load.archive_hour.date()] += load.counts[name]
    counts = {name: tuple(by_day[day] for day in days) for name, by_day in sums.items()}
    libraries = count_duplicates(session, source.name, sums["duplicates"].total(), start=start)
    return Trend(days, counts, duplicates_by_library=libraries)
