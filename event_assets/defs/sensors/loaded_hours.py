"""The sensor that reports the loads of the command, so that the partitions show what the warehouse has.

Covered by tests/defs/sensors/test_pending_hours.py.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import dagster as dg
from msgspec.structs import replace

from event_assets.archive.manifest import Manifest
from event_assets.config.settings import Settings
from event_assets.config.warehouse import open_ledger
from event_assets.defs.assets import SourceKeys, archive_seen
from event_assets.defs.hour_metadata import read_details
from event_assets.defs.metadata import Metadata, lake_metadata, load_seconds, reported_metadata
from event_assets.defs.partitions import FROM_TAG, TO_TAG, is_partition, partition_key
from event_assets.defs.resources import LEDGER_WAIT_SECONDS, Tideline
from event_assets.defs.sensors.earlier_hours import LakeAsset, Reported, missing_hours, report_hour
from event_assets.defs.sensors.run_requests import SOURCE_TAG, skip_busy
from event_assets.defs.summary import WHY_TAG, HourFacts, hour_links, lead, lead_of_note
from event_assets.defs.tables.reports import LoadedTables, table_events
from event_assets.discovery.pending import LoadedHour
from event_assets.discovery.survey import loaded_hours
from event_assets.lake.reading.read import read_note
from loaders.connection.session import Session
from loaders.interface.errors import Transient
from loaders.interface.words import counted
from loaders.queries.loads import newest_loads

REPORTS_PER_TICK: Final = 100


def loaded_sensor(
    name: str, source: str, job: str, keys: SourceKeys, partitions: dg.TimeWindowPartitionsDefinition
) -> dg.SensorDefinition:
    """Return the sensor; its cursor is a `Reported`."""

    @dg.sensor(
        name=name,
        job_name=job,
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Reports hours that `tideline load` has loaded as materialized. Requests a run of their checks.",
    )
    def reported_hours(context: dg.SensorEvaluationContext, tideline: Tideline) -> dg.SensorResult | dg.SkipReason:
        settings, now = tideline.settings(), datetime.now(UTC)
        reported, lake = Reported.parse(context.cursor), LakeAsset(source, keys, partitions, now)
        try:
            with open_ledger(settings, wait=LEDGER_WAIT_SECONDS) as session:
                new = _Found() if session is None else _read(session, settings, source, keys, reported)
        except Transient as busy:
            return skip_busy(busy)
        events = [
            event
            for load in new.loads
            if is_partition(partitions, load.archive_hour, now)
            for event in _materializations(settings, source, keys, load, new.details[load.archive_hour])
        ]
        if not reported.complete:
            hours = missing_hours(context.instance, lake, new.earlier, reported.earlier)
            events += [event for hour in hours for event in report_hour(settings, lake, hour)]
            reported = Reported(reported.load_id, hours[-1] if hours else None, not hours)
        requests = [check_request(source, new.loads)] if new.loads else []
        cursor = replace(reported, load_id=new.loads[-1].load_id if new.loads else reported.load_id)
        return dg.SensorResult(requests, asset_events=[*events, *new.tables], cursor=cursor.dump())

    return reported_hours


@dataclass(frozen=True)
class _Found:
    """What a tick reports: loads with their details, events of tables, and the hours that were reported before."""

    loads: Sequence[LoadedHour] = ()
    details: Mapping[datetime, Metadata] = field(default_factory=dict)
    tables: Sequence[dg.AssetMaterialization] = ()
    earlier: Sequence[datetime] = ()


def _read(session: Session, settings: Settings, source: str, keys: SourceKeys, reported: Reported) -> _Found:
    own, after = settings.sources[source], reported.load_id
    loads = _unreported(loaded_hours(session, source, after=after).values())[:REPORTS_PER_TICK]
    new = {load.archive_hour: load.load_id for load in loads}
    if not new:
        return _Found(earlier=[] if reported.complete else _reported_before(session, source, reported))
    loaded = LoadedTables.read(session, settings, own)
    return _Found(
        loads,
        read_details(session, own, new, loaded.tables),
        list(table_events(session, loaded, keys.lake, new)),
        [] if reported.complete else _reported_before(session, source, reported),
    )


def _reported_before(session: Session, source: str, reported: Reported) -> list[datetime]:
    """Return the hours that a run or an earlier tick has reported, from the last one that was looked for."""
    loads = newest_loads(session, source, start=reported.earlier)
    return [load.archive_hour for load in loads if load.run_id or load.load_id <= reported.load_id]


def check_request(source: str, loads: Sequence[LoadedHour]) -> dg.RunRequest:
    """Return the request of a run of the checks for the hours of these loads."""
    hours = [load.archive_hour for load in loads]
    span = {FROM_TAG: partition_key(min(hours)), TO_TAG: partition_key(max(hours))}
    why = f"{counted(len(hours), 'hour')} loaded by the command"
    return dg.RunRequest(f"checks/{source}/{loads[-1].load_id}", tags={SOURCE_TAG: source, WHY_TAG: why, **span})


def _unreported(loads: Iterable[LoadedHour]) -> list[LoadedHour]:
    """Return the loads of the command, in their order."""
    return sorted((load for load in loads if not load.run_id), key=lambda load: load.load_id)


def _materializations(
    settings: Settings, source: str, keys: SourceKeys, load: LoadedHour, details: Metadata
) -> Iterator[dg.AssetMaterialization]:
    partition, note = partition_key(load.archive_hour), read_note(settings.lake, source, load.archive_hour)
    yield archive_seen(keys, Manifest(source, load.archive_hour, load.files))
    if note is not None:
        metadata = lead_of_note(settings, keys, note, 0.0) | lake_metadata(settings.lake, note, written=False)
        if "quarantined_lines" in details:
            metadata["quarantined_lines"] = details["quarantined_lines"]
        yield dg.AssetMaterialization(keys.lake, partition=partition, metadata=metadata)
    links = hour_links(settings, settings.sources[source], keys, load.archive_hour, note, page=keys.warehouse)
    first = lead(HourFacts(load.counts, note, "loaded by the command", links=links), keys, load_seconds(load))
    yield dg.AssetMaterialization(
        keys.warehouse, partition=partition, metadata=first | reported_metadata(load) | details
    )
