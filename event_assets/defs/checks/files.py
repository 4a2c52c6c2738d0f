"""Checks of the archive's files: those that vanished, those that cannot be read.

Covered by tests/defs/checks/test_counts.py.
"""

from typing import Final

import dagster as dg

from event_assets.defs.assets import SourceKeys
from event_assets.defs.checks.noticed import note_check
from event_assets.defs.checks.results import SHOWN, utc_now, warning_result
from event_assets.defs.checks.runbook import describe_check
from event_assets.defs.partitions import run_hours
from event_assets.defs.resources import Tideline
from event_assets.discovery.survey import survey_source
from event_assets.health.archive_files import bad_files, vanished_files

VANISHED: Final = "no_file_vanished"
BAD: Final = "no_bad_file"


def no_file_vanished(source: str, keys: SourceKeys) -> dg.AssetChecksDefinition:
    """Return the check that every loaded file is still listed."""
    promise = (
        "Every loaded file is still in the archive. A file that vanished keeps its rows; only "
        "`tideline load --accept-removals` removes them."
    )

    @dg.asset_check(asset=keys.lake, name=VANISHED, description=describe_check(VANISHED, promise))
    def check(context: dg.AssetCheckExecutionContext, tideline: Tideline) -> dg.AssetCheckResult:
        settings, hours = tideline.settings(), run_hours(context.run.tags)
        start, end = (hours[0], hours[-1]) if hours else (None, None)
        findings = vanished_files(survey_source(settings, settings.sources[source], start=start, end=end).states)
        files = [f"{finding.archive_hour:%Y-%m-%dT%H} {finding.subject}" for finding in findings]
        return warning_result(
            dg.AssetCheckKey(keys.lake, VANISHED),
            findings,
            passed="Every loaded file is still listed.",
            since={},
            now=utc_now(),
            metadata={"vanished_files": len(files), "files": files[:SHOWN]},
        )

    return check


def no_bad_file(source: str, keys: SourceKeys) -> dg.AssetChecksDefinition:
    """Return the check that every file of the hours could be read."""
    promise = (
        "Every file of the hours of the run, and of the hours reported within the last day, could be read to its end. "
        "A file that cannot is left out whole (contract §2); the rest of its hour is loaded."
    )
    return note_check(BAD, promise, bad_files, "Every file could be read.", source, keys)
