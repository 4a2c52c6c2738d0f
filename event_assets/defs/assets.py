"""The assets of a source: `archive` (not ours) -> `events` in the lake -> `warehouse`, one partition per archive hour.

The way of an hour: `list_hours` gives a manifest; `normalize_hour` reads its chunks, makes events of them and writes
one deduplicated hour of Parquet; `load_note` stages that hour and merges it in one transaction.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Self, TypeVar

import dagster as dg

from event_assets.archive.listing.list_hours import list_hours
from event_assets.archive.manifest import Manifest
from event_assets.config.settings import Settings, parse_hour, redacted
from event_assets.config.source import Source
from event_assets.config.warehouse import open_ledger
from event_assets.defs.hour_metadata import lake_examples, read_details
from event_assets.defs.metadata import Metadata, lake_columns, lake_metadata, load_metadata, tracks_columns
from event_assets.defs.partitions import partition_key
from event_assets.defs.resources import Tideline
from event_assets.defs.retries import fail_run, gives_up, shown_before
from event_assets.lake.errors import LakeError
from event_assets.lake.hour_note import HourNote
from event_assets.lake.reading.read import read_note
from event_assets.pipeline.after_load import maintain
from event_assets.pipeline.hour import describe, load_note, normalize_hour, note_counts
from loaders.connection.session import Session
from loaders.interface.errors import WarehouseError
from loaders.load.load import LoadResult
from loaders.queries.lateness import RestatedDay, restated_days
from loaders.queries.tables import SampleRow, sample_rows
from loaders.transform.standard_columns import HOME_TABLES

T = TypeVar("T")

WAREHOUSE_POOL = "tideline_warehouse"
"""Of steps that write a DuckDB file, which one process holds at a time: its limit is 1."""
SAMPLE = 5
EVENTS: Final = "Each event of an archive hour once, cleaned, as sent, in Parquet; broken lines in quarantine."
"""What the asset `events` is, whatever makes it: one step, or a graph of them."""


def warehouse_pool(settings: Settings) -> str | None:
    """The pool of steps that write the warehouse. A server needs none: there loads are staged side by side, and only
    their merges queue, by the lock of their schema."""
    return WAREHOUSE_POOL if settings.warehouse.startswith("duckdb") else None


def warehouse_kind(settings: Settings) -> str:
    """Return the kind of database that the UI shows: `duckdb`, `postgresql`."""
    return settings.warehouse.split(":")[0].split("+")[0]


@dataclass(frozen=True)
class SourceKeys:
    """The asset keys of a source; they carry its name where there are several."""

    archive: dg.AssetKey
    events: dg.AssetKey
    warehouse: dg.AssetKey

    @classmethod
    def of(cls, source: str, *, alone: bool) -> Self:
        """The keys `archive`, `events`, `warehouse`, below the source's name unless it is alone."""
        prefix = [] if alone else [source]
        return cls(*(dg.AssetKey([*prefix, name]) for name in ("archive", "events", "warehouse")))


def archive_asset(
    source: Source, keys: SourceKeys, settings: Settings, partitions: dg.TimeWindowPartitionsDefinition
) -> dg.AssetSpec:
    """Return the asset for the archive, which others write and no run materializes."""
    return dg.AssetSpec(
        keys.archive,
        description="Raw event files that a producer writes. Read-only to us; a partition is the hour they arrived in.",
        group_name=source.name,
        owners=list(settings.owners),
        kinds={"json"},
        metadata={"archive": redacted(source.archive), "layout": source.layout},
        partitions_def=partitions,
    )


def archive_seen(keys: SourceKeys, manifest: Manifest) -> dg.AssetMaterialization:
    """That the archive had these files of an hour when it was read: the archive itself reports nothing."""
    metadata: Metadata = {
        "files": len(manifest.files),
        "bytes": manifest.size,
        "ignored_files": manifest.ignored,
        "manifest_hash": manifest.hash,
    }
    return dg.AssetMaterialization(keys.archive, partition=partition_key(manifest.archive_hour), metadata=metadata)


def events_asset(
    name: str, keys: SourceKeys, settings: Settings, partitions: dg.TimeWindowPartitionsDefinition
) -> dg.AssetsDefinition:
    """The asset of one step: hour after hour, file after file."""

    @dg.asset(
        key=keys.events,
        deps=[keys.archive],
        partitions_def=partitions,
        backfill_policy=dg.BackfillPolicy.multi_run(settings.hours_per_run),
        group_name=name,
        owners=list(settings.owners),
        kinds={"parquet", "polars"},
        description=EVENTS,
        metadata={"dagster/column_schema": lake_columns(), "lake": redacted(settings.lake.url)},
    )
    def events(context: dg.AssetExecutionContext, tideline: Tideline) -> dg.MaterializeResult[None]:
        now = tideline.settings()
        hours = [parse_hour(key) for key in context.partition_keys]
        listing = list_hours(now.sources[name], start=hours[0], end=hours[-1])

        def normalize(hour: datetime) -> Metadata:
            started = time.monotonic()
            manifest = listing.hours.get(hour) or Manifest(source=name, archive_hour=hour, files=())
            context.log_event(archive_seen(keys, manifest))
            done = normalize_hour(now, listing.source, manifest)
            context.log.info(describe("events", hour, {**note_counts(done.note), "written": done.written}))
            return show_events(now, done.note, written=done.written, seconds=time.monotonic() - started)

        return each_hour(context, hours, normalize, lambda done: done)

    return events


