"""The `lake` asset as a graph: `plan_hours` -> a `normalize_chunk` for each step -> `gather_hours` (ADR 0016).

Covered by tests/cluster/test_demonstrate.py.
"""

import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import dagster as dg
import msgspec

from event_assets.config.settings import Settings, parse_hour, redacted
from event_assets.defs.assets import LAKE, SourceKeys, archive_seen, lake_hour_metadata
from event_assets.defs.io_manager import LAKE_VALUES, SOURCE
from event_assets.defs.metadata import Metadata
from event_assets.defs.resources import Tideline
from event_assets.defs.retries import one_by_one, process_hours
from event_assets.defs.tables.lake_columns import lake_columns
from event_assets.defs.tables.specs import source_group
from event_assets.lake.hour_note import note_counts
from event_assets.lake.paths import format_hour

if TYPE_CHECKING:
    from event_assets.pipeline.fan_out import StepReport


def fan_out_lake_asset(
    name: str, keys: SourceKeys, settings: Settings, partitions: dg.TimeWindowPartitionsDefinition
) -> dg.AssetsDefinition:
    """Return the asset of `assets.lake_asset` as a graph, whose steps Dagster's executor runs."""
    prefix = "" if len(keys.lake.path) == 1 else f"{name}_"
    plan_hours, normalize_chunk, gather_hours = (make(prefix, name, keys) for make in (_plan, _normalize, _gather))

    @dg.graph_asset(
        key=keys.lake,
        ins={"archive": dg.AssetIn(keys.archive, dagster_type=dg.Nothing)},
        partitions_def=partitions,
        backfill_policy=dg.BackfillPolicy.multi_run(settings.hours_per_run),
        group_name=source_group(settings.sources[name]),
        owners=list(settings.owners),
        kinds={"parquet", "polars"},
        description=LAKE,
        metadata={"dagster/column_schema": lake_columns(), "lake": redacted(settings.lake.url)},
    )
    def lake(archive: Any) -> Any:  # noqa: ANN401  Dagster composes: these are no values
        plan, tasks = plan_hours(archive)
        return gather_hours(plan, tasks.map(normalize_chunk).collect())

    return lake


def _kept(name: str) -> dict[str, Any]:
    return {"io_manager_key": LAKE_VALUES, "metadata": {SOURCE: name}}


def _plan(prefix: str, name: str, keys: SourceKeys) -> dg.OpDefinition:
    @dg.op(
        name=f"{prefix}plan_hours",
        ins={"archive": dg.In(dg.Nothing)},
        out={"plan": dg.Out(dict, **_kept(name)), "tasks": dg.DynamicOut(dict, **_kept(name))},
        description="Lists the files of the run's hours and cuts them into steps of about fan_out_mib.",
    )
    def plan_hours(context: dg.OpExecutionContext, tideline: Tideline) -> Iterator[Any]:
        from event_assets.pipeline.fan_out import plan_steps  # only a run needs it, as what the other steps import

        now = tideline.settings()
        hours = [parse_hour(key) for key in context.partition_keys]
        plan = plan_steps(now, now.sources[name], hours)
        for hour in hours:
            context.log_event(archive_seen(keys, plan.manifest(hour)))
        context.log.info(f"{len(hours)} hours, {len(plan.steps)} steps")
        yield dg.Output(msgspec.to_builtins(plan), "plan")
        for step in plan.steps:
            yield dg.DynamicOutput(msgspec.to_builtins(step), step.key, "tasks")

    return plan_hours


def _normalize(prefix: str, name: str, _keys: SourceKeys) -> dg.OpDefinition:
    @dg.op(
        name=f"{prefix}normalize_chunk",
        out=dg.Out(dict, **_kept(name)),
        description="Writes whole hours into the lake, or one shard of a large hour into its scratch area.",
    )
    def normalize_chunk(context: dg.OpExecutionContext, tideline: Tideline, task: dict[str, Any]) -> dict[str, Any]:
        from event_assets.pipeline.fan_out import Step, run_step

        now, step = tideline.settings(), msgspec.convert(task, Step)
        files, size = sum(len(shard.files) for shard in step.shards), sum(shard.size for shard in step.shards)
        context.log.info(f"{step.key}: {files} files, {size} bytes")
        report = run_step(now, now.sources[name], step)
        for hour, error in report.failed.items():
            context.log.error(f"{hour} failed here, and is tried again where it is gathered: {redacted(error)}")
        context.log.info(f"{step.key} done in {sum(report.seconds.values()):.2f} s")
        output: dict[str, Any] = msgspec.to_builtins(report)
        return output

    return normalize_chunk


def _gather(prefix: str, name: str, keys: SourceKeys) -> dg.OpDefinition:
    @dg.op(
        name=f"{prefix}gather_hours",
        out=dg.Out(dg.Nothing),
        description="Gathers the shards of each large hour, and reports the counts of every hour.",
    )
    def gather_hours(
        context: dg.AssetExecutionContext, tideline: Tideline, plan: dict[str, Any], done: list[dict[str, Any]]
    ) -> None:
        from event_assets.lake.writing.scratch_shards import clean_scratch
        from event_assets.pipeline.fan_out import FanOutPlan, StepReport, gather_hour
        from event_assets.pipeline.hour import describe

        now = tideline.settings()
        planned, reports = msgspec.convert(plan, FanOutPlan), msgspec.convert(done, list[StepReport])
        spent = _sum_seconds(reports)
        written = {hour for report in reports for hour in report.written}

        def gather(hour: datetime) -> Metadata:
            started = time.monotonic()
            found = gather_hour(now, now.sources[name], planned, hour)
            wrote = found.written or hour in written
            context.log.info(describe("lake", hour, {**note_counts(found.note), "written": wrote}))
            seconds = spent.get(format_hour(hour), 0.0) + time.monotonic() - started
            return lake_hour_metadata(now, keys, found.note, written=wrote, seconds=seconds)

        hours = [parse_hour(key) for key in context.partition_keys]
        source = now.sources[name]
        process_hours(context, hours, one_by_one(gather), lambda shown: shown, settings=now, source=source)
        clean_scratch(now.lake, name, now=datetime.now(UTC))

    return gather_hours


def _sum_seconds(reports: "list[StepReport]") -> Mapping[str, float]:
    """Return the seconds that the steps took for each hour."""
    spent: dict[str, float] = {}
    for report in reports:
        for hour, seconds in report.seconds.items():
            spent[hour] = spent.get(hour, 0.0) + seconds
    return spent
