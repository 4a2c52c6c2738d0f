"""One pass over the rows of a load: every slice is read once and made into the rows of each table that takes some.

Covered by tests/loaders/staging/test_staged.py.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import polars as pl
import pyarrow as pa

from loaders.staging.event_runs import EventRuns, RunReader
from loaders.staging.hour_stats import HourStats
from loaders.staging.prefetch import prefetch_in_threads
from loaders.staging.sink import Sinks
from loaders.staging.slices import LeftOut
from loaders.staging.staged import Staged, StagedHour, StagedTable
from loaders.transform.names import event_table
from loaders.transform.placement import Path as EventPath
from loaders.transform.placement import table_kind
from loaders.transform.slices import Slice
from loaders.transform.standard_columns import HOME_TABLES, OURS, standard_columns
from loaders.transform.table_rows import NO_ROWS, Rows, Target, rows_of

_SMALL_BYTES: Final = 4 << 20
"""A load with no more bytes of rows is not written to files."""


@dataclass(slots=True)
class TableStager:
    """Makes the rows of every table: `reader` reads the JSON, `stats` settle the types, `sinks` take the rows."""

    reader: RunReader
    stats: HourStats
    sinks: Sinks
    rescued: dict[tuple[str, str | None], Counter[datetime]] = field(default_factory=dict)
    """(type, the event's own table) -> archive hour -> values rescued, counted once per event."""

    def add_all(self, parts: Iterable[Slice]) -> None:
        """Make the rows of slices of one type each; the JSON of the next slices is read meanwhile."""
        for read in prefetch_in_threads(self.reader.read, self.reader.name_runs(parts)):
            self._add(read)

    def _add(self, read: EventRuns) -> None:
        """Make the rows of a slice in every table that takes some."""
        event_type = read.part.type
        rescued = self._add_home_rows(read)
        for (_, start), event in zip(read.runs, read.names, strict=True):
            if event is not None and start in read.event_parts:
                rows = self._add_event_rows(read.event_parts[start], event)
                for row, paths in rows.rescued.items():
                    rescued.setdefault(row + start, set()).update(paths)
        starts = [start for _, start in read.runs]
        own_tables = [event_table(event) if event is not None else None for event in read.names]
        for table in own_tables:
            self.rescued.setdefault((event_type, table), Counter())
        for row, paths in rescued.items():
            counts = self.rescued[event_type, own_tables[bisect_right(starts, row) - 1]]
            counts[read.part.hour_of(row)] += len(paths)

    def _add_home_rows(self, read: EventRuns) -> dict[int, set[EventPath]]:
        """Make the rows of the type's home table; return row -> the paths that were rescued in it."""
        part, event_type = read.part, read.part.type
        table = HOME_TABLES[event_type]
        if not self.reader.wants(table):
            return {}
        run_of = part.frame["event"].rle_id() if event_type == "track" else pl.repeat(0, len(part), eager=True)
        whole = table_kind(event_type, home=True, own_table=True)
        bare = table_kind(event_type, home=True, own_table=False)
        for (length, start), has_table in zip(read.runs, read.has_table, strict=True):
            if not has_table and event_type == "track":
                part.slow.update(range(start, start + length))
        target = Target(
            whole,
            self.stats.of(table, event_type),
            self.stats.budgets.values,
            pl.Series(read.names, dtype=pl.String).gather(run_of).to_arrow().cast(pa.string()),
            lambda row: whole if event_type != "track" or read.has_table[run_of[row]] else bare,
        )
        return self._store(table, rows_of(part, target)).rescued

    def _add_event_rows(self, part: Slice, event: str) -> Rows:
        """Make the rows of a track event's own table."""
        kind, table = table_kind("track", home=False, own_table=True), event_table(event)
        target = Target(kind, self.stats.of(table, "track"), self.stats.budgets.values, event, lambda _: kind)
        return self._store(table, rows_of(part, target))

    def _store(self, table: str, rows: Rows) -> Rows:
        if self.reader.stores(table):
            self.sinks.open(table)
            if rows.table is not NO_ROWS:
                self.sinks.add(table, rows.table)
        return rows

    def second_pass(self, tables: frozenset[str]) -> TableStager:
        """Return a stager that makes the rows of these tables again, by the types that all values of the load settled.

        It adds to the same sinks, from which the first rows of these tables are removed.
        """
        self.sinks.begin_second_pass(tables)
        return TableStager(self.reader.second_pass(tables), self.stats.second_pass(tables), self.sinks)

    def take_over(self, second: TableStager, tables: frozenset[str]) -> None:
        """Use the statistics of a second pass for these tables, and its counts of rescued values."""
        self.stats.replace_tables(second.stats, tables)
        self.rescued |= second.rescued

    def tables(self, *, held_bytes: int = 0) -> tuple[StagedTable, ...]:
        """Return every table's rows: in files, or in memory if all of them are no more than so many bytes."""
        self.sinks.flush_over(held_bytes)
        return tuple(self._staged_table(table) for table in self.sinks.tables)

    def _staged_table(self, table: str) -> StagedTable:
        stats, event_type, sink = self.stats.tables[table], self.stats.types[table], self.sinks.tables[table]
        ours = {column: kind for column, kind in OURS.items() if column != "uuid_ts"}
        event_columns = {column: stats.type_of(column) for column in stats.firsts}
        columns: dict[str, str] = {**standard_columns(event_type), **event_columns, **ours}
        home, files = table == HOME_TABLES[event_type], tuple(sink.files)
        return StagedTable(table, event_type, home, columns, files, sink.rows, sink.joined(), sink.hours)

    def staged(self, left_out: Mapping[datetime, LeftOut]) -> Staged:
        """Return all hours of the load, staged, with the catalog after them; `left_out` has every hour."""
        catalog = self.stats.catalog_after()
        rescued = sum(self.rescued.values(), Counter[datetime]())
        return Staged(
            tables=self.tables(held_bytes=_SMALL_BYTES),
            catalog=catalog,
            hours={
                hour: StagedHour(self.stats.counts(hour), rescued[hour], found.excluded, found.contract)
                for hour, found in left_out.items()
            },
            retyped=self.stats.retyped(catalog),
            refused=tuple(sorted(self.reader.budget.refused)),
        )
