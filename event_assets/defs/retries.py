"""How a run reports its hours, and what it does about those that failed: a retry of the step, or its end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final, NoReturn, TypeVar

import dagster as dg

from event_assets.config.settings import Settings, redacted
from event_assets.config.source import Source
from event_assets.defs.metadata import Metadata
from event_assets.defs.partitions import HOURS, partition_key
from event_assets.pipeline.failed_hours import (
    FailureLog,
    HourResults,
    IsShared,
    OnFailure,
    find_shared,
    is_transient,
    try_hours,
)

T = TypeVar("T")

Unchanged = Mapping[datetime, Mapping[str, str]]
"""Hours that need no work, and metadata that a report of what they are now has; another report is out of date."""

Work = Callable[[Sequence[datetime], OnFailure, IsShared], HourResults[T]]
"""Works on hours: calls the first for every hour that fails, and ends early where the second tells that all would."""

MAX_RETRIES: Final = 3
FIRST_WAIT_SECONDS = 10
"""Before the first retry; doubled before every further one."""
SHOWN: Final = 20


def process_hours(
    context: dg.AssetExecutionContext,
    hours: Sequence[datetime],
    work: Work[T],
    describe: Callable[[dict[datetime, T]], dict[datetime, Metadata]],
    *,
    settings: Settings,
    source: Source,
    unchanged: Unchanged = MappingProxyType({}),
) -> dg.MaterializeResult[None]:
    """Work on every hour of the run and report it in the metadata of its own partition.

    Where hours failed, report the others, then retry the step or fail it. A retry leaves out the reported hours.
    Hours that were reported as they are, by `unchanged`, keep what was reported and are not worked on.
    """
    before = {**reported_last(context, unchanged), **reported_before(context)}

    failures = FailureLog(settings.lake, source.name)

    def log_failure(hour: datetime, error: Exception) -> None:
        context.log.error(f"{partition_key(hour)} failed", exc_info=error)
        if not isinstance(error, dg.Failure):  # which reports that an earlier step failed
            failures.failed(hour, error)

    pending = [hour for hour in hours if hour not in before]
    results = work(pending, log_failure, find_shared(settings, source))
    failed, described = dict(results.failed), dict[datetime, Metadata]()
    try:
        described = describe(results.done) if results.done else described
    except Exception as error:
        context.log.error("The metadata of the hours could not be collected", exc_info=error)  # noqa: TRY400  it has the traceback
        failed |= dict.fromkeys(results.done, error)
    if failed:
        for hour, metadata in described.items():
            context.log_event(
                dg.AssetMaterialization(context.asset_key, partition=partition_key(hour), metadata=metadata)
            )
        fail_run(context, failed, hours=len(hours))
    for hour, metadata in {**before, **described}.items():
        context.add_asset_metadata(metadata, partition_key=partition_key(hour))
    return dg.MaterializeResult()


def one_by_one(work: Callable[[datetime], T]) -> Work[T]:
    """Return the work that calls `work` for one hour after the other."""
    return lambda hours, on_failure, is_shared: try_hours(hours, work, on_failure, is_shared)


def fail_run(context: dg.AssetExecutionContext, failed: Mapping[datetime, Exception], *, hours: int) -> NoReturn:
    """End the step: with a retry where any failure is transient and retries are left, otherwise for good."""
    first = next(iter(failed.values()))
    errors = [redacted(f"{partition_key(hour)}: {error}") for hour, error in failed.items()]
    more = f"; {len(errors) - SHOWN} more" if len(errors) > SHOWN else ""
    message = f"{len(failed)} of {hours} hours failed. {'; '.join(errors[:SHOWN])}{more}"
    if any(map(is_transient, failed.values())) and context.retry_number < MAX_RETRIES:
        wait = FIRST_WAIT_SECONDS * 2**context.retry_number
        context.log.warning(f"{message} Retrying in {wait} s: the failure may be temporary.")
        raise dg.RetryRequested(max_retries=MAX_RETRIES, seconds_to_wait=wait) from first
    raise dg.Failure(message, allow_retries=False) from first


def reported_last(context: dg.AssetExecutionContext, hours: Unchanged) -> dict[datetime, Metadata]:
    """Return those of the hours whose newest report, by whichever run, is of what they are now, with its metadata."""
    if not hours:
        return {}
    key, kind = context.asset_key, dg.DagsterEventType.ASSET_MATERIALIZATION
    storage = context.instance.event_log_storage
    newest = storage.get_latest_storage_id_by_partition(key, kind, {partition_key(hour) for hour in hours})
    chosen = dg.AssetRecordsFilter(asset_key=key, storage_ids=list(newest.values()))
    records = context.instance.fetch_materializations(chosen, limit=len(newest)).records if newest else ()
    reports = (record.asset_materialization for record in records)
    found = {
        hour: dict(report.metadata)
        for report in reports
        if report is not None
        and (hour := HOURS.parse(report.partition or "")) is not None
        and all(name in report.metadata and report.metadata[name].value == now for name, now in hours[hour].items())
    }
    context.log.info(f"{len(found)} of {len(context.partition_keys)} hours are as they were reported.")
    return found


def reported_before(context: dg.AssetExecutionContext) -> dict[datetime, Metadata]:
    """Return the hours that earlier attempts of this step reported, with their metadata; none in the first attempt."""
    if not context.retry_number:
        return {}
    records = context.instance.get_records_for_run(
        context.run.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION
    ).records
    materializations = (record.asset_materialization for record in records)
    return {
        hour: dict(found.metadata)
        for found in materializations
        if found is not None
        and found.asset_key == context.asset_key
        and (hour := HOURS.parse(found.partition or "")) is not None
    }
