"""The sensor for pending hours (contract §10): as few runs as the gaps between the hours allow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import partial

import dagster as dg

from event_assets.config.settings import Settings, SettingsError
from event_assets.defs.assets import SourceKeys
from event_assets.defs.partitions import is_partition, partition_key
from event_assets.defs.resources import LEDGER_WAIT_SECONDS, Tideline
from event_assets.defs.sensors.run_requests import REQUESTS_PER_TICK, RunScope, busy_hours, request_runs, skip_busy
from event_assets.discovery.due_hours import DueHours, find_due_hours, find_missing_hours, hours_with_files
from event_assets.discovery.lookback import Memory, look_back_start, survey_due
from event_assets.discovery.pending import HourState, describe_changes, group_contiguous
from loaders.interface.errors import Transient
from loaders.interface.words import counted

LONGEST_NAME = 80
"""Characters of a file's name in the reason of a run: its end."""
SHOWN = 50
"""Missing hours listed at most."""


def pending_sensor(
    name: str, source: str, job: str, keys: SourceKeys, partitions: dg.TimeWindowPartitionsDefinition
) -> dg.SensorDefinition:
    """Return the sensor: contiguous pending hours become one run, and hours of a failed run are requested again."""

    @dg.sensor(
        name=name,
        job_name=job,
        minimum_interval_seconds=60,
        description="Requests runs for archive hours with files that the warehouse does not have: never loaded, late, "
        "or rewritten. Looks at the hours of `look_back`; once a day at all hours, and then reports which have no "
        "files.",
    )
    def pending_hours(context: dg.SensorEvaluationContext, tideline: Tideline) -> dg.SensorResult | dg.SkipReason:
        now, memory = datetime.now(UTC), Memory.parse(context.cursor)
        try:
            settings = tideline.settings()
            states = survey_due(settings, source, memory, now=now, wait=LEDGER_WAIT_SECONDS)
        except Transient as busy:
            return skip_busy(busy)
        except SettingsError as error:
            raise dg.Failure(str(error)) from error
        due = find_due_hours(states, settings, may_load=partial(is_partition, partitions, now=now), now=now)
        missing = find_missing_hours(states, settings, memory, now=now, zone=settings.sources[source].zone)
        running = busy_hours(context.instance, source)
        requests = _requests(context.instance, source, settings, states, set(due.settled) - running)
        return dg.SensorResult(
            run_requests=requests[:REQUESTS_PER_TICK],
            skip_reason=None if requests else _idle_reason(len(states), due, running, missing),
            cursor=memory.after(due.closed, now=now, start=look_back_start(settings, now)).dump(),
            asset_events=[_missing_hours(keys, states, missing)] if memory.is_due(now) else [],
        )

    return pending_hours


def _requests(
    instance: dg.DagsterInstance,
    source: str,
    settings: Settings,
    states: Iterable[HourState],
    hours: Iterable[datetime],
) -> list[dg.RunRequest]:
    known = {state.archive_hour: state for state in states}
    hashes = {hour: state.manifest.hash for hour, state in known.items()}
    scope = RunScope(source, explain=lambda group: explain_hours([known[hour] for hour in group]))
    groups = group_contiguous(hours, at_most=settings.hours_per_run)
    return [request for group in groups for request in request_runs(instance, scope, group, hashes)]


def explain_hours(states: Sequence[HourState]) -> str:
    """Return why hours are pending: how many are new, and how many files came or changed after a load."""
    new = sum(state.loaded is None for state in states)
    loaded = [state for state in states if state.loaded is not None]
    changed = [file for state in loaded for file in state.changed_files]
    named = f": {changed[0].rpartition('/')[2][-LONGEST_NAME:]}" if len(changed) == 1 else ""
    parts = [f"{new} new {'hour' if new == 1 else 'hours'}"] if new else []
    return ", ".join([*parts, *([describe_changes(loaded) + named] if loaded else [])])


def _missing_hours(keys: SourceKeys, states: Iterable[HourState], missing: Sequence[datetime]) -> dg.AssetObservation:
    newest = "\n".join(f"* {partition_key(hour)}" for hour in missing[-SHOWN:]) or "none"
    return dg.AssetObservation(
        keys.archive,
        description="Hours of the archive without a file, where the same hours of other days or weeks have some.",
        metadata={
            "hours_with_files": len(hours_with_files(states)),
            "missing_hours": len(missing),
            "newest_missing_hours": dg.MetadataValue.md(newest),
        },
    )


def _idle_reason(surveyed: int, due: DueHours, running: set[datetime], missing: Sequence[datetime]) -> str:
    busy = len(running & set(due.closed))
    settling = len(set(due.closed) - set(due.settled) - running)
    reason = (
        f"{counted(surveyed, 'hour')} checked, {due.pending} pending: {busy} running, "
        f"{counted(settling, 'waits', 'wait')} for more files, "
        f"{due.pending - len(due.closed)} not closed yet or outside the partitions."
    )
    if missing:
        newest = ", ".join(map(partition_key, missing[-5:]))
        without = counted(len(missing), "hour has no files and usually does", "hours have no files and usually do")
        reason += f" {without}, the newest {newest}."
    return reason
