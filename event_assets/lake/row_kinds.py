"""The two kinds of rows the lake stores: their schema, their total order and their weight.

Covered by tests/lake/writing/test_sorted_runs.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import polars as pl

from event_assets.events.schema import LAKE_SCHEMA, QUARANTINE_SCHEMA

Key = tuple[tuple[bool, object], ...]
"""A row's position in the order, as a value that Python compares as polars does: NULL first, text by code point."""

ROW_OVERHEAD: Final = 128
"""The weight of a row in bytes, besides its texts."""


@dataclass(frozen=True)
class RowKind:
    """One kind of rows. `by` orders any two rows that differ; `texts` are the columns that make a row heavy."""

    name: str
    schema: pl.Schema
    by: tuple[str, ...]
    texts: tuple[str, ...]
    dictionary: tuple[str, ...]
    statistics: tuple[str, ...]

    @property
    def weight(self) -> pl.Expr:
        """A row's size in bytes, a function of the row alone: where files are cut must not depend on chunks."""
        size = {pl.String(): lambda c: c.str.len_bytes(), pl.Binary(): lambda c: c.bin.size()}
        sizes = [size[self.schema[name]](pl.col(name)).fill_null(0).cast(pl.Int64) for name in self.texts]
        return pl.sum_horizontal(*sizes) + ROW_OVERHEAD


EVENTS: Final = RowKind(
    name="events",
    schema=LAKE_SCHEMA,
    by=("type", "event", "timestamp", "id", "_file", "_line", "_fingerprint"),
    texts=("context", "properties", "traits", "user_properties", "kept", "rescued"),
    dictionary=("type", "event", "user_id", "group_id", "name", "channel", "_file"),
    statistics=("type", "event", "id", "timestamp", "received_at", "_file", "_line"),
)

QUARANTINE: Final = RowKind(
    name="quarantine",
    schema=QUARANTINE_SCHEMA,
    by=("file", "line", "byte_offset", "reason", "detail"),
    texts=("raw",),
    dictionary=("file", "reason", "detail"),
    statistics=("file", "line", "reason"),
)


def key_of(values: Iterable[object]) -> Key:
    """Return the key of a row's values in the columns of `by`."""
    return tuple((value is not None, value) for value in values)
