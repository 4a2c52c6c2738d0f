"""Placing: templates made from keys, and where an archive begins."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from event_assets.archive.inspection.keys.key_times import find_templates
from event_assets.archive.inspection.keys.locate import find_roots
from event_assets.archive.listing.layouts import find_layout

SEVEN = datetime(2026, 1, 31, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("key", "template"),
    [
        ("app.2026-01-31-07.a1b2.gz", "*.{date}-{hour}*"),
        ("events_20260131071500.json", "*_{year}{month}{day}{hour}{minute}{second}*"),
        ("20260131T0715.json.gz", "{year}{month}{day}T{hour}{minute}*"),
        ("a/b/year=2026/month=01/day=31/hour=07/x", "*/*/year={year}/month={month}/day={day}/hour={hour}/*"),
        ("a/Y=2026/M=01/D=31/H=07/x", "*/Y={year}/M={month}/D={day}/H={hour}/*"),
        ("dt=20260131/h=07/part.json", "dt={year}{month}{day}/h={hour}/*"),
        ("2026/01/31/07-15/x.json", "{year}/{month}/{day}/{hour}*/*"),
        ("a/2026-01-31T07-15-00Z_x.json", "*/{date}T{hour}*"),
        ("ev-1769843100.json", "*-{epoch}*"),
        ("x/1769843100123.gz", "*/{epoch_ms}*"),
        ("1769843100/x", "{epoch}/*"),
    ],
)
def test_a_template_is_made_from_a_key_and_tells_its_hour(key: str, template: str) -> None:
    assert next(find_templates(key)) == template
    arrival = find_layout(template).read_arrival(key, lambda: None)
    assert arrival is not None
    assert arrival.hour == SEVEN


@pytest.mark.parametrize(
    "key", ["2026-01-31/IMG_1.jpg", "part-00000.json", "a/b", "12345678901234567890", "20261331T07", "2026-01-31-99.x"]
)
def test_no_template_is_made_of_a_key_that_tells_no_hour(key: str) -> None:
    assert list(find_templates(key)) == []


def test_what_fits_at_the_url_goes_before_what_fits_below_a_prefix() -> None:
    keys = [f"web/2026/01/31/{hour:02}/x.json" for hour in range(10)]
    place = find_roots(dict.fromkeys(keys, 1.0)).candidates[0]
    assert (place.prefix, place.layout.name) == ("", "*/{year}/{month}/{day}/{hour}/*")


def test_strange_files_beside_an_archive_do_not_hide_it() -> None:
    keys = [f"gh/2026-01-31-{hour}.json.gz" for hour in range(5)] + [f"backup/dump-{n}.sql" for n in range(40)]
    place = find_roots(dict.fromkeys(keys, 1.0)).candidates[0]
    assert (place.prefix, place.layout.name) == ("gh", "gharchive")


def test_no_place_is_found_among_keys_that_tell_nothing() -> None:
    assert find_roots(dict.fromkeys(["a.json", "b/c.json", "_SUCCESS"], 1.0)).candidates == ()
