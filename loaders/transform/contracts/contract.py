"""Contracts: the schemas of a source's events, what a violation leads to, and what a frozen table may gain.

Covered by tests/loaders/transform/contracts/test_contract.py.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

from loaders.transform.contracts.named_columns import Schema, named_columns
from loaders.transform.kept_names import event_name_in
from loaders.transform.names import event_table
from loaders.transform.standard_columns import HOME_TABLES

Mode = Literal["evolve", "report", "freeze", "quarantine"]
MODES: Final[tuple[Mode, ...]] = ("evolve", "report", "freeze", "quarantine")
"""What a contract leads to, from nothing to the strictest: `evolve` checks nothing."""


@dataclass(frozen=True)
class EventContract:
    """The schema of the tracks of one name, or of all events of another type; the instance is the event itself."""

    type: str
    event: str | None
    """The name of a track as sent; None for the other types."""
    mode: Mode
    schema: Schema
    file: str
    """The file of the schema, as messages name it."""

    @property
    def key(self) -> tuple[str, str | None]:
        """Return what the contract is about."""
        return self.type, self.event

    def table(self, kept: frozenset[str]) -> str | None:
        """Return the table whose columns its schema names; None for a track whose name leaves none.

        `kept` are the event tables that keep their names.
        """
        if self.type != "track":
            return HOME_TABLES[self.type]
        name = event_name_in(kept, self.event or "")
        return event_table(name) if name else None

    @cached_property
    def text(self) -> str:
        """Return the schema as one text, equal for equal schemas."""
        return json.dumps(self.schema, sort_keys=True)


@dataclass(frozen=True)
class Contracts:
    """The contracts of a source. `mode` is that of events that have none of their own."""

    mode: Mode = "evolve"
    events: tuple[EventContract, ...] = ()

    @cached_property
    def checked(self) -> tuple[EventContract, ...]:
        """Return the contracts whose events are checked as they are loaded."""
        return tuple(contract for contract in self.events if contract.mode != "evolve")

    @cached_property
    def quarantining(self) -> tuple[EventContract, ...]:
        """Return the contracts whose violating events have no row."""
        return tuple(contract for contract in self.events if contract.mode == "quarantine")

    @cached_property
    def text(self) -> str:
        """Return all that decides a load as one text, empty if nothing does."""
        if not self.checked and self.mode != "freeze":
            return ""
        events = sorted((*contract.key, contract.mode, contract.text) for contract in self.checked)
        open_events = sorted(contract.key for contract in self.events if contract.mode == "evolve")
        return json.dumps([self.mode == "freeze", events, open_events if self.mode == "freeze" else []])

    def freeze(self, kept: frozenset[str]) -> Freeze | None:
        """Return which tables are frozen, or None if none is; `kept` are the event tables that keep their names."""
        if "freeze" not in {self.mode, *(contract.mode for contract in self.events)}:
            return None
        tables: dict[str, list[EventContract]] = {}
        for contract in self.events:
            table = contract.table(kept)
            if table is not None:
                tables.setdefault(table, []).append(contract)
        return Freeze(everything=self.mode == "freeze", tables=tables)


@dataclass(frozen=True)
class Freeze:
    """Tables that gain no column, and events that gain no table, but for what a schema names."""

    everything: bool
    """Whether tables without a contract are frozen."""
    tables: Mapping[str, list[EventContract]]

    def admits_table(self, table: str) -> bool:
        """Return whether an event table may be created: one that is frozen has to have a schema."""
        return table in self.tables or not self.everything

    def admits_column(self, table: str, kept: frozenset[str]) -> Callable[[str], bool] | None:
        """Return a test of the columns that may be added to a table; None if it is not frozen.

        `kept` are the columns that keep their names. The test is of the column alone: it must not depend on which of
        several paths of a column is met first.
        """
        contracts = self.tables.get(table, [])
        frozen = any(contract.mode == "freeze" for contract in contracts) if contracts else self.everything
        if not frozen:
            return None
        found = [named_columns(contract.type, contract.schema, kept) for contract in contracts]
        names = frozenset[str]().union(*(columns.names for columns in found))
        prefixes = tuple(prefix for columns in found for prefix in columns.prefixes)
        return lambda column: column in names or column.startswith(prefixes)


NO_CONTRACTS: Final = Contracts()
