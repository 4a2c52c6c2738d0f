"""The assets of a source: `archive` (external) -> `lake` -> `warehouse`, one partition per archive hour.

For each hour, `list_hours` returns a manifest; `normalize_hour` reads its files and writes one deduplicated hour of
Parquet; `HourLoads` stages hours and merges as many of a run as may share a load in one transaction.

What only a step needs is imported by its function: every new process of the definitions would wait for it.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Final, Self

import dagster as dg

from event_assets.archive.listing.list_hours import list_hours
from event_assets.archive.manifest import Manifest
from event_assets.config.settings import Settings, parse_hour, redacted
from event_assets.config.source import Source
from event_assets.config.warehouse import open_ledger
from event_assets.defs.hour_metadata import lake_examples, read_details
from event_assets.defs.metadata import Metadata, lake_metadata, load_metadata
from event_assets.defs.partitions import partition_key
from event_assets.defs.resources import Tideline
from event_assets.defs.retries import Unchanged, fail_run, one_by_one, process_hours
from event_assets.defs.summary import WHY_TAG, HourFacts, hour_links, lead, lead_of_note
from event_assets.defs.tables.lake_columns import lake_columns
from event_assets.defs.tables.reports import LoadedTables, table_events
from event_assets.defs.tables.specs import freshness, source_group, warehouse_kind
from event_assets.health.file_names import warn_of_names
from event_assets.lake.errors import LakeError
from event_assets.lake.hour_note import HourNote, note_counts
from event_assets.pipeline.failed_hours import FailureLog, HourResults, IsShared, OnFailure
from loaders.connection.session import Session
from loaders.connection.warehouse import needs_one_process
from loaders.interface.errors import WarehouseError
from loaders.interface.words import counted
from loaders.queries.lateness import RestatedDay, restated_days
from loaders.queries.tables import SampleRow, sample_rows
from loaders.transform.standard_columns import HOME_TABLES

if TYPE_CHECKING:
    from event_assets.pipeline.shared_loads.run_hours import LoadedNote

WAREHOUSE_POOL: Final = "tideline_warehouse"
"""The pool of steps that write a warehouse which a process that writes has alone: its limit is 1."""
LAKE: Final = "Every event of an archive hour once, as sent, in Parquet. Lines that cannot be read are in quarantine."
"""The description of the asset `lake`, whether one step or a graph of steps materializes it."""


def warehouse_pool(settings: Settings) -> str | None:
    """Return the pool of steps that write the warehouse.

    A server needs none: loads are staged concurrently, and only their merges queue, by the lock of their schema.
    """
    try:
        return WAREHOUSE_POOL if needs_one_process(settings.warehouse) else None
    except WarehouseError:
        return None  # the step that opens the warehouse reports its URL


@dataclass(frozen=True)
class SourceKeys:
    """The asset keys of a source; they begin with its name where there are several sources."""

    archive: dg.AssetKey
    lake: dg.AssetKey
    warehouse: dg.AssetKey

    @classmethod
    def of(cls, source: str, *, alone: bool) -> Self:
        """Return the keys `archive`, `lake`, `warehouse`, below the source's name unless it is the only one."""
        prefix = [] if alone else [source]
        return cls(*(dg.AssetKey([*prefix, name]) for name in ("archive", "lake", "warehouse")))


def archive_asset(
    source: Source, keys: SourceKeys, settings: Settings, partitions: dg.TimeWindowPartitionsDefinition
) -> dg.AssetSpec:
    """Return the asset for the archive, which others write and no run materializes."""
    return dg.AssetSpec(
        keys.archive,
        description="Raw event files that a producer writes; Tideline only reads them. A partition is the hour in "
        "which they arrived.",
        group_name=source_group(source),
        owners=list(settings.owners),
        kinds={"json"},
        metadata={"archive": redacted(source.archive), "layout": source.layout_names},
        partitions_def=partitions,
    )


def archive_seen(keys: SourceKeys, manifest: Manifest) -> dg.AssetMaterialization:
    """Return an event that the archive had these files of an hour when it was read: no run materializes the archive."""
    metadata: Metadata = {
        "files": len(manifest.files),
        "bytes": manifest.size,
        "ignored_files": manifest.ignored,
        "manifest_hash": manifest.hash,
    }
    return dg.AssetMaterialization(keys.archive, partition=partition_key(manifest.archive_hour), metadata=metadata)


