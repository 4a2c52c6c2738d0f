"""Warnings that need no history: mostly quarantined hours, bad files, and files that fit no layout."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from event_assets.health.warnings import CountedHour, find_warnings

HOURS = [datetime(2026, 1, 31, 7, tzinfo=UTC) + timedelta(hours=number) for number in range(3)]


def test_sound_hours_have_no_warning() -> None:
    counts = {"lines": 10, "quarantined": 5, "bad_files": 0}
    assert find_warnings("web", [CountedHour(hour, counts) for hour in HOURS]) == ()
    assert find_warnings("web", [CountedHour(HOURS[0], {"lines": 0, "quarantined": 0})]) == ()


def test_more_than_half_of_an_hour_is_a_warning_from_the_first_hour_on() -> None:
    counts = [{"lines": 10, "quarantined": 6}, {"lines": 3, "quarantined": 3}, {"lines": 100, "quarantined": 1}]
    hours = [CountedHour(HOURS[hour], counts[number]) for number, hour in enumerate((1, 0, 2))]
    (warning,) = find_warnings("web", hours)
    assert (warning.kind, warning.count, warning.hours) == ("mostly_quarantined", 9, (HOURS[0], HOURS[1]))
    assert "9 of 13" in warning.message


def test_bad_files_and_files_without_a_layout_are_counted() -> None:
    hours = [CountedHour(HOURS[0], {"bad_files": 2}), CountedHour(HOURS[1], {"bad_files": 1})]
    bad, unfit = find_warnings("web", hours, unfit_files=1200, unfit_keys=["a/b", "c"])
    assert (bad.kind, bad.count, bad.hours) == ("bad_files", 3, (HOURS[0], HOURS[1]))
    assert (unfit.kind, unfit.count) == ("unfit_files", 1200)
    assert unfit.message == ("1,200 files of the archive fit no layout and are not read, for example 'a/b', 'c'")


def test_a_clock_that_one_event_in_a_hundred_has_in_no_readable_form_is_a_warning() -> None:
    noticed = [{"clocks_unread.sentAt": 10, "clocks_unread.timestamp": 9}, {"clocks_unread.sentAt": 9}]
    hours = [CountedHour(HOURS[number], {"events": 1000}, counts) for number, counts in enumerate(noticed)]
    (warning,) = find_warnings("web", hours)
    assert (warning.kind, warning.count, warning.hours) == ("clocks_unread", 10, (HOURS[0],))
    assert "10 events have a sentAt that cannot be read" in warning.message


def test_a_warning_of_placeholders_names_the_texts() -> None:
    noticed = [{"not_ids": 3, "not_ids.undefined": 2, "not_ids.null": 1}, {"not_ids": 4, "not_ids.null": 4}]
    (warning,) = find_warnings("web", [CountedHour(HOURS[n], {"events": 9}, found) for n, found in enumerate(noticed)])
    assert (warning.kind, warning.count) == ("not_ids", 7)
    assert "as messageId: 'null' (5), 'undefined' (2). " in warning.message


def test_copies_that_conflict_with_the_event_of_their_id_are_a_warning() -> None:
    hours = [CountedHour(HOURS[n], {"events": 1000}, {"id_conflicts": count}) for n, count in enumerate((10, 9, 0))]
    (warning,) = find_warnings("web", hours)
    assert (warning.kind, warning.count, warning.hours) == ("id_conflicts", 10, (HOURS[0],))
    assert "10 events are left out as copies" in warning.message


def test_more_than_half_of_the_events_as_copies_is_a_warning_from_the_first_hour_on() -> None:
    counts = [{"events": 40, "duplicates": 35}, {"events": 40, "duplicates": 20}, {"events": 10, "duplicates": 9}]
    noticed: list[dict[str, int]] = [{}, {}, {"id_conflicts": 9}]
    hours = [CountedHour(HOURS[n], counts[n], noticed[n]) for n in range(3)]
    conflicts, copies = find_warnings("web", hours)
    assert (conflicts.kind, conflicts.hours) == ("id_conflicts", (HOURS[2],))
    assert (copies.kind, copies.count, copies.hours) == ("mostly_copies", 35, (HOURS[0],))
    assert "35 of 40" in copies.message
