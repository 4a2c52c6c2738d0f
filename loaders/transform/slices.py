"""A slice: consecutive rows of the lake of one type, whose JSON is read once for all tables that use it.

Covered by tests/loaders/transform/test_fast_equals_exact.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Final

import polars as pl
import pyarrow as pa

from loaders.transform.json.columns import Leaf, Parser
from loaders.transform.placement import Block
from loaders.transform.row_path import Event

_SHARED: Final[tuple[Block, ...]] = ("context", "kept")


@dataclass
class Slice:
    """Rows of the lake of one type, in order; ``leaves`` are their JSON blocks, ``slow`` the rows not in leaves.

    The rows of one archive hour may be followed by those of another.
    """

    frame: pl.DataFrame
    leaves: dict[Block, list[Leaf]] = field(default_factory=dict)
    slow: set[int] = field(default_factory=set)
    _events: dict[int, Event] = field(default_factory=dict)

    def __len__(self) -> int:
        return self.frame.height

    @property
    def type(self) -> str:
        """Type of all its rows."""
        found: str = self.frame["type"][0]
        return found

    @cached_property
    def hours(self) -> tuple[datetime, ...]:
        """The archive hours of its rows, in order."""
        hours = self.frame["_archive_hour"]
        first, last = hours.min(), hours.max()
        if first == last:
            return (first,)  # type: ignore[return-value]  # a column of instants
        return tuple(hours.unique().sort())

    @cached_property
    def hour_instants(self) -> pa.Array:
        """The archive hour of every row, in microseconds."""
        return self.frame["_archive_hour"].to_physical().to_arrow()

    def hour_of(self, row: int) -> datetime:
        """Return the archive hour of a row."""
        if len(self.hours) == 1:
            return self.hours[0]
        hour: datetime = self.frame["_archive_hour"][row]
        return hour

    def column(self, name: str) -> pa.Array:
        """Return a column of the lake as an Arrow array."""
        values = self.frame[name].to_arrow()
        return values.cast(pa.string()) if pa.types.is_large_string(values.type) else values

    def read(self, blocks: tuple[Block, ...], parsers: dict[Block, Parser]) -> None:
        """Read the JSON of these blocks into leaves."""
        for block in blocks:
            if block not in self.leaves and self.frame[block].null_count() < len(self):
                parsed = parsers.setdefault(block, Parser()).parse(self.column(block))
                self.leaves[block] = parsed.leaves
                self.slow |= parsed.slow
            else:
                self.leaves.setdefault(block, [])

    def part(self, start: int, length: int) -> Slice:
        """Return some of its rows, with the leaves of the blocks that all tables share."""
        leaves = {
            block: [
                Leaf(leaf.path, leaf.values.slice(start, length), leaf.array) for leaf in self.leaves.get(block, [])
            ]
            for block in _SHARED
        }
        slow = {row - start for row in self.slow if start <= row < start + length}
        return Slice(self.frame.slice(start, length), leaves, slow)

    def event(self, row: int) -> Event:
        """Return a row with its JSON read exactly."""
        if row not in self._events:
            self._events[row] = Event.of(self.frame.row(row, named=True))
        return self._events[row]

    def filled(self, names: tuple[str, ...]) -> set[int]:
        """Return the rows in which any of these columns has a value."""
        some = [name for name in names if self.frame[name].null_count() < len(self)]
        if not some:
            return set()  # without a query, which costs a small slice more than all else here
        return set(self.frame.select(pl.any_horizontal(pl.col(*some).is_not_null())).to_series().arg_true())
