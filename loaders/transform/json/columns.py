"""Reads JSON texts into columns without a Python object per value; finds rows that need the exact path (contract §5).

pyarrow's reader does the work: it refuses repeated members and values that change their kind, reads strings
exactly and integers exactly up to int64. Rows that it would read wrongly are found here and left out.

Covered by tests/loaders/transform/json/test_arrow.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from loaders.transform.convert_value import EXACT
from loaders.transform.json.arrow import WIDEST, count_leaves, read_rows, refused_rows, without
from loaders.transform.json.raw import array_texts
from loaders.transform.json.structures import alike
from loaders.transform.placement import Path

Hints: TypeAlias = "dict[str, Hints | None]"
"""Members that must be read as strings although they look like timestamps, nested as in the event."""

LeafKey: TypeAlias = tuple[Path, pa.DataType, bool]
_FEW_APART: Final = 32
"""Fewer rows than this are cheaper on the exact path than read as a group of their own."""
_PROBE: Final = 512
_SHORT_PROBE: Final = 64
"""Rows read first, to learn how wide a slice is; fewer once an earlier slice is known."""
_TREACHEROUS_NUMBER: Final = r"[:\[,]\s*-?[0-9](?:[0-9.]{16}|[0-9.]*[eE]-[0-9])"
"""A number that is no integer, but whose nearest float64 may be one: many digits, or a negative exponent."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """The values at one path over all rows of a slice; NULL where a row has none.

    ``values`` is of type bool, int64, float64 or string; ``array`` marks strings that are compact JSON texts of arrays.
    """

    path: Path
    values: pa.Array
    array: bool = False

    @property
    def key(self) -> LeafKey:
        """Identity among the leaves of a slice: a path has one leaf per type of its values."""
        return self.path, self.values.type, self.array


@dataclass(slots=True)
class Parsed:
    """A slice's JSON texts as leaves, and the rows that are in no leaf because they need the exact path."""

    leaves: list[Leaf]
    slow: set[int]


