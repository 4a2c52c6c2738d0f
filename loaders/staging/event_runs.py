"""A slice cut into runs of one event name, with its JSON read for every table that takes its rows.

Covered by tests/loaders/transform/test_fast_equals_exact.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from loaders.staging.event_rows import runs_of
from loaders.transform.catalog import Catalog
from loaders.transform.contracts.contract import Freeze
from loaders.transform.json.columns import Parser
from loaders.transform.kept_names import event_name_in
from loaders.transform.names import event_table
from loaders.transform.placement import Block, table_kind
from loaders.transform.slices import Slice
from loaders.transform.standard_columns import HOME_TABLES


@dataclass(frozen=True, slots=True)
class EventRuns:
    """A slice as runs (length, start) of one event: their names, and whether each has a table of its own."""

    part: Slice
    runs: list[tuple[int, int]]
    names: list[str | None]
    has_table: list[bool]
    event_parts: dict[int, Slice] = field(default_factory=dict)
    """Start of a run -> its rows with their JSON read, where the event's own table takes them."""


@dataclass(slots=True)
class TableBudget:
    """The event tables that may exist: those of the catalog, and new ones by first seen (contract §5, budgets)."""

    catalog: Catalog
    tables: int
    freeze: Freeze | None = None
    new: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    """Tables of events that were met and that cannot exist, because their name is taken."""
    kept: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self.kept = self.catalog.kept_tables()

    def event_name(self, event: str | None) -> str | None:
        """Return the value of the column ``event`` for an event's name as sent; None if it leaves no name."""
        return event_name_in(self.kept, event or "") or None

    def admit(self, table: str) -> bool:
        """Return whether an event's table exists or may be created; a dropped one may not, nor one of a taken name."""
        if self.catalog.has_dropped(table):
            return False
        if table in self.catalog.taken:
            self.refused.add(table)
            return False
        if table in self.catalog.tables or table in self.new:
            return True
        if self.freeze is not None and not self.freeze.admits_table(table):
            return False
        fixed = {*HOME_TABLES.values(), "users"}
        if len(self.catalog.tables.keys() - fixed) + len(self.new) >= self.tables:
            return False
        self.new.add(table)
        return True


@dataclass(frozen=True, slots=True)
class RunReader:
    """Cuts slices into runs and reads their JSON."""

    budget: TableBudget
    only: frozenset[str] | None = None
    """The tables that get rows; None for all."""
    remade: frozenset[str] | None = None
    """In a second pass, the tables whose rows are made again; rows of other tables are made to count rescued values."""
    parsers: dict[tuple[str, str], dict[Block, Parser]] = field(default_factory=dict)

    def second_pass(self, tables: frozenset[str]) -> RunReader:
        """Return a reader of the same tables and parsers that skips the rows of none of these tables."""
        return replace(self, remade=tables)

    def wants(self, table: str) -> bool:
        """Return whether rows are made for a table at all."""
        return self.only is None or table in self.only

    def stores(self, table: str) -> bool:
        """Return whether the rows made for a table are stored in this pass."""
        return self.remade is None or table in self.remade

    def name_runs(self, parts: Iterable[Slice]) -> Iterator[EventRuns]:
        """Yield the runs of each slice. Runs in one thread, in order: a new name takes its slot of the budget here."""
        for part in self._needed(parts):
            if part.type != "track":
                yield EventRuns(part, [(len(part), 0)], [None], [False])
                continue
            runs = list(runs_of(part.frame["event"]))
            names = [self.budget.event_name(part.frame["event"][start]) for _, start in runs]
            has_table = [event is not None and self.budget.admit(event_table(event)) for event in names]
            yield EventRuns(part, runs, names, has_table)

    def read(self, runs: EventRuns) -> EventRuns:
        """Read the JSON of a slice for the table of its type and for those of its events."""
        part, event_type = runs.part, runs.part.type
        part.read(table_kind(event_type, home=True, own_table=True).blocks, self._parsers_of(event_type, ""))
        blocks = table_kind("track", home=False, own_table=True).blocks
        for (length, start), event, has_table in zip(runs.runs, runs.names, runs.has_table, strict=True):
            if event is not None and has_table and self.wants(event_table(event)):
                runs.event_parts[start] = part.part(start, length)
                runs.event_parts[start].read(blocks, self._parsers_of("track", event))
        return runs

    def _needed(self, parts: Iterable[Slice]) -> Iterator[Slice]:
        """Yield the rows that some table stores; in a second pass, without events whose tables were right."""
        for part in parts:
            if self.stores(HOME_TABLES[part.type]):
                yield part
            elif part.type == "track":
                for length, start in runs_of(part.frame["event"]):
                    event = self.budget.event_name(part.frame["event"][start])
                    if event is not None and self.stores(event_table(event)):
                        yield Slice(part.frame.slice(start, length))

    def _parsers_of(self, event_type: str, event: str) -> dict[Block, Parser]:
        return self.parsers.setdefault((event_type, event), {})
