"""Checks of the archive's files: those that vanished, those that cannot be read."""

from collections.abc import Sequence
from typing import Final

import dagster as dg

from event_assets.anomalies.findings import Finding
from event_assets.defs.assets import SourceKeys
from event_assets.defs.checks.results import SHOWN, told_hours, utc_now, warning_result
from event_assets.defs.checks.runbook import describe_check
from event_assets.defs.partitions import run_hours
from event_assets.defs.resources import Tideline
from event_assets.discovery.pending import HourState
from event_assets.discovery.survey import survey_source
from event_assets.lake.reading.read import read_note

VANISHED: Final = "no_file_vanished"
BAD: Final = "no_bad_file"


def no_file_vanished(source: str, keys: SourceKeys) -> dg.AssetChecksDefinition:
    """That every loaded file is still listed."""
    promise = (
        "Every loaded file is still in the archive. A file that vanished keeps its rows; only "
        "`tideline load --accept-removals` takes them away."
    )

    @dg.asset_check(asset=keys.events, name=VANISHED, description=describe_check(VANISHED, promise))
    def no_file_vanished(context: dg.AssetCheckExecutionContext, tideline: Tideline) -> dg.AssetCheckResult:
        settings = tideline.settings()
        asked = run_hours(context.run.tags)
        start, end = (asked[0], asked[-1]) if asked else (None, None)
        survey = survey_source(settings, settings.sources[source], start=start, end=end)
        return _vanished_result(dg.AssetCheckKey(keys.events, VANISHED), survey.states)

    return no_file_vanished


def _vanished_result(key: dg.AssetCheckKey, states: Sequence[HourState]) -> dg.AssetCheckResult:
    findings = [
        Finding(state.archive_hour, file, "vanished from the archive; its rows stay")
        for state in states
        for file in state.vanished_files
    ]
    files = [f"{each.archive_hour:%Y-%m-%dT%H} {each.subject}" for each in findings]
    metadata = {"vanished_files": len(files), "files": files[:SHOWN]}
    sound = "Every loaded file is still listed."
    return warning_result(key, findings, sound=sound, known={}, now=utc_now(), metadata=metadata)


def no_bad_file(source: str, keys: SourceKeys) -> dg.AssetChecksDefinition:
    """That every file of the hours could be read."""
    promise = (
        "Every file of the hours of the run, and of those told within the last day, could be read to its end. A file "
        "that cannot is left out whole (contract §2); the rest of its hour is loaded."
    )
    key = dg.AssetCheckKey(keys.events, BAD)

    @dg.asset_check(asset=keys.events, name=BAD, description=describe_check(BAD, promise))
    def no_bad_file(context: dg.AssetCheckExecutionContext, tideline: Tideline) -> dg.AssetCheckResult:
        settings, now = tideline.settings(), utc_now()
        known = told_hours(context.instance, key, now)
        notes = [read_note(settings.lake, source, hour) for hour in sorted({*run_hours(context.run.tags), *known})]
        findings = [
            Finding(note.archive_hour, file.file, f"cannot be read and is left out whole: {file.reason or 'damaged'}")
            for note in notes
            if note is not None
            for file in note.files
            if file.bad
        ]
        return warning_result(key, findings, sound="Every file could be read.", known=known, now=now)

    return no_bad_file
