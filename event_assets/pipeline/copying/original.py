"""What a source has in the warehouse that is copied, and whether lake and settings give it again.

Covered by tests/pipeline/copying/test_copy.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from event_assets.config.parse import HOUR_FORMAT
from event_assets.config.settings import Settings, SettingsError
from event_assets.config.source import Source
from event_assets.config.warehouse import open_ledger
from event_assets.lake.erasure.suppression import list_tokens, pending_tokens
from event_assets.lake.errors import DamagedHour
from event_assets.lake.hour_note import HourNote
from event_assets.lake.maintenance.tombstones import is_retired
from event_assets.lake.reading.read import read_note
from event_assets.pipeline.recovery.repair import read_or_repair
from event_assets.pipeline.rollups import schemas_of
from loaders.interface.errors import Terminal
from loaders.interface.words import counted
from loaders.ledger.erasure_records import ErasureRecord, read_erasures
from loaders.load.state import read_load_catalog
from loaders.queries.erasures import recorded_lists
from loaders.queries.loads import Load, newest_loads
from loaders.queries.tables import events_without_table
from loaders.rollups.due_days import read_state
from loaders.schema.introspect import read_schema
from loaders.transform.catalog import Catalog, DropTarget


@dataclass(frozen=True)
class Original:
    """A source in the warehouse that is copied. Equal ones mean that no load or change was made in between."""

    source: str
    loads: Mapping[datetime, str]
    """Archive hour -> its newest load."""
    catalog: Catalog
    """As loads go by it: columns that somebody has added, and tables whose names were taken, are as if dropped."""
    tables: tuple[str, ...]
    """Its event tables."""
    erasures: tuple[ErasureRecord, ...]
    tokens: frozenset[str]
    """The lists of erased persons."""
    kept_from: date | None
    """The first day of event time that retention has kept."""
    notes: Mapping[datetime, HourNote] = field(compare=False)
    """The hours in the lake, all of the same files as the loads."""


def read_original(settings: Settings, source: Source) -> Original:
    """Return what is to be copied of a source.

    Raises Terminal where the lake cannot give it exactly: nothing is copied then, and the message names what to do.
    """
    with open_ledger(settings) as session:
        loads = [] if session is None else newest_loads(session, source.name)
        if session is None or not loads:
            raise SettingsError(
                f"Nothing of {source.name} is loaded, so there is nothing to copy: set the other warehouse in the"
                " configuration, and load into it."
            )
        tables = read_schema(session, source.schema)
        catalog = read_load_catalog(session, source=source.name, schema=source.schema, tables=tables)
        without = {DropTarget(table) for table in events_without_table(session, source.schema)}
        catalog = replace(catalog, dropped=catalog.dropped | without)
        recorded = frozenset(recorded_lists(session, source.name))
        erasures = tuple(read_erasures(session, source.name))
        kept_from = read_state(session, schemas_of(source)).kept_from
    _refuse_unfinished(settings, source, catalog, recorded)
    notes = {load.archive_hour: _read_note(settings, source, load.archive_hour) for load in loads}
    _refuse_lost(settings, source, [hour for hour, note in notes.items() if note is None])
    found = {hour: note for hour, note in notes.items() if note is not None}
    _refuse_outdated(source, loads, found)
    return Original(
        source=source.name,
        loads={load.archive_hour: load.load_id for load in loads},
        catalog=catalog,
        tables=tuple(sorted(catalog.tables.keys() & tables.own.keys())),
        erasures=erasures,
        tokens=recorded,
        kept_from=kept_from,
        notes=found,
    )


def _read_note(settings: Settings, source: Source, hour: datetime) -> HourNote | None:
    try:
        return read_note(settings.lake, source.name, hour)
    except DamagedHour:
        return read_or_repair(settings, source, hour)


def _refuse_unfinished(settings: Settings, source: Source, catalog: Catalog, recorded: frozenset[str]) -> None:
    """Raise Terminal where the next load into the old warehouse completes something first."""
    tokens = frozenset(list_tokens(settings.lake, source.name))
    if pending_tokens(settings.lake, source.name) or tokens != recorded:
        raise Terminal(f"an erasure of {source.name} is not complete: run tideline load, which completes it, then copy")
    if not catalog.taken_over:
        raise Terminal(
            f"an older version has loaded {source.schema}, and this one has not yet: run tideline load, then copy"
        )


def _refuse_lost(settings: Settings, source: Source, hours: Sequence[datetime]) -> None:
    if not hours:
        return
    retired = is_retired(settings.lake, source.name, hours[0])
    why = (
        "left the lake for their age (lake_retain_days)"
        if retired
        else "are missing from the lake: restore them from a copy, or from the archive with tideline load --reload"
        f" --from {hours[0]:{HOUR_FORMAT}} --to {hours[-1]:{HOUR_FORMAT}}"
    )
    raise Terminal(f"nothing was copied: {_name(hours)} of {source.name} {why}; only the old warehouse has their rows")


def _refuse_outdated(source: Source, loads: Sequence[Load], notes: Mapping[datetime, HourNote]) -> None:
    """Raise Terminal where hours of the lake are loaded with other files or by other settings than they have now."""
    pending = [load.archive_hour for load in loads if load.manifest_hash != notes[load.archive_hour].manifest_hash]
    if pending:
        raise Terminal(f"{_name(pending)} of {source.name} have got other files since their load: run tideline load")
    others = [
        load.archive_hour
        for load in loads
        if load.config_hash != source.hash_loads(notes[load.archive_hour].config_hash)
    ]
    if others:
        raise Terminal(
            f"{_name(others)} of {source.name} loaded under other settings would have other rows: run tideline load"
            f" --reload --from {others[0]:{HOUR_FORMAT}} --to {others[-1]:{HOUR_FORMAT}}"
        )


def _name(hours: Sequence[datetime]) -> str:
    first = f", the first is {hours[0]:{HOUR_FORMAT}}," if len(hours) > 1 else f" ({hours[0]:{HOUR_FORMAT}})"
    return f"{counted(len(hours), 'archive hour')}{first}"
