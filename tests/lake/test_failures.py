"""Failures of hours in the lake: the first attempt is remembered, the newest error shown, a damaged record no harm."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from event_assets.lake.failures import LONGEST_ERROR, clear_failure, failed_hours, read_failures, record_failure
from event_assets.lake.store import Lake

HOUR = datetime(2026, 1, 31, 7, tzinfo=UTC)
NOW = datetime(2026, 2, 1, 12, 30, tzinfo=UTC)


def test_an_hour_is_failing_since_its_first_attempt_for_the_newest_reason(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path))
    record_failure(lake, "web", HOUR, "cold", now=NOW)
    record_failure(lake, "web", HOUR, "denied", now=NOW + timedelta(hours=1))
    (failure,) = read_failures(lake, "web").values()
    assert (failure.since, failure.last, failure.attempts) == (NOW, NOW + timedelta(hours=1), 2)
    assert (failure.archive_hour, failure.error) == (HOUR, "denied")


def test_a_loaded_hour_begins_again(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path))
    record_failure(lake, "web", HOUR, "cold", now=NOW)
    clear_failure(lake, "web", HOUR)
    clear_failure(lake, "web", HOUR)
    assert (failed_hours(lake, "web"), read_failures(lake, "web")) == (frozenset(), {})
    later = NOW + timedelta(days=1)
    assert record_failure(lake, "web", HOUR, "cold", now=later).since == later


def test_sources_are_apart_and_hours_are_in_order(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path))
    hours = [HOUR + timedelta(hours=number) for number in (2, 0, 1)]
    for hour in hours:
        record_failure(lake, "web", hour, "cold", now=NOW)
    record_failure(lake, "app", HOUR, "cold", now=NOW)
    assert list(read_failures(lake, "web")) == sorted(hours)
    assert failed_hours(lake, "app") == {HOUR}


def test_a_damaged_record_is_none_until_the_next_attempt(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path))
    record_failure(lake, "web", HOUR, "x" * 10_000, now=NOW)
    assert len(read_failures(lake, "web")[HOUR].error) == LONGEST_ERROR
    (record,) = (tmp_path / "web" / "failures").iterdir()
    record.write_bytes(record.read_bytes()[:40])
    (record.parent / "notes.json").write_text("not an hour")
    assert read_failures(lake, "web") == {}
    assert record_failure(lake, "web", HOUR, "cold", now=NOW).attempts == 1
