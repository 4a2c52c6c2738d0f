"""Counts a leaf's values by kind and converts them to their column's type, all rows at once (contract §6)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from loaders.formats.timestamps import LOOKS_DATED, looks_dated, read_timestamps
from loaders.transform.convert_value import EXACT, Kind
from loaders.transform.json.columns import Leaf
from loaders.transform.standard_columns import LogicalType

ARROW_TYPES: Final[dict[LogicalType, pa.DataType]] = {
    "boolean": pa.bool_(),
    "int": pa.int64(),
    "float": pa.float64(),
    "string": pa.string(),
    "datetime": pa.timestamp("us", "UTC"),
    "date": pa.date32(),
    "json": pa.string(),
}


ReadTexts: TypeAlias = Callable[[Sequence[int]], Sequence[str]]
"""Rows of a slice -> the JSON texts of a leaf's values there."""
_FEW_ROWS: Final = 256
"""Up to this many rows, the fixed cost of a column exceeds the cost of its rows."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A leaf with its values counted by kind."""

    leaf: Leaf
    kind: Kind | None
    """The kind of its Arrow type: float64 values may also be ints, strings may also be datetimes."""
    counts: tuple[int, int, int, int, int, int]
    """By kind, then the number of ints that no float64 can hold."""
    instants: pa.Array | None = None
    """Strings as instants, if any of them is a full date or date-time."""


def measure(leaves: Sequence[Leaf]) -> list[Measured]:
    """Count the values of every leaf by kind, in the order of ``Kind``, and its wide ints."""
    dated = _dated(leaves)
    return [_measure(leaf, dated=number in dated) for number, leaf in enumerate(leaves)]


def _dated(leaves: Sequence[Leaf]) -> set[int]:
    """Return the numbers of the leaves that have a string beginning like a date; one pass over all of them."""
    strings = {
        number: leaf.values
        for number, leaf in enumerate(leaves)
        if pa.types.is_string(leaf.values.type) and not leaf.array
    }
    if not strings:
        return set()
    if (rows := len(leaves[0].values)) <= _FEW_ROWS:
        numbers, joined = list(strings), pa.chunked_array(list(strings.values()))
        dated = pc.indices_nonzero(pc.match_substring_regex(joined, LOOKS_DATED))
        return {numbers[row // rows] for row in dated.to_pylist()}
    texts = {str(number): pl.from_arrow(values) for number, values in strings.items()}
    found = pl.DataFrame(texts).select(looks_dated(pl.all()).any()).row(0, named=True)
    return {int(number) for number, some in found.items() if some}


def _measure(leaf: Leaf, *, dated: bool) -> Measured:
    values = leaf.values
    total = len(values) - values.null_count
    if pa.types.is_boolean(values.type):
        return Measured(leaf, Kind.BOOLEAN, (total, 0, 0, 0, 0, 0))
    if pa.types.is_int64(values.type):
        return Measured(leaf, Kind.INT, (0, total, 0, 0, 0, pc.sum(pc.invert(_exact(values))).as_py() or 0))
    if pa.types.is_float64(values.type):
        ints = pc.sum(_whole(values)).as_py() or 0
        return Measured(leaf, Kind.FLOAT, (0, ints, total - ints, 0, 0, 0))
    if not dated:
        return Measured(leaf, Kind.STRING, (0, 0, 0, total, 0, 0))
    read = read_timestamps(pl.Series(pl.from_arrow(values))).to_arrow()
    times = len(read) - read.null_count
    return Measured(leaf, Kind.STRING, (0, 0, 0, total - times, times, 0), read)


def convert(measured: Measured, to: LogicalType, read_texts: ReadTexts) -> tuple[pa.Array, pa.Array | None]:
    """Return the values converted to a column of this type, and a mask of the values that do not fit (or None).

    ``read_texts`` returns the JSON texts of the values in given rows: only they keep the spelling as sent.
    """
    values, kind = measured.leaf.values, measured.kind
    if to == "string":
        return _as_strings(measured, read_texts), None
    if to == "json":
        return _put_texts(values.cast(pa.string()), values.is_valid(), read_texts), None
    if to == "boolean" and kind is Kind.BOOLEAN:
        return values, None
    if to == "int" and kind is Kind.INT:
        return values, None
    if to == "int" and kind is Kind.FLOAT:
        whole = _whole(values)
        return _checked(pc.if_else(whole, values, None).cast(pa.int64()), whole)
    if to == "float" and kind is Kind.FLOAT:
        return pc.add(values, 0.0), None  # a negative zero is the integer 0 (contract §6)
    if to == "float" and kind is Kind.INT:
        exact = _exact(values)
        return _checked(pc.if_else(exact, values, None).cast(pa.float64()), exact)
    if to == "datetime" and measured.instants is not None:
        return _checked(measured.instants, pc.if_else(values.is_valid(), measured.instants.is_valid(), None))
    if to == "date" and measured.instants is not None:
        days = pc.if_else(pc.equal(pc.utf8_length(values), len("2026-01-31")), measured.instants, None)
        return _checked(
            days.cast(pa.timestamp("us")).cast(pa.date32()), pc.if_else(values.is_valid(), days.is_valid(), None)
        )
    return pa.nulls(len(values), ARROW_TYPES[to]), values.is_valid()


def _as_strings(measured: Measured, read_texts: ReadTexts) -> pa.Array:
    """Return the values as texts, numbers as sent: a float64 has lost its spelling, and 0 may have been -0."""
    values = measured.leaf.values
    if measured.kind is Kind.STRING:
        return values
    if measured.kind is Kind.BOOLEAN:
        return values.cast(pa.string())
    unsure = pc.fill_null(pc.equal(values, 0), fill_value=False) if measured.kind is Kind.INT else values.is_valid()
    return _put_texts(values.cast(pa.string()), unsure, read_texts)


def _put_texts(texts: pa.Array, mask: pa.Array, read_texts: ReadTexts) -> pa.Array:
    rows = pc.indices_nonzero(mask).to_pylist()
    return pc.replace_with_mask(texts, mask, pa.array(read_texts(rows), pa.string())) if rows else texts


def mask_rows(leaf: Leaf, rows: pa.Array) -> Leaf:
    """Return the leaf with NULL in the rows of the mask."""
    return Leaf(leaf.path, pc.if_else(rows, pa.scalar(None, leaf.values.type), leaf.values), leaf.array)


def _exact(values: pa.Array) -> pa.Array:
    return pc.and_(pc.less_equal(values, EXACT), pc.greater_equal(values, -EXACT))


def _whole(values: pa.Array) -> pa.Array:
    return pc.equal(values, pc.floor(values))


def _checked(converted: pa.Array, fits: pa.Array) -> tuple[pa.Array, pa.Array | None]:
    misfits = pc.fill_null(pc.invert(fits), fill_value=False)
    return converted, misfits if pc.any(misfits).as_py() else None
