"""The job `plan`: what a backfill or a reload would do, as `tideline plan` reports it.

Covered by tests/defs/governance/test_plan_job.py.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import dagster as dg
from pydantic import Field

from event_assets.archive.errors import ArchiveError
from event_assets.config.settings import SettingsError, parse_range, redacted
from event_assets.defs.metadata import Metadata, markdown_table
from event_assets.defs.partitions import partition_key
from event_assets.defs.resources import Tideline
from event_assets.lake.errors import LakeError
from event_assets.pipeline.plan.estimates import Estimate
from loaders.interface.errors import WarehouseError
from loaders.interface.words import counted

if TYPE_CHECKING:
    from event_assets.pipeline.plan.plan import SourceWork

ESTIMATES = ("events", "seconds", "lake_bytes", "warehouse_bytes", "scratch_bytes")
_SHOWN = 500
"""Hours that the metadata lists."""


class PlanConfig(dg.Config):
    """What is planned: everything that is pending, unless it is narrowed."""

    start: str | None = Field(default=None, description="First archive hour or day, such as 2026-01-31T07 (UTC).")
    end: str | None = Field(default=None, description="Last archive hour or day, which is included.")
    reload: bool = Field(default=False, description="Also hours that are loaded already.")


@dg.op(out=dg.Out(dg.Nothing))
def plan_load(context: dg.OpExecutionContext, config: PlanConfig, tideline: Tideline) -> None:
    """Report the hours that a load would take, with estimates of events, time and room; write nothing."""
    from event_assets.pipeline.load import Choice  # only a run needs these, and not the definitions
    from event_assets.pipeline.plan.plan import plan_work

    try:
        start, end = parse_range(config.start, config.end)
        works = plan_work(tideline.settings(), Choice(start, end, reload=config.reload))
    except (SettingsError, ArchiveError, LakeError, WarehouseError) as error:
        raise dg.Failure(redacted(str(error)), allow_retries=False) from error
    for work in works:
        context.log.info(f"{work.source}: {redacted(work.error) or counted(len(work.hours), 'hour') + ' to load'}")
    context.add_output_metadata(_metadata(works))


@dg.job(name="plan", description="Reports what a backfill or a reload would do: hours, time, disk. Writes nothing.")
def plan_job() -> None:
    """Run the one op."""
    plan_load()


def _metadata(works: "Sequence[SourceWork]") -> Metadata:
    hours = [
        (work.source, partition_key(hour.archive_hour), hour.why, hour.files, hour.bytes, _show(hour.events))
        for work in works
        for hour in work.hours
    ]
    estimates = [
        (work.source, name, _show(getattr(work, name)), work.unknown.get(name, ""))
        for work in works
        for name in ESTIMATES
    ]
    return {
        "archive_hours": len(hours),
        "bytes": sum(hour.bytes for work in works for hour in work.hours),
        "estimates": dg.MetadataValue.md(markdown_table(("source", "estimate", "expected", "remark"), estimates)),
        "hours": dg.MetadataValue.md(
            markdown_table(("source", "archive hour", "why", "files", "bytes", "events"), hours[:_SHOWN])
        ),
        "errors": [f"{work.source}: {redacted(work.error)}" for work in works if work.error],
    }


def _show(estimate: Estimate | None) -> str:
    if estimate is None:
        return "not known"
    low, expected, high = (f"{amount:,.0f}" for amount in (estimate.low, estimate.expected, estimate.high))
    return expected if low == high else f"{expected} ({low} to {high})"
