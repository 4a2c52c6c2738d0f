"""Changes the catalog of a source outside a load: import and infer types, retype, drop and restore columns.

Covered by tests/cli/catalog/test_types.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from event_assets.archive.listing.list_hours import list_hours
from event_assets.archive.manifest import Manifest
from event_assets.config.settings import HOUR_FORMAT, Settings, SettingsError
from event_assets.config.source import Source
from event_assets.config.warehouse import open_warehouse
from event_assets.lake.hour_note import HourNote
from event_assets.lake.reading.read import list_hours as list_lake_hours
from event_assets.lake.reading.read import read_note
from event_assets.pipeline.hour import normalize_hour
from event_assets.pipeline.publish import publish_change
from event_assets.pipeline.recovery.repair import LakeReader
from loaders.catalog.file import Entry
from loaders.catalog.import_types import ImportChange, import_types, read_types
from loaders.catalog.infer import infer_types
from loaders.interface.hour import Events
from loaders.load.altering.declared import create_declared
from loaders.rewrite.drop import Dropped, Restored, drop_target, restore_target
from loaders.rewrite.retype import Retype, Retyped, retype_column
from loaders.rewrite.rewrite import RewriteInputs
from loaders.transform.catalog import Catalog, DropTarget

OnProgress = Callable[[int, int], None]
"""Is called with the number of archive hours that are done, and of all."""


def read_catalog(settings: Settings, source: Source) -> Catalog:
    """Return the catalog of the source's schema; empty where nothing was loaded or imported."""
    return read_types(
        open_warehouse(settings),
        source=source.name,
        schema=source.schema,
    )


def import_catalog(
    settings: Settings, source: Source, entries: Iterable[Entry], *, pin: bool, dry_run: bool = False
) -> tuple[ImportChange, ...]:
    """Settle these columns in the source's catalog, all or none; return the changes. Raises `WarehouseError`."""
    warehouse = open_warehouse(settings)
    changes = import_types(warehouse, entries, source=source.name, schema=source.schema, pin=pin, dry_run=dry_run)
    if not dry_run:
        create_declared(warehouse, source.columns, source=source.name, schema=source.schema, imported=True)
        publish_change(settings, warehouse, now=datetime.now(UTC))
    return changes


def create_columns(settings: Settings) -> Iterator[str]:
    """Create the declared tables and columns that are missing; yield a line per change. Raises `WarehouseError`."""
    warehouse = open_warehouse(settings)
    for source in settings.sources.values():
        if source.columns.tables:
            changes = create_declared(warehouse, source.columns, source=source.name, schema=source.schema)
            yield from (f"{source.schema}: {change}" for change in changes)


def infer_catalog(
    settings: Settings, source: Source, *, start: datetime | None, end: datetime | None, on_progress: OnProgress
) -> Catalog:
    """Return the columns and types of a range of archive hours, both bounds included; nothing is loaded.

    An hour that the lake lacks, or has of other files, is normalized as in a load. Raises `SettingsError` where
    there is no such hour.
    """
    known = read_catalog(settings, source)
    hours = _lake_hours(settings, source, start, end, on_progress)
    return infer_types(
        hours,
        known,
        budgets=settings.budgets,
        selection=source.selection,
        contracts=source.contracts,
        limits=settings.memory.limits,
    )


def retype(settings: Settings, source: Source, wanted: Retype, *, dry_run: bool, on_progress: OnProgress) -> Retyped:
    """Change a column's type and rebuild it from the lake in one transaction. Raises `WarehouseError`."""
    warehouse = open_warehouse(settings)
    done = retype_column(warehouse, _rewrite_inputs(settings, source, on_progress), wanted, dry_run=dry_run)
    if not dry_run:
        publish_change(settings, warehouse, now=datetime.now(UTC))
    return done


def drop(settings: Settings, source: Source, target: DropTarget, *, dry_run: bool, on_progress: OnProgress) -> Dropped:
    """Drop a table or column from warehouse and catalog in one transaction. Raises `WarehouseError`."""
    warehouse = open_warehouse(settings)
    done = drop_target(warehouse, _rewrite_inputs(settings, source, on_progress), target, dry_run=dry_run)
    if not dry_run:
        publish_change(settings, warehouse, now=datetime.now(UTC))
    return done


def restore(settings: Settings, source: Source, target: DropTarget) -> Restored:
    """Allow a dropped table or column to be created again by the next event. Raises `WarehouseError`."""
    warehouse = open_warehouse(settings)
    done = restore_target(warehouse, target, source=source.name, schema=source.schema)
    publish_change(settings, warehouse, now=datetime.now(UTC))
    return done


def _rewrite_inputs(settings: Settings, source: Source, on_progress: OnProgress) -> RewriteInputs:
    reader = LakeReader(settings, source)
    users = source.not_users_in_tables
    inputs = RewriteInputs(source.name, source.schema, reader.lookup, settings.budgets, users, on_progress)
    return replace(inputs, expect=reader.expect)


def _lake_hours(
    settings: Settings, source: Source, start: datetime | None, end: datetime | None, on_progress: OnProgress
) -> Iterator[tuple[datetime, Events]]:
    """Yield the hours of archive and lake in order, with their events."""
    listing = list_hours(source, start=start, end=end)
    hours = sorted({*listing.hours, *list_lake_hours(settings.lake, source.name, start=start, end=end)})
    if not hours:
        span = " to ".join(f"{hour:{HOUR_FORMAT}}" for hour in (start, end) if hour)
        raise SettingsError(f"Neither archive nor lake has an hour of {source.name} {span}".rstrip() + ".")
    for done, hour in enumerate(hours):
        on_progress(done, len(hours))
        note = _note_of(settings, listing.source, hour, listing.hours.get(hour))
        if note is not None:
            yield hour, partial(LakeReader(settings, source).masked.read_hour, note)
    on_progress(len(hours), len(hours))


def _note_of(settings: Settings, source: Source, hour: datetime, manifest: Manifest | None) -> HourNote | None:
    if manifest is None:
        return read_note(settings.lake, source.name, hour)
    return normalize_hour(settings, source, manifest).note
