"""What an hour waits for: its end, its grace or the next hour's first file, and files that have stopped coming."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from event_assets.archive.manifest import ArchiveFile, Manifest
from event_assets.config.settings import SettingsError, load_settings
from event_assets.config.settling import Settling
from event_assets.discovery.gaps import find_gaps
from event_assets.discovery.lookback import Memory
from event_assets.discovery.pending import LoadedHour, compare_hours
from event_assets.discovery.settling import is_closed, settled_hours
from tests.defs.build import hour

NOW = hour(100)
SETTLING = Settling(settle=timedelta(minutes=5), settle_at_most=timedelta(minutes=60))


def minutes_ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


def settled(
    files: Mapping[int, Sequence[float]], loads: Mapping[int, tuple[Sequence[float], float]] | None = None
) -> list[int]:
    """The hours that have settled, where files of hours are as many minutes old, and loads took some of them in."""
    listed = {}
    for number, ages in files.items():
        made = tuple(ArchiveFile(f"{number}/{age}", 1, "e", minutes_ago(age)) for age in ages)
        listed[hour(number)] = Manifest("s", hour(number), made)
    loaded = {}
    for number, (ages, age) in (loads or {}).items():
        taken = Manifest("s", hour(number), tuple(ArchiveFile(f"{number}/{each}", 1, "e") for each in ages))
        loaded[hour(number)] = LoadedHour(hour(number), "l", taken.hash, taken.files, {}, minutes_ago(age))
    found = settled_hours(compare_hours("s", listed, loaded), now=NOW, settling=SETTLING)
    return [number for number in files if hour(number) in found]


def test_an_hour_waits_until_its_newest_file_has_settled() -> None:
    assert settled({0: [30, 4], 1: [30, 6], 2: [5]}) == [1, 2]


def test_an_hour_that_never_settles_runs_when_its_first_file_has_waited_long_enough() -> None:
    assert settled({0: [59, 30, 1], 1: [60, 30, 1]}) == [1]


def test_late_files_of_many_hours_are_waited_for_together_and_new_hours_by_themselves() -> None:
    loads = {number: ([900], 800) for number in (0, 1)}
    assert settled({0: [900, 20], 1: [900, 1], 2: [20]}, loads) == [2]
    assert settled({0: [900, 20], 1: [900, 6], 2: [1]}, loads) == [0, 1]
    assert settled({0: [900, 61], 1: [900, 1]}, loads) == [0, 1]


def test_a_late_file_that_kept_its_old_time_waits_from_the_hours_last_load_on() -> None:
    assert settled({0: [900, 500]}, {0: ([900], 4.0)}) == []
    assert settled({0: [900, 500]}, {0: ([900], 5.0)}) == [0]


def test_a_time_that_is_still_to_come_keeps_no_hour_from_running() -> None:
    assert settled({0: [-100000], 1: [-3, 10]}) == [0, 1]
    assert settled({0: [900, -100000]}, {0: ([900], 1.0)}) == []
    assert settled({0: [900, -100000]}, {0: ([900], 5.0)}) == [0]


def test_a_load_of_a_clock_that_was_set_back_since_keeps_no_hour_from_running() -> None:
    year = 365 * 24 * 60
    assert settled({0: [900, 6], 1: [900, 20]}, {0: ([900], -year), 1: ([900], 800)}) == [0, 1]
    assert settled({0: [900, 4]}, {0: ([900], -year)}) == []


@settings(deadline=None)
@given(st.lists(st.integers(0, 300), min_size=1, max_size=400, unique=True))
def test_a_trickle_is_a_run_per_settle_time_at_most_and_none_is_left_behind(arrivals: list[int]) -> None:
    """A loaded hour gets a file at each of these minutes; every minute the sensor looks and a run takes all."""
    taken, loaded_at, runs = ["first"], hour(0), []
    for minute in range(400):
        now = hour(1) + timedelta(minutes=minute)
        files = [ArchiveFile("first", 1, "e", hour(0))]
        files += [
            ArchiveFile(f"{at}", 1, "e", hour(1) + timedelta(minutes=at)) for at in sorted(arrivals) if at <= minute
        ]
        known = Manifest("s", hour(0), tuple(file for file in files if file.key in taken))
        load = LoadedHour(hour(0), "l", known.hash, known.files, {}, loaded_at)
        states = compare_hours("s", {hour(0): Manifest("s", hour(0), tuple(files))}, {hour(0): load})
        if settled_hours(states, now=now, settling=SETTLING):
            runs.append(minute)
            taken, loaded_at = [file.key for file in files], now
    assert set(taken) == {"first", *map(str, arrivals)}
    assert all(after - before >= 5 for before, after in itertools.pairwise(runs))
    assert len(runs) <= 1 + 305 // 5


@pytest.mark.parametrize(
    ("closed_by", "listed", "minutes", "closed"),
    [
        ("grace", [0, 1], 59, False),
        ("grace", [0, 1], 69, False),
        ("grace", [0], 70, True),
        ("next_hour", [0, 1], 59, False),
        ("next_hour", [0, 1], 60, True),
        ("next_hour", [0], 69, False),
        ("next_hour", [0, 2], 69, False),
        ("next_hour", [0], 70, True),
    ],
)
def test_an_hour_is_closed_by_its_grace_or_the_next_hours_first_file(
    closed_by: str, listed: list[int], minutes: int, closed: bool
) -> None:
    now = hour(0) + timedelta(minutes=minutes)
    hours = {hour(number) for number in listed}
    settling = Settling(closed_by=closed_by)
    assert is_closed(hour(1), now=now, grace=timedelta(minutes=10), listed=hours, settling=settling) is closed


def test_hours_without_files_are_gaps_where_their_like_have_some() -> None:
    every = range(24 * 4)
    missing = {30, 31, 90}
    found = find_gaps((hour(number) for number in every if number not in missing), until=hour(95))
    assert found == [hour(30), hour(31), hour(90)]
    assert find_gaps((), until=hour(95)) == []


def test_an_hour_with_files_of_a_day_is_closed_when_the_day_is() -> None:
    manifest = Manifest("s", hour(0), (ArchiveFile("a", 1, "e"),), ends=hour(0) + timedelta(hours=23, minutes=30))
    grace, settling = timedelta(minutes=10), Settling(closed_by="next_hour")
    decide = partial(is_closed, manifest.end, grace=grace, settling=settling)
    assert not decide(now=hour(2), listed={hour(1)})
    assert not decide(now=hour(0) + timedelta(hours=23, minutes=31), listed=set())
    assert decide(now=hour(0) + timedelta(hours=23, minutes=31), listed={hour(23)}), "the next day has begun at 23:30"
    assert decide(now=hour(0) + timedelta(hours=23, minutes=40), listed=set())
    assert Manifest("s", hour(0), ()).end == hour(1)


def test_hours_are_compared_by_the_clocks_of_their_keys() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    days = [datetime(2026, 10, 1, tzinfo=berlin) + timedelta(days=n) for n in range(60)]
    starts = [day.astimezone(UTC) for day in days if day.day != 20]
    missing = [day.astimezone(UTC) for day in days if day.day == 20]
    assert find_gaps(starts, until=starts[-1], zone=berlin) == missing
    assert find_gaps(starts, until=starts[-1]) != missing, "midnight is an hour later in UTC from 25 October on"
    hours = [starts[0] + timedelta(hours=n) for n in range(24 * 40)]
    repeated = datetime(2026, 10, 25, 1, tzinfo=UTC)
    assert find_gaps([one for one in hours if one != repeated], until=hours[-1], zone=berlin) == []


def test_nights_and_weekends_that_are_always_empty_are_no_gaps() -> None:
    days = [hour(number) for number in range(24 * 35)]
    busy = [each for each in days if each.weekday() < 5 and 8 <= each.hour < 20]
    dropped = busy.pop(200)
    assert find_gaps(busy, until=days[-1]) == [dropped]


def test_hours_after_the_last_file_are_gaps_too() -> None:
    assert find_gaps((hour(number) for number in range(48)), until=hour(50)) == [hour(48), hour(49), hour(50)]


def test_what_is_pending_before_the_look_back_is_remembered_until_it_is_not() -> None:
    first = Memory.parse(None)
    assert first.is_due(NOW)
    then = first.after([hour(3), hour(9), hour(99)], now=NOW, start=hour(90))
    assert Memory.parse(then.dump()) == then == Memory(NOW, hour(3), hour(9))
    soon = NOW + timedelta(hours=23)
    assert not then.is_due(soon)
    assert then.after([], now=soon, start=hour(90)) == Memory(NOW)
    assert then.is_due(NOW + timedelta(hours=24))
    assert then.is_due(NOW - timedelta(hours=1))


@pytest.mark.parametrize("cursor", ["", "2026-01-31", "[]", '{"swept": 3}', "{"])
def test_a_cursor_of_something_else_only_makes_the_next_tick_list_everything(cursor: str) -> None:
    assert Memory.parse(cursor) == Memory()


@pytest.mark.parametrize(
    ("given", "reported"),
    [
        ('closed_by = "marker"', "closed_by is"),
        ('settle = "2h"', "settle_at_most is the longest"),
        ('look_back = "week"', "look_back: 'week' is not a duration; write it like"),
    ],
)
def test_a_wrong_setting_is_reported_by_what_to_write(tmp_path: Path, given: str, reported: str) -> None:
    (tmp_path / "tideline.toml").write_text(f'lake = "l"\nwarehouse = "w"\n{given}\n[source]\narchive = "a"\n')
    with pytest.raises(SettingsError, match=reported):
        load_settings({}, folder=tmp_path)
