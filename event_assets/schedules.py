"""The hourly schedule: it runs the archive hour that has just closed, once its grace is over."""

import math
from datetime import timedelta

import dagster as dg

from event_assets.partitions import closed_hour, partition_key
from event_assets.settings import Settings


def hour_schedule(
    name: str, job: str, partitions: dg.TimeWindowPartitionsDefinition, settings: Settings
) -> dg.ScheduleDefinition:
    """Every hour, `grace` after the hour's end, one run of the hour that closed; later files are the sensor's."""

    @dg.schedule(
        name=name,
        job_name=job,
        cron_schedule=f"{cron_minute(settings.grace)} * * * *",
        execution_timezone="UTC",
        description=f"Loads the archive hour that closed, {settings.grace} after its end.",
        default_status=dg.DefaultScheduleStatus.STOPPED,
    )
    def closed_hours(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        key = partition_key(closed_hour(context.scheduled_execution_time, settings.grace))
        if key not in partitions.get_partition_keys(current_time=context.scheduled_execution_time):
            return dg.SkipReason(f"{key} is outside the configured partitions.")
        return dg.RunRequest(run_key=key, partition_key=key)

    return closed_hours


def cron_minute(grace: timedelta) -> int:
    """The first full minute of the hour at which a grace is over."""
    return math.ceil(grace / timedelta(minutes=1)) % 60
