"""What sensors ask runs for, and how a failed one is asked for again; and the sensor that reports what others load."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import dagster as dg

from event_assets.archive.manifest import Manifest
from event_assets.config.settings import Settings
from event_assets.config.warehouse import open_ledger
from event_assets.defs.assets import SourceKeys, archive_seen
from event_assets.defs.hour_metadata import read_details
from event_assets.defs.metadata import Metadata, lake_metadata, reported_metadata
from event_assets.defs.partitions import HOURS, Grain, is_partition, partition_key
from event_assets.defs.resources import Tideline
from event_assets.discovery.pending import LoadedHour
from event_assets.discovery.survey import loaded_hours
from event_assets.lake.reading.read import read_note
from loaders.interface.errors import Transient

SOURCE_TAG = "tideline/source"
PENDING_TAG = "tideline/pending"
REQUESTS_PER_TICK = 50
REPORTS_PER_TICK = 100
RETRY_AFTER_MINUTES = 1
UNFINISHED = [
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


@dataclass(frozen=True)
class RunScope:
    """What runs are asked for: a source's partitions of a grain, and which assets of the job; None means all of them.

    `in_halves`: a range that failed is asked for in halves. Not where a run does what it can of a range anyway.
    """

    source: str
    grain: Grain = HOURS
    assets: tuple[dg.AssetKey, ...] | None = None
    in_halves: bool = True


def skip_busy(busy: Transient) -> dg.SkipReason:
    """What a tick says that a load has kept from the ledger."""
    return dg.SkipReason(f"The warehouse is busy, asked again at the next tick: {busy}")


def loaded_sensor(
    name: str, source: str, keys: SourceKeys, partitions: dg.TimeWindowPartitionsDefinition
) -> dg.SensorDefinition:
    """Tells Dagster which hours the command has loaded, so that the partitions show what the warehouse has."""

    @dg.sensor(
        name=name,
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Reports hours that `tideline load` has loaded as materialized. Starts nothing.",
    )
    def reported_hours(context: dg.SensorEvaluationContext, tideline: Tideline) -> dg.SensorResult | dg.SkipReason:
        try:
            settings = tideline.settings()
            with open_ledger(settings, wait=2.0) as session:
                known = {} if session is None else loaded_hours(session, source, after=context.cursor or "")
                told = _unreported(known.values(), context.cursor or "")
                hours = [load.archive_hour for load in told]
                details = {} if session is None else read_details(session, settings.sources[source], hours)
        except Transient as busy:
            return skip_busy(busy)
        now = datetime.now(UTC)
        events = [
            event
            for load in told
            if is_partition(partitions, load.archive_hour, now)
            for event in _report_events(settings, source, keys, load, details[load.archive_hour])
        ]
        return dg.SensorResult(asset_events=events, cursor=told[-1].load_id if told else context.cursor)

    return reported_hours


def _unreported(loads: Iterable[LoadedHour], cursor: str) -> list[LoadedHour]:
    """The loads of the command after the last one that was told, as many as one tick tells."""
    new = (load for load in loads if not load.run_id and load.load_id > cursor)
    return sorted(new, key=lambda load: load.load_id)[:REPORTS_PER_TICK]


def _report_events(
    settings: Settings, source: str, keys: SourceKeys, load: LoadedHour, details: Metadata
) -> Iterator[dg.AssetMaterialization]:
    partition, note = partition_key(load.archive_hour), read_note(settings.lake, source, load.archive_hour)
    yield archive_seen(keys, Manifest(source, load.archive_hour, load.files))
    if note is not None:
        shown = lake_metadata(settings.lake, note, written=False)
        shown["quarantined_lines"] = details["quarantined_lines"]
        yield dg.AssetMaterialization(keys.events, partition=partition, metadata=shown)
    yield dg.AssetMaterialization(keys.warehouse, partition=partition, metadata=reported_metadata(load) | details)


def request_runs(
    instance: dg.DagsterInstance, scope: RunScope, group: Sequence[datetime], states: Mapping[datetime, str]
) -> list[dg.RunRequest]:
    """One run for a group of partitions, whose states tell what they wait for.

    After it failed, one for each half, so that a bad partition soon stands alone. A run key is never asked for twice,
    so it holds the attempt. A single one waits before it is asked for again; the wait doubles, up to an hour.
    """
    digest = hashlib.sha256("".join(states[each] for each in group).encode()).hexdigest()[:16]
    former = instance.get_run_records(dg.RunsFilter(tags={SOURCE_TAG: scope.source, PENDING_TAG: digest}))
    if not former:
        return [_request(scope, group, digest, attempt=1)]
    if len(group) > 1 and scope.in_halves:
        half = len(group) // 2
        halves = (group[:half], group[half:])
        return [request for part in halves for request in request_runs(instance, scope, part, states)]
    wait = timedelta(minutes=min(RETRY_AFTER_MINUTES * 2 ** (len(former) - 1), 60))
    ended = max(record.end_time or record.create_timestamp.timestamp() for record in former)
    if datetime.now(UTC) - datetime.fromtimestamp(ended, UTC) < wait:
        return []
    return [_request(scope, group, digest, attempt=len(former) + 1)]


def _request(scope: RunScope, group: Sequence[datetime], digest: str, *, attempt: int) -> dg.RunRequest:
    first, last = scope.grain.key(group[0]), scope.grain.key(group[-1])
    tags = {SOURCE_TAG: scope.source, PENDING_TAG: digest, "tideline/attempt": str(attempt)}
    span = {"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last}
    return dg.RunRequest(
        run_key=f"{scope.source}/{first}/{last}/{digest}/{attempt}",
        partition_key=first if first == last else None,
        tags=tags if first == last else tags | span,
        asset_selection=scope.assets,
    )


def busy_hours(instance: dg.DagsterInstance, source: str, grain: Grain = HOURS) -> set[datetime]:
    """The partitions of one grain of runs that are not finished, whoever asked for them."""
    runs = instance.get_runs(dg.RunsFilter(statuses=UNFINISHED))
    return {each for run in runs if run.tags.get(SOURCE_TAG, source) == source for each in grain.of_run(run.tags)}
