"""The hourly schedule: it runs the archive hour that has just closed, once its grace is over.

Covered by tests/defs/test_partitions.py.
"""

import math
from datetime import datetime, timedelta

import dagster as dg

from event_assets.archive.errors import ArchiveError
from event_assets.config.settings import Settings
from event_assets.defs.partitions import is_partition, partition_key
from event_assets.defs.resources import Tideline
from event_assets.defs.sensors.run_requests import SOURCE_TAG, busy_hours
from event_assets.discovery.due_hours import is_up_to_date
from event_assets.discovery.settling import closed_hour
from event_assets.discovery.survey import survey_source
from loaders.interface.errors import WarehouseError

LEDGER_WAIT_SECONDS = 2.0
"""How long a tick waits for a ledger that a load has locked."""


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
    def closed_hours(context: dg.ScheduleEvaluationContext, tideline: Tideline) -> dg.RunRequest | dg.SkipReason:
        hour = closed_hour(context.scheduled_execution_time, settings.grace)
        key = partition_key(hour)
        if not is_partition(partitions, hour, context.scheduled_execution_time):
            return dg.SkipReason(f"{key} is outside the configured partitions.")
        if hour in busy_hours(context.instance, source):
            return dg.SkipReason(f"{key} is running.")
        try:
            if _is_loaded(tideline.settings(), source, hour):
                return dg.SkipReason(f"{key} is loaded, with all files that it has.")
        except (ArchiveError, WarehouseError, OSError) as error:  # the run reports it, or waits for the warehouse
            context.log.info(f"{key} was not looked up: {type(error).__name__}")
        return dg.RunRequest(run_key=key, partition_key=key, tags={SOURCE_TAG: source})

    return closed_hours


def cron_minute(grace: timedelta) -> int:
    """Return the first full minute of the hour at which a grace is over."""
    return math.ceil(grace / timedelta(minutes=1)) % 60


def _is_loaded(settings: Settings, source: str, hour: datetime) -> bool:
    survey = survey_source(settings, settings.sources[source], start=hour, end=hour, wait=LEDGER_WAIT_SECONDS)
    return is_up_to_date(survey.states)
