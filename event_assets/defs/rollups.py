"""Rollups in Dagster: an asset per file, a partition per day of event time."""

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import dagster as dg

from event_assets.config.settings import Settings, redacted
from event_assets.config.source import Source
from event_assets.defs.assets import warehouse_pool
from event_assets.defs.metadata import SHOWN, Metadata, markdown_table
from event_assets.defs.partitions import DAYS, partition_key
from event_assets.defs.resources import Tideline
from event_assets.defs.sensors.run_requests import PENDING_TAG
from event_assets.defs.tables.specs import freshness, source_group, table_key, warehouse_kind
from event_assets.pipeline.rollups import DayRange, RollupRequest, RollupRun, recompute_rollup
from loaders.rollups.recompute import DayDone, find_rollups, is_name
from loaders.rollups.totals import Totals

DAYS_PER_RUN = 366
"""Days at most in one Dagster run; a run of many days costs little more than one of a single day."""


@dataclass(frozen=True)
class RollupAssets:
    """The rollups of one source: the asset key of each file by its name."""

    source: Source
    keys: Mapping[str, dg.AssetKey]

    @classmethod
    def of(cls, source: Source, settings: Settings) -> "RollupAssets":
        """Return a key per file: that of the table of its name in the schema of the source's rollups."""
        names = [name for name in find_rollups(settings.rollups) if is_name(name)]
        return cls(source, {name: table_key(source.rollups_schema, name, settings) for name in names})


def rollup_assets(
    rollups: RollupAssets,
    warehouse: dg.AssetKey,
    settings: Settings,
    partitions: dg.TimeWindowPartitionsDefinition,
) -> list[dg.AssetsDefinition]:
    """Return the assets. Any archive hour may touch any day: their dependency covers the archive hours of the day."""
    mapping = dg.TimeWindowPartitionMapping(allow_nonexistent_upstream_partitions=True)
    dependency = dg.AssetDep(warehouse, partition_mapping=mapping)
    return [_rollup_asset(rollups, name, dependency, settings, partitions) for name in rollups.keys]


def _rollup_asset(
    rollups: RollupAssets,
    name: str,
    dependency: dg.AssetDep,
    settings: Settings,
    partitions: dg.TimeWindowPartitionsDefinition,
) -> dg.AssetsDefinition:
    source = rollups.source

    @dg.asset(
        key=rollups.keys[name],
        deps=[dependency],
        partitions_def=partitions,
        backfill_policy=dg.BackfillPolicy.multi_run(DAYS_PER_RUN),
        group_name=source_group(source),
        owners=list(settings.owners),
        kinds={"table", warehouse_kind(settings)},
        pool=warehouse_pool(settings),
        freshness_policy=freshness(source),
        description=f"Table `{source.rollups_schema}.{name}`, by {name}.sql; a partition is a UTC day.",
        metadata={
            "warehouse": redacted(settings.warehouse),
            "dagster/table_name": f"{source.rollups_schema}.{name}",
        },
    )
    def rollup(context: dg.AssetExecutionContext, tideline: Tideline) -> dg.MaterializeResult[None]:
        _recompute(context, tideline.settings(), source.name, name, day_range(partitions))
        return dg.MaterializeResult()

    return rollup


def day_range(partitions: dg.TimeWindowPartitionsDefinition) -> DayRange:
    """Return the first and the last day that are partitions."""
    keys = partitions.get_partition_keys()
    return DayRange(date.fromisoformat(keys[0]), date.fromisoformat(keys[-1]))


def _recompute(context: dg.AssetExecutionContext, settings: Settings, source: str, name: str, bounds: DayRange) -> None:
    """Recompute the days of the run and report each in the metadata of its partition. Raise Failure for the others."""
    started = time.monotonic()
    days = [day.date() for key in context.partition_keys if (day := DAYS.parse(key)) is not None]
    path = find_rollups(settings.rollups).get(name)
    if path is None:
        raise dg.Failure(f"The file {name}.sql does not exist: restore it, or reload the definitions.")
    forced = PENDING_TAG not in context.run.tags
    run = recompute_rollup(settings, RollupRequest(settings.sources[source], path, days, bounds, forced))
    errors = run.result.errors
    metadata = _metadata(run, days, bounds, seconds=time.monotonic() - started)
    for date_, values in metadata.items():
        if errors or date_ not in days:
            context.log_event(dg.AssetMaterialization(context.asset_key, partition=f"{date_}", metadata=values))
        else:
            context.add_asset_metadata(values, partition_key=f"{date_}")
    if errors:
        raise dg.Failure("; ".join(errors))


def _metadata(run: RollupRun, days: Sequence[date], bounds: DayRange, *, seconds: float) -> dict[date, Metadata]:
    """Return the metadata per partition. A day outside the partitions is reported in the nearest one.

    After a failure only the partitions whose days were recomputed have metadata.
    """
    common = {
        "dagster/column_schema": rollup_schema(run.columns),
        "rollup_days": len(run.result.days),
        "seconds": seconds,
    }
    done: dict[date, list[DayDone]] = defaultdict(list)
    for day in run.result.days:
        done[bounds.nearest(day.date)].append(day)
    reported = done.keys() if run.result.errors else {*done, *days}
    return {day: _day_metadata(day, done[day]) | common for day in sorted(reported)}


def _day_metadata(day: date, done: Sequence[DayDone]) -> Metadata:
    own = next((result for result in done if result.date == day), None)
    outside = [f"{result.date}" for result in done if result.date != day]
    metadata: Metadata = {"days_outside_partitions": outside} if outside else {}
    if own is None:
        return metadata | {"recomputed": False}
    loads = [(load.load_id, partition_key(load.archive_hour)) for load in own.loads[-SHOWN:]]
    return {
        "why": own.why,
        "rows": own.rows,
        **before_and_after(own.before, own.after),
        "touched_by": dg.MetadataValue.md(markdown_table(("load", "archive hour"), loads)),
        "loads": len(own.loads),
        **metadata,
        "recomputed": True,
        "dagster/partition_row_count": own.rows,
    }


def rollup_schema(columns: Mapping[str, str]) -> dg.TableSchema:
    """Return the columns of a rollup's table by their types; the rollup's SQL gives their meaning."""
    return dg.TableSchema(
        [
            dg.TableColumn(name, kind, "UTC day of the events" if name == "date" else None)
            for name, kind in columns.items()
        ]
    )


def before_and_after(before: Totals | None, after: Totals | None) -> Metadata:
    """Return what a day that was computed before adds up to now and did then: its rows and its columns of numbers."""
    if before is None or after is None:
        return {}
    pairs = ((name, before.get(name, 0), now) for name, now in after.items())
    rows = [(name, f"{then:,}", f"{now:,}", f"{now - then:+,}") for name, then, now in pairs]
    return {
        "before_and_after": dg.MetadataValue.md(markdown_table(("sum of the day", "before", "after", "change"), rows)),
        "rows_before": int(before["rows"]),
    }