@dataclass(slots=True)
class Parser:
    """Reads the JSON objects of one block, and keeps the schema of a slice for the next one.

    Threads may share a parser: what it keeps saves work and changes no result.
    """

    hints: Hints = field(default_factory=dict)
    known: pa.Schema | None = None
    """Schema of the last slice. Arrow reads a quarter faster with a schema."""

    def parse(self, texts: pa.Array) -> Parsed:
        """Read a slice of JSON objects; NULL is an empty one. ``texts`` is a string array without line ends."""
        texts = pc.fill_null(texts, "{}")
        if self._is_wide(texts):
            return Parsed([], set(range(len(texts))))
        leaves = self._attempt(texts)
        parsed = self._apart(texts) if leaves is None else Parsed(leaves, set())
        parsed.slow |= _unsure(parsed.leaves, texts)
        return parsed

    def _is_wide(self, texts: pa.Array) -> bool:
        known = 0 if self.known is None else count_leaves(self.known)
        rows = _SHORT_PROBE if 0 < known <= WIDEST else _PROBE
        if len(texts) <= _PROBE:
            return False
        probe = self._attempt(texts.slice(0, rows), read_arrays=False, learn=False)
        return probe is not None and len(probe) > min(WIDEST, known + WIDEST * rows // _PROBE)

    def _attempt(self, texts: pa.Array, *, read_arrays: bool = True, learn: bool = True) -> list[Leaf] | None:
        """Read all rows at once; return None if some cannot be read with the others."""
        while True:
            try:
                table = self._read(texts)
            except pa.ArrowInvalid:
                return None
            flat = list(_flatten(table))
            if dated := [path for path, values in flat if pa.types.is_timestamp(values.type)]:
                for path in dated:
                    self.hints = _hinted(self.hints, path)
                continue
            self.known = table.schema if learn else self.known
            return _leaves(flat, texts) if read_arrays else [Leaf(p, v) for p, v in flat]

    def _read(self, texts: pa.Array) -> pa.Table:
        """Read rows by the known schema, or without it if they have other members or other kinds of values.

        The second reading keeps members in the order of the rows whenever one of them is new.
        """
        known = self.known
        if known is not None:
            with suppress(pa.ArrowInvalid):
                table = read_rows(texts, known)
                if table.schema == known:
                    return table
        return read_rows(texts, pa.schema(_fields(self.hints)) if self.hints else None)

    def _apart(self, texts: pa.Array) -> Parsed:
        """Read the rows of one structure together, the others in groups by structure; the rest are slow.

        The groups depend on the slice alone, and so does the order of new members.
        """
        refused = refused_rows(texts)
        usual = None if refused is None else self._attempt(without(texts, refused))
        left = range(len(texts)) if usual is None or refused is None else sorted(refused)
        if len(left) < _FEW_APART:
            return Parsed(usual or [], set(left))
        pieces = [] if usual is None else [_Piece(range(len(texts)), usual)]
        groups, slow = alike(texts, left, widest=WIDEST)
        for rows in groups:
            piece = None if len(rows) < _FEW_APART else _read_alone(texts, rows, slow)
            if piece is None:
                slow.update(rows)
            else:
                pieces.append(piece)
        return Parsed(_join(pieces, len(texts)), slow)


@dataclass(frozen=True, slots=True)
class _Piece:
    """Some rows of a slice with their leaves."""

    rows: Sequence[int]
    leaves: list[Leaf]


def _read_alone(texts: pa.Array, rows: list[int], slow: set[int]) -> _Piece | None:
    """Read rows of one structure, adding refused rows to `slow`; return None if too many are refused."""
    alone = texts.take(pa.array(rows))
    leaves = Parser()._attempt(alone)
    if leaves is None:
        refused = refused_rows(alone)
        leaves = None if refused is None else Parser()._attempt(without(alone, refused))
        slow.update(rows[row] for row in refused or ())
    return None if leaves is None else _Piece(rows, leaves)


def _join(pieces: Sequence[_Piece], height: int) -> list[Leaf]:
    """Return the leaves of all pieces over all rows of the slice; a row of several pieces comes from the last one."""
    indices = pl.repeat(0, height, dtype=pl.Int64, eager=True)
    start = 1
    for piece in pieces:
        indices.scatter(piece.rows, range(start, start + len(piece.rows)))
        start += len(piece.rows)
    found: dict[LeafKey, dict[int, pa.Array]] = {}
    for number, piece in enumerate(pieces):
        for leaf in piece.leaves:
            found.setdefault(leaf.key, {})[number] = leaf.values
    leaves = []
    for (path, kind, array), values in found.items():
        several = [values.get(number, pa.nulls(len(piece.rows), kind)) for number, piece in enumerate(pieces)]
        joined = pa.concat_arrays([pa.nulls(1, kind), *several])
        leaves.append(Leaf(path, joined.take(indices.to_arrow()), array))
    return leaves


def _fields(hints: Hints) -> list[pa.Field]:
    return [pa.field(key, pa.string() if below is None else pa.struct(_fields(below))) for key, below in hints.items()]


def _hinted(hints: Hints, path: Path) -> Hints:
    """Return the hints with one more; the given ones are not changed, as another thread may be using them."""
    key, *rest = path
    below = hints.get(key, {})
    if below is None:
        return hints
    return {**hints, key: _hinted(below, tuple(rest)) if rest else None}


def _flatten(table: pa.Table) -> Iterator[tuple[Path, pa.Array]]:
    for column, values in zip(table.column_names, table.columns, strict=True):
        yield from _descend((column,), values.chunk(0))


def _descend(path: Path, values: pa.Array) -> Iterator[tuple[Path, pa.Array]]:
    if pa.types.is_struct(values.type):
        for number, below in enumerate(values.flatten()):
            yield from _descend((*path, values.type.field(number).name), below)
    elif values.null_count < len(values):
        yield path, values


def _leaves(flat: Sequence[tuple[Path, pa.Array]], texts: pa.Array) -> list[Leaf]:
    arrays = {path: values for path, values in flat if pa.types.is_list(values.type)}
    read = array_texts(texts, arrays) if arrays else {}
    leaves = []
    for path, values in flat:
        if path in read:
            leaves.append(Leaf(path, read[path], array=True))
        elif pa.types.is_string(values.type):
            leaves.append(Leaf(path, _null_blanks(values)))
        else:
            leaves.append(Leaf(path, values))
    return [leaf for leaf in leaves if leaf.values.null_count < len(leaf.values)]


def _null_blanks(values: pa.Array) -> pa.Array:
    blank = pc.equal(values, "")
    return pc.if_else(blank, pa.scalar(None, values.type), values) if pc.any(blank).as_py() else values


def _unsure(leaves: Sequence[Leaf], texts: pa.Array) -> set[int]:
    """Return rows with a float64 that may differ from the number sent: over 2^53, or a fraction lost to rounding."""
    floats = [leaf.values for leaf in leaves if pa.types.is_float64(leaf.values.type)]
    rows: set[int] = set()
    for values in floats:
        rows.update(pc.indices_nonzero(pc.greater_equal(pc.abs(values), EXACT)).to_pylist())
        whole = pc.indices_nonzero(pc.equal(values, pc.floor(values)))
        if len(whole):
            suspects = pl.Series(pl.from_arrow(texts.take(whole))).str.contains(_TREACHEROUS_NUMBER)
            rows.update(pl.Series(pl.from_arrow(whole)).filter(suspects).to_list())
    return rows
