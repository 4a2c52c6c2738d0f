"""Shares that are higher than usual: a robust rule over the days before an hour."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import polars as pl

from event_assets.anomalies.thresholds import Thresholds

LEAST_DAYS: Final = 3
"""With fewer earlier days that have enough values, no rate is usual yet."""
DEVIATIONS: Final = 5.0
"""How many standard deviations a share must be above the usual one: among many columns, some reach fewer by chance."""
MAD_TO_DEVIATION: Final = 1.4826
"""A normal distribution's standard deviation is so many times its median absolute deviation."""

RATES_SCHEMA: Final = {
    "archive_hour": pl.Datetime("us", "UTC"), "subject": pl.String(), "part": pl.Int64(), "whole": pl.Int64(),
}  # fmt: skip


@dataclass(frozen=True)
class HighRate:
    """A share that is higher than usual."""

    archive_hour: datetime
    subject: str
    part: int
    whole: int
    usual: float
    """The median share of the days before."""
    limit: float
    """The share up to which it would have been usual."""
    days: int

    def __str__(self) -> str:
        return (
            f"{self.part:,} of {self.whole:,} ({self.part / self.whole:.1%}), usually {self.usual:.1%} "
            f"and up to {self.limit:.1%} (median of {self.days} days)"
        )


def find_high_rates(rates: pl.DataFrame, hours: Collection[datetime], thresholds: Thresholds) -> Iterator[HighRate]:
    """Yield the subjects of these hours whose share `part` of `whole` is unusually high.

    `rates` has RATES_SCHEMA, a row per hour and subject. An hour with too few values is judged together with the
    earlier hours of its UTC day. The usual share is the median over the UTC days before it that have enough values. A
    share is high if it exceeds the usual one by `excess_percent` points and by five standard deviations, of the days
    (by their median absolute deviation) and of chance (binomial) combined.
    """
    dated = rates.sort("archive_hour").with_columns(day=pl.col("archive_hour").dt.truncate("1d"))
    samples = _samples(dated, hours, thresholds)
    high = samples.join(_usual(dated, samples, thresholds), on=["subject", "day"]).with_columns(
        rate=pl.col("part") / pl.col("whole"),
        limit=_limit(thresholds),
    )
    shown = high.filter(pl.col("rate") > pl.col("limit")).sort("archive_hour", "subject")
    for row in shown.iter_rows(named=True):
        yield HighRate(
            archive_hour=row["archive_hour"].astimezone(UTC),
            subject=row["subject"],
            part=row["part"],
            whole=row["whole"],
            usual=row["usual"],
            limit=min(row["limit"], 1.0),
            days=row["days"],
        )


def _samples(dated: pl.DataFrame, hours: Collection[datetime], thresholds: Thresholds) -> pl.DataFrame:
    alone = pl.col("whole") >= thresholds.least_values
    so_far = [pl.col(name).cum_sum().over("subject", "day").alias(f"{name}_so_far") for name in ("part", "whole")]
    chosen = [
        pl.when(alone).then(pl.col(name)).otherwise(pl.col(f"{name}_so_far")).alias(name) for name in ("part", "whole")
    ]
    return (
        dated.with_columns(so_far)
        .filter(pl.col("archive_hour").is_in(list(hours)))
        .with_columns(chosen)
        .filter(pl.col("whole") >= thresholds.least_values)
        .select("archive_hour", "day", "subject", "part", "whole")
    )


def _usual(dated: pl.DataFrame, samples: pl.DataFrame, thresholds: Thresholds) -> pl.DataFrame:
    """Return per subject and day of a sample the median and spread of the shares of the days before."""
    days = (
        dated.group_by("subject", "day")
        .agg(pl.col("part", "whole").sum())
        .filter(pl.col("whole") >= thresholds.least_values)
        .select("subject", pl.col("day").alias("before"), (pl.col("part") / pl.col("whole")).alias("share"))
    )
    asked = samples.select("subject", "day").unique()
    age = pl.col("day") - pl.col("before")
    share = pl.col("share")
    return (
        asked.join(days, on="subject")
        .filter((age > pl.duration(days=0)) & (age <= pl.duration(days=thresholds.history_days)))
        .group_by("subject", "day")
        .agg(usual=share.median(), spread=(share - share.median()).abs().median(), days=pl.len())
        .filter(pl.col("days") >= LEAST_DAYS)
    )


def _limit(thresholds: Thresholds) -> pl.Expr:
    usual = pl.col("usual")
    variance = (MAD_TO_DEVIATION * pl.col("spread")) ** 2 + usual * (1 - usual) / pl.col("whole")
    return usual + pl.max_horizontal(pl.lit(thresholds.excess_percent / 100), DEVIATIONS * variance.sqrt())
