"""A leaf's values counted by kind and converted to their column's type, all rows at once (contract §6)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from loaders.transform.convert_value import EXACT, Kind
from loaders.transform.json.columns import Leaf
from loaders.transform.standard_columns import LogicalType
from loaders.transform.timestamps import instants, looks_dated

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
"""Up to so many rows, what a column costs by itself is more than what its rows do."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A leaf with its values counted by kind."""

    leaf: Leaf
    kind: Kind | None
    """The kind of all its values, where it tells: float64 values may be ints too, strings may be datetimes."""
    counts: tuple[int, int, int, int, int, int]
    """By kind, then how many of the ints no float64 holds."""
    instants: pa.Array | None = None
    """Strings as instants, where any is a full date or date-time."""


def measure(leaves: Sequence[Leaf]) -> list[Measured]:
    """Count the values of each leaf by kind, in the order of ``Kind``, and its wide ints."""
    dated = _dated(leaves)
    return [_measure(leaf, dated=at in dated) for at, leaf in enumerate(leaves)]


def _dated(leaves: Sequence[Leaf]) -> set[int]:
    """The leaves among whose strings some begin as a date does; all are looked at together."""
    strings = {
        at: leaf.values for at, leaf in enumerate(leaves) if pa.types.is_string(leaf.values.type) and not leaf.array
    }
    if not strings:
        return set()
    if (rows := len(leaves[0].values)) <= _FEW_ROWS:
        joined = pl.DataFrame({"text": pl.from_arrow(pa.chunked_array(list(strings.values())))})
        places = list(strings)
        return {places[at // rows] for at in joined.select(looks_dated(pl.col("text")).arg_true()).to_series()}
    texts = {str(at): pl.from_arrow(values) for at, values in strings.items()}
    found = pl.DataFrame(texts).select(looks_dated(pl.all()).any()).row(0, named=True)
    return {int(at) for at, some in found.items() if some}


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
    read = instants(pl.Series(pl.from_arrow(values))).to_arrow()
    times = len(read) - read.null_count
    return Measured(leaf, Kind.STRING, (0, 0, 0, total - times, times, 0), read)


def convert(measured: Measured, to: LogicalType, read_texts: ReadTexts) -> tuple[pa.Array, pa.Array | None]:
    """The values in a column of this type, and a mask of those that do not fit it; None for none.

    ``read_texts`` gives the JSON texts of the values in some rows, where only these tell how they were sent.
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
    """Numbers as sent: a float64 has lost its spelling, and 0 may have been -0."""
    values = measured.leaf.values
    if measured.kind is Kind.STRING:
        return values
    if measured.kind is Kind.BOOLEAN:
        return values.cast(pa.string())
    unsure = pc.fill_null(pc.equal(values, 0), fill_value=False) if measured.kind is Kind.INT else values.is_valid()
    return _put_texts(values.cast(pa.string()), unsure, read_texts)


def _put_texts(texts: pa.Array, places: pa.Array, read_texts: ReadTexts) -> pa.Array:
    rows = pc.indices_nonzero(places).to_pylist()
    return pc.replace_with_mask(texts, places, pa.array(read_texts(rows), pa.string())) if rows else texts


def mask_rows(leaf: Leaf, rows: pa.Array) -> Leaf:
    """The leaf without its values in the rows that the mask names."""
    return Leaf(leaf.path, pc.if_else(rows, pa.scalar(None, leaf.values.type), leaf.values), leaf.array)


def _exact(values: pa.Array) -> pa.Array:
    return pc.and_(pc.less_equal(values, EXACT), pc.greater_equal(values, -EXACT))


def _whole(values: pa.Array) -> pa.Array:
    return pc.equal(values, pc.floor(values))


def _checked(converted: pa.Array, fits: pa.Array) -> tuple[pa.Array, pa.Array | None]:
    misfits = pc.fill_null(pc.invert(fits), fill_value=False)
    return converted, misfits if pc.any(misfits).as_py() else None
