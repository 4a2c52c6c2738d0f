"""Ranges of estimates: what was measured lies in them, and one odd measurement decides nothing."""

from __future__ import annotations

from event_assets.pipeline.plan.estimates import NOTHING, Estimate, estimate_ratio, exactly


def test_nothing_measured_is_nothing_known() -> None:
    assert estimate_ratio([]) is None
    assert estimate_ratio([(5, 0)]) is None


def test_the_range_is_wider_than_what_was_measured_the_fewer_the_more() -> None:
    assert estimate_ratio([(20, 10)]) == Estimate(1, 2, 3)
    assert estimate_ratio([(1, 1), (3, 1), (2, 1), (12, 6), (7, 0)]) == Estimate(0.75, 2, 3.75)
    assert estimate_ratio([(6, 3)] * 100) == Estimate(1.9, 2, 2.1)


def test_of_many_the_most_odd_are_left_out() -> None:
    usual = [(2.0 + number / 100, 1.0) for number in range(40)]
    found = estimate_ratio([*usual, (1_000_000, 1), (1, 1_000)])
    assert found is not None
    assert 1.8 <= found.low < 2.0 < found.expected < 2.4 < found.high < 2.6


def test_estimates_add_up() -> None:
    one = Estimate(1, 2, 4)
    assert one.times(3).plus(exactly(1)) == Estimate(4, 7, 13)
    assert one.of(exactly(2)) == one.times(2)
    assert NOTHING.plus(one) == one
