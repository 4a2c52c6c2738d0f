"""The hourly schedule: it runs the archive hour that has just closed, once its grace is over.

Covered by tests/defs/test_partitions.py.
"""

import math
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import dagster as dg

from event_assets.archive.errors import ArchiveError
from event_assets.archive.listing.layouts import layout_of
from event_assets.config.settings import Settings
from event_assets.defs.partitions import is_partition, partition_key
from event_assets.defs.resources import LEDGER_WAIT_SECONDS, Tideline
from event_assets.defs.sensors.run_requests import SOURCE_TAG, busy_hours
from event_assets.discovery.due_hours import is_up_to_date
from event_assets.discovery.pending import ONE_HOUR
from event_assets.discovery.settling import closed_hour
from event_assets.discovery.survey import survey_source
from loaders.interface.errors import WarehouseError

_LONGEST_DAY: Final = timedelta(hours=26)
"""Longer than any day: one with a clock change has 25 hours, and the first one counts from its beginning."""


def hour_schedule(
    name: str, source: str, job: str, partitions: dg.TimeWindowPartitionsDefinition, settings: Settings
) -> dg.ScheduleDefinition:
    """Return the schedule: once an hour, `grace` after the hour's end, one run of the hour that closed.

    Files that arrive later are left to the sensor for pending hours.
    """

    @dg.schedule(
        name=name,
        job_name=job,
        cron_schedule=f"{cron_minute(settings.grace)} * * * *",
        execution_timezone="UTC",
        description=f"Loads the archive hour that closed, {settings.grace} after its end, unless it is loaded already.",
        default_status=dg.DefaultScheduleStatus.STOPPED,
    )
    def closed_hours(
        context: dg.ScheduleEvaluationContext, tideline: Tideline
    ) -> list[dg.RunRequest] | dg.RunRequest | dg.SkipReason:
        hour = closed_hour(context.scheduled_execution_time, settings.grace)
        key = partition_key(hour)
        try:
            closing = _find_closing(tideline.settings(), source, hour)
        except (ArchiveError, WarehouseError, OSError) as error:  # the run reports it, or waits for the warehouse
            context.log.info(f"{key} was not looked up: {type(error).__name__}")
            closing = [hour]
        now, busy = context.scheduled_execution_time, busy_hours(context.instance, source)
        inside = [found for found in closing if is_partition(partitions, found, now)]
        requests = [
            dg.RunRequest(run_key=partition_key(found), partition_key=partition_key(found), tags={SOURCE_TAG: source})
            for found in inside
            if found not in busy
        ]
        if not closing:
            return dg.SkipReason(f"{key} is loaded, with all files that it has, or its files arrive until a day ends.")
        if not inside:
            return dg.SkipReason(f"{key} is outside the configured partitions.")
        if not requests:
            return dg.SkipReason(f"{key} is running.")
        return requests if len(requests) > 1 else requests[0]

    return closed_hours


def cron_minute(grace: timedelta) -> int:
    """Return the first full minute of the hour at which a grace is over."""
    return math.ceil(grace / timedelta(minutes=1)) % 60


def _find_closing(settings: Settings, source: str, hour: datetime) -> list[datetime]:
    """Return the hours that end with this one and are not loaded: this one, unless its files arrive all day, and those
    whose files are named by a day that ends now."""
    survey = partial(survey_source, settings, settings.sources[source], wait=LEDGER_WAIT_SECONDS)
    found = survey(start=hour, end=hour)
    states = found.states
    if layout_of(found.source).has_days:
        states = (*survey(start=hour - _LONGEST_DAY, end=hour - ONE_HOUR).states, *states)
        return [
            state.archive_hour for state in states if state.pending and hour < state.manifest.end <= hour + ONE_HOUR
        ]
    return [] if is_up_to_date(states) else [hour]
