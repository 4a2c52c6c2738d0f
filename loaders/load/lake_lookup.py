"""Events of other hours, read from the lake by their keys.

Covered by tests/loaders/load/test_rerun.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC
from functools import partial
from typing import Final

import polars as pl

from loaders.connection.session import Row, Session
from loaders.interface.hour import Hour
from loaders.interface.limits import Limits
from loaders.ledger.loads import newest_files, newest_manifests
from loaders.transform.table_rows import with_archive_hour

KEYS: Final = pl.Schema({"type": pl.String(), "id": pl.String(), "archive_hour": pl.Datetime("us", "UTC")})
"""The key of a row or of a copy that lost: its identity and its archive hour."""


def keys_of(rows: Iterable[Row]) -> pl.DataFrame:
    """Return the rows of a query as keys."""
    return pl.DataFrame([tuple(row) for row in rows], schema=KEYS, orient="row")


def look_up(session: Session, hour: Hour, keys: pl.DataFrame, *, limits: Limits) -> Iterator[pl.DataFrame]:
    """Yield the events with these keys, in the lake's schema and with their ``_archive_hour``, in bounded frames.

    An event is missing if the lake's hour has changed since its load; that hour is pending then, and its own load
    corrects its rows. An hour that the lake has in an older state than the ledger is an error of `expect`.
    """
    hours = {moment.astimezone(UTC) for moment in keys["archive_hour"].unique()}
    hour.expect(newest_manifests(session, hour.source, hours), partial(newest_files, session, hour.source))
    for (archive_hour,), group in keys.unique(KEYS.names(), maintain_order=True).group_by(
        "archive_hour", maintain_order=True
    ):
        moment = archive_hour.astimezone(UTC)
        for part in group.select("type", "id").iter_slices(limits.rows_at_once):
            yield with_archive_hour(hour.lookup(moment, part), moment)
