"""Events of other hours, asked for in the lake by their keys."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

import polars as pl

from event_assets.tables.frames import with_archive_hour
from loaders.hour import Hour
from loaders.session import Row

KEYS: Final = pl.Schema({"type": pl.String(), "id": pl.String(), "archive_hour": pl.Datetime("us", "UTC")})
"""A row that stands, or once lost: its identity and the hour that brought it."""


def keys_of(rows: Iterable[Row]) -> pl.DataFrame:
    """Rows of a query as keys."""
    return pl.DataFrame([tuple(row) for row in rows], schema=KEYS, orient="row")


def look_up(hour: Hour, keys: pl.DataFrame) -> pl.DataFrame:
    """The events with these keys, by the lake's schema, each with its ``_archive_hour``.

    An event is missing when the lake's hour has changed since its load; that hour is pending then, and its own load
    puts things right.
    """
    return pl.concat(
        _rows_of(hour, archive_hour.astimezone(UTC), group)
        for (archive_hour,), group in keys.group_by("archive_hour", maintain_order=True)
    )


def _rows_of(hour: Hour, archive_hour: datetime, keys: pl.DataFrame) -> pl.DataFrame:
    wanted = keys.select("type", "id").unique(maintain_order=True)
    return with_archive_hour(hour.lookup(archive_hour, wanted), archive_hour)
