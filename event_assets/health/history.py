"""What is unusual in loaded hours, by the ledger's history of their source: the rules behind five of the checks.

Covered by tests/defs/checks/test_history.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import polars as pl

from event_assets.anomalies.columns import TYPES_SCHEMA, column_values, rescue_rates
from event_assets.anomalies.drift import find_drift
from event_assets.anomalies.findings import Finding
from event_assets.anomalies.flow import find_odd_flow, find_silence
from event_assets.anomalies.rates import RATES_SCHEMA, find_high_rates
from event_assets.config.settings import Settings
from event_assets.config.source import Source
from event_assets.config.warehouse import open_ledger
from event_assets.discovery.settling import closed_hour
from loaders.queries.loads import HourCounts, column_counts, hour_counts, newest_hour
from loaders.queries.tables import ColumnType, column_types

_DAY: Final = timedelta(hours=24)


@dataclass(frozen=True)
class History:
    """The ledger's counts of some hours and of the days before them, oldest first."""

    hours: list[HourCounts]
    columns: pl.DataFrame
    """Values by archive hour and column, VALUES_SCHEMA; empty where only the hours were read."""
    types: pl.DataFrame
    """The columns of the catalog, TYPES_SCHEMA; empty where only the hours were read."""

    @property
    def events(self) -> dict[datetime, int]:
        """Return the events of each archive hour."""
        return {hour.archive_hour: hour.events for hour in self.hours}


@dataclass(frozen=True)
class Unusual:
    """The findings in some hours. `new_columns` are listed for information and are no findings."""

    findings: tuple[Finding, ...] = ()
    new_columns: tuple[str, ...] | None = None
    """As `table.column`; None where the rule does not look for them."""


def count_days(settings: Settings, history: History, hours: Collection[datetime]) -> int:
    """Return how many UTC days before these hours have events to compare them with; 0 where there are no hours."""
    if not hours:
        return 0
    first = min(hours).replace(hour=0)
    days: Counter[datetime] = Counter()
    for hour in history.hours:
        if first - timedelta(days=settings.checks.history_days) <= hour.archive_hour < first:
            days[hour.archive_hour.replace(hour=0)] += hour.events
    return sum(events >= settings.checks.least_values for events in days.values())


Rule = Callable[[Settings, History, Collection[datetime], datetime], Unusual]


def quarantine_rate(settings: Settings, history: History, hours: Collection[datetime], _now: datetime) -> Unusual:
    """Return the hours with more quarantined lines than usual, and those with more than half, usual or not."""
    rows = [(hour.archive_hour, "lines", hour.quarantined, hour.lines) for hour in history.hours]
    rates = pl.DataFrame(rows, schema=RATES_SCHEMA, orient="row")
    high = _high_rates(settings, rates, hours, "lines quarantined").findings
    known = {finding.archive_hour for finding in high}
    counted = (hour for hour in history.hours if hour.archive_hour in set(hours) - known)
    mostly = (
        Finding(hour.archive_hour, "lines", f"more than half are quarantined: {hour.quarantined:,} of {hour.lines:,}")
        for hour in counted
        if is_mostly_quarantined(hour.quarantined, hour.lines)
    )
    return Unusual((*high, *mostly))


def is_mostly_quarantined(quarantined: int, lines: int) -> bool:
    """Return whether more than half of an hour's lines are quarantined, which no history makes usual (contract §9)."""
    return quarantined * 2 > lines


def duplicate_rate(settings: Settings, history: History, hours: Collection[datetime], _now: datetime) -> Unusual:
    """Return the hours with more copies of events than usual, and those with more than half, usual or not."""
    rows = [(hour.archive_hour, "events", hour.duplicates, hour.events) for hour in history.hours]
    rates = pl.DataFrame(rows, schema=RATES_SCHEMA, orient="row")
    high = _high_rates(settings, rates, hours, "copies of other events of the hour").findings
    known = {finding.archive_hour for finding in high}
    mostly = (
        Finding(hour.archive_hour, "events", f"more than half are copies: {hour.duplicates:,} of {hour.events:,}")
        for hour in history.hours
        if hour.archive_hour in set(hours) - known and is_mostly_copies(hour.duplicates, hour.events)
    )
    return Unusual((*high, *mostly))


