"""Checks against the ledger's own history: shares of quarantined lines and rescued values, and the flow of events."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import dagster as dg
import polars as pl

from event_assets.anomalies.columns import TYPES_SCHEMA, column_values, rescue_rates
from event_assets.anomalies.drift import Drift, find_drift
from event_assets.anomalies.findings import Finding
from event_assets.anomalies.flow import find_odd_flow, find_silence
from event_assets.anomalies.rates import RATES_SCHEMA, find_high_rates
from event_assets.config.settings import Settings
from event_assets.config.source import Source
from event_assets.config.warehouse import open_ledger
from event_assets.defs.assets import SourceKeys
from event_assets.defs.checks.results import told_hours, utc_now, warning_result
from event_assets.defs.checks.runbook import describe_check
from event_assets.defs.metadata import Metadata
from event_assets.defs.partitions import run_hours
from event_assets.defs.resources import Tideline
from event_assets.discovery.settling import closed_hour
from loaders.queries.loads import HourCounts, column_counts, hour_counts, newest_hour
from loaders.queries.tables import column_types

QUARANTINE: Final = "quarantine_rate"
RESCUE: Final = "rescue_rate"
FLOW: Final = "events_flow"
DRIFT: Final = "schema_is_stable"
ENOUGH: Final = "As usual, or fewer than three earlier days to compare with."
RULE: Final = (
    "Usual is the median of the earlier days (UTC) of the last `checks.history_days`, each with `checks.least_values` "
    "or more. High is what is above it by `checks.excess_percent` points and by five standard deviations, of those "
    "days and of chance together. With fewer than three such days nothing is said. An hour with too few values is "
    "judged together with the earlier hours of its day. What was found stays told for a day."
)
PROMISES: Final = {
    QUARANTINE: f"The share of an hour's lines that went to quarantine is not higher than usual. {RULE}",
    RESCUE: f"The share of a column's values that did not fit its type is not higher than usual. {RULE}",
    FLOW: "Events flow as usual for the hour of the week: not fewer than half, not more than three times the median of "
    "that hour in the weeks before (or of the days before, in the first three weeks), and the archive has not gone "
    "silent. Hours that usually have fewer than `checks.least_events` are not judged.",
    DRIFT: "In the last 24 archive hours no column or event table vanished, no column's values changed their kind, and "
    "not `checks.new_columns` or more columns of a table, or event tables, are new; against the days before, of "
    "`checks.history_days`. New columns as such are listed and no warning.",
}


@dataclass(frozen=True)
class History:
    """What the ledger has of these hours and the days before them, oldest first."""

    hours: list[HourCounts]
    columns: pl.DataFrame
    types: pl.DataFrame

    @property
    def events(self) -> dict[datetime, int]:
        return {hour.archive_hour: hour.events for hour in self.hours}


def history_checks(source: str, keys: SourceKeys) -> dg.AssetChecksDefinition:
    """The four checks, answered by looks into the ledger that are bounded by `history_days` and the run's hours."""
    specs = [
        dg.AssetCheckSpec(name, asset=keys.warehouse, description=describe_check(name, promise))
        for name, promise in PROMISES.items()
    ]

    @dg.multi_asset_check(name="_".join([*keys.warehouse.path, "history"]), specs=specs, can_subset=True)
    def history(context: dg.AssetCheckExecutionContext, tideline: Tideline):  # type: ignore[no-untyped-def]  # noqa: ANN202
        settings, keys = tideline.settings(), sorted(context.selected_asset_check_keys)
        yield from judge(settings, settings.sources[source], keys, run_hours(context.run.tags), context.instance)

    return history


