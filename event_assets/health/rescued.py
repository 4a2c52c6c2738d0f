"""Rescued values of loaded hours, by column.

Covered by tests/defs/checks/test_history.py.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

import polars as pl

from event_assets.anomalies.columns import column_values, rescue_rates
from event_assets.config.source import Source
from event_assets.health.history import types_frame
from loaders.connection.session import Session, in_utc
from loaders.queries.loads import column_counts_of
from loaders.queries.tables import ColumnType


def rescued_values(
    session: Session, source: Source, hours: Collection[datetime], catalog: Sequence[ColumnType]
) -> dict[datetime, dict[str, int]]:
    """Return per hour the number of rescued values of each column (`table.column`) that has some.

    Values are compared with the types that the columns of `catalog` have now.
    """
    loads = column_counts_of(session, source.name, hours)
    rates = rescue_rates(column_values(loads), types_frame(catalog))
    rescued: dict[datetime, dict[str, int]] = defaultdict(dict)
    for hour, column, part in rates.filter(pl.col("part") > 0).select("archive_hour", "subject", "part").iter_rows():
        rescued[in_utc(hour)][column] = part
    return rescued