def is_mostly_copies(duplicates: int, events: int) -> bool:
    """Return whether more than half of an hour's events lost against another copy: ids may be no ids."""
    return duplicates * 2 > events


def rescue_rate(settings: Settings, history: History, hours: Collection[datetime], _now: datetime) -> Unusual:
    """Return the columns with more rescued values than usual."""
    return _high_rates(settings, rescue_rates(history.columns, history.types), hours, "values rescued")


def events_flow(settings: Settings, history: History, hours: Collection[datetime], now: datetime) -> Unusual:
    """Return the hours with unusually few or many events, and the archive if it is silent.

    Silence is judged an hour after the grace, so that the load of the newest hour has time to end.
    """
    closed = closed_hour(now, settings.grace + timedelta(hours=1))
    silence = find_silence(history.events, min(closed, settings.partitions_end or closed), settings.checks)
    odd = find_odd_flow(history.events, hours, settings.checks)
    return Unusual((*odd, *([silence] if silence else [])))


def schema_is_stable(settings: Settings, history: History, hours: Collection[datetime], _now: datetime) -> Unusual:
    """Return the columns and event tables that vanished, changed their kind of values, or are too many new ones."""
    found = [find_drift(history.columns, history.types, end, settings.checks) for end in _ends(hours)]
    drifts = [drift for drift in found if drift is not None]
    findings = dict.fromkeys(finding for drift in drifts for finding in drift.findings)
    return Unusual(tuple(findings), tuple(sorted({name for drift in drifts for name in drift.new_columns})))


RULES: Final[Mapping[str, Rule]] = {
    rule.__name__: rule for rule in (quarantine_rate, duplicate_rate, rescue_rate, events_flow, schema_is_stable)
}
READ_COLUMNS: Final = frozenset({rescue_rate.__name__, schema_is_stable.__name__})
"""The rules that need `History.columns`."""


def read_history(
    settings: Settings, source: Source, hours: Collection[datetime], *, columns: bool, now: datetime
) -> History:
    """Return the counts from `history_days` before the first of these hours, and before the newest hour with events.

    Values by column are read up to the last of these hours, and only with `columns`.
    """
    nothing = History([], column_values([]), pl.DataFrame(schema=TYPES_SCHEMA))
    with open_ledger(settings) as session:
        newest = None if session is None else newest_hour(session, source.name)
        if session is None or newest is None:
            return nothing
        first = min([*hours, newest]) - timedelta(days=settings.checks.history_days)
        start = first.replace(hour=0)
        counts = hour_counts(session, source.name, start=start, end=now)
        if not columns:
            return History(counts, nothing.columns, nothing.types)
        loads = column_counts(session, source.name, start=start, end=max([*hours, first]))
        catalog = column_types(session, source.schema)
    return History(counts, column_values(loads), types_frame(catalog))


def types_frame(catalog: Collection[ColumnType]) -> pl.DataFrame:
    """Return the columns of a catalog as a frame, TYPES_SCHEMA."""
    rows = [(column.table_name, column.column_name, column.type, column.first_archive_hour) for column in catalog]
    return pl.DataFrame(rows, schema=TYPES_SCHEMA, orient="row")


def _high_rates(settings: Settings, rates: pl.DataFrame, hours: Collection[datetime], counted: str) -> Unusual:
    high = find_high_rates(rates, hours, settings.checks)
    return Unusual(tuple(Finding(rate.archive_hour, rate.subject, f"{counted}: {rate}") for rate in high))


def _ends(hours: Collection[datetime]) -> list[datetime]:
    """Return the last of these hours and others a day apart: the 24 hours up to each cover all of these hours."""
    ends: list[datetime] = []
    for hour in sorted(hours, reverse=True):
        if not ends or ends[-1] - hour >= _DAY:
            ends.append(hour)
    return ends