def show_events(settings: Settings, note: HourNote, *, written: bool, seconds: float) -> Metadata:
    """The metadata of an hour of it."""
    shown = lake_metadata(settings.lake, note, written=written, seconds=seconds)
    return shown | lake_examples(settings.lake, note)


def warehouse_asset(
    source: Source, keys: SourceKeys, settings: Settings, partitions: dg.TimeWindowPartitionsDefinition
) -> dg.AssetsDefinition:
    """Return the asset for the event tables: each archive hour of a run is loaded in a transaction of its own."""

    @dg.asset(
        key=keys.warehouse,
        deps=[keys.events],
        partitions_def=partitions,
        backfill_policy=dg.BackfillPolicy.multi_run(settings.hours_per_run),
        group_name=source.name,
        owners=list(settings.owners),
        kinds={"table", warehouse_kind(settings)},
        pool=warehouse_pool(settings),
        description=f"The event tables of schema `{source.schema}`: {', '.join(HOME_TABLES.values())}, users, and one "
        "table per event name. Each archive hour is one load, one transaction.",
        metadata={"dagster/column_schema": tracks_columns(), "warehouse": redacted(settings.warehouse)},
    )
    def warehouse(context: dg.AssetExecutionContext, tideline: Tideline) -> dg.MaterializeResult[None]:
        now = tideline.settings()
        hours = [parse_hour(key) for key in context.partition_keys]

        def load(hour: datetime) -> Loaded:
            return _load_hour(context, now, now.sources[source.name], hour)

        def show(done: dict[datetime, Loaded]) -> dict[datetime, Metadata]:
            shown = _show_loads(now, now.sources[source.name], done)
            _maintain(context, now, now.sources[source.name])
            return shown

        return each_hour(context, hours, load, show)

    return warehouse


@dataclass(frozen=True)
class Loaded:
    """An hour that is in the warehouse."""

    note: HourNote
    result: LoadResult
    seconds: float


def _load_hour(context: dg.AssetExecutionContext, settings: Settings, source: Source, hour: datetime) -> Loaded:
    started = time.monotonic()
    note = read_note(settings.lake, source.name, hour)
    if note is None:
        raise dg.Failure(f"The lake has no hour {partition_key(hour)}: materialize this partition of `events` first.")
    result = load_note(settings, source, note, run_id=context.run.run_id)
    context.log.info(describe("warehouse", hour, {**result.counts, "loaded": result.loaded}))
    for warning in result.warnings:
        context.log.warning(f"{partition_key(hour)}: {warning}")
    return Loaded(note, result, time.monotonic() - started)


def _maintain(context: dg.AssetExecutionContext, settings: Settings, source: Source) -> None:
    """Drop and export what follows from the loads. They stand whatever fails here; the next run takes it up again."""
    try:
        for line in maintain(replace(settings, sources={source.name: source})):
            context.log.info(line)
    except (WarehouseError, LakeError) as error:
        context.log.warning(f"not done after the loads: {redacted(str(error))}")


def _show_loads(settings: Settings, source: Source, done: dict[datetime, Loaded]) -> dict[datetime, Metadata]:
    """The metadata of each hour, with a few of its rows and the older days it changed, in one look."""
    with open_ledger(settings) as session:
        details = {} if session is None else read_details(session, source, done)
        return {
            hour: _show_load(session, source.schema, hour, loaded) | details.get(hour, {})
            for hour, loaded in done.items()
        }


def _show_load(session: Session | None, schema: str, hour: datetime, loaded: Loaded) -> Metadata:
    sample: list[SampleRow] = []
    restated: list[RestatedDay] = []
    if session is not None:
        sample = sample_rows(session, schema, list(HOME_TABLES.values()), hour, at_most=SAMPLE)
        restated = restated_days(session, loaded.result.load_id)
    return load_metadata(loaded.result, loaded.note, sample, restated, loaded.seconds)


def each_hour(
    context: dg.AssetExecutionContext,
    hours: Sequence[datetime],
    work: Callable[[datetime], T],
    show: Callable[[dict[datetime, T]], dict[datetime, Metadata]],
) -> dg.MaterializeResult[None]:
    """Work on every hour of the run, then show each in the metadata of its own partition.

    A bad hour stays one bad hour (contract §11): the others are done and reported, then the step is tried again, for
    what may pass, or fails and names it.
    """
    shown = shown_before(context)
    failed: dict[datetime, Exception] = {}
    done: dict[datetime, T] = {}
    in_a_row = 0
    for hour in (hour for hour in hours if hour not in shown):
        if gives_up(failed, in_a_row):
            break
        try:
            done[hour] = work(hour)
            in_a_row = 0
        except Exception as error:
            context.log.error(f"{partition_key(hour)} failed", exc_info=error)  # noqa: TRY400  it has the traceback
            failed[hour] = error
            in_a_row += 1
    fresh: dict[datetime, Metadata] = {}
    try:
        fresh = show(done) if done else fresh
    except Exception as error:
        context.log.error("the hours that are done could not be shown", exc_info=error)  # noqa: TRY400  as above
        failed |= dict.fromkeys(done, error)
    if failed:
        for hour, metadata in fresh.items():
            context.log_event(
                dg.AssetMaterialization(context.asset_key, partition=partition_key(hour), metadata=metadata)
            )
        fail_run(context, failed, hours=len(hours))
    for hour, metadata in {**shown, **fresh}.items():
        context.add_asset_metadata(metadata, partition_key=partition_key(hour))
    return dg.MaterializeResult()