def lake_asset(
    name: str, keys: SourceKeys, settings: Settings, partitions: dg.TimeWindowPartitionsDefinition
) -> dg.AssetsDefinition:
    """Return the asset for the lake as one step, which normalizes hour after hour."""

    @dg.asset(
        key=keys.lake,
        deps=[keys.archive],
        partitions_def=partitions,
        backfill_policy=dg.BackfillPolicy.multi_run(settings.hours_per_run),
        group_name=source_group(settings.sources[name]),
        owners=list(settings.owners),
        kinds={"parquet", "polars"},
        description=LAKE,
        metadata={"dagster/column_schema": lake_columns(), "lake": redacted(settings.lake.url)},
    )
    def lake(context: dg.AssetExecutionContext, tideline: Tideline) -> dg.MaterializeResult[None]:
        from event_assets.pipeline.hour import describe, normalize_hour

        now = tideline.settings()
        hours = [parse_hour(key) for key in context.partition_keys]
        listing = list_hours(now.sources[name], start=hours[0], end=hours[-1])

        def manifest_of(hour: datetime) -> Manifest:
            return listing.hours.get(hour) or Manifest(source=name, archive_hour=hour, files=())

        def normalize(hour: datetime) -> Metadata:
            started = time.monotonic()
            manifest = manifest_of(hour)
            context.log_event(archive_seen(keys, manifest))
            done = normalize_hour(now, listing.source, manifest)
            context.log.info(describe("lake", hour, {**note_counts(done.note), "written": done.written}))
            return lake_hour_metadata(now, keys, done.note, written=done.written, seconds=time.monotonic() - started)

        return process_hours(
            context,
            hours,
            one_by_one(normalize),
            lambda metadata: metadata,
            settings=now,
            source=listing.source,
            unchanged=_written(now, listing.source, map(manifest_of, hours)),
        )

    return lake


def _written(settings: Settings, source: Source, manifests: Iterable[Manifest]) -> Unchanged:
    """Return the hours that the lake has as the archive has them now."""
    from event_assets.pipeline.hour import written_note

    notes = ((manifest.archive_hour, written_note(settings, source, manifest)) for manifest in manifests)
    return {
        hour: {"manifest_hash": note.manifest_hash, "config_hash": note.config_hash}
        for hour, note in notes
        if note is not None
    }


def lake_hour_metadata(
    settings: Settings, keys: SourceKeys, note: HourNote, *, written: bool, seconds: float
) -> Metadata:
    """Return the metadata of an hour of `lake`."""
    first = lead_of_note(settings, keys, note, seconds)
    counts = lake_metadata(settings.lake, note, written=written, seconds=seconds)
    return first | counts | lake_examples(settings.lake, settings.sources[note.source], note)


def warehouse_asset(
    source: Source, keys: SourceKeys, settings: Settings, partitions: dg.TimeWindowPartitionsDefinition
) -> dg.AssetsDefinition:
    """Return the asset for the event tables: the archive hours of a run share loads, as many as may (ADR 0052)."""

    @dg.asset(
        key=keys.warehouse,
        deps=[keys.lake],
        partitions_def=partitions,
        backfill_policy=dg.BackfillPolicy.multi_run(settings.hours_per_run),
        group_name=source_group(source),
        owners=list(settings.owners),
        kinds={"table", warehouse_kind(settings)},
        pool=warehouse_pool(settings),
        freshness_policy=freshness(source),
        description=f"The event tables of schema `{source.schema}`: {', '.join(HOME_TABLES.values())}, users, and one "
        "table per event name. Archive hours of a run share a load, which is one transaction.",
        metadata={"warehouse": redacted(settings.warehouse)},
    )
    def warehouse(context: dg.AssetExecutionContext, tideline: Tideline) -> dg.MaterializeResult[None]:
        from event_assets.pipeline.hour import LoadOptions, find_loaded
        from event_assets.pipeline.shared_loads.run_hours import HourLoads

        now = tideline.settings()
        hours = [parse_hour(key) for key in context.partition_keys]

        _finish_erasures(context, now, now.sources[source.name], hours)
        for warning in warn_of_names(now):
            context.log.warning(warning)
        own, failures = now.sources[source.name], FailureLog(now.lake, source.name)

        def report(loaded: "LoadedNote") -> None:
            _log_load(context, loaded)
            failures.loaded(loaded.note.archive_hour)

        def load(pending: Sequence[datetime], failed: OnFailure, shared: IsShared) -> "HourResults[LoadedNote]":
            options, read = LoadOptions(run_id=context.run.run_id), partial(_lake_note, now, own)
            return HourLoads(now, own, options, read, report, failed, shared).load(pending)

        def finish(loads: "dict[datetime, LoadedNote]") -> dict[datetime, Metadata]:
            metadata, events = _reports(now, own, keys, loads, context.run.tags.get(WHY_TAG, ""))
            for event in events:
                context.log_event(event)
            _maintain(context, now, own)
            return metadata

        loaded = {hour: {"load_id": load_id} for hour, load_id in find_loaded(now, own, hours).items()}
        return process_hours(context, hours, load, finish, settings=now, source=own, unchanged=loaded)

    return warehouse


