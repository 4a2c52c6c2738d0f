"""Rollups in Dagster: an asset per file, a partition per day of event time, and a sensor for the days that are due."""

import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial

import dagster as dg

from event_assets.config.settings import Settings, SettingsError, redacted
from event_assets.config.source import Source
from event_assets.config.warehouse import open_warehouse
from event_assets.defs.assets import SourceKeys, warehouse_pool
from event_assets.defs.metadata import SHOWN, Metadata, markdown_table
from event_assets.defs.partitions import DAYS, partition_key
from event_assets.defs.resources import Tideline
from event_assets.defs.sensors.run_requests import (
    PENDING_TAG,
    REQUESTS_PER_TICK,
    Asking,
    busy_hours,
    request_runs,
    skip_busy,
)
from event_assets.discovery.pending import group_contiguous
from event_assets.pipeline.rollups import Due, find_due_days, schemas_of
from loaders.interface.errors import Transient, WarehouseError
from loaders.rollups.recompute import (
    DayDone,
    RollupResult,
    find_due,
    find_rollups,
    is_name,
    read_rollup,
    recompute_days,
)
from loaders.schema.introspect import read_layout

DAYS_PER_RUN = 366
"""Days at most in one Dagster run; a run of many days costs little more than one of a single day."""


@dataclass(frozen=True)
class RollupAssets:
    """The rollups of one source: the asset of each file by its name."""

    source: Source
    keys: Mapping[str, dg.AssetKey]

    @classmethod
    def of(cls, source: Source, settings: Settings, warehouse: dg.AssetKey) -> "RollupAssets":
        """A key per file: `rollups/NAME`, below the source's name where there are several sources."""
        prefix = [*warehouse.path[:-1], "rollups"]
        names = [name for name in find_rollups(settings.rollups) if is_name(name)]
        return cls(source, {name: dg.AssetKey([*prefix, name]) for name in names})

    def assets(
        self, keys: SourceKeys, settings: Settings, partitions: dg.TimeWindowPartitionsDefinition
    ) -> list[dg.AssetsDefinition]:
        """The assets. Any archive hour may touch any day: the arrow to the warehouse shows the hours of the day."""
        return [self._asset(name, key, keys.warehouse, settings, partitions) for name, key in self.keys.items()]

    def _asset(
        self,
        name: str,
        key: dg.AssetKey,
        warehouse: dg.AssetKey,
        settings: Settings,
        partitions: dg.TimeWindowPartitionsDefinition,
    ) -> dg.AssetsDefinition:
        source = self.source.name
        hours_of_the_day = dg.TimeWindowPartitionMapping(allow_nonexistent_upstream_partitions=True)

        @dg.asset(
            key=key,
            deps=[dg.AssetDep(warehouse, partition_mapping=hours_of_the_day)],
            partitions_def=partitions,
            backfill_policy=dg.BackfillPolicy.multi_run(DAYS_PER_RUN),
            group_name=source,
            owners=list(settings.owners),
            kinds={"table", settings.warehouse.split(":")[0].split("+")[0]},
            pool=warehouse_pool(settings),
            description=f"Table `{self.source.rollups_schema}.{name}`, by {name}.sql; a partition is a UTC day.",
            metadata={"warehouse": redacted(settings.warehouse)},
        )
        def rollup(context: dg.AssetExecutionContext, tideline: Tideline) -> dg.MaterializeResult[None]:
            _recompute(context, tideline.settings(), source, name, partitions)
            return dg.MaterializeResult()

        return rollup


def _recompute(
    context: dg.AssetExecutionContext,
    settings: Settings,
    source: str,
    name: str,
    partitions: dg.TimeWindowPartitionsDefinition,
) -> None:
    """Recompute the days of the run and show each in the metadata of its partition, then tell what failed."""
    started = time.monotonic()
    days = [day.date() for key in context.partition_keys if (day := DAYS.parse(key)) is not None]
    path = find_rollups(settings.rollups).get(name)
    if path is None:
        raise dg.Failure(f"There is no file {name}.sql any more: put it back, or reload the definitions.")
    rollup, schemas = read_rollup(path), schemas_of(settings.sources[source])
    warehouse = open_warehouse(settings)
    with warehouse.reading() as session:
        due = find_due(session, schemas, [rollup]).get(name, {})
    bounds = _first_and_last(partitions)
    outside = [day for day in due if _clamp(day, bounds) in days and _clamp(day, bounds) != day]
    result = recompute_days(
        partial(warehouse.loading, schemas.events),
        schemas,
        rollup,
        [*days, *outside],
        now=_now,
        asked=PENDING_TAG not in context.run.tags,
    )
    with warehouse.reading() as session:
        columns = read_layout(session, schemas.rollups).get(name, {})
    shown = _metadata(result, days, columns, bounds, seconds=time.monotonic() - started)
    _show(context, shown, days, failed=bool(result.errors))
    if result.errors:
        raise dg.Failure("; ".join(result.errors))


