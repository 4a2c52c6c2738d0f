"""Arrow's JSON reader: JSON objects as one table, and the rows that it refuses."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

WIDEST: Final = 2_000
"""Above this number of members in a slice, reading columns costs more than reading rows."""
_BLAMED_ROW: Final = re.compile(r" in row ([0-9]+)$")
_TOO_BIG: Final = r"[0-9]{300}|[:\[,]\s*-?[0-9][0-9.]*[eE]\+?[0-9]{3}"
"""A number that may be beyond float64."""
_LATE: Final = "Number too big"
"""Start of the reader's error for such a number. It comes after all rows were read, so it proves no row sound."""
_WINDOW: Final = 1_024
"""Rows read at a time."""
_FEW: Final = 32
_REFUSED_PER: Final = 8
"""Search for refused rows stops when there are more than `_FEW` and one row in this many."""


def read_rows(texts: pa.Array, schema: pa.Schema | None) -> pa.Table:
    """Return the objects as columns: those of the schema, and any others they have. No text may hold a line end.

    Raises pa.ArrowInvalid for repeated members, for a value of another kind than in the schema or in earlier rows,
    and for a number that its column cannot hold.
    """
    return _read(_joined(texts), schema)


def refused_rows(texts: pa.Array) -> set[int] | None:
    """Return the rows that the reader refuses after the rows before them; None if there are too many.

    Also None if the rows together have more than ``WIDEST`` members. Reading continues after every refused row: no
    row is read twice, and a refusal costs as much as about twenty rows.
    """
    try:
        return _refused(texts)
    except pa.ArrowInvalid:
        big = set(pc.indices_nonzero(pc.match_substring_regex(texts, _TOO_BIG)).to_pylist())
    with suppress(pa.ArrowInvalid):
        refused = _refused(without(texts, big)) if big else None
        return None if refused is None else refused | big
    return None


def _refused(texts: pa.Array) -> set[int] | None:
    """Do the same; raise pa.ArrowInvalid for a number beyond float64, reported only after all rows are read."""
    whole = _joined(texts)
    starts = [0, *pc.cumulative_sum(pc.add(pc.binary_length(texts).cast(pa.int64()), 1)).to_pylist()]
    refused: set[int] = set()
    schema: pa.Schema | None = None
    row = 0
    while row < len(texts):
        stop = min(row + _WINDOW, len(texts))
        try:
            schema = _loosened(_read(whole[starts[row] : starts[stop] - 1], schema).schema)
            if count_leaves(schema) > WIDEST:
                return None
        except pa.ArrowInvalid as error:
            if (blamed := _blamed_row(error)) is None:
                raise
            if schema is None and blamed:
                schema = _loosened(_read(whole[starts[row] : starts[row + blamed] - 1], None).schema)
            row += blamed
            refused.add(row)
            if len(refused) > _FEW + row // _REFUSED_PER:
                return None
            row += 1
        else:
            row = stop
    return refused


def count_leaves(schema: pa.Schema) -> int:
    """Return the number of columns without columns of their own."""
    return sum(_leaves_of(field.type) for field in schema)


def _leaves_of(kind: pa.DataType) -> int:
    return sum(_leaves_of(field.type) for field in kind) if pa.types.is_struct(kind) else 1


def _blamed_row(error: pa.ArrowInvalid) -> int | None:
    found = None if _LATE in str(error) else _BLAMED_ROW.search(str(error))
    return None if found is None else int(found[1])


def without(texts: pa.Array, rows: Iterable[int]) -> pa.Array:
    """Return the texts with empty objects in these rows."""
    emptied = set(rows)
    if not emptied:
        return texts
    return pc.replace_with_mask(
        texts, pa.array([row in emptied for row in range(len(texts))]), pa.scalar("{}", texts.type)
    )


def _joined(texts: pa.Array) -> pa.Buffer:
    lines = pc.binary_join(pa.ListArray.from_arrays([0, len(texts)], texts.cast(pa.string())), "\n")
    return lines[0].as_buffer()


def _read(lines: pa.Buffer, schema: pa.Schema | None) -> pa.Table:
    table = pj.read_json(
        pa.BufferReader(lines),
        read_options=pj.ReadOptions(use_threads=False, block_size=lines.size + 1),
        parse_options=pj.ParseOptions(explicit_schema=schema),
    )
    if any(values.num_chunks != 1 for values in table.columns):
        message = "a slice of JSON was not read as one block"
        raise AssertionError(message)
    return table


def _loosened(schema: pa.Schema) -> pa.Schema:
    """Return the schema reduced to kinds: numbers as float64, texts as string, always-null members left out."""
    return pa.schema(_loose_fields(schema))


def _loose_fields(fields: Iterable[pa.Field]) -> list[pa.Field]:
    loose = ((field.name, _loose(field.type)) for field in fields)
    return [pa.field(name, kind) for name, kind in loose if kind is not None]


def _loose(kind: pa.DataType) -> pa.DataType | None:
    if pa.types.is_struct(kind):
        return pa.struct(_loose_fields(kind))
    if pa.types.is_list(kind):
        items = _loose(kind.value_type)
        return None if items is None else pa.list_(items)
    if pa.types.is_null(kind):
        return None
    if pa.types.is_int64(kind):
        return pa.float64()
    return pa.string() if pa.types.is_timestamp(kind) else kind
