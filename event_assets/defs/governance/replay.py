"""The job that reads quarantined lines again by the settings of today, as `tideline quarantine replay` does.

Covered by tests/defs/governance/test_replay_job.py.
"""

from dataclasses import asdict

import dagster as dg
from pydantic import Field

from event_assets.config.settings import Settings, SettingsError, parse_range, redacted
from event_assets.defs.assets import warehouse_pool
from event_assets.defs.partitions import partition_key
from event_assets.defs.resources import Tideline
from event_assets.defs.sensors.run_requests import SOURCE_TAG
from loaders.interface.words import counted


class ReplayConfig(dg.Config):
    """What is replayed: everything, unless it is narrowed."""

    reasons: list[str] = Field(default=[], description="Only lines of these reasons, such as unknown_type.")
    start: str | None = Field(default=None, description="First archive hour or day, such as 2026-01-31T07 (UTC).")
    end: str | None = Field(default=None, description="Last archive hour or day, which is included.")
    dry_run: bool = Field(default=False, description="Count the lines that are events by the settings of today.")


def replay_job(job: str, source_name: str, settings: Settings) -> dg.JobDefinition:
    """Return the job of one source."""

    @dg.op(name=f"{job}_lines", pool=warehouse_pool(settings))
    def replay_lines(context: dg.OpExecutionContext, config: ReplayConfig, tideline: Tideline) -> None:
        from event_assets.pipeline.after_load import maintain  # only a run needs these, and not the definitions
        from event_assets.pipeline.hour import describe
        from event_assets.pipeline.quarantine.lines import LineChoice, check_reasons
        from event_assets.pipeline.quarantine.replay import replay

        now = tideline.settings_of(source_name)
        failed, written = [], 0
        try:
            start, end = parse_range(config.start, config.end)
            choice = LineChoice(check_reasons(config.reasons), start, end)
        except SettingsError as error:
            raise dg.Failure(str(error)) from None
        for result in replay(now, choice, dry_run=config.dry_run):
            written += bool(result.way)
            if result.error:
                failed.append(f"{partition_key(result.archive_hour)}: {redacted(result.error)}")
            elif result.way:
                counts = {name: asdict(result)[name] for name in ("tried", "readable", "quarantined", "way")}
                context.log.info(describe("replay", result.archive_hour, counts))
        if not config.dry_run:
            for line in maintain(now):
                context.log.info(line)
        context.log.info(f"{counted(written, 'hour')} {'to be' if config.dry_run else 'have been'} written and loaded.")
        if failed:
            raise dg.Failure(f"{counted(len(failed), 'hour')} failed, the first is {failed[0]}")

    @dg.job(
        name=job,
        tags={SOURCE_TAG: source_name},
        description="Reads quarantined lines again by the settings of today, and loads their hours.",
    )
    def run() -> None:
        replay_lines()

    return run
