"""Checks against the ledger's history: rates of quarantined lines and rescued values, flow of events, schema."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Final

import dagster as dg

from event_assets.anomalies.rates import LEAST_DAYS
from event_assets.config.settings import Settings
from event_assets.config.source import Source
from event_assets.defs.assets import SourceKeys
from event_assets.defs.checks.results import reported_hours, utc_now, warning_result
from event_assets.defs.checks.runbook import describe_check
from event_assets.defs.metadata import Metadata
from event_assets.defs.partitions import run_hours
from event_assets.defs.resources import Tideline
from event_assets.health.history import READ_COLUMNS, RULES, Unusual, count_days, read_history

FLOW: Final = "events_flow"
AS_USUAL: Final = "As usual."
RATE_RULE: Final = (
    "The usual rate is the median of the earlier days (UTC) within `checks.history_days` that have at least "
    "`checks.least_values` lines or values. A rate is high if it exceeds the usual one by `checks.excess_percent` "
    "points and by five standard deviations, of those days and of chance combined. With fewer than three such days the "
    "check passes and reports that it has not judged. An hour with too few values is judged together with the earlier "
    "hours of its day. An hour that failed stays reported for a day."
)
PROMISES: Final = {
    "quarantine_rate": "The share of an hour's lines that were quarantined is not higher than usual, and not more than "
    f"half from the first hour on. {RATE_RULE}",
    "duplicate_rate": f"The share of an hour's events that are copies of others of the hour is not higher than usual. "
    f"{RATE_RULE}",
    "rescue_rate": f"The share of a column's values that did not fit its type is not higher than usual. {RATE_RULE}",
    FLOW: "Each hour has a usual number of events for its hour of the week: at least half and at most three times the "
    "median of that hour in the weeks before (in the first three weeks: of the days before), and the archive is not "
    "silent. Hours that usually have fewer than `checks.least_events` events are not judged.",
    "schema_is_stable": "In the last 24 archive hours no column or event table vanished, no column's values changed "
    "their kind, and fewer than `checks.new_columns` columns of a table, or event tables, are new, compared with the "
    "days before within `checks.history_days`. New columns as such are listed and do not warn.",
}


def history_checks(source: str, keys: SourceKeys) -> dg.AssetChecksDefinition:
    """Return the five checks; they read only `history_days` of the ledger and the run's hours."""
    specs = [
        dg.AssetCheckSpec(name, asset=keys.warehouse, description=describe_check(name, promise))
        for name, promise in PROMISES.items()
    ]

    @dg.multi_asset_check(name="_".join([*keys.warehouse.path, "history"]), specs=specs, can_subset=True)
    def history(context: dg.AssetCheckExecutionContext, tideline: Tideline):  # type: ignore[no-untyped-def]  # noqa: ANN202
        settings, keys = tideline.settings(), sorted(context.selected_asset_check_keys)
        hours = run_hours(context.run.tags)
        yield from evaluate(settings, settings.sources[source], keys, hours, context.instance)

    return history


def evaluate(
    settings: Settings,
    source: Source,
    keys: Sequence[dg.AssetCheckKey],
    asked: Collection[datetime],
    instance: dg.DagsterInstance,
) -> Iterator[dg.AssetCheckResult]:
    """Yield the result of each check for the hours of a run and for those that it reported within the last day.

    Checks of the same hours, as they usually are, read the ledger once.
    """
    now = utc_now()
    since = {key: reported_hours(instance, key, now) for key in keys}
    hours = {key: tuple(sorted({*asked, *since[key]})) for key in keys}
    with_columns = {hours[key] for key in keys if key.name in READ_COLUMNS}
    histories = {
        span: read_history(settings, source, span, columns=span in with_columns, now=now)
        for span in set(hours.values())
    }
    for key in keys:
        unusual = RULES[key.name](settings, histories[hours[key]], hours[key], now)
        days = count_days(settings, histories[hours[key]], hours[key])
        metadata = {**_new_columns(unusual), "hours_checked": len(hours[key]), "earlier_days": days}
        passed = describe_pass(days, judges_hours=bool(hours[key]))
        yield warning_result(key, unusual.findings, passed=passed, since=since[key], now=now, metadata=metadata)


def describe_pass(days: int, *, judges_hours: bool) -> str:
    """Return what a check without findings has found: nothing unusual, or too few days to know what is usual."""
    if judges_hours and days < LEAST_DAYS:
        return f"Not judged: {days} of {LEAST_DAYS} earlier days to compare with."
    return AS_USUAL


def _new_columns(unusual: Unusual) -> Metadata:
    if unusual.new_columns is None:
        return {}
    return {
        "new_columns": len(unusual.new_columns),
        "new": dg.MetadataValue.json(list(unusual.new_columns[:200])),
    }
