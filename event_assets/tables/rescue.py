"""Values that do not fit their column, rescued as sent while the rest of their row stays as it is (SPEC §6)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from json.encoder import encode_basestring

import pyarrow as pa

from event_assets.tables.placement import Path
from event_assets.tables.plan import Placed
from event_assets.tables.sent import texts_at
from event_assets.tables.slices import Slice


@dataclass(frozen=True, slots=True)
class Misfits:
    """The rows in which a leaf's value does not fit its column."""

    placed: Placed
    rows: list[int]


@dataclass(frozen=True, slots=True)
class Rescued:
    """What ``_rescued`` has in each row of a slice, and the paths that are in it."""

    texts: pa.Array
    paths: dict[int, set[Path]]
    several: set[int]
    """Rows with more than one misfit, not rescued: the order of their values is the line's, which only it tells."""


def rescue(part: Slice, misfits: Sequence[Misfits]) -> Rescued:
    """Rescue the value of each row that has one misfit."""
    if not misfits:
        return Rescued(pa.nulls(len(part), pa.string()), {}, set())
    times = Counter(row for found in misfits for row in found.rows)
    texts: list[str | None] = [None] * len(part)
    paths: dict[int, set[Path]] = {}
    for found in misfits:
        path = found.placed.path
        before, after = "".join(f"{{{encode_basestring(key)}:" for key in path), "}" * len(path)
        single = [row for row in found.rows if times[row] == 1]
        for row, text in zip(single, texts_of(part, found.placed, single), strict=True):
            texts[row] = f"{before}{text}{after}"
            paths[row] = {path}
    return Rescued(pa.array(texts, pa.string()), paths, {row for row, count in times.items() if count > 1})


def texts_of(part: Slice, placed: Placed, rows: Sequence[int]) -> list[str]:
    """The compact texts of a leaf's values in these rows, which have one each."""
    return texts_at(part.column(placed.block), placed.leaf.path, rows)
