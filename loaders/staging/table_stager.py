"""One pass over an hour's rows: every slice read once, and made into the rows of each table that takes some."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Final

import polars as pl
import pyarrow as pa

from loaders.interface.limits import Limits
from loaders.staging.prefetch import prefetch_in_threads
from loaders.staging.sink import Sink
from loaders.staging.slices import Excluded, runs_of
from loaders.staging.staged import Staged, StagedTable
from loaders.transform.catalog import Budgets, Catalog
from loaders.transform.column_stats import ColumnStats
from loaders.transform.json.columns import Parser
from loaders.transform.names import event_table, name
from loaders.transform.placement import Block, table_kind
from loaders.transform.placement import Path as EventPath
from loaders.transform.slices import Slice
from loaders.transform.standard_columns import HOME_TABLES, OURS, LogicalType, standard_columns
from loaders.transform.table_rows import NO_ROWS, Rows, Target, rows_of

_SMALL_BYTES: Final = 4 << 20
"""An hour whose rows are no more goes into no files."""

Counts = Mapping[str, Mapping[str, Sequence[int]]]
"""Table -> column -> values by kind, and rescued."""


@dataclass(frozen=True, slots=True)
class Runs:
    """A slice as runs (length, start) of one event: their names, and which have a table of their own."""

    part: Slice
    runs: list[tuple[int, int]]
    names: list[str | None]
    own: list[bool]
    parts: dict[int, Slice] = field(default_factory=dict)
    """Start of a run -> its rows with their JSON read, where the event's own table takes them."""