def _lake_note(settings: Settings, source: Source, hour: datetime) -> HourNote:
    """Return the note of an hour whose files are all there, or raise what is wrong with it."""
    from event_assets.pipeline.recovery.repair import read_or_repair, refuse_lost_files

    note = read_or_repair(settings, source, hour)
    if note is None:
        raise dg.Failure(f"The lake has no hour {partition_key(hour)}: materialize this partition of `lake` first.")
    refuse_lost_files(settings, source, note)
    return note


def _log_load(context: dg.AssetExecutionContext, loaded: "LoadedNote") -> None:
    from event_assets.pipeline.hour import describe

    hour, result = loaded.note.archive_hour, loaded.result
    context.log.info(describe("warehouse", hour, {**result.counts, "loaded": result.loaded, "hours": result.hours}))
    for warning in result.warnings:
        context.log.warning(f"{partition_key(hour)}: {warning}")


def _finish_erasures(
    context: dg.AssetExecutionContext, settings: Settings, source: Source, hours: Sequence[datetime]
) -> None:
    """Complete erasures that were ended early, before an hour is loaded (contract §13); else no hour is loaded."""
    from event_assets.pipeline.erasure.forget import finish_erasures

    try:
        for done in finish_erasures(replace(settings, sources={source.name: source})):
            context.log.info(f"Completed the erasure {done.erasure_id}: {counted(len(done.hours), 'archive hour')}.")
    except (WarehouseError, LakeError) as error:
        fail_run(context, dict.fromkeys(hours, error), hours=len(hours))


def _maintain(context: dg.AssetExecutionContext, settings: Settings, source: Source) -> None:
    """Drop old days and export tables. A failure leaves the loads committed; the next run continues."""
    from event_assets.pipeline.after_load import maintain

    try:
        for line in maintain(replace(settings, sources={source.name: source})):
            context.log.info(line)
    except (WarehouseError, LakeError) as error:
        context.log.warning(f"Maintenance after the loads failed: {redacted(str(error))}")


def _reports(
    settings: Settings, source: Source, keys: SourceKeys, loads: "dict[datetime, LoadedNote]", why: str
) -> tuple[dict[datetime, Metadata], list[dg.AssetMaterialization]]:
    """Return the metadata of each hour, and what its load changed in each table, by one look at the warehouse."""

    def facts_of(loaded: "LoadedNote") -> HourFacts:
        note, result = loaded.note, loaded.result
        links = hour_links(settings, source, keys, note.archive_hour, note, page=keys.warehouse)
        counts = {**result.counts, "excluded": result.excluded}
        return HourFacts(counts, note, why, schema_changes=result.schema_changes, links=links)

    with open_ledger(settings) as session:
        if session is None:
            return {
                hour: _load_metadata(None, facts_of(loaded), keys, [], loaded) for hour, loaded in loads.items()
            }, []
        tables = LoadedTables.read(session, settings, source)
        details = read_details(session, source, loads, tables.tables)
        most, homes = settings.dagster.sample_rows, list(HOME_TABLES.values())
        found: dict[datetime, Metadata] = {}
        for hour, loaded in loads.items():
            sample = sample_rows(session, source.schema, homes, hour, at_most=most) if most else []
            found[hour] = _load_metadata(session, facts_of(loaded), keys, sample, loaded) | details.get(hour, {})
        new = {hour: loaded.result.load_id for hour, loaded in loads.items() if loaded.result.loaded}
        return found, list(table_events(session, tables, keys.lake, new)) if new else []


def _load_metadata(
    session: Session | None, facts: HourFacts, keys: SourceKeys, sample: Sequence[SampleRow], loaded: "LoadedNote"
) -> Metadata:
    result = loaded.result
    restated: list[RestatedDay] = [] if session is None else restated_days(session, result.load_id)
    days = sorted({f"{changed.day}" for changed in restated})
    shown = load_metadata(result, loaded.note, sample, restated, loaded.seconds)
    return lead(replace(facts, restated=days), keys, loaded.seconds) | shown
