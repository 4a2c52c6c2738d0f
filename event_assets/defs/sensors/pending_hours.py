"""The sensor for pending hours: closed hours whose files are not those of their load, in as few runs as their gaps
allow (contract §10), and hours that have no files at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import dagster as dg

from event_assets.config.settings import Settings, SettingsError
from event_assets.defs.assets import SourceKeys
from event_assets.defs.partitions import closed_hour, is_partition, partition_key
from event_assets.defs.resources import Tideline
from event_assets.defs.sensors.run_requests import REQUESTS_PER_TICK, Asking, busy_hours, request_runs, skip_busy
from event_assets.discovery.gaps import find_gaps
from event_assets.discovery.lookback import Memory, look_back_start, survey_due
from event_assets.discovery.pending import HourState, group_contiguous
from event_assets.discovery.settling import is_closed, settled_hours
from loaders.interface.errors import Transient

SHOWN = 50
LOOK_SECONDS = 2.0
"""How long a load may keep a tick from the ledger."""


def pending_sensor(
    name: str, source: str, job: str, keys: SourceKeys, partitions: dg.TimeWindowPartitionsDefinition
) -> dg.SensorDefinition:
    """Asks archive and ledger every minute; contiguous pending hours become one run, failed ones get a further one."""

    @dg.sensor(
        name=name,
        job_name=job,
        minimum_interval_seconds=60,
        description="Finds hours with files that are missing in the warehouse: never loaded, late, or rewritten. "
        "Once a day it looks at all hours and tells which have no files; else at those of `look_back`.",
    )
    def pending_hours(context: dg.SensorEvaluationContext, tideline: Tideline) -> dg.SensorResult | dg.SkipReason:
        now, memory = datetime.now(UTC), Memory.parse(context.cursor)
        try:
            settings = tideline.settings()
            states = survey_due(settings, source, memory, now=now, wait=LOOK_SECONDS)
        except Transient as busy:
            return skip_busy(busy)
        except SettingsError as error:
            raise dg.Failure(str(error)) from error
        found = sort_hours(states, settings, partitions, now=now)
        running = busy_hours(context.instance, source)
        ready = [hour for hour in found.ready if hour not in running]
        hashes = {state.archive_hour: state.manifest.hash for state in states}
        groups = group_contiguous(ready, at_most=settings.hours_per_run)
        requests = [run for group in groups for run in request_runs(context.instance, Asking(source), group, hashes)]
        start = look_back_start(settings, now)
        listed = [state for state in states if memory.is_due(now) or state.archive_hour >= start]
        gaps = find_gaps(_filled(listed), until=closed_hour(now, settings.grace))
        return dg.SensorResult(
            run_requests=requests[:REQUESTS_PER_TICK],
            skip_reason=None if requests else _idle_reason(states, found, running, gaps),
            cursor=memory.after(found.open, now=now, start=start).dump(),
            asset_events=[_gaps_seen(keys, states, gaps)] if memory.is_due(now) else [],
        )

    return pending_hours


@dataclass(frozen=True)
class Found:
    """The pending hours of a tick."""

    pending: int
    open: tuple[datetime, ...]
    """Those that have closed and are partitions."""
    ready: tuple[datetime, ...]
    """Those of them whose files have stopped coming."""


def sort_hours(
    states: Sequence[HourState], settings: Settings, partitions: dg.TimeWindowPartitionsDefinition, *, now: datetime
) -> Found:
    """What is pending, what of it can be run, and what of that has waited for its files."""
    listed = set(_filled(states))
    pending = [state for state in states if state.pending]
    closed = [
        state
        for state in pending
        if is_partition(partitions, state.archive_hour, now)
        and is_closed(state.archive_hour, now=now, grace=settings.grace, listed=listed, waits=settings.waits)
    ]
    settled = settled_hours(closed, now=now, waits=settings.waits)
    hours = tuple(state.archive_hour for state in closed)
    return Found(len(pending), hours, tuple(hour for hour in hours if hour in settled))


def _filled(states: Iterable[HourState]) -> list[datetime]:
    return [state.archive_hour for state in states if state.manifest.files]


def _gaps_seen(keys: SourceKeys, states: Sequence[HourState], gaps: Sequence[datetime]) -> dg.AssetObservation:
    told = "\n".join(f"* {partition_key(hour)}" for hour in gaps[-SHOWN:]) or "none"
    return dg.AssetObservation(
        keys.archive,
        description="Hours of the archive without a file, where the same hours of other days or weeks have some.",
        metadata={
            "hours_with_files": len(_filled(states)),
            "missing_hours": len(gaps),
            "newest_missing_hours": dg.MetadataValue.md(told),
        },
    )


def _idle_reason(states: Sequence[HourState], found: Found, running: set[datetime], gaps: Sequence[datetime]) -> str:
    busy = len(running & set(found.open))
    settling = len(set(found.open) - set(found.ready) - running)
    told = (
        f"{len(states)} hours looked at, {found.pending} pending: {busy} running, {settling} wait for more files, "
        f"{found.pending - len(found.open)} not closed yet or outside the partitions."
    )
    if gaps:
        named = ", ".join(map(partition_key, gaps[-5:]))
        told += f" {len(gaps)} hours have no files and usually do, the newest {named}."
    return told
