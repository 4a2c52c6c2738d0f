"""What one load learns of a table's columns: which exist, of what type they are taken to be, what values they have.

Covered by tests/loaders/transform/test_type_inference.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, NamedTuple

from loaders.transform.catalog import Column
from loaders.transform.convert_value import Kind
from loaders.transform.placement import Path
from loaders.transform.standard_columns import LogicalType
from loaders.transform.type_inference import ENOUGH, misfits, resettle, settle

NOTHING: Final = (0, 0, 0, 0, 0, 0)
_MANY: Final = 16
"""One row in so many that does not fit is many."""

ColumnCounts = dict[str, list[int]]
"""Column -> values by kind, as ``Kind`` orders them, then how many of the ints no float64 holds."""


class First(NamedTuple):
    """Where a column was first met in this load: the earliest archive hour with a value, its smallest path there."""

    hour: datetime
    path: Path
    file: str
    """A file that has a value there."""


@dataclass(slots=True)
class ColumnStats:
    """The columns of one table during one load.

    ``former`` are the counts that the former loads of its hours gave, by hour, taken back by this one; ``limit`` is how
    many columns events may bring; ``assumed`` are types to go by before all values are seen; ``dropped`` are columns
    that an operator has taken away, and that no event brings again; ``kept`` are columns that keep a name that version
    0.1 gave; ``admits``, of a frozen table, is the test of columns that may be added. Rows counted by ``tentative``
    stats can be made again, so the stats may be given up.
    """

    table: str
    known: Mapping[str, Column]
    limit: int
    former: Mapping[datetime, Mapping[str, Sequence[int]]] = field(default_factory=dict)
    assumed: Mapping[str, LogicalType] = field(default_factory=dict)
    dropped: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()
    tentative: bool = False
    admits: Callable[[str], bool] | None = None
    given_up: bool = False
    """Rows are only counted from here on: types are so wrong that all rows will be made again."""
    types: dict[str, LogicalType] = field(default_factory=dict)
    counts: ColumnCounts = field(default_factory=dict)
    """The values of all hours. What a column rescues follows from these and from its type, which may still change."""
    by_hour: dict[datetime, ColumnCounts] = field(default_factory=dict)
    """Archive hour -> its values."""
    firsts: dict[str, First] = field(default_factory=dict)
    """The same in any order of rows and hours."""
    added: int = 0

    def copy(self) -> ColumnStats:
        """Return a copy for rows that are made a second time by the same types; its counts are not used."""
        return replace(
            self,
            tentative=False,
            types=dict(self.types),
            counts=_copied(self.counts),
            by_hour={hour: _copied(counts) for hour, counts in self.by_hour.items()},
            firsts=dict(self.firsts),
        )

    def admit(self, column: str, first: First) -> bool:
        """Whether a column is there or may come to be, by first seen (contract §5, budgets)."""
        if column in self.firsts:
            self.firsts[column] = min(self.firsts[column], first, key=_hour_and_path)
            return True
        if column in self.dropped:
            return False
        if column not in self.known:
            if self.admits is not None and not self.admits(column):
                return False
            if len(self.known) + self.added >= self.limit:
                return False
            self.added += 1
        self.firsts[column] = first
        return True

    def count(self, column: str, counts: Sequence[int], hour: datetime) -> None:
        """Add values of a column in an archive hour, by kind."""
        for total in (self.counts, self.by_hour.setdefault(hour, {})):
            seen = total.setdefault(column, [0] * 6)
            for index, more in enumerate(counts):
                seen[index] += more

    def type_of(self, column: str) -> LogicalType:
        """The type that this load takes a column to have; the same answer until the load is settled."""
        if column not in self.types:
            self.types[column] = self.assumed.get(column) or self._settled(column)[0]
        return self.types[column]

    def gives_up(self, misfits: int, rows: int) -> bool:
        """Whether it is given up: many rows of a slice do not fit types that later values have proved wrong.

        The first values may come from one odd source, by (event, timestamp) as they are read. Each row that does not
        fit costs twenty times one that does, and all of them for nothing.
        """
        self.given_up = self.tentative and misfits * _MANY > rows and bool(self.wrong())
        return self.given_up

    def settled(self) -> dict[str, LogicalType]:
        """The type of every column by all values so far."""
        return {column: self._settled(column)[0] for column in (*self.types, *self.counts)}

    def wrong(self) -> dict[str, LogicalType]:
        """The columns whose type turned out another than it was taken for, with the type they have."""
        settled = {column: self._settled(column)[0] for column in self.types}
        return {column: to for column, to in settled.items() if to != self.types[column]}

    def _settled(self, column: str) -> tuple[LogicalType, bool]:
        """The column's type as loads of one hour each would settle it, in order of their hours (contract §8)."""
        known = self.known.get(column)
        if known is not None and (known.pinned or not known.provisional):
            return resettle(known, self.counts.get(column, NOTHING), NOTHING)
        to, provisional, total = known and known.type, True, list(known.counts[:5] if known else NOTHING[:5])
        for hour in sorted(self.by_hour.keys() | self.former.keys()):
            if not provisional and to != "int":
                break  # only an int column changes now
            brought, taken = self._brought(hour, column), self._taken(hour, column)
            if not any(brought) and not any(taken):
                continue
            if provisional:
                total = [seen + new - old for seen, new, old in zip(total, brought, taken, strict=False)]
                to = settle(total) if any(total) else to
                provisional = sum(total) < ENOUGH
            elif to == "int" and brought[Kind.FLOAT]:
                to = "float"
        return to or "string", provisional

    def _brought(self, hour: datetime, column: str) -> Sequence[int]:
        return self.by_hour.get(hour, {}).get(column, NOTHING)

    def _taken(self, hour: datetime, column: str) -> Sequence[int]:
        return self.former.get(hour, {}).get(column, NOTHING)

    def _total(self, column: str, known: Column) -> list[int]:
        """Values ever seen; wide ints are only known of a column that is float, where they are rescued."""
        brought = self.counts.get(column, NOTHING)
        former = [0] * len(NOTHING)
        for hour in self.former:
            former = [sum(both) for both in zip(former, self._taken(hour, column), strict=True)]
        *kinds, wide = brought
        if known.type == "float":
            wide += known.rescued - misfits(known.counts, "float") - former[-1]
        return [*(seen + new - taken for seen, new, taken in zip(known.counts[:5], kinds, former, strict=False)), wide]

    def columns(self) -> Iterator[Column]:
        """The table's columns after this load, in order of first seen."""
        lasts = self._lasts()
        touched = self.counts.keys() | {column for counts in self.former.values() for column in counts}
        for name, known in self.known.items():
            if name not in touched:
                yield known
                continue
            yield self._after(known, self._total(name, known), lasts)
        for name, seen in self.firsts.items():
            if name not in self.known:
                new = Column(self.table, name, "string", "", True, seen.hour, seen.hour)
                yield self._after(new, self.counts.get(name, NOTHING), lasts)

    def _lasts(self) -> dict[str, datetime]:
        """The last archive hour of this load that has a value of a column."""
        return {
            column: hour
            for hour, counts in sorted(self.by_hour.items())
            for column, seen in counts.items()
            if any(seen)
        }

    def _after(self, column: Column, counts: Sequence[int], lasts: Mapping[str, datetime]) -> Column:
        """The column with its type, these counts, what it rescues by them, and where it was first and last seen.

        An earlier hour that comes later moves the first. Made at once: an hour has a thousand columns.
        """
        to, provisional = self._settled(column.name)
        path, file = column.path, column.first_file
        first, last = column.first_archive_hour, column.last_archive_hour
        if column.name in self.firsts:
            seen = self.firsts[column.name]
            last = max(last, seen.hour, lasts.get(column.name, seen.hour))
            if seen.hour <= first:
                path, first, file = ".".join(seen.path), seen.hour, seen.file
        booleans, ints, floats, strings, datetimes, wide = counts
        rescued = misfits(counts[: len(Kind)], to) + (wide if to == "float" else 0)
        known = (path, provisional, first, last, file, column.pinned)
        return Column(column.table, column.name, to, *known, booleans, ints, floats, strings, datetimes, rescued)


def _hour_and_path(first: First) -> tuple[datetime, Path]:
    return first.hour, first.path


def _copied(counts: ColumnCounts) -> ColumnCounts:
    return {column: list(seen) for column, seen in counts.items()}
