"""Events of other hours, asked for in the lake by their keys."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC
from typing import Final

import polars as pl

from loaders.connection.session import Row
from loaders.interface.hour import Hour
from loaders.interface.limits import Limits
from loaders.transform.table_rows import with_archive_hour

KEYS: Final = pl.Schema({"type": pl.String(), "id": pl.String(), "archive_hour": pl.Datetime("us", "UTC")})
"""A row that stands, or once lost: its identity and the hour that brought it."""


def keys_of(rows: Iterable[Row]) -> pl.DataFrame:
    """Rows of a query as keys."""
    return pl.DataFrame([tuple(row) for row in rows], schema=KEYS, orient="row")


def look_up(hour: Hour, keys: pl.DataFrame, *, limits: Limits) -> Iterator[pl.DataFrame]:
    """The events with these keys, by the lake's schema, each with its ``_archive_hour``; so many at a time.

    An event is missing when the lake's hour has changed since its load; that hour is pending then, and its own load
    puts things right.
    """
    for (archive_hour,), group in keys.unique(KEYS.names(), maintain_order=True).group_by(
        "archive_hour", maintain_order=True
    ):
        moment = archive_hour.astimezone(UTC)
        for part in group.select("type", "id").iter_slices(limits.rows_at_once):
            yield with_archive_hour(hour.lookup(moment, part), moment)