def _show(
    context: dg.AssetExecutionContext, shown: Mapping[date, Metadata], days: Sequence[date], *, failed: bool
) -> None:
    for day, metadata in shown.items():
        key = f"{day}"
        if failed or day not in days:
            context.log_event(dg.AssetMaterialization(context.asset_key, partition=key, metadata=metadata))
        else:
            context.add_asset_metadata(metadata, partition_key=key)


def _metadata(
    result: RollupResult,
    days: Sequence[date],
    columns: Mapping[str, str],
    bounds: tuple[date, date],
    *,
    seconds: float,
) -> dict[date, Metadata]:
    """The metadata of every partition that has something to tell; a day outside the partitions is told in the nearest.

    A day of a failed run tells something only if it was recomputed.
    """
    table = dg.TableSchema([dg.TableColumn(name, kind) for name, kind in columns.items()])
    common = {"dagster/column_schema": table, "rollup_days": len(result.days), "seconds": seconds}
    done: dict[date, list[DayDone]] = defaultdict(list)
    for each in result.days:
        done[_clamp(each.date, bounds)].append(each)
    told = done.keys() if result.errors else {*done, *days}
    return {day: common | _day_metadata(day, done[day]) for day in sorted(told)}


def _day_metadata(day: date, done: Sequence[DayDone]) -> Metadata:
    own = next((each for each in done if each.date == day), None)
    outside = [f"{each.date}" for each in done if each.date != day]
    metadata: Metadata = {"days_outside_partitions": outside} if outside else {}
    if own is None:
        return metadata | {"recomputed": False}
    loads = [(load.load_id, partition_key(load.archive_hour)) for load in own.loads[-SHOWN:]]
    return metadata | {
        "recomputed": True,
        "dagster/partition_row_count": own.rows,
        "rows": own.rows,
        "why": own.why,
        "loads": len(own.loads),
        "touched_by": dg.MetadataValue.md(markdown_table(("load", "archive hour"), loads)),
    }


def rollup_sensor(
    name: str, rollups: RollupAssets, job: str, partitions: dg.TimeWindowPartitionsDefinition
) -> dg.SensorDefinition:
    """Asks the ledger every minute; contiguous days that are due for the same rollups become one run."""
    source = rollups.source.name

    @dg.sensor(
        name=name,
        job_name=job,
        minimum_interval_seconds=60,
        description="Finds days of rollups that are due: never computed, touched by loads since, or of an edited file.",
    )
    def due_days(context: dg.SensorEvaluationContext, tideline: Tideline) -> dg.SensorResult | dg.SkipReason:
        try:
            found = find_due_days(tideline.settings(), wait=2.0)
        except Transient as busy:
            return skip_busy(busy)
        except (SettingsError, WarehouseError) as error:
            raise dg.Failure(str(error)) from error
        due = [each for each in found if each.source == source]
        wrong = [each.error for each in due if each.error is not None]
        for told in wrong:
            context.log.warning(told)
        running = busy_hours(context.instance, source, DAYS)
        requests = list(_requests(context.instance, rollups, due, _first_and_last(partitions), running))
        days = sum(len(each.days) for each in due)
        idle = dg.SkipReason(" ".join([f"{days} days of rollups are due, {len(running)} days are running.", *wrong]))
        return dg.SensorResult(requests[:REQUESTS_PER_TICK], skip_reason=None if requests else idle)

    return due_days


def _requests(
    instance: dg.DagsterInstance,
    rollups: RollupAssets,
    due: Sequence[Due],
    bounds: tuple[date, date],
    running: set[datetime],
) -> Iterator[dg.RunRequest]:
    """Runs for the days that are due, a day outside the partitions with the nearest one."""
    names: dict[datetime, set[str]] = defaultdict(set)
    states: dict[datetime, str] = defaultdict(str)
    for each in due:
        for day, wanted in each.days.items():
            start = datetime.combine(_clamp(day, bounds), datetime.min.time(), UTC)
            names[start].add(each.rollup)
            states[start] += f"{rollups.source.name}/{each.rollup}/{day}/{wanted.taken};"
    for chosen in sorted({tuple(sorted(each)) for each in names.values()}):
        starts = [start for start, each in names.items() if tuple(sorted(each)) == chosen and start not in running]
        asking = Asking(rollups.source.name, DAYS, tuple(rollups.keys[name] for name in chosen), in_halves=False)
        for group in group_contiguous(starts, at_most=DAYS_PER_RUN, step=DAYS.step):
            yield from request_runs(instance, asking, group, states)


def _first_and_last(partitions: dg.TimeWindowPartitionsDefinition) -> tuple[date, date]:
    keys = partitions.get_partition_keys()
    return date.fromisoformat(keys[0]), date.fromisoformat(keys[-1])


def _clamp(day: date, bounds: tuple[date, date]) -> date:
    return min(max(day, bounds[0]), bounds[1])


def _now() -> datetime:
    return datetime.now(UTC)
