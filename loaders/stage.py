"""An hour's events from the lake, made into typed rows for each table, in bounded memory and before anything is locked.

Types are settled over all values of the hour (SPEC §6), so rows are made by the types that the first values suggest
and made again, once, where the rest of the hour proved them wrong.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import polars as pl
import pyarrow as pa

from event_assets.tables.book import Book
from event_assets.tables.catalog import Budgets, Catalog
from event_assets.tables.columns import HOME_TABLES, OURS, LogicalType, standard_columns
from event_assets.tables.frames import NO_ROWS, Rows, Target, rows_of
from event_assets.tables.names import event_table, name
from event_assets.tables.parse import Parser
from event_assets.tables.placement import Block, table_kind
from event_assets.tables.placement import Path as EventPath
from event_assets.tables.selection import Selection
from event_assets.tables.slices import Slice
from loaders.ahead import work_ahead
from loaders.hour import Events
from loaders.hour_slices import Excluded, runs_of, slice_by_type, slice_hour
from loaders.limits import DEFAULT_LIMITS, Limits
from loaders.sink import Sink
from loaders.staged import Staged, StagedTable

Counts = Mapping[str, Mapping[str, Sequence[int]]]
"""Table -> column -> values by kind, and rescued."""


def stage_hour(
    events: Events,
    catalog: Catalog,
    *,
    archive_hour: datetime,
    folder: Path,
    budgets: Budgets,
    former: Counts | None = None,
    selection: Selection = Selection(),
    limits: Limits = DEFAULT_LIMITS,
) -> Staged:
    """Make the hour's rows by the catalog, and the catalog that they leave behind.

    ``former`` are the counts that the hour's former load gave to the catalog; they are taken back. What ``selection``
    leaves out is only counted.
    """
    tries = _Stager(catalog, budgets, former or {}, folder / "0", limits, tentative=True)
    excluded: Excluded = Counter()
    tries.add_all(slice_hour(events(), archive_hour, limits, selection, excluded))
    wrong = [table for table, book in tries.books.items() if book.given_up or book.wrong()]
    if wrong:
        again_types = frozenset(tries.types[table] for table in wrong)
        tries.discard(again_types)
        again = _Stager(catalog, budgets, former or {}, folder / "1", limits, assumed=tries.settled())
        parts = slice_hour(events(again_types), archive_hour, limits, selection)
        again.add_all(part for part in parts if part.type in again_types)
        tries.replace(again, again_types)
    return tries.staged(archive_hour, excluded)


def stage_rows(
    frames: Iterable[pl.DataFrame],
    catalog: Catalog,
    *,
    folder: Path,
    budgets: Budgets,
    tables: frozenset[str] | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> tuple[StagedTable, ...]:
    """Make rows of a few events by a catalog that stays as it is; each has its ``_archive_hour`` beside it.

    ``frames``, of bounded size each, need not be sorted; ``tables`` are the tables to make rows for, None for all.
    """
    types = {
        table: {column.name: column.type for column in columns.values()} for table, columns in catalog.tables.items()
    }
    fixed = Budgets(columns=0, tables=0, values=budgets.values)
    stager = _Stager(catalog, fixed, {}, folder, limits, assumed=types, only=tables)
    ordered = (frame.sort("type", "event", "timestamp", "id") for frame in frames)
    stager.add_all(part for frame in ordered for part in slice_by_type(frame))
    return stager.tables()


@dataclass(frozen=True, slots=True)
class _Runs:
    """A slice as runs (length, start) of one event: their names, and which have a table of their own."""

    part: Slice
    runs: list[tuple[int, int]]
    names: list[str | None]
    own: list[bool]
    parts: dict[int, Slice] = field(default_factory=dict)
    """Start of a run -> its rows with their JSON read, where the event's own table takes them."""


