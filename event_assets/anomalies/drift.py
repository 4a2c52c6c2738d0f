"""Schema drift: many new columns or event tables, vanished ones, and columns with values of another kind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import polars as pl

from event_assets.anomalies.columns import KINDS
from event_assets.anomalies.findings import Finding
from event_assets.anomalies.rates import LEAST_DAYS
from event_assets.anomalies.thresholds import Thresholds

WINDOW: Final = timedelta(hours=24)
REPORTED_FOR: Final = timedelta(days=7)
"""How long a column or table that vanished is reported; after that its absence is usual."""
_MAIN: Final = 0.5


@dataclass(frozen=True)
class Drift:
    """Changes of the schema in 24 archive hours, compared with the days before."""

    findings: tuple[Finding, ...] = ()
    new_columns: tuple[str, ...] = ()
    """As `table.column`; not unusual by themselves."""


def find_drift(values: pl.DataFrame, types: pl.DataFrame, end: datetime, thresholds: Thresholds) -> Drift | None:
    """Return the changes in the 24 archive hours up to `end` (inclusive); None with fewer than three days before them.

    `values` has VALUES_SCHEMA, `types` TYPES_SCHEMA: a column is new by its first archive hour.
    """
    start, hour = end - WINDOW, pl.col("archive_hour")
    recent = values.filter((hour > start) & (hour <= end))
    former = values.filter((hour <= start) & (hour > start - timedelta(days=thresholds.history_days)))
    if former["archive_hour"].dt.truncate("1d").n_unique() < LEAST_DAYS:
        return None
    new = types.filter((pl.col("first_archive_hour") > start) & (pl.col("first_archive_hour") <= end))
    by_column = _compare(former, recent)
    findings = (
        *_vanished_tables(former, recent, end, thresholds),
        *_vanished_columns(by_column, end, thresholds),
        *_retyped(by_column, end, thresholds),
        *_exploding(former, new, end, thresholds),
    )
    names = new.select(pl.concat_str("table", pl.lit("."), "column")).to_series()
    return Drift(findings, tuple(sorted(names)))


def _compare(former: pl.DataFrame, recent: pl.DataFrame) -> pl.DataFrame:
    """Return a row per former column: its values by kind before and now, and those of its table's busiest column."""
    before = former.group_by("table", "column").agg(pl.col(KINDS).sum(), last_seen=pl.col("archive_hour").max())
    now = recent.group_by("table", "column").agg(pl.col(KINDS).sum().name.prefix("now_"))
    return (
        before.join(now, on=["table", "column"], how="left")
        .with_columns(pl.col(f"now_{kind}").fill_null(0) for kind in KINDS)
        .join(_busiest(former, "rows"), on="table")
        .join(_busiest(recent, "now_rows"), on="table")
        .with_columns(all=pl.sum_horizontal(KINDS), now_all=pl.sum_horizontal(f"now_{kind}" for kind in KINDS))
        .sort("table", "column")
    )


def _busiest(values: pl.DataFrame, name: str) -> pl.DataFrame:
    """Return per table the values of its busiest column, summed by hour: an estimate of its rows."""
    by_hour = values.group_by("table", "archive_hour").agg(pl.sum_horizontal(KINDS).max().alias(name))
    return by_hour.group_by("table").agg(pl.col(name).sum())


def _vanished_columns(compared: pl.DataFrame, end: datetime, thresholds: Thresholds) -> Iterator[Finding]:
    expected = pl.col("all") / pl.col("rows") * pl.col("now_rows")
    vanished = compared.with_columns(expected=expected).filter(
        (pl.col("now_all") == 0)
        & (pl.col("expected") >= thresholds.least_values)
        & (pl.col("last_seen") > end - WINDOW - REPORTED_FOR)
    )
    for row in vanished.iter_rows(named=True):
        message = f"vanished: no value in 24 hours, about {row['expected']:,.0f} were expected"
        yield Finding(end, f"{row['table']}.{row['column']}", f"{message}; last seen {row['last_seen']:%Y-%m-%dT%H}")


def _vanished_tables(
    former: pl.DataFrame, recent: pl.DataFrame, end: datetime, thresholds: Thresholds
) -> Iterator[Finding]:
    """Yield event tables that had enough events on most days and have none now; nothing if no events arrived at all."""
    if recent.is_empty():
        return
    day = pl.col("archive_hour").dt.truncate("1d").alias("day")
    days = former.select(day).n_unique()
    tables = (
        former.group_by("table", day, "archive_hour").agg(pl.sum_horizontal(KINDS).max().alias("rows"))
        .group_by("table").agg(pl.col("rows").sum(), pl.col("day").n_unique(), pl.col("archive_hour").max())
        .filter(
            (pl.col("day") >= 0.8 * days)
            & (pl.col("rows") / days >= thresholds.least_values)
            & (pl.col("archive_hour") > end - WINDOW - REPORTED_FOR)
        )
        .join(recent.select("table").unique(), on="table", how="anti")
    )  # fmt: skip
    for row in tables.sort("table").iter_rows(named=True):
        message = f"vanished: no event in 24 hours, about {row['rows'] / days:,.0f} a day are usual"
        yield Finding(end, row["table"], f"{message}; last seen {row['archive_hour']:%Y-%m-%dT%H}")


def _retyped(compared: pl.DataFrame, end: datetime, thresholds: Thresholds) -> Iterator[Finding]:
    enough = compared.filter(
        (pl.col("all") >= thresholds.least_values) & (pl.col("now_all") >= thresholds.least_values)
    )
    for row in enough.iter_rows(named=True):
        before, now = _shares(row, ""), _shares(row, "now_")
        was, became = max(before, key=before.__getitem__), max(now, key=now.__getitem__)
        if was != became and now[was] < _MAIN and before[was] > _MAIN and now[became] > _MAIN:
            message = f"its values are {now[became]:.0%} {became}, they were {before[was]:.0%} {was}"
            yield Finding(end, f"{row['table']}.{row['column']}", message)


def _shares(row: dict[str, int], prefix: str) -> dict[str, float]:
    booleans, ints, floats, strings, datetimes = (row[f"{prefix}{kind}"] for kind in KINDS)
    counts = {"booleans": booleans, "numbers": ints + floats, "strings": strings, "datetimes": datetimes}
    return {kind: count / row[f"{prefix}all"] for kind, count in counts.items()}


def _exploding(former: pl.DataFrame, new: pl.DataFrame, end: datetime, thresholds: Thresholds) -> Iterator[Finding]:
    known = set(former["table"].unique())
    counted = new.group_by("table").agg(pl.len(), pl.col("column").sort().head(3)).sort("table")
    for table, count, names in counted.iter_rows():
        if table in known and count >= thresholds.new_columns:
            yield Finding(end, table, f"{count:,} new columns in 24 hours, {', '.join(names)} among them")
    tables = sorted(set(counted["table"]) - known)
    if len(tables) >= thresholds.new_columns:
        message = f"{len(tables):,} new event tables in 24 hours, {', '.join(tables[:3])} among them"
        yield Finding(end, "event tables", message)
