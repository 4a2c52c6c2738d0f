"""The one list of what exists: assets, checks, jobs, schedules and sensors of every source."""

import json
import logging
import os
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import dagster as dg
from dagster._core.definitions.definitions_load_context import DefinitionsLoadContext, DefinitionsLoadType

from event_assets.archive.errors import ArchiveError
from event_assets.archive.listing.list_hours import list_hours
from event_assets.config.settings import Settings, load_settings, redacted
from event_assets.config.source import Source
from event_assets.defs.assets import SourceKeys, events_asset, source_assets
from event_assets.defs.checks.counts import source_checks
from event_assets.defs.executors import find_executor
from event_assets.defs.fan_out import fan_out_events_asset
from event_assets.defs.io_manager import LAKE_VALUES, LakeValues
from event_assets.defs.partitions import day_partitions, hour_partitions
from event_assets.defs.resources import Tideline
from event_assets.defs.rollups import RollupAssets, rollup_sensor
from event_assets.defs.schedules import hour_schedule
from event_assets.defs.sensors.alerts import alert_sensors
from event_assets.defs.sensors.event_flow import flow_sensor
from event_assets.defs.sensors.pending_hours import pending_sensor
from event_assets.defs.sensors.run_requests import loaded_sensor

logger = logging.getLogger(__name__)

STARTS = "tideline/partitions_start"
"""Under this name a code location hands its runs where the partitions begin."""


@dataclass(frozen=True)
class Partitions:
    """Archive hours, and the days of event time that rollups have."""

    hours: dg.TimeWindowPartitionsDefinition
    days: dg.TimeWindowPartitionsDefinition


def build_definitions(settings: Settings, starts: Mapping[str, datetime], resource: Tideline) -> dg.Definitions:
    """Everything for these settings; the partitions of each source begin at its own start."""
    end = settings.partitions_end
    partitions = {
        name: Partitions(hour_partitions(start, end), day_partitions(start, end)) for name, start in starts.items()
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.BetaWarning)  # backfill policies are called beta; a range run needs them
        parts = [
            _source_definitions(source, settings, partitions[source.name], alone=len(settings.sources) == 1)
            for source in settings.sources.values()
        ]
        common = dg.Definitions(
            resources={"tideline": resource, LAKE_VALUES: LakeValues(tideline=resource)},
            executor=find_executor(settings.dagster),
            sensors=alert_sensors() if settings.alerts is not None else [],
        )
        return dg.Definitions.merge(common, *parts)


def first_hours(settings: Settings, now: datetime) -> dict[str, datetime]:
    """Where each source's partitions begin: `partitions_start`, or midnight of the day of its archive's first hour.

    An archive that is empty or cannot be listed begins with the first of the others, at the latest today.
    """
    if settings.partitions_start is not None:
        return dict.fromkeys(settings.sources, settings.partitions_start)
    found = {name: min(_listed(source), default=None) for name, source in settings.sources.items()}
    earliest = min((hour for hour in found.values() if hour is not None), default=now)
    return {
        name: (hour or earliest).astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        for name, hour in found.items()
    }


def _listed(source: Source) -> list[datetime]:
    try:
        return list(list_hours(source).hours)
    except (ArchiveError, OSError) as error:
        logger.warning("source %s: the archive cannot be listed yet: %s", source.name, redacted(str(error)))
        return []


def _source_definitions(source: Source, settings: Settings, partitions: Partitions, *, alone: bool) -> dg.Definitions:
    keys = SourceKeys.of(source.name, alone=alone)
    events = fan_out_events_asset if settings.dagster.fan_out else events_asset
    suffix = "" if alone else f"_{source.name}"
    job = dg.define_asset_job(
        f"load_hours{suffix}",
        selection=dg.AssetSelection.assets(keys.events, keys.warehouse),
        description="Archive hours into the lake and the warehouse, with all checks.",
        tags={"tideline/source": source.name},
    )
    rollups = RollupAssets.of(source, settings, keys.warehouse)
    rollup_job = dg.define_asset_job(
        f"recompute_rollups{suffix}",
        selection=dg.AssetSelection.assets(*rollups.keys.values()),
        description="Days of rollups, recomputed from the event tables.",
        tags={"tideline/source": source.name},
    )
    return dg.Definitions(
        assets=[
            *source_assets(source, keys, settings, partitions.hours, events=events),
            *rollups.assets(keys, settings, partitions.days),
        ],
        asset_checks=source_checks(source.name, keys),
        jobs=[job, rollup_job],
        schedules=[hour_schedule(f"closed_hours{suffix}", source.name, job.name, partitions.hours, settings)],
        sensors=[
            pending_sensor(f"pending_hours{suffix}", source.name, job.name, keys, partitions.hours),
            loaded_sensor(f"loaded_hours{suffix}", source.name, keys, partitions.hours),
            flow_sensor(f"events_flow{suffix}", source.name, keys, settings),
            rollup_sensor(f"due_rollup_days{suffix}", rollups, rollup_job.name, partitions.days),
        ],
    )


@dg.definitions
def defs() -> dg.Definitions:
    """The definitions of this environment.

    Where `partitions_start` is not set, archives are listed for it when the code location is loaded. A run's worker is
    handed what was found.
    """
    settings = load_settings(os.environ, demo=True)
    starts = _handed_starts(settings)
    if starts is None:
        starts = first_hours(settings, datetime.now(UTC))
    handed = json.dumps({name: hour.isoformat() for name, hour in starts.items()})
    return build_definitions(settings, starts, Tideline()).with_reconstruction_metadata({STARTS: handed})


def _handed_starts(settings: Settings) -> dict[str, datetime] | None:
    """Where the partitions begin, as the process that loaded the code location found; None in that process."""
    context = DefinitionsLoadContext.get()
    if context.load_type is DefinitionsLoadType.INITIALIZATION:
        return None
    handed = json.loads(str(context.reconstruction_metadata.get(STARTS, "{}")))
    starts = {name: datetime.fromisoformat(text) for name, text in handed.items()}
    return starts if starts.keys() == settings.sources.keys() else None
