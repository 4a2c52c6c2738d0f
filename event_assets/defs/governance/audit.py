"""The daily audit: hours drawn at random are derived again and compared, as `tideline audit` does.

Covered by tests/defs/governance/test_audit_asset.py.
"""

from collections.abc import Sequence
from secrets import randbelow
from typing import TYPE_CHECKING

import dagster as dg
from pydantic import Field

from event_assets.config.settings import Settings, SettingsError, parse_range, redacted
from event_assets.config.source import Source
from event_assets.defs.assets import SourceKeys, warehouse_pool
from event_assets.defs.metadata import Metadata, markdown_table
from event_assets.defs.partitions import partition_key
from event_assets.defs.resources import Tideline
from event_assets.defs.sensors.run_requests import SOURCE_TAG
from event_assets.defs.tables.specs import source_group, warehouse_kind
from event_assets.pipeline.audit.draw import HOURS, Draw

if TYPE_CHECKING:
    from event_assets.pipeline.audit.audit import AuditedHour

DAILY = "20 4 * * *"
"""When the audit runs: at night, in UTC."""


class AuditConfig(dg.Config):
    """Which hours are audited: a few of all loaded hours, unless it is narrowed."""

    hours: int | None = Field(default=HOURS, ge=1, description="Hours that are drawn at random; null: all.")
    seed: int | None = Field(default=None, ge=0, description="Draw the hours of an earlier audit again.")
    start: str | None = Field(default=None, description="First archive hour or day, such as 2026-01-31T07 (UTC).")
    end: str | None = Field(default=None, description="Last archive hour or day, which is included.")


def audit_definitions(source: Source, settings: Settings) -> dg.Definitions:
    """Return the audit of one source: its asset, the job that materializes it, and its daily schedule."""
    alone = len(settings.sources) == 1
    suffix = "" if alone else f"_{source.name}"
    asset = _audit_asset(source, SourceKeys.of(source.name, alone=alone), settings, alone=alone)
    job = dg.define_asset_job(
        f"audit_hours{suffix}",
        dg.AssetSelection.assets(asset),
        tags={SOURCE_TAG: source.name},
        description="Derives a few loaded hours again and compares lake and warehouse with them.",
    )
    schedule = dg.ScheduleDefinition(
        name=f"daily_audit{suffix}",
        job=job,
        cron_schedule=DAILY,
        execution_timezone="UTC",
        description=f"Audits {HOURS} hours that are drawn at random, once a day.",
        default_status=dg.DefaultScheduleStatus.STOPPED,
    )
    return dg.Definitions(assets=[asset], jobs=[job], schedules=[schedule])


def _audit_asset(source: Source, keys: SourceKeys, settings: Settings, *, alone: bool) -> dg.AssetsDefinition:
    name = source.name

    @dg.asset(
        key=dg.AssetKey(["audit"] if alone else [name, "audit"]),
        deps=[keys.warehouse],
        group_name=source_group(source),
        owners=list(settings.owners),
        kinds={"table", warehouse_kind(settings)},
        pool=warehouse_pool(settings),
        description="Loaded hours, drawn at random, derived again from the archive and compared with lake and "
        "warehouse value by value. Nothing is written; a run fails where something differs.",
    )
    def audited(
        context: dg.AssetExecutionContext, config: AuditConfig, tideline: Tideline
    ) -> dg.MaterializeResult[None]:
        from event_assets.pipeline.audit.audit import audit  # only a run needs it, and not the definitions

        seed = randbelow(1 << 32) if config.seed is None else config.seed
        try:
            start, end = parse_range(config.start, config.end)
        except SettingsError as error:
            raise dg.Failure(str(error)) from None
        results = []
        for result in audit(tideline.settings_of(name), Draw(config.hours, seed, start, end)):
            results.append(result)
            context.log.info(f"{partition_key(result.archive_hour)} audit rows={result.rows} from={result.derived}")
        return _report(results, seed)

    return audited


def _report(results: "Sequence[AuditedHour]", seed: int) -> dg.MaterializeResult[None]:
    """Return the result of an audit without a difference. Raise Failure for any other."""
    rows: list[tuple[str, ...]] = [
        (partition_key(result.archive_hour), finding.where, redacted(finding.message))
        for result in results
        for finding in result.findings
    ]
    rows += [
        (partition_key(result.archive_hour), "error", redacted(result.error)) for result in results if result.error
    ]
    metadata: Metadata = {
        "hours": [partition_key(result.archive_hour) for result in results],
        "rows": sum(result.rows for result in results),
        "seed": seed,
        "findings": len(rows),
        "differences": dg.MetadataValue.md(markdown_table(("archive hour", "where", "what"), rows)),
    }
    if rows:
        first = " ".join(rows[0])
        raise dg.Failure(f"{len(rows)} findings, the first is: {first}", metadata=metadata, allow_retries=False)
    return dg.MaterializeResult(metadata=metadata)
