"""The flow of events is compared with the hour of the week; silence is found when enough events were expected."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from event_assets.anomalies.flow import find_odd_flow, find_silence, usual_flow
from event_assets.anomalies.thresholds import Thresholds

NOW = datetime(2026, 3, 10, 7, tzinfo=UTC)
HOUR = timedelta(hours=1)


def weeks(now: int, *, weekday: int = 1000, weekend: int = 100, days: int = 28) -> dict[datetime, int]:
    """Hours of the days before, fewer events at weekends, and those of this hour."""
    before = [NOW - n * HOUR for n in range(1, days * 24 + 1)]
    return {hour: weekend if hour.weekday() >= 5 else weekday for hour in before} | {NOW: now}


@pytest.mark.parametrize(
    ("events", "word"), [(1000, ""), (600, ""), (400, "few"), (2900, ""), (3100, "many"), (0, "few")]
)
def test_an_hour_is_found_below_half_and_above_three_times_its_usual(events: int, word: str) -> None:
    found = list(find_odd_flow(weeks(events), [NOW], Thresholds()))
    assert [word in found[0].message] == [True] if word else found == []


def test_the_hour_of_the_week_counts_not_the_days_between() -> None:
    sunday = NOW - timedelta(days=2)
    assert not list(find_odd_flow(weeks(1000), [sunday], Thresholds()))
    usual = usual_flow(weeks(1000), sunday, Thresholds())
    assert usual is not None
    assert (usual.events, usual.of) == (100, "the same hour of 3 weeks before")


def test_the_first_weeks_are_compared_by_days_and_the_first_days_are_not_judged() -> None:
    assert list(find_odd_flow(weeks(10, days=5, weekend=1000), [NOW], Thresholds()))
    assert not list(find_odd_flow(weeks(10, days=2), [NOW], Thresholds()))


def test_hours_with_few_events_are_not_judged() -> None:
    assert not list(find_odd_flow(weeks(0, weekday=19), [NOW], Thresholds()))
    assert list(find_odd_flow(weeks(0, weekday=20), [NOW], Thresholds()))


def test_a_silent_archive_is_found_with_the_number_of_expected_events() -> None:
    events = weeks(1000)
    assert find_silence(events, NOW, Thresholds()) is None
    found = find_silence(events, NOW + 3 * HOUR, Thresholds())
    assert found is not None
    assert found.message.startswith("no event is loaded of the 3 hours after 2026-03-10T07; about 3,000")
    assert find_silence(events, NOW + timedelta(days=60), Thresholds()) is not None


def test_a_night_without_events_is_no_silence() -> None:
    events = weeks(1000) | {NOW - timedelta(days=7 * n) + k * HOUR: 0 for n in range(1, 5) for k in (1, 2, 3)}
    assert find_silence(events, NOW + 3 * HOUR, Thresholds()) is None
