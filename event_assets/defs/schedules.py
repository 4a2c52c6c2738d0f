"""The hourly schedule: it runs the archive hour that has just closed, once its grace is over."""

import math
from datetime import timedelta

import dagster as dg

from event_assets.archive.errors import ArchiveError
from event_assets.config.settings import Settings
from event_assets.defs.partitions import closed_hour, is_partition, partition_key
from event_assets.defs.resources import Tideline
from event_assets.defs.sensors.run_requests import SOURCE_TAG, busy_hours
from event_assets.discovery.survey import survey_source
from loaders.interface.errors import WarehouseError

LOOK_SECONDS = 2.0


def hour_schedule(
    name: str, source: str, job: str, partitions: dg.TimeWindowPartitionsDefinition, settings: Settings
) -> dg.ScheduleDefinition:
    """Every hour, `grace` after the hour's end, one run of the hour that closed; later files are the sensor's."""

    @dg.schedule(
        name=name,
        job_name=job,
        cron_schedule=f"{cron_minute(settings.grace)} * * * *",
        execution_timezone="UTC",
        description=f"Loads the archive hour that closed, {settings.grace} after its end, if nobody has by then.",
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
            now = tideline.settings()
            survey = survey_source(now, now.sources[source], start=hour, end=hour, wait=LOOK_SECONDS)
        except (ArchiveError, WarehouseError, OSError) as error:  # the run will tell, or wait for the warehouse
            context.log.info(f"not looked up: {type(error).__name__}")
        else:
            if survey.states and not any(state.pending for state in survey.states):
                return dg.SkipReason(f"{key} is loaded, with the files it has now.")
        return dg.RunRequest(run_key=key, partition_key=key, tags={SOURCE_TAG: source})

    return closed_hours


def cron_minute(grace: timedelta) -> int:
    """The first full minute of the hour at which a grace is over."""
    return math.ceil(grace / timedelta(minutes=1)) % 60
