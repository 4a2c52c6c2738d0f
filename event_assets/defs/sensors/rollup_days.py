"""The sensor for days of rollups that are due (contract §8).

Covered by tests/defs/test_rollups.py.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import dagster as dg

from event_assets.config.settings import SettingsError
from event_assets.defs.partitions import DAYS
from event_assets.defs.resources import LEDGER_WAIT_SECONDS, Tideline
from event_assets.defs.rollups import DAYS_PER_RUN, RollupAssets, day_range
from event_assets.defs.sensors.run_requests import REQUESTS_PER_TICK, RunScope, busy_hours, request_runs, skip_busy
from event_assets.discovery.pending import group_contiguous
from event_assets.pipeline.rollups import DayRange, Due, find_due_days
from loaders.interface.errors import Transient, WarehouseError
from loaders.interface.words import counted


def rollup_sensor(
    name: str, rollups: RollupAssets, job: str, partitions: dg.TimeWindowPartitionsDefinition
) -> dg.SensorDefinition:
    """Return the sensor: contiguous days that are due for the same rollups become one run."""
    source = rollups.source.name

    @dg.sensor(
        name=name,
        job_name=job,
        minimum_interval_seconds=60,
        description="Requests runs for days of rollups that are due: never computed, changed by loads since, or "
        "computed by a file that was edited since.",
    )
    def due_days(context: dg.SensorEvaluationContext, tideline: Tideline) -> dg.SensorResult | dg.SkipReason:
        try:
            due = find_due_days(tideline.settings(), wait=LEDGER_WAIT_SECONDS)
        except Transient as busy:
            return skip_busy(busy)
        except (SettingsError, WarehouseError) as error:
            raise dg.Failure(str(error)) from error
        due = [rollup for rollup in due if rollup.source == source]
        wrong_files = [rollup.error for rollup in due if rollup.error is not None]
        for error_text in wrong_files:
            context.log.warning(error_text)
        running = busy_hours(context.instance, source, DAYS)
        requests = list(_requests(context.instance, rollups, due, day_range(partitions), running))
        days = sum(len(rollup.days) for rollup in due)
        waiting = counted(days, "day of rollups is", "days of rollups are")
        at_work = counted(len(running), "day is", "days are")
        idle = " ".join([f"{waiting} due, {at_work} running.", *wrong_files])
        return dg.SensorResult(requests[:REQUESTS_PER_TICK], skip_reason=None if requests else idle)

    return due_days


def _requests(
    instance: dg.DagsterInstance,
    rollups: RollupAssets,
    due: Sequence[Due],
    bounds: DayRange,
    running: set[datetime],
) -> Iterator[dg.RunRequest]:
    """Yield runs for the days that are due; a day outside the partitions is requested with the nearest one."""
    due_rollups: dict[datetime, set[str]] = defaultdict(set)
    states: dict[datetime, str] = defaultdict(str)
    reasons: dict[datetime, set[str]] = defaultdict(set)
    for rollup in due:
        for day, reason in rollup.days.items():
            start = datetime.combine(bounds.nearest(day), datetime.min.time(), UTC)
            due_rollups[start].add(rollup.rollup)
            reasons[start].add(reason.why)
            states[start] += f"{rollups.source.name}/{rollup.rollup}/{day}/{reason.version};"
    for names in sorted({tuple(sorted(names)) for names in due_rollups.values()}):
        starts = [day for day, due_then in due_rollups.items() if tuple(sorted(due_then)) == names]
        scope = RunScope(
            rollups.source.name,
            DAYS,
            tuple(rollups.keys[name] for name in names),
            in_halves=False,
            explain=lambda days: explain_days([reasons[day] for day in days]),
        )
        for group in group_contiguous(set(starts) - running, at_most=DAYS_PER_RUN, step=DAYS.step):
            yield from request_runs(instance, scope, group, states)


def explain_days(reasons: Sequence[set[str]]) -> str:
    """Return why days are due, with the number of days for each reason: `2 days touched`."""
    counted = Counter(reason for of_day in reasons for reason in of_day)
    return ", ".join(f"{number} {'day' if number == 1 else 'days'} {why}" for why, number in sorted(counted.items()))
