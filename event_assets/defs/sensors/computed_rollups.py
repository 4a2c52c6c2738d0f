"""The sensor that reports the days of rollups that the command has computed.

Covered by tests/defs/test_rollups.py.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Final

import dagster as dg

from event_assets.defs.metadata import Metadata
from event_assets.defs.resources import LEDGER_WAIT_SECONDS, Tideline
from event_assets.defs.rollups import RollupAssets, before_and_after, day_range, rollup_schema
from event_assets.defs.sensors.run_requests import skip_busy
from event_assets.pipeline.rollups import find_computed_days, read_rollup_columns
from loaders.interface.errors import Transient
from loaders.rollups.day_records import ComputedDay

REPORTS_PER_TICK: Final = 300
_BEFORE_ALL: Final = ComputedDay(datetime(2000, 1, 1, tzinfo=UTC), "", date.min)


def computed_sensor(
    name: str, rollups: RollupAssets, partitions: dg.TimeWindowPartitionsDefinition
) -> dg.SensorDefinition:
    """Return the sensor; its cursor is the day that it has looked at last, in the order of computation."""

    @dg.sensor(
        name=name,
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Reports days of rollups that `tideline load` or `tideline rollups` has computed as materialized. "
        "Starts no runs.",
    )
    def computed_days(context: dg.SensorEvaluationContext, tideline: Tideline) -> dg.SensorResult | dg.SkipReason:
        last, settings, source = parse_cursor(context.cursor), tideline.settings(), rollups.source
        try:
            found = find_computed_days(settings, source, rollups.keys, since=last.computed_at, wait=LEDGER_WAIT_SECONDS)
            new = [day for day in found if day > last][:REPORTS_PER_TICK]
            names = {day.rollup for day in new}
            columns = read_rollup_columns(settings, source, names, wait=LEDGER_WAIT_SECONDS) if new else {}
        except Transient as busy:
            return skip_busy(busy)
        bounds = day_range(partitions)
        inside = [day for day in new if bounds.nearest(day.date) == day.date]
        events = [
            dg.AssetMaterialization(
                rollups.keys[day.rollup],
                partition=f"{day.date}",
                metadata=_metadata(day, columns[day.rollup]),
            )
            for day in _unreported(context.instance, rollups.keys, inside)
        ]
        return dg.SensorResult(asset_events=events, cursor=write_cursor(new[-1]) if new else context.cursor)

    return computed_days


def _metadata(day: ComputedDay, columns: Mapping[str, str]) -> Metadata:
    metadata: Metadata = {
        "dagster/column_schema": rollup_schema(columns),
        "computed_by": "the command",
        "computed_at": day.computed_at.isoformat(timespec="seconds"),
    }
    if day.totals is None:
        return metadata
    rows = int(day.totals.after["rows"])
    return {
        "why": day.totals.why,
        "rows": rows,
        **before_and_after(day.totals.before, day.totals.after),
        "recomputed": True,
        "dagster/partition_row_count": rows,
        **metadata,
    }


def parse_cursor(cursor: str | None) -> ComputedDay:
    """Return the day that the sensor has looked at last."""
    if not cursor:
        return _BEFORE_ALL
    computed_at, rollup, day = json.loads(cursor)
    return ComputedDay(datetime.fromisoformat(computed_at), rollup, date.fromisoformat(day))


def write_cursor(day: ComputedDay) -> str:
    """Return the cursor after a day."""
    return json.dumps([day.computed_at.isoformat(), day.rollup, f"{day.date}"])


def _unreported(
    instance: dg.DagsterInstance, keys: Mapping[str, dg.AssetKey], days: Iterable[ComputedDay]
) -> list[ComputedDay]:
    """Return the days that no run has reported since they were computed."""
    by_rollup: dict[str, list[ComputedDay]] = {}
    for day in days:
        by_rollup.setdefault(day.rollup, []).append(day)
    return [
        day
        for rollup, of_rollup in by_rollup.items()
        for reported in (_reported_at(instance, keys[rollup], {f"{day.date}" for day in of_rollup}),)
        for day in of_rollup
        if reported.get(f"{day.date}", 0.0) < day.computed_at.timestamp()
    ]


def _reported_at(instance: dg.DagsterInstance, key: dg.AssetKey, partitions: set[str]) -> dict[str, float]:
    """Return when partitions of an asset were last materialized, in seconds since 1970."""
    kind = dg.DagsterEventType.ASSET_MATERIALIZATION
    newest = instance.event_log_storage.get_latest_storage_id_by_partition(key, kind, partitions)
    if not newest:
        return {}
    chosen = dg.AssetRecordsFilter(asset_key=key, storage_ids=list(newest.values()))
    records = instance.fetch_materializations(chosen, limit=len(newest)).records
    return {record.partition_key: record.timestamp for record in records if record.partition_key is not None}
