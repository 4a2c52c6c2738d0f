"""The job that checks the lake against the contracts, as `tideline contract check` does.

Covered by tests/defs/checks/test_contract.py.
"""

from typing import TYPE_CHECKING

import dagster as dg
from pydantic import Field

from event_assets.config.settings import Settings, SettingsError, parse_range, redacted
from event_assets.defs.metadata import Metadata, markdown_table
from event_assets.defs.partitions import partition_key
from event_assets.defs.resources import Tideline
from event_assets.defs.sensors.run_requests import SOURCE_TAG
from event_assets.health.contracts import name_of, sdk_of
from event_assets.lake.errors import LakeError
from loaders.interface.words import counted

if TYPE_CHECKING:
    from event_assets.pipeline.contracts.check import ContractReport

SHOWN = 100


class ContractConfig(dg.Config):
    """What is checked: all hours of the lake, unless it is narrowed."""

    start: str | None = Field(default=None, description="First archive hour or day, such as 2026-01-31T07 (UTC).")
    end: str | None = Field(default=None, description="Last archive hour or day, which is included.")
    events: list[str] = Field(default=[], description="Only tracks of these names.")


def contract_job(job: str, source_name: str, settings: Settings) -> dg.JobDefinition:
    """Return the job of one source of these settings."""

    @dg.op(name=f"{job}_lake", out=dg.Out(dg.Nothing))
    def check_lake(context: dg.OpExecutionContext, config: ContractConfig, tideline: Tideline) -> None:
        from event_assets.pipeline.contracts.check import (  # only a run needs these, and not the definitions
            ContractChoice,
            check_contracts,
        )

        now = tideline.settings_of(source_name)
        try:
            start, end = parse_range(config.start, config.end)
            (report,) = check_contracts(now, ContractChoice(start, end, frozenset(config.events)))
        except (SettingsError, LakeError) as error:
            raise dg.Failure(redacted(str(error)), allow_retries=False) from None
        metadata: Metadata = {
            "hours": report.hours,
            "checked": report.checked,
            "violating": report.violating,
            "violations": dg.MetadataValue.md(_table(report)),
            "unread_hours": [partition_key(hour) for hour, _ in report.failed],
        }
        if report.failed:
            hour, reason = report.failed[0]
            message = (
                f"{counted(len(report.failed), 'hour')} could not be read, the first is {partition_key(hour)}: {reason}"
            )
            raise dg.Failure(message, metadata=metadata)
        context.add_output_metadata(metadata)

    @dg.job(
        name=job,
        tags={SOURCE_TAG: source_name},
        description=f"Checks the events of the lake against {len(settings.sources[source_name].contracts.events)} "
        "contracts, whatever their mode is; nothing is changed.",
    )
    def run() -> None:
        check_lake()

    return run


def _table(report: "ContractReport") -> str:
    ranked = sorted(report.findings.kinds.items(), key=lambda item: -item[1].events)
    rows = [
        (
            f"{counted.events:,}",
            name_of(kind),
            kind.path,
            kind.problem,
            sdk_of(kind),
        )
        for kind, counted in ranked[:SHOWN]
    ]
    return markdown_table(("events", "event", "path", "problem", "library"), rows)
