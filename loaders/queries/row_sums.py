"""The rows of a table as sums of hashes, to compare it with one of another database: order and storage do not count.

Covered by tests/loaders/queries/test_row_sums.py.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import polars as pl

from loaders.connection.session import Session
from loaders.dialects.read_request import READ_TYPES, ReadRequest

_DAY: Final = "event_date"
_UNEQUAL: Final = frozenset({"uuid_ts"})
"""When a load has written a row: no value of an event."""
_SEEDS: Final = (1, 2)
_HALF: Final = 0xFFFF_FFFF


@dataclass(frozen=True)
class HashSum:
    """How many rows a day has, and the sums of two hashes of each, in halves of 32 bits."""

    rows: int
    sums: tuple[int, ...]

    def __add__(self, other: HashSum) -> HashSum:
        return HashSum(self.rows + other.rows, tuple(map(sum, zip(self.sums, other.sums, strict=True))))


@dataclass
class TableSums:
    """The rows of a table by day of event time, None for a table without; and which other columns hold a value."""

    days: dict[date | None, HashSum] = field(default_factory=dict)
    filled: set[str] = field(default_factory=set)

    @property
    def rows(self) -> int:
        """All rows."""
        return sum(day.rows for day in self.days.values())


def read_logical(session: Session, columns: Mapping[str, str]) -> dict[str, str]:
    """Return column -> logical type, `other` for a type that loads give to no column."""
    kinds = {session.dialect.column_type(kind): kind for kind in READ_TYPES}
    return {name: kinds.get(physical, "other") for name, physical in columns.items()}


def sum_rows(
    session: Session, schema: str, table: str, columns: Mapping[str, str], others: Collection[str] = ()
) -> TableSums:
    """Read a table once, in batches; return the sums of its rows over some columns, with their logical types.

    Of the columns `others`, which are among them, no value is summed: only whether there is one is returned.
    """
    compared = sorted(columns.keys() - set(others) - _UNEQUAL)
    found = TableSums()
    for batch in session.dialect.read(session.connection, ReadRequest(schema, table, columns)):
        frame = pl.DataFrame(batch)
        found.filled.update(name for name in others if frame[name].null_count() < frame.height)
        for day, one in _sum(frame, compared).items():
            found.days[day] = found.days[day] + one if day in found.days else one
    return found


def _sum(frame: pl.DataFrame, compared: list[str]) -> dict[date | None, HashSum]:
    rows = frame.select(compared)
    hashes = [rows.hash_rows(seed).alias(f"h{seed}") for seed in _SEEDS]
    day = frame[_DAY] if _DAY in compared else pl.repeat(None, frame.height, dtype=pl.Date, eager=True)
    halves = [part for seed in _SEEDS for part in (pl.col(f"h{seed}") & _HALF, pl.col(f"h{seed}") // (_HALF + 1))]
    sums = (
        pl.DataFrame([day.alias(_DAY), *hashes])
        .group_by(_DAY)
        .agg(pl.len(), *(part.sum().alias(f"s{number}") for number, part in enumerate(halves)))
    )
    return {first: HashSum(int(rows), tuple(map(int, parts))) for first, rows, *parts in sums.rows()}