@dataclass(slots=True)
class TableStager:
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
    stats: dict[str, ColumnStats] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    sinks: dict[str, Sink] = field(default_factory=dict)
    rescued: dict[tuple[str, str | None], int] = field(default_factory=dict)
    """(type, the event's own table) -> values rescued, counted once per event."""
    remade: frozenset[str] | None = None
    """In a second pass the tables that get rows; what other tables' rows would be only tells what is rescued."""
    parsers: dict[tuple[str, str], dict[Block, Parser]] = field(default_factory=dict)
    _new_tables: set[str] = field(default_factory=set)
    _held: int = 0
    """Bytes that the sinks hold."""

    def add_all(self, parts: Iterable[Slice]) -> None:
        """Make the rows of slices of one type each; the JSON of the next ones is read while one's rows are made."""
        for read in prefetch_in_threads(self._read, map(self._name_runs, self._needed(parts))):
            self._add(read)

    def _needed(self, parts: Iterable[Slice]) -> Iterator[Slice]:
        """The rows that some table gets; in a second pass not those whose events' tables were right."""
        for part in parts:
            if self.remade is None or HOME_TABLES[part.type] in self.remade:
                yield part
            elif part.type == "track":
                for length, start in runs_of(part.frame["event"]):
                    if _own_table_of(part.frame["event"][start]) in self.remade:
                        yield Slice(part.frame.slice(start, length))

    def _name_runs(self, part: Slice) -> Runs:
        """The runs of a slice; names take their place in the budget in the order of the slices."""
        if part.type != "track":
            return Runs(part, [(len(part), 0)], [None], [False])
        runs = list(runs_of(part.frame["event"]))
        names = [_name_of(part.frame["event"][start]) for _, start in runs]
        own = [event is not None and self._admits(event_table(event)) for event in names]
        return Runs(part, runs, names, own)

    def _read(self, runs: Runs) -> Runs:
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

    def _add(self, read: Runs) -> None:
        """Make the rows of a slice in every table that takes some."""
        event_type = read.part.type
        lost = self._home(read)
        for (_, start), event in zip(read.runs, read.names, strict=True):
            if event is not None and start in read.parts:
                rows = self._own_table(read.parts[start], event)
                for row, paths in rows.rescued.items():
                    lost.setdefault(row + start, set()).update(paths)
        starts = [start for _, start in read.runs]
        own = [event_table(event) if event is not None else None for event in read.names]
        for table in own:
            self.rescued.setdefault((event_type, table), 0)
        for row, paths in lost.items():
            self.rescued[event_type, own[bisect_right(starts, row) - 1]] += len(paths)

    def _admits(self, table: str) -> bool:
        """Whether an event's table is there or may come to be (contract §5, budgets); a dropped one may not."""
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

    def _home(self, read: Runs) -> dict[int, set[EventPath]]:
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
            self._stats_of(table, event_type),
            self.budgets.values,
            pl.Series(names, dtype=pl.String).gather(run_of).to_arrow().cast(pa.string()),
            lambda row: whole if event_type != "track" or own[run_of[row]] else bare,
        )
        return self._sink(table, rows_of(part, target)).rescued

    def _own_table(self, part: Slice, event: str) -> Rows:
        """The rows of a track event's own table."""
        kind = table_kind("track", home=False, own_table=True)
        target = Target(kind, self._stats_of(event_table(event), "track"), self.budgets.values, event, lambda _: kind)
        return self._sink(event_table(event), rows_of(part, target))

    def _stats_of(self, table: str, event_type: str) -> ColumnStats:
        if table not in self.stats:
            self.types[table] = event_type
            fixed = len(standard_columns(event_type)) + len(OURS)
            known = self.catalog.table(table)
            self.stats[table] = ColumnStats(
                table,
                known,
                self.budgets.columns - fixed,
                self.former.get(table, {}),
                self.assumed.get(table, {}),
                self.catalog.dropped_columns(table),
                self.tentative,
            )
        return self.stats[table]

    def _sink(self, table: str, rows: Rows) -> Rows:
        if self.remade is not None and table not in self.remade:
            return rows
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

    def wrong_tables(self) -> frozenset[str]:
        """The tables with a column whose type all values of the hour have proved wrong."""
        return frozenset(table for table, stats in self.stats.items() if stats.given_up or stats.wrong())

    def again(self, tables: frozenset[str], folder: Path) -> TableStager:
        """A second pass that makes the rows of these tables anew, by the types that all values of the hour settled.

        Their first rows are removed: the disk need not hold both.
        """
        for table in tables:
            self.sinks.pop(table).discard()
        others = {table: stats.copy() for table, stats in self.stats.items() if table not in tables}
        return replace(
            self,
            folder=folder,
            assumed={table: self.stats[table].settled() for table in tables},
            tentative=False,
            stats=others,
            sinks={},
            rescued={},
            remade=tables,
        )

    def take_over(self, again: TableStager) -> None:
        """Have the rows of a second pass instead, and what was rescued in them."""
        self.sinks |= again.sinks
        self.stats |= {table: again.stats[table] for table in again.sinks}
        self.rescued |= again.rescued

    def tables(self, *, held_bytes: int = 0) -> tuple[StagedTable, ...]:
        """Every table's rows: in files, or in memory where all of them are no more than so many bytes."""
        if sum(sink.held_bytes for sink in self.sinks.values()) > held_bytes:
            self._flush()
        return tuple(self._staged_table(table) for table in self.sinks)

    def _staged_table(self, table: str) -> StagedTable:
        stats, event_type, sink = self.stats[table], self.types[table], self.sinks[table]
        ours = {column: kind for column, kind in OURS.items() if column != "uuid_ts"}
        brought = {column: stats.type_of(column) for column in stats.firsts}
        columns: dict[str, str] = {**standard_columns(event_type), **brought, **ours}
        home, files = table == HOME_TABLES[event_type], tuple(sink.files)
        return StagedTable(table, event_type, home, columns, files, sink.rows, sink.joined())

    def staged(self, archive_hour: datetime, excluded: Excluded) -> Staged:
        """The whole hour, staged, with the catalog that it leaves behind."""
        after = {table: dict(columns) for table, columns in self.catalog.tables.items()}
        for table in self.former.keys() - self.stats.keys():
            self._stats_of(table, "track")
        for table, stats in self.stats.items():
            after[table] = {column.name: column for column in stats.columns(archive_hour)}
        retyped = [
            (table, column, known.type, after[table][column].type)
            for table, columns in self.catalog.tables.items()
            for column, known in columns.items()
            if known.type != after[table][column].type
        ]
        counts = {table: stats.counts for table, stats in self.stats.items() if stats.counts}
        catalog = Catalog(after, self.catalog.dropped)
        tables = self.tables(held_bytes=_SMALL_BYTES)
        return Staged(tables, catalog, counts, sum(self.rescued.values()), tuple(retyped), excluded)


def _name_of(event: str | None) -> str | None:
    return name(event or "") or None


def _own_table_of(event: str | None) -> str | None:
    named = _name_of(event)
    return None if named is None else event_table(named)
