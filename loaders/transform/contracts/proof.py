"""Proves by column which events satisfy a schema: rows that are not proven are left to be checked one by one.

A row is proven only if the schema holds for certain. So the answer never depends on how rows are read together, and
what columns cannot tell apart, such as null and nothing, costs time and is never wrong.

Covered by tests/loaders/transform/contracts/test_proof.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from loaders.transform.contracts.decidable import Check, Members
from loaders.transform.rules.globs import literal

WINDOW: Final = 1_024
"""Rows that are read again together, after a row among them was refused."""
_FEW: Final = 128
"""Refused rows of a window, beyond which all of its rows are left unproven."""
_BLAMED_ROW: Final = re.compile(r" in row ([0-9]+)$")
_LATE: Final = "Number too big"
"""Part of an error whose row is not the first one that is refused."""
_EXACT: Final = float(1 << 53)
_TYPES: Final[Mapping[str, pa.DataType]] = {
    "string": pa.string(), "number": pa.float64(), "integer": pa.float64(), "boolean": pa.bool_(),
}  # fmt: skip

Rows = pl.Series
"""Numbers of rows."""


def unproven(texts: pl.Series, members: Members) -> set[int]:
    """Return the rows whose JSON object may violate what `members` say; NULL is an object without members."""
    filled = texts.fill_null("{}")
    rows = set(filled.to_frame("text").select(_has_unclear_null(members).arg_true()).to_series())
    readable, refused = _read(_without(filled, rows), members)
    rows |= refused
    if len(rows) == filled.len():
        return rows
    number = pl.int_range(filled.len(), eager=True)
    fields = dict(zip(readable.column_names, (column.combine_chunks() for column in readable.columns), strict=True))
    everywhere = pl.repeat(value=True, n=filled.len(), eager=True, dtype=pl.Boolean())
    for found in _object(members, fields, everywhere, number):
        rows.update(found)
    return rows


def failing_texts(values: pl.Series, check: Check) -> set[int]:
    """Return the rows of a column of texts that may violate a check; NULL violates none."""
    rows: set[int] = set()
    number = pl.int_range(values.len(), eager=True)
    for found in _value(check, values.cast(pl.String()).to_arrow().cast(pa.string()), number):
        rows.update(found)
    return rows


def _has_unclear_null(members: Members) -> pl.Expr:
    """Return which texts have a null that columns cannot tell from nothing, where that makes a difference."""
    text = pl.col("text")
    null = text.str.contains("null", literal=True)
    if members.infers or members.has_arrays:
        return null
    if not members.null_refusing:
        return null & pl.lit(value=False)
    names = "|".join(map(literal, sorted(members.null_refusing)))
    return null & (text.str.contains(rf'"(?:{names})"\s*:\s*null') | text.str.contains("\\", literal=True))


def _without(texts: pl.Series, rows: set[int]) -> pl.Series:
    return texts.clone().scatter(sorted(rows), "{}") if rows else texts


@dataclass(frozen=True)
class _Lines:
    """JSON objects, one a line: `starts` are the positions of the lines, and one past the last."""

    text: pa.Buffer
    starts: Sequence[int]

    @classmethod
    def of(cls, texts: pl.Series) -> _Lines:
        values = texts.to_arrow().cast(pa.string())
        joined = pc.binary_join(pa.ListArray.from_arrays([0, len(values)], values), "\n")[0].as_buffer()
        lengths = pc.add(pc.binary_length(values).cast(pa.int64()), 1)
        return cls(joined, [0, *pc.cumulative_sum(lengths).to_pylist()])

    def read(self, start: int, stop: int, options: pj.ParseOptions) -> pa.Table:
        """Read some lines as columns. Raises pa.ArrowInvalid for a line that the options refuse."""
        part = self.text[self.starts[start] : self.starts[stop] - 1]
        whole = pj.ReadOptions(use_threads=False, block_size=part.size + 1)
        return pj.read_json(pa.BufferReader(part), read_options=whole, parse_options=options)


def _read(texts: pl.Series, members: Members) -> tuple[pa.Table, set[int]]:
    """Return the objects as columns, with empty ones in rows that the reader refuses, and these rows."""
    options = pj.ParseOptions(
        explicit_schema=pa.schema(_fields(members)),
        unexpected_field_behavior="infer" if members.infers else "ignore",
    )
    lines = _Lines.of(texts)
    try:
        return lines.read(0, texts.len(), options), set()
    except pa.ArrowInvalid:
        refused = _refused(lines, texts.len(), options)
    try:
        return _Lines.of(_without(texts, refused)).read(0, texts.len(), options), refused
    except pa.ArrowInvalid:  # rows of two windows that have a member of two kinds
        return pa.table({}), set(range(texts.len()))


def _refused(lines: _Lines, rows: int, options: pj.ParseOptions) -> set[int]:
    """Return the rows that the reader refuses; it goes on after each, so that no row is read twice."""
    refused: set[int] = set()
    for start in range(0, rows, WINDOW):
        row, stop, few = start, min(start + WINDOW, rows), 0
        while row < stop:
            try:
                lines.read(row, stop, options)
                break
            except pa.ArrowInvalid as error:
                blamed = None if _LATE in str(error) else _BLAMED_ROW.search(str(error))
            few += 1
            if blamed is None or few > _FEW:
                refused.update(range(row, stop))
                break
            row += int(blamed[1]) + 1
            refused.add(row - 1)
    return refused


def _fields(members: Members) -> list[pa.Field]:
    return [pa.field(name, _type(check)) for name, check in members.checks.items() if check.readable]


def _type(check: Check) -> pa.DataType:
    if check.kind == "object":
        return pa.struct(_fields(check.members or Members()))
    if check.kind == "array" and check.items is not None:
        return pa.list_(_type(check.items))
    return _TYPES[check.kind or ""]


def _object(members: Members, fields: Mapping[str, pa.Array], present: pl.Series, rows: Rows) -> Iterator[Rows]:
    for name in sorted(members.required):
        values = fields.get(name)
        yield rows.filter(present if values is None else present & ~_present(values))
    for name, check in members.checks.items():
        values = fields.get(name)
        if check.kind is not None and values is not None and values.null_count < len(values):
            yield from _value(check, values, rows)
    if members.closed:
        for name in fields.keys() - members.checks.keys():
            yield rows.filter(_present(fields[name]))


def _value(check: Check, values: pa.Array, rows: Rows) -> Iterator[Rows]:
    if check.kind == "object":
        if not pa.types.is_struct(values.type):
            yield rows.filter(_present(values))
        else:
            fields = {values.type.field(number).name: below for number, below in enumerate(values.flatten())}
            yield from _object(check.members or Members(), fields, _present(values), rows)
    elif check.kind == "array":
        yield from _array(check, values, rows)
    else:
        yield rows.filter(_fails(check, pl.Series(pl.from_arrow(values))))


def _array(check: Check, values: pa.Array, rows: Rows) -> Iterator[Rows]:
    if not pa.types.is_list(values.type):
        yield rows.filter(_present(values))
        return
    lengths = pl.Series(pl.from_arrow(pc.list_value_length(values)))
    least, most = check.rules.get("minItems", 0), check.rules.get("maxItems")
    yield rows.filter((lengths < least).fill_null(value=False))
    if most is not None:
        yield rows.filter((lengths > most).fill_null(value=False))
    if check.items is not None and check.items.kind is not None:
        items = values.flatten()
        parents = pl.Series(pl.from_arrow(pc.list_parent_indices(values)))
        yield from _value(check.items, items, rows.gather(parents))


def _present(values: pa.Array) -> pl.Series:
    return pl.Series(pl.from_arrow(values.is_valid()))


def _fails(check: Check, values: pl.Series) -> pl.Series:
    """Return which values may break a rule of a text, a number or a boolean; NULL breaks none."""
    frame = values.to_frame("value")
    tests = [*_rules(check.kind or "", check.rules)]
    if not tests:
        return pl.repeat(value=False, n=values.len(), eager=True, dtype=pl.Boolean())
    return frame.select(pl.any_horizontal(tests).fill_null(value=False)).to_series()


def _rules(kind: str, rules: Mapping[str, Any]) -> Iterator[pl.Expr]:
    value = pl.col("value")
    if "enum" in rules:
        yield ~value.is_in(_listed(kind, rules["enum"]))
    if kind in {"integer", "number"} and (rules or kind == "integer"):
        yield value.abs() >= _EXACT
        bounds = {
            "minimum": value.lt, "exclusiveMinimum": value.le, "maximum": value.gt, "exclusiveMaximum": value.ge,
        }  # fmt: skip
        for name, breaks in bounds.items():
            if name in rules:
                yield breaks(float(rules[name]))
    if kind == "integer":
        yield value != value.floor()
    if kind == "string":
        yield from _text_rules(value, rules)


def _listed(kind: str, values: Sequence[Any]) -> pl.Series:
    return pl.Series(values, dtype=pl.String() if kind == "string" else pl.Float64()).implode()


def _text_rules(text: pl.Expr, rules: Mapping[str, Any]) -> Iterator[pl.Expr]:
    if "minLength" in rules:
        yield text.str.len_chars() < rules["minLength"]
    if "maxLength" in rules:
        yield text.str.len_chars() > rules["maxLength"]
    if "pattern" in rules:
        # Classes such as \d are ASCII's in JSON Schema and Unicode's here, and a dot differs at line ends.
        plain = (text.str.len_bytes() == text.str.len_chars()) & ~text.str.contains(r"[\r\n]")
        yield ~(plain & text.str.contains(rules["pattern"]))
