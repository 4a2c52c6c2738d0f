"""Arrival: lists of layouts, time zones and days, by keys alone and on folders that are listed in part."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from event_assets.archive.errors import ArchiveError
from event_assets.archive.listing.layouts import find_layout, layout_of
from event_assets.archive.listing.list_hours import list_hour, list_hours
from event_assets.archive.source import ArchiveSource

HOURLY = "{year}/{month}/{day}/{hour}/*"


def write_files(folder: Path, contents: Mapping[str, bytes]) -> None:
    for key, content in contents.items():
        (folder / key).parent.mkdir(parents=True, exist_ok=True)
        (folder / key).write_bytes(content)


def read(key: str, layout: str | tuple[str, ...], zone: str | None = None, arrival: str = "day") -> list[str] | None:
    """The archive hour of a key and the end of its time; a file that was last written at 2026-02-03 04:05 UTC."""
    source = ArchiveSource("a", layout=layout, time_zone=zone, arrival=arrival)
    found = layout_of(source).read_arrival(key, lambda: datetime(2026, 2, 3, 4, 5, tzinfo=UTC))
    return [f"{moment:%dT%H:%M}" for moment in (found.hour, found.end)] if found else None


@pytest.mark.parametrize(
    ("zone", "key", "expected"),
    [
        ("Asia/Tokyo", "2026/01/31/16/a", ["31T07:00", "31T08:00"]),
        ("Asia/Tokyo", "2026/02/01/01/a", ["31T16:00", "31T17:00"]),
        ("America/New_York", "2026/01/31/23/a", ["01T04:00", "01T05:00"]),
        ("Etc/GMT+5", "2026/01/31/23/a", ["01T04:00", "01T05:00"]),
        # 07:00 in India is 01:30 UTC: the hour that begins there counts for 01, and its files arrive until 02:30
        ("Asia/Kolkata", "2026/01/31/07/a", ["31T01:00", "31T02:30"]),
        ("Asia/Kathmandu", "2026/01/31/07/a", ["31T01:00", "31T02:15"]),
        # 02:00 to 03:00 happens twice
        ("Europe/Berlin", "2026/10/25/01/a", ["24T23:00", "25T00:00"]),
        ("Europe/Berlin", "2026/10/25/02/a", ["25T00:00", "25T02:00"]),
        ("Europe/Berlin", "2026/10/25/03/a", ["25T02:00", "25T03:00"]),
        # 02:00 to 03:00 does not happen
        ("Europe/Berlin", "2026/03/29/01/a", ["29T00:00", "29T01:00"]),
        ("Europe/Berlin", "2026/03/29/02/a", ["29T01:00", "29T02:00"]),
        ("Europe/Berlin", "2026/03/29/03/a", ["29T01:00", "29T02:00"]),
        ("Australia/Lord_Howe", "2026/04/05/01/a", ["04T14:00", "04T15:30"]),
        ("Pacific/Apia", "2011/12/31/00/a", ["30T10:00", "30T11:00"]),
    ],
)
def test_a_local_hour_is_the_utc_hour_in_which_it_begins(zone: str, key: str, expected: list[str]) -> None:
    assert read(key, HOURLY, zone) == expected


def test_a_time_zone_is_that_of_dates_and_hours_and_not_of_epochs() -> None:
    assert read("1769842800-x", "{epoch}-*", "Asia/Tokyo") == ["31T07:00", "31T08:00"]
    assert read("2026-01-31-16.json.gz", "gharchive", "Asia/Tokyo") == ["31T07:00", "31T08:00"]
    assert read("0001/01/01/00/a", HOURLY, "Asia/Tokyo") is None, "before the first year in UTC"


@pytest.mark.parametrize("name", ["Asia/Tokio", "+09:00", "../../etc/passwd", "/etc/localtime", "Asia", ""])
def test_a_time_zone_is_an_iana_name(name: str) -> None:
    with pytest.raises(ArchiveError, match=r"unknown time_zone.*IANA"):
        ArchiveSource("a", layout=HOURLY, time_zone=name)


def test_the_first_layout_of_a_list_that_gives_a_time_counts() -> None:
    layouts = (HOURLY, "dt={date}/hr={hour}/*", "gharchive", "**/{date}/*")
    assert read("2026/01/31/07/a", layouts) == ["31T07:00", "31T08:00"]
    assert read("dt=2026-01-31/hr=08/a", layouts) == ["31T08:00", "31T09:00"]
    assert read("2026-01-31-9.json.gz", layouts) == ["31T09:00", "31T10:00"]
    assert read("2026/13/31/2026-01-30/a", layouts) == ["30T00:00", "31T00:00"], "there is no month 13"
    assert read("other/a", layouts) is None
    assert read("2026/01/31/07/a", ("{year}/{month}/{day}/**", HOURLY)) == ["31T00:00", "01T00:00"]


@pytest.mark.parametrize("layout", [(), (HOURLY, "auto")])
def test_a_list_names_layouts(layout: tuple[str, ...]) -> None:
    with pytest.raises(ArchiveError, match="list of names and templates"):
        ArchiveSource("a", layout=layout)


def test_a_mistake_in_a_list_is_named() -> None:
    with pytest.raises(ArchiveError, match="'rudderstak' is not known"):
        find_layout((HOURLY, "rudderstak"))


@pytest.mark.parametrize(
    ("layout", "key", "zone", "expected"),
    [
        ("dt={date}/*.csv.gz", "dt=2026-01-31/a.csv.gz", None, ["31T00:00", "01T00:00"]),
        ("{year}/{month}/{day}/*", "2026/1/31/a", None, ["31T00:00", "01T00:00"]),
        ("{year}{month}{day}.json", "20260131.json", None, ["31T00:00", "01T00:00"]),
        ("dt={date}/*", "dt=2026-01-31/a", "Asia/Tokyo", ["30T15:00", "31T15:00"]),
        ("dt={date}/*", "dt=2026-01-31/a", "Asia/Kolkata", ["30T18:00", "31T18:30"]),
        ("dt={date}/*", "dt=2026-10-25/a", "Europe/Berlin", ["24T22:00", "25T23:00"]),
        ("dt={date}/*", "dt=2026-02-30/a", None, None),
    ],
)
def test_a_key_with_a_day_alone_counts_for_the_hour_in_which_the_day_begins(
    layout: str, key: str, zone: str | None, expected: list[str] | None
) -> None:
    assert read(key, layout, zone) == expected


def test_a_key_without_an_hour_may_count_by_when_it_was_written() -> None:
    written = ["03T04:00", "03T05:00"]
    assert read("dt=2026-01-31/a", "dt={date}/*", arrival="modified") == written
    assert read("any/where/a.json", "*", arrival="modified") == written, "a star alone takes every key"
    assert read("web/a.json", "web/*", arrival="modified") == written
    assert read("web/_SUCCESS", "web/*", arrival="modified") is None
    assert read("dt=2026-01-31/hr=07/a", "dt={date}/hr={hour}/*", arrival="modified") == ["31T07:00", "31T08:00"]
    with pytest.raises(ArchiveError, match='arrival = "modified"'):
        read("a/b", "{year}/*")


TREES = {
    ("{year}/{month}/{day}/{hour}/*", "Asia/Tokyo"): "{:%Y/%m/%d/%H}/a.gz",
    ("{year}/{month}/{day}/{hour}/*", "America/St_Johns"): "{:%Y/%m/%d/%H}/a.gz",
    ("*/dt={date}/**", "Pacific/Auckland"): "web/dt={:%Y-%m-%d}/{:%H}/a.gz",
    ("dt={date}/*", None): "dt={:%Y-%m-%d}/{:%H}.gz",
}


@pytest.mark.parametrize(("layout", "zone"), TREES)
def test_some_hours_of_a_zone_are_listed_as_in_a_listing_of_all(layout: str, zone: str | None, tmp_path: Path) -> None:
    names = [datetime(2026, 3, 28, 20) + timedelta(hours=n) for n in range(0, 60, 3)]  # noqa: DTZ001  of the zone
    write_files(tmp_path, {TREES[layout, zone].format(name, name): b"{}\n" for name in names})
    source = ArchiveSource(str(tmp_path), layout=layout, time_zone=zone)
    everything = list_hours(source).hours
    assert sum(len(manifest.files) for manifest in everything.values()) == len(names)
    assert [list_hour(source, hour) for hour in everything] == list(everything.values())
    first, last = min(everything), max(everything)
    assert list_hours(source, start=first, end=last).hours == everything
    assert list_hours(source, start=first + timedelta(hours=1), end=last).hours.keys() == everything.keys() - {first}


def test_a_folder_of_late_files_counts_for_the_last_hour_of_its_day(tmp_path: Path) -> None:
    layout = "t=*/dt={date}/h={hour}/*"
    assert read("t=inapps/dt=2026-01-31/h=late/a", layout) == ["31T23:00", "01T00:00"]
    assert read("t=inapps/dt=2026-01-31/h=late/a", layout, "Asia/Tokyo") == ["31T14:00", "31T15:00"]
    keys = [
        f"t={kind}/dt=2026-01-{day}/h={hour}/a" for kind in ("a", "b") for day in (30, 31) for hour in (0, 23, "late")
    ]
    write_files(tmp_path, dict.fromkeys(keys, b"{}\n"))
    source = ArchiveSource(str(tmp_path), layout=layout)
    everything = list_hours(source).hours
    assert {f"{hour:%dT%H}": len(manifest.files) for hour, manifest in everything.items()} == {
        "30T00": 2,
        "30T23": 4,
        "31T00": 2,
        "31T23": 4,
    }
    assert [list_hour(source, hour) for hour in everything] == list(everything.values())


def test_both_forms_of_an_archive_are_listed_and_the_rest_is_counted(tmp_path: Path) -> None:
    keys = ["2026/01/31/07/a.gz", "dt=2026-01-31/hr=07/b.gz", "dt=2026-02-01/hr=00/c.gz", "2026-02-02.csv", "x/y.gz"]
    write_files(tmp_path, dict.fromkeys([*keys, "dt=2026-01-31/hr=07/_SUCCESS"], b"{}\n"))
    source = ArchiveSource(str(tmp_path), layout=(HOURLY, "dt={date}/hr={hour}/*", "{date}.csv"))
    listing = list_hours(source)
    found = {f"{hour:%dT%H}": [file.key for file in manifest.files] for hour, manifest in listing.hours.items()}
    assert found == {"31T07": keys[:2], "01T00": keys[2:3], "02T00": keys[3:4]}
    assert (listing.ignored, listing.unfit, listing.unfit_keys) == (2, 1, ("x/y.gz",))
    assert [list_hour(source, hour) for hour in listing.hours] == list(listing.hours.values())
    assert [manifest.ends is not None for manifest in listing.hours.values()] == [False, False, True]


def test_a_file_that_was_written_later_is_in_the_hour_in_which_it_was_written(tmp_path: Path) -> None:
    write_files(tmp_path, dict.fromkeys(["dt=2026-01-31/a", "dt=2026-01-31/b", "dt=2099-01-01/c"], b"{}\n"))
    hours = [datetime(2026, 1, 31, 22, tzinfo=UTC), datetime(2026, 2, 1, 3, tzinfo=UTC)]
    for key, hour in zip(["dt=2026-01-31/a", "dt=2026-01-31/b", "dt=2099-01-01/c"], [*hours, hours[1]], strict=True):
        os.utime(tmp_path / key, (hour.timestamp() + 600,) * 2)
    source = ArchiveSource(str(tmp_path), layout="dt={date}/*", arrival="modified")
    everything = list_hours(source).hours
    assert [[file.key[-1] for file in everything[hour].files] for hour in hours] == [["a"], ["b", "c"]]
    assert [list_hour(source, hour) for hour in hours] == list(everything.values())
    assert all(manifest.ends is None for manifest in everything.values())