def judge(
    settings: Settings,
    source: Source,
    keys: Sequence[dg.AssetCheckKey],
    asked: Collection[datetime],
    instance: dg.DagsterInstance,
) -> Iterator[dg.AssetCheckResult]:
    """Each of these checks for the hours of a run, and for those that it told within the last day.

    Checks that are asked about the same hours, as they are unless one has told others, share one look.
    """
    now = utc_now()
    known = {key: told_hours(instance, key, now) for key in keys}
    hours = {key: tuple(sorted({*asked, *known[key]})) for key in keys}
    with_columns = {hours[key] for key in keys if key.name in (RESCUE, DRIFT)}
    looks = {each: read_history(settings, source, each, columns=each in with_columns) for each in set(hours.values())}
    for key in keys:
        findings, metadata = _judge(key.name, settings, looks[hours[key]], hours[key], now)
        metadata["hours_checked"] = len(hours[key])
        yield warning_result(key, findings, sound=ENOUGH, known=known[key], now=now, metadata=metadata)


def _judge(
    name: str, settings: Settings, history: History, hours: Collection[datetime], now: datetime
) -> tuple[list[Finding], Metadata]:
    if name != DRIFT:
        return _find(name, settings, history, hours, now), {}
    drifts = [drift for end in _ends(hours) if (drift := _drift(settings, history, end)) is not None]
    findings = list(dict.fromkeys(each for drift in drifts for each in drift.findings))
    new = sorted({name for drift in drifts for name in drift.new_columns})
    return findings, {"new_columns": len(new), "new": dg.MetadataValue.json(new[:200])}


def _find(name: str, settings: Settings, history: History, hours: Collection[datetime], now: datetime) -> list[Finding]:
    if name == FLOW:
        closed = closed_hour(now, settings.grace + timedelta(hours=1))
        end = min(closed, settings.partitions_end or closed)
        silence = find_silence(history.events, end, settings.checks)
        return [*find_odd_flow(history.events, hours, settings.checks), *([silence] if silence else [])]
    rates = _quarantine_rates(history) if name == QUARANTINE else rescue_rates(history.columns, history.types)
    what = "lines quarantined" if name == QUARANTINE else "values rescued"
    return [
        Finding(high.archive_hour, high.subject, f"{what}: {high}")
        for high in find_high_rates(rates, hours, settings.checks)
    ]


def read_history(settings: Settings, source: Source, hours: Collection[datetime], *, columns: bool) -> History:
    """The ledger from `history_days` before the first of these hours on, and before the newest with events.

    The values by column are read up to the last of these hours, and only where they are asked for.
    """
    nothing = History([], column_values([]), pl.DataFrame(schema=TYPES_SCHEMA))
    with open_ledger(settings) as session:
        newest = None if session is None else newest_hour(session, source.name)
        if session is None or newest is None:
            return nothing
        first = min([*hours, newest]) - timedelta(days=settings.checks.history_days)
        start = first.replace(hour=0)
        counts = hour_counts(session, source.name, start=start, end=utc_now())
        if not columns:
            return History(counts, nothing.columns, nothing.types)
        loads = column_counts(session, source.name, start=start, end=max([*hours, first]))
        catalog = column_types(session, source.schema)
    types = [(column.table_name, column.column_name, column.type, column.first_archive_hour) for column in catalog]
    return History(counts, column_values(loads), pl.DataFrame(types, schema=TYPES_SCHEMA, orient="row"))


def _quarantine_rates(history: History) -> pl.DataFrame:
    rows = [(hour.archive_hour, "lines", hour.quarantined, hour.lines) for hour in history.hours]
    return pl.DataFrame(rows, schema=RATES_SCHEMA, orient="row")


def _drift(settings: Settings, history: History, end: datetime) -> Drift | None:
    return find_drift(history.columns, history.types, end, settings.checks)


def _ends(hours: Collection[datetime]) -> list[datetime]:
    """The last of these hours and one a day before it: the 24 hours that end with them cover all of these hours."""
    ends: list[datetime] = []
    for hour in sorted(hours, reverse=True):
        if not ends or ends[-1] - hour >= timedelta(hours=24):
            ends.append(hour)
    return ends
