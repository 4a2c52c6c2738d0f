"""Settles a column's type from the kinds of its values (contract §6)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from loaders.transform.catalog import Column
from loaders.transform.convert_value import Kind
from loaders.transform.standard_columns import LogicalType

ENOUGH: Final = 20
"""A column with fewer values than this, over all loads, has a provisional type."""


_MISFITS: Final[dict[LogicalType, tuple[Kind, ...]]] = {
    "boolean": (Kind.INT, Kind.FLOAT, Kind.STRING, Kind.DATETIME),
    "int": (Kind.BOOLEAN, Kind.FLOAT, Kind.STRING, Kind.DATETIME),
    "float": (Kind.BOOLEAN, Kind.STRING, Kind.DATETIME),
    "string": (),
    "datetime": (Kind.BOOLEAN, Kind.INT, Kind.FLOAT, Kind.STRING),
    "date": (Kind.BOOLEAN, Kind.INT, Kind.FLOAT, Kind.STRING),
    "json": (),
}


def misfits(counts: Sequence[int], to: LogicalType) -> int:
    """Return the number of values whose kind a column of this type rescues."""
    return sum(counts[kind] for kind in _MISFITS[to])


def settle(counts: Sequence[int]) -> LogicalType:
    """Return the type that at least 95 % of the values have, ints and floats together; else string."""
    total = sum(counts[:5])
    numbers = counts[Kind.INT] + counts[Kind.FLOAT]
    for share, settled in (
        (counts[Kind.BOOLEAN], "boolean"),
        (numbers, "float" if counts[Kind.FLOAT] else "int"),
        (counts[Kind.STRING], "string"),
        (counts[Kind.DATETIME], "datetime"),
    ):
        if total and share * 20 >= total * 19:
            return settled  # type: ignore[return-value]  # mypy widens the literals of the tuple to str
    return "string"


def resettle(column: Column, loaded: Sequence[int], total: Sequence[int]) -> tuple[LogicalType, bool]:
    """Return a known column's type after a load, and whether it is still provisional.

    ``loaded`` counts the values of this load, ``total`` all values ever seen, this load included.
    """
    if column.pinned:
        return column.type, False
    if column.provisional:
        settled = settle(total) if sum(total[:5]) else column.type
        return settled, sum(total[:5]) < ENOUGH
    widens = column.type == "int" and loaded[Kind.FLOAT] > 0
    return "float" if widens else column.type, False
