"""What a comparison has found, as values.

Covered by tests/compare/test_planted.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

Kind = Literal["only_here", "only_there", "differs"]
ONLY: Final[Mapping[Literal["here", "there"], Kind]] = {"here": "only_here", "there": "only_there"}
"""The kind of rows that only a side has."""
ROWS: Final = 200_000
"""Rows of a table that differ and are looked at, unless another number is given."""


@dataclass(frozen=True)
class Example:
    """A row that differs, and in which column; `rule` is the reason, or None if it is unexplained."""

    kind: Kind
    id: str
    day: str
    column: str = ""
    here: str = ""
    there: str = ""
    rule: str | None = None


@dataclass(frozen=True)
class DayDifference:
    """A day of a table whose rows are not the same. Rows are counted once each.

    `unexamined` of the unexplained rows were not looked at: there were too many.
    """

    day: str
    here: int
    there: int
    only_here: int = 0
    only_there: int = 0
    differing: int = 0
    explained: int = 0
    unexplained: int = 0
    unexamined: int = 0


@dataclass(frozen=True)
class ColumnDifference:
    """A column whose values differ in some rows."""

    column: str
    rows: int
    unexplained: int


@dataclass(frozen=True)
class LonelyColumn:
    """A column that one side lacks although the other has values in it."""

    column: str
    side: Literal["here", "there"]
    values: int
    rule: str | None


@dataclass(frozen=True)
class TypeDifference:
    """A column that has another type there: by the first value that came (contract §12)."""

    column: str
    here: str
    there: str


@dataclass(frozen=True)
class ComparedTable:
    """A table of both sides. `rules` are rows by the rule that explains them; `error` is why it was not compared."""

    table: str
    there_table: str
    here: int = 0
    there: int = 0
    equal_days: int = 0
    days: tuple[DayDifference, ...] = ()
    columns: tuple[ColumnDifference, ...] = ()
    lonely: tuple[LonelyColumn, ...] = ()
    types: tuple[TypeDifference, ...] = ()
    rules: Mapping[str, int] = field(default_factory=dict)
    examples: tuple[Example, ...] = ()
    error: str = ""

    @property
    def unexplained(self) -> int:
        """Rows that a person must look at."""
        return sum(day.unexplained for day in self.days)

    @property
    def explained(self) -> int:
        """Rows that differ by rules of the contract."""
        return sum(day.explained for day in self.days)

    @property
    def findings(self) -> int:
        """What a person must look at: rows, columns that one side lacks, and a table that cannot be compared."""
        return self.unexplained + sum(column.rule is None for column in self.lonely) + bool(self.error)


@dataclass(frozen=True)
class LonelyTable:
    """A table that one side lacks although the other has rows in it; `rule` is the reason, or None."""

    table: str
    side: Literal["here", "there"]
    rows: int
    rule: str | None = None


@dataclass(frozen=True)
class Comparison:
    """Two schemas of one warehouse, from `start` to `end` (the texts that were asked for)."""

    source: str
    here: str
    there: str
    start: str = ""
    end: str = ""
    tables: tuple[ComparedTable, ...] = ()
    lonely: tuple[LonelyTable, ...] = ()
    ignored: tuple[str, ...] = ()
    """Tables there that the other loader keeps for itself."""
    notes: tuple[str, ...] = ()
    """What could not be explained, and what to do."""

    @property
    def findings(self) -> int:
        """What a person must look at; 0 if both are equal, or every difference is explained."""
        return sum(table.findings for table in self.tables) + sum(table.rule is None for table in self.lonely)

    @property
    def explained(self) -> int:
        """Rows that differ by rules of the contract."""
        return sum(table.explained for table in self.tables)

    @property
    def rules(self) -> dict[str, int]:
        """Rows by the rule that explains them, the most frequent first."""
        found: dict[str, int] = {}
        for table in self.tables:
            for rule, rows in table.rules.items():
                found[rule] = found.get(rule, 0) + rows
        return dict(sorted(found.items(), key=lambda entry: (-entry[1], entry[0])))
