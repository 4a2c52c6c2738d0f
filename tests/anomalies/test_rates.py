"""A share is unusual only above what days before, chance and the operator's margin explain."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from event_assets.anomalies.rates import RATES_SCHEMA, find_high_rates
from event_assets.anomalies.thresholds import Thresholds

NOW = datetime(2026, 3, 10, 7, tzinfo=UTC)


def rates(shares: list[float], now: float, *, whole: int = 1000, lines_now: int = 1000) -> pl.DataFrame:
    """An hour of each day before, the last share of yesterday, and the hour to judge."""
    days = [
        (NOW - timedelta(days=len(shares) - n), "lines", round(share * whole), whole) for n, share in enumerate(shares)
    ]
    return pl.DataFrame([*days, (NOW, "lines", round(now * lines_now), lines_now)], schema=RATES_SCHEMA, orient="row")


@pytest.mark.parametrize(
    ("shares", "now", "high"),
    [
        ([0.01] * 10, 0.03, False),  # no more than two points above
        ([0.01] * 10, 0.05, True),
        ([0.0] * 10, 0.05, True),
        ([0.01, 0.30] * 5, 0.4, False),  # unsteady days allow more
        ([0.01] * 9 + [0.9], 0.05, True),  # one bad day is not what is usual
        ([0.01] * 2, 0.9, False),  # too few days
        ([0.5] * 10, 0.1, False),  # lower is no finding
    ],
)
def test_a_share_is_found_when_the_days_before_do_not_explain_it(shares: list[float], now: float, high: bool) -> None:
    found = list(find_high_rates(rates(shares, now), [NOW], Thresholds()))
    assert bool(found) is high


def test_few_values_vary_by_chance() -> None:
    shares = [0.2] * 10
    assert not list(find_high_rates(rates(shares, 0.4, lines_now=50), [NOW], Thresholds()))
    assert list(find_high_rates(rates(shares, 0.4, lines_now=1000), [NOW], Thresholds()))


def test_days_with_too_few_values_are_ignored() -> None:
    assert not list(find_high_rates(rates([0.0] * 10, 0.9, whole=49), [NOW], Thresholds()))


def test_a_small_hour_is_judged_with_the_earlier_hours_of_its_day() -> None:
    frame = rates([0.0] * 5, 0.9, lines_now=30)
    assert not list(find_high_rates(frame, [NOW], Thresholds()))
    earlier = pl.DataFrame([(NOW - timedelta(hours=1), "lines", 27, 30)], schema=RATES_SCHEMA, orient="row")
    (found,) = find_high_rates(pl.concat([frame, earlier]), [NOW], Thresholds())
    assert (found.archive_hour, found.part, found.whole) == (NOW, 54, 60)


def test_an_hour_is_compared_only_with_the_days_before_it() -> None:
    """In a backfill of old hours, later days are not part of their history."""
    old = NOW - timedelta(days=4)
    frame = rates([0.01] * 6 + [0.9] * 4, 0.9)
    assert [found.archive_hour for found in find_high_rates(frame, [old], Thresholds())] == [old]
    assert not list(find_high_rates(frame, [NOW - timedelta(days=8)], Thresholds()))