@dataclass(slots=True)
class _Stager:
    """One pass over an hour's rows."""

    catalog: Catalog
    budgets: Budgets
    former: Counts
    folder: Path
    limits: Limits
    assumed: Mapping[str, Mapping[str, LogicalType]] = field(default_factory=dict)
    only: frozenset[str] | None = None
    tentative: bool = False
    """The rows can be made again."""
    books: dict[str, Book] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    sinks: dict[str, Sink] = field(default_factory=dict)
    rescued: dict[str, int] = field(default_factory=dict)
    """Event type -> values rescued, counted once per event."""
    parsers: dict[tuple[str, str], dict[Block, Parser]] = field(default_factory=dict)
    _new_tables: set[str] = field(default_factory=set)
    _held: int = 0
    """Bytes that the sinks hold."""

    def add_all(self, parts: Iterable[Slice]) -> None:
        """Make the rows of slices of one type each; the JSON of the next ones is read while one's rows are made."""
        for read in work_ahead(self._read, map(self._name_runs, parts)):
            self._add(read)

    def _name_runs(self, part: Slice) -> _Runs:
        """The runs of a slice; names take their place in the budget in the order of the slices."""
        if part.type != "track":
            return _Runs(part, [(len(part), 0)], [None], [False])
        runs = list(runs_of(part.frame["event"]))
        names = [name(part.frame["event"][start] or "") or None for _, start in runs]
        own = [event is not None and self._admits(event_table(event)) for event in names]
        return _Runs(part, runs, names, own)

    def _read(self, runs: _Runs) -> _Runs:
        """The slice with its JSON read, for the table of its type and for those of its events."""
        part, event_type = runs.part, runs.part.type
        part.read(table_kind(event_type, home=True, own_table=True).blocks, self._parsers_of(event_type, ""))
        blocks = table_kind("track", home=False, own_table=True).blocks
        for (length, start), event, has_table in zip(runs.runs, runs.names, runs.own, strict=True):
            if event is not None and has_table and self._wanted(event_table(event)):
                runs.parts[start] = part.part(start, length)
                runs.parts[start].read(blocks, self._parsers_of("track", event))
        return runs

    def _parsers_of(self, event_type: str, event: str) -> dict[Block, Parser]:
        return self.parsers.setdefault((event_type, event), {})

    def _add(self, read: _Runs) -> None:
        """Make the rows of a slice in every table that takes some."""
        event_type = read.part.type
        lost = self._home(read)
        for (_, start), event in zip(read.runs, read.names, strict=True):
            if event is not None and start in read.parts:
                rows = self._own_table(read.parts[start], event)
                for row, paths in rows.rescued.items():
                    lost.setdefault(row + start, set()).update(paths)
        self.rescued[event_type] = self.rescued.get(event_type, 0) + sum(map(len, lost.values()))

    def _admits(self, table: str) -> bool:
        """Whether an event's table is there or may come to be (SPEC §5, budgets); a dropped one may not."""
        if self.catalog.has_dropped(table):
            return False
        if table in self.catalog.tables or table in self._new_tables:
            return True
        taken = {*HOME_TABLES.values(), "users"}
        if len(self.catalog.tables.keys() - taken) + len(self._new_tables) >= self.budgets.tables:
            return False
        self._new_tables.add(table)
        return True

    def _wanted(self, table: str) -> bool:
        return self.only is None or table in self.only

    def _home(self, read: _Runs) -> dict[int, set[EventPath]]:
        """The rows of the table that has one for each event of the type; what was rescued in them."""
        part, runs, names, own = read.part, read.runs, read.names, read.own
        event_type = part.type
        table = HOME_TABLES[event_type]
        if not self._wanted(table):
            return {}
        run_of = part.frame["event"].rle_id() if event_type == "track" else pl.repeat(0, len(part), eager=True)
        whole = table_kind(event_type, home=True, own_table=True)
        bare = table_kind(event_type, home=True, own_table=False)
        for (length, start), has_table in zip(runs, own, strict=True):
            if not has_table and event_type == "track":
                part.slow.update(range(start, start + length))
        target = Target(
            whole,
            self._book(table, event_type),
            self.budgets.values,
            pl.Series(names, dtype=pl.String).gather(run_of).to_arrow().cast(pa.string()),
            lambda row: whole if event_type != "track" or own[run_of[row]] else bare,
        )
        return self._sink(table, rows_of(part, target)).rescued

    def _own_table(self, part: Slice, event: str) -> Rows:
        """The rows of a track event's own table."""
        kind = table_kind("track", home=False, own_table=True)
        target = Target(kind, self._book(event_table(event), "track"), self.budgets.values, event, lambda _: kind)
        return self._sink(event_table(event), rows_of(part, target))

    def _book(self, table: str, event_type: str) -> Book:
        if table not in self.books:
            self.types[table] = event_type
            fixed = len(standard_columns(event_type)) + len(OURS)
            known = self.catalog.table(table)
            self.books[table] = Book(
                table,
                known,
                self.budgets.columns - fixed,
                self.former.get(table, {}),
                self.assumed.get(table, {}),
                self.catalog.dropped_columns(table),
                self.tentative,
            )
        return self.books[table]

    def _sink(self, table: str, rows: Rows) -> Rows:
        sink = self.sinks.setdefault(table, Sink(self.folder, table))
        if rows.table is NO_ROWS:
            return rows
        sink.add(rows.table)
        self._held += rows.table.nbytes
        if self._held >= self.limits.held_bytes:
            self._flush()
        return rows

    def _flush(self) -> None:
        for sink in self.sinks.values():
            sink.flush()
        self._held = 0

    def settled(self) -> dict[str, dict[str, LogicalType]]:
        """The types to go by the second time: what all values of the hour settled."""
        return {table: book.settled() for table, book in self.books.items()}

    def discard(self, types: frozenset[str]) -> None:
        """Remove the rows of these types, which a second pass makes anew: the disk need not hold both."""
        for table, sink in self.sinks.items():
            if self.types[table] in types:
                for file in sink.files:
                    file.unlink()
                sink.held, sink.files = [], []

    def replace(self, again: _Stager, types: frozenset[str]) -> None:
        """Take over what a second pass made of these types."""
        for table, event_type in again.types.items():
            self.types[table] = event_type
            self.books[table], self.sinks[table] = again.books[table], again.sinks[table]
        for event_type in types:
            self.rescued[event_type] = again.rescued[event_type]

    def tables(self) -> tuple[StagedTable, ...]:
        """Every table's rows, in files."""
        self._flush()
        return tuple(self._staged_table(table) for table in self.sinks)

    def _staged_table(self, table: str) -> StagedTable:
        book, event_type, sink = self.books[table], self.types[table], self.sinks[table]
        ours = {column: kind for column, kind in OURS.items() if column != "uuid_ts"}
        brought = {column: book.type_of(column) for column in book.firsts}
        columns: dict[str, str] = {**standard_columns(event_type), **brought, **ours}
        return StagedTable(table, event_type, table == HOME_TABLES[event_type], columns, tuple(sink.files), sink.rows)

    def staged(self, archive_hour: datetime, excluded: Excluded) -> Staged:
        """The whole hour, staged, with the catalog that it leaves behind."""
        after = {table: dict(columns) for table, columns in self.catalog.tables.items()}
        for table in self.former.keys() - self.books.keys():
            self._book(table, "track")
        for table, book in self.books.items():
            after[table] = {column.name: column for column in book.columns(archive_hour)}
        retyped = [
            (table, column, known.type, after[table][column].type)
            for table, columns in self.catalog.tables.items()
            for column, known in columns.items()
            if known.type != after[table][column].type
        ]
        counts = {table: book.counts for table, book in self.books.items() if book.counts}
        catalog = Catalog(after, self.catalog.dropped)
        return Staged(self.tables(), catalog, counts, sum(self.rescued.values()), tuple(retyped), excluded)
