"""Rescues values that do not fit their column, as sent; the rest of their row is unaffected (contract §6).

Covered by tests/loaders/transform/test_fast_equals_exact.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import dataclass
from json.encoder import encode_basestring

import pyarrow as pa

from loaders.formats.json_values import Json, write
from loaders.transform.column_plan import Placed
from loaders.transform.json.raw import texts_at
from loaders.transform.placement import Path, TableKind
from loaders.transform.row_path import envelope_rescue, read_object, shape
from loaders.transform.slices import Slice


@dataclass(frozen=True, slots=True)
class Misfits:
    """The rows in which a leaf's value does not fit its column."""

    placed: Placed
    rows: list[int]


@dataclass(frozen=True, slots=True)
class Rescued:
    """The values of ``_rescued`` in the rows of a slice, and the paths in them."""

    texts: pa.Array
    paths: dict[int, set[Path]]
    several: set[int]
    """Rows with more than one value to rescue. They take the exact path, as only their line orders the values."""


def rescue(part: Slice, kind: TableKind, misfits: Sequence[Misfits], slow: Set[int]) -> Rescued:
    """Rescue the members that the envelope could not hold, or the one misfit, of every row that is not slow."""
    envelopes = {row: lost for row in part.filled(("rescued",)) - slow if (lost := _envelope(part, kind, row))}
    times = Counter(row for found in misfits for row in found.rows)
    times.update(envelopes.keys())
    several = {row for row, count in times.items() if count > 1}
    texts: dict[int, str] = {}
    paths: dict[int, set[Path]] = {}
    for row in envelopes.keys() - several:
        texts[row], paths[row] = write(shape(envelopes[row])), {path for path, _ in envelopes[row]}
    for found in misfits:
        path = found.placed.path
        before, after = "".join(f"{{{encode_basestring(key)}:" for key in path), "}" * len(path)
        single = [row for row in found.rows if row not in several]
        for row, text in zip(single, texts_of(part, found.placed, single), strict=True):
            texts[row], paths[row] = f"{before}{text}{after}", {path}
    column = pa.array(map(texts.get, range(len(part))), pa.string()) if texts else pa.nulls(len(part), pa.string())
    return Rescued(column, paths, several)


def _envelope(part: Slice, kind: TableKind, row: int) -> list[tuple[Path, Json]]:
    return envelope_rescue(read_object(part.frame["rescued"][row]), kind)


def texts_of(part: Slice, placed: Placed, rows: Sequence[int]) -> list[str]:
    """Return the compact texts of a leaf's values in these rows, which all have one."""
    return texts_at(part.column(placed.block), placed.leaf.path, rows)
