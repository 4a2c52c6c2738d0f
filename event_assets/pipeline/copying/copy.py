"""Copies sources from one warehouse into another one: every loaded hour is loaded again from the lake, then compared.

The old warehouse is only read. What lake and settings do not have is read from it: types of columns, with what is
pinned and dropped, names that version 0.1 gave, what retention has dropped, and the records of erasures.

Covered by tests/pipeline/copying/test_copy.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final

from event_assets.config.parse import HOUR_FORMAT, redacted
from event_assets.config.settings import Settings, SettingsError, warehouse_url
from event_assets.config.source import Source
from event_assets.config.warehouse import open_ledger, open_warehouse
from event_assets.lake.hour_note import HourNote
from event_assets.pipeline.catalog import retype
from event_assets.pipeline.copying.agreement import CopyAgreement, CopyPair, compare_tables
from event_assets.pipeline.copying.original import Original, read_original
from event_assets.pipeline.erasure.lists import restore_lists
from event_assets.pipeline.failed_hours import find_shared
from event_assets.pipeline.hour import LoadOptions, load_notes, share_loads
from event_assets.pipeline.rollups import recompute_sources
from loaders.catalog.carry import pin_types, set_flags
from loaders.interface.errors import Terminal, Transient
from loaders.interface.words import counted
from loaders.ledger.erasure_records import record_erasures
from loaders.ledger.loads import check_schema, create_ledger
from loaders.load.altering.declared import create_declared
from loaders.queries.erasures import recorded_lists
from loaders.queries.loads import Load, newest_loads
from loaders.rewrite.retain import Owner, drop_old_days
from loaders.rewrite.retype import Retype
from loaders.schema.evolve import USERS
from loaders.schema.introspect import read_schema
from loaders.schema.taken_names import find_taken
from loaders.transform.catalog import Catalog, Declaration

_PASSES: Final = 3
"""How often hours that were loaded meanwhile are followed before the copy gives up for now."""

OnProgress = Callable[[str, int, int], None]
"""Is called with what is counted, `hours` or `tables`, how many are done, and of how many."""


@dataclass(frozen=True)
class CopiedSource:
    """The result of one source."""

    source: str
    schema: str
    hours: int
    loaded: int
    """Hours that this copy has loaded; the others were there."""
    rows: Mapping[str, int] = field(default_factory=dict)
    """Table -> rows in the new warehouse."""
    left: tuple[str, ...] = ()
    """Columns that somebody has added to the old tables: they are not copied."""
    differences: tuple[str, ...] = ()


@dataclass(frozen=True)
class Copied:
    """The result of a copy, or with `hours` that would be loaded of its dry run."""

    warehouse: str
    """The new one, without a password."""
    sources: tuple[CopiedSource, ...]
    rollup_errors: tuple[str, ...] = ()


def copy_warehouse(settings: Settings, to: str, on_progress: OnProgress, *, dry_run: bool = False) -> Copied:
    """Copy every source of the settings into the warehouse `to`, a URL or the path of a DuckDB file, and compare.

    May be called again after whatever has ended it. Raises Terminal and SettingsError before anything is written where
    the copy could not be exact; Transient where an hour could not be loaded, or loads did not pause for long enough.
    """
    new = replace(settings, warehouse=warehouse_url(to), publish=None, export=None)
    if open_warehouse(new) == open_warehouse(settings):
        raise SettingsError(f"{redacted(to)} is the warehouse itself: name the other one with --to.")
    originals = {name: read_original(settings, source) for name, source in settings.sources.items()}
    pending = {name: _find_pending(new, settings.sources[name], original) for name, original in originals.items()}
    if dry_run:
        sources = (
            CopiedSource(name, settings.sources[name].schema, len(one.loads), len(pending[name]))
            for name, one in originals.items()
        )
        return Copied(redacted(to), tuple(sources))
    return _Copy(settings, new, on_progress).run(redacted(to), originals)


@dataclass
class _Copy:
    """One run of the command."""

    old: Settings
    new: Settings
    on_progress: OnProgress
    loaded: dict[str, set[datetime]] = field(default_factory=dict)

    def run(self, shown: str, originals: dict[str, Original]) -> Copied:
        """Follow the old warehouse until nothing changes there between load and comparison."""
        for _ in range(_PASSES):
            for name, original in originals.items():
                self._load(self.old.sources[name], original)
            errors = [error for done in recompute_sources(self.new) for error in done.errors]
            found = {name: self._finish(self.old.sources[name], original) for name, original in originals.items()}
            before, originals = originals, {name: read_original(self.old, self.old.sources[name]) for name in originals}
            if before == originals:
                copied = (self._describe(originals[name], one) for name, one in found.items())
                return Copied(shown, tuple(copied), tuple(errors))
        raise Transient("loads went on while the warehouse was copied: pause them, and run the same command again")

    def _load(self, source: Source, original: Original) -> None:
        """Load every hour that is not loaded, with the types of the old warehouse."""
        pending = _find_pending(self.new, source, original)
        restore_lists(self.new, source)
        self._prepare(source, original.catalog, original.tables)
        done = 0
        for again in (False, True):
            notes = [original.notes[hour] for hour, loaded in pending.items() if loaded == again]
            for group in share_loads(self.new, notes):
                self.on_progress("hours", done, len(pending))
                # Also where the files are the same: a replay of quarantined lines gives other rows.
                options, is_shared = LoadOptions(reload=again), find_shared(self.new, source)
                results = load_notes(self.new, source, group, options, is_shared)
                if results.failed:
                    hour, error = min(results.failed.items())
                    raise Transient(f"{hour:{HOUR_FORMAT}} of {source.name} was not copied: {error}") from error
                self.loaded.setdefault(source.name, set()).update(results.done)
                done += len(group)
        self.on_progress("hours", done, len(pending))

    def _prepare(self, source: Source, catalog: Catalog, tables: Sequence[str]) -> None:
        """Create the tables with their columns before any hour: none is left out by the budgets in another order."""
        warehouse = open_warehouse(self.new)
        with warehouse.loading(source.schema) as session:
            create_ledger(session)
            check_schema(session, source=source.name, schema=source.schema)
            others = pin_types(session, source.schema, catalog)
        declared = Declaration(tables={table: {} for table in tables})
        create_declared(warehouse, declared, source=source.name, schema=source.schema, imported=True)
        for column in others:
            wanted = Retype(column.table, column.name, column.type, pin=True)
            retype(self.new, source, wanted, dry_run=False, on_progress=lambda *_: None)

    def _finish(self, source: Source, original: Original) -> CopyAgreement:
        """Drop what retention has dropped, after the rollups of those days; settle the records; compare."""
        warehouse = open_warehouse(self.new)
        kept_from = _kept_from(source, original, datetime.now(UTC))
        if kept_from is not None:
            owner = Owner(source.name, source.schema)
            drop_old_days(warehouse, owner, days=(datetime.now(UTC).date() - kept_from).days)
        with warehouse.loading(source.schema) as session:
            record_erasures(session, source.name, original.erasures)
            set_flags(session, source.schema, original.catalog)
        compared = CopyPair(source, open_warehouse(self.old), warehouse, original.catalog, kept_from)
        return compare_tables(compared, lambda done, tables: self.on_progress("tables", done, tables))

    def _describe(self, original: Original, found: CopyAgreement) -> CopiedSource:
        source = self.old.sources[original.source]
        return CopiedSource(
            original.source,
            source.schema,
            len(original.loads),
            len(self.loaded.get(original.source, ())),
            found.rows,
            tuple(found.left),
            tuple(found.differences),
        )


def _find_pending(new: Settings, source: Source, original: Original) -> dict[datetime, bool]:
    """Return the hours that the new warehouse lacks, and those that were loaded here again since: they are true.

    Raises Terminal where it has something that a copy would not leave there.
    """
    with open_warehouse(new).reading() as session:
        tables = read_schema(session, source.schema)
        taken = find_taken(session, source.schema, tables)
    if wrong := sorted({*original.tables, USERS} & taken.keys()):
        raise Terminal(
            f"nothing was copied: {source.schema}.{wrong[0]} cannot be created in the other warehouse:"
            f" {taken[wrong[0]]}; rename that, or name an empty database"
        )
    with open_ledger(new) as session:
        loads = [] if session is None else newest_loads(session, source.name)
        recorded = frozenset() if session is None else frozenset(recorded_lists(session, source.name))
        if session is not None:
            check_schema(session, source=source.name, schema=source.schema)
    if not loads and tables.own.keys() - original.tables - {USERS}:
        raise Terminal(
            f"nothing was copied: the schema {source.schema} of the other warehouse has event tables already, and its"
            " ledger no load of them; name an empty database"
        )
    _refuse_other_loads(source, original, loads, recorded)
    there = {load.archive_hour: load for load in loads}
    hours = sorted(original.notes.items())
    return {
        hour: hour in there
        for hour, note in hours
        if hour not in there or _is_older(there[hour], original.loads[hour], source, note)
    }


def _is_older(load: Load, original: str, source: Source, note: HourNote) -> bool:
    """Return whether an hour was copied before its newest load, whose id is given, or with other files or settings."""
    now = note.manifest_hash, source.hash_loads(note.config_hash)
    return (load.manifest_hash, load.config_hash) != now or load.load_id < original


def _refuse_other_loads(source: Source, original: Original, loads: Sequence[Load], recorded: frozenset[str]) -> None:
    if any(original.loads.get(load.archive_hour) == load.load_id for load in loads):
        raise Terminal("the other warehouse is the same one, or a copy of its files: name an empty one with --to")
    if unknown := [load.archive_hour for load in loads if load.archive_hour not in original.loads]:
        raise Terminal(
            f"nothing was copied: the other warehouse has {counted(len(unknown), 'archive hour')} of {source.name} that"
            f" this one has not, the first is {unknown[0]:{HOUR_FORMAT}}"
        )
    if loads and original.tokens - recorded:
        raise Terminal(
            f"persons of {source.name} were erased after hours had been copied, and the other warehouse still has them:"
            " remove its schemas, and copy again"
        )


def _kept_from(source: Source, original: Original, now: datetime) -> date | None:
    """Return the first day that is kept: by the settings, or as former passes have dropped days."""
    days = source.retain_days
    wanted = None if days is None else now.date() - timedelta(days=days)
    return max((day for day in (wanted, original.kept_from) if day is not None), default=None)
