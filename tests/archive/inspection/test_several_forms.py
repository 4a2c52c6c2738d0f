"""Archives of several forms, of local hours and of days: what `init` writes for them, and what `auto` says."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from event_assets.archive.errors import ArchiveError
from event_assets.archive.inspection.inspect import inspect
from event_assets.archive.inspection.result import InitHints, Verdict
from event_assets.archive.listing.bounded_listing import InspectionLimits
from event_assets.archive.listing.list_hours import list_hours
from event_assets.archive.source import ArchiveSource
from event_assets.cli.output.inspection.verdict import describe_agreement
from event_assets.config.scaffold import Locations, write_configuration
from tests.archive.inspection.test_key_forms import write_events

START = datetime(2026, 1, 5, tzinfo=UTC)

Key = Callable[[datetime], str]


def write_days(folder: Path, key: Key, days: range, *, hours: range = range(3, 24, 9)) -> None:
    """A file in some hours of each day, with events of that hour."""
    for day in days:
        for hour in hours:
            at = START + timedelta(days=day, hours=hour)
            write_events(folder / key(at), [at + timedelta(minutes=minute) for minute in (2, 17, 31, 44)])


def settings_of(folder: Path) -> Mapping[str, object]:
    """The table of the source that `init` writes."""
    found = inspect(ArchiveSource(str(folder)), InitHints(), InspectionLimits())
    assert found.verdict is Verdict.FOUND, found
    source = tomllib.loads(write_configuration(found, Locations()))["source"]
    return {name: value for name, value in source.items() if name != "archive"}


def old(at: datetime) -> str:
    return f"{at:%Y/%m/%d/%H}/a.json"


def new(at: datetime) -> str:
    return f"dt={at:%Y-%m-%d}/hr={at:%H}/a.json"


BOTH = ["{year}/{month}/{day}/{hour}/*", "dt={date}/hr={hour}/*"]


def test_half_of_an_archive_in_another_form_is_a_list(tmp_path: Path) -> None:
    write_days(tmp_path, old, range(6))
    write_days(tmp_path, new, range(6, 12))
    assert settings_of(tmp_path) == {"layout": BOTH}
    listing = list_hours(ArchiveSource(str(tmp_path), layout=tuple(BOTH)))
    assert (len(listing.hours), listing.unfit) == (36, 0)
    with pytest.raises(ArchiveError, match=r'write layout = \["\{year\}.*", "dt=\{date\}/hr=\{hour\}/\*"\]'):
        list_hours(ArchiveSource(str(tmp_path)))


def test_some_days_in_another_form_are_added_to_the_list(tmp_path: Path) -> None:
    write_days(tmp_path, old, range(40))
    write_days(tmp_path, new, range(40, 43))
    assert settings_of(tmp_path) == {"layout": BOTH}
    assert list_hours(ArchiveSource(str(tmp_path))).unfit == 9, "auto takes nine in ten, and counts the rest"


def test_three_forms_one_of_them_by_the_day_are_a_list(tmp_path: Path) -> None:
    write_days(tmp_path, old, range(6))
    write_days(tmp_path, new, range(6, 12))
    write_days(tmp_path, lambda at: f"day={at:%Y%m%d}/x{at:%H}x.json", range(12, 18))
    layout = settings_of(tmp_path)["layout"]
    assert isinstance(layout, list)
    assert set(layout) == {*BOTH, "day={year}{month}{day}/*"}
    listing = list_hours(ArchiveSource(str(tmp_path), layout=tuple(layout)))
    assert (sum(len(manifest.files) for manifest in listing.hours.values()), listing.unfit) == (54, 0)


def test_files_beside_an_archive_are_no_form_of_it(tmp_path: Path) -> None:
    write_days(tmp_path, old, range(20))
    for day in range(3):
        path = tmp_path / "exports" / f"{START + timedelta(days=day):%Y-%m-%d-%H}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text('{"total": 17}\n')
        write_events(
            tmp_path / f"counts/{START + timedelta(days=day):%Y/%m/%d}/17/n.json", [START - timedelta(days=90)]
        )
    assert settings_of(tmp_path) == {"layout": BOTH[0]}


@pytest.mark.parametrize(
    ("zone", "others"),
    [
        ("Asia/Tokyo", {"Asia/Seoul"}),
        ("Asia/Kolkata", set()),
        ("America/New_York", {"America/Lima"}),
        ("Australia/Adelaide", set()),
    ],
)
def test_hours_of_a_time_zone_are_recognised(zone: str, others: set[str], tmp_path: Path) -> None:
    first = datetime(2026, 1, 5, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    for n in range(0, 120, 3):  # the events of a local hour may be of two hours in UTC
        times = [first + timedelta(hours=n, minutes=minute) for minute in (2, 17, 31, 44)]
        write_events(tmp_path / old(times[0].astimezone(ZoneInfo(zone))), times)
    found = inspect(ArchiveSource(str(tmp_path)), InitHints(), InspectionLimits())
    assert found.zones[0] == zone
    assert others <= set(found.zones)
    assert (found.verdict, found.agreement is not None and found.agreement.offset) == (Verdict.FOUND, 0)
    written = write_configuration(found, Locations())
    assert tomllib.loads(written)["source"]["time_zone"] == zone
    assert all(other in written for other in others)


def test_a_clock_change_tells_zones_apart(tmp_path: Path) -> None:
    write_days(tmp_path, lambda at: old(at.astimezone(ZoneInfo("America/New_York"))), range(55, 75))
    found = inspect(ArchiveSource(str(tmp_path)), InitHints(), InspectionLimits())
    assert "America/New_York" in found.zones
    assert not {"America/Lima", "America/Bogota", "Etc/GMT+5", "Etc/GMT+4"} & set(found.zones)


def test_keys_in_utc_and_keys_with_epochs_have_no_zone(tmp_path: Path) -> None:
    write_days(tmp_path / "utc", old, range(5))
    write_days(tmp_path / "epochs", lambda at: f"in/{int(at.timestamp()) + 9 * 3600}-x.json", range(5))
    assert settings_of(tmp_path / "utc") == {"layout": BOTH[0]}
    assert "time_zone" not in settings_of(tmp_path / "epochs")


@pytest.mark.parametrize("days", [(0, 7), (0, 1, 2)])
def test_one_hour_a_day_proves_no_time_zone_where_another_reading_is_of_utc(
    days: tuple[int, ...], tmp_path: Path
) -> None:
    for day in days:
        at = datetime(2011, 1, 1, 5, tzinfo=UTC) + timedelta(days=day)
        write_events(tmp_path / f"{at:%Y/%m/%d}/{at:%Y-%m-%d-%H}.json", [at] * 8)
    assert settings_of(tmp_path) == {"layout": "*/*/*/{date}-{hour}*"}


def test_one_hour_a_day_is_of_a_time_zone_where_keys_have_no_other_reading(tmp_path: Path) -> None:
    for at in (START + timedelta(hours=7), START + timedelta(hours=16)):
        write_events(tmp_path / old(at + timedelta(hours=9)), [at] * 3)
    assert settings_of(tmp_path) == {"layout": BOTH[0], "time_zone": "Asia/Tokyo"}


DAILY = {
    "service/year=2026/month=01/day=05/part-{n}.json": "*/year={year}/month={month}/day={day}/*",
    "dt=2026-01-05/part-{n}.json": "dt={date}/*",
    "dt=2026-01-05/00000{n}_0": "dt={date}/*",
    "2026/01/05/{n}-x.json": "{year}/{month}/{day}/*",
    "2026-01-05.json": "{date}.*",
    "events_20260105_{n}.json": "*_{year}{month}{day}*",
}


@pytest.mark.parametrize("key", DAILY)
def test_archives_by_the_day_are_recognised(key: str, tmp_path: Path) -> None:
    for day in range(4):
        for n in range(1, 4):
            at = START + timedelta(days=day, hours=7 * n)
            name = key.format(n=n).replace("2026-01-05", f"{at:%Y-%m-%d}").replace("20260105", f"{at:%Y%m%d}")
            name = name.replace("day=05", f"day={at:%d}").replace("2026/01/05", f"{at:%Y/%m/%d}")
            write_events(tmp_path / name, [at, at + timedelta(minutes=20)])
    assert settings_of(tmp_path) == {"layout": DAILY[key]}
    found = inspect(ArchiveSource(str(tmp_path)), InitHints(), InspectionLimits())
    assert found.volume is not None
    assert (found.volume.hours, found.volume.missing) == (4, 0)
    hours = list_hours(ArchiveSource(str(tmp_path), layout=DAILY[key])).hours
    assert list(hours) == [START + timedelta(days=day) for day in range(4)]


@pytest.mark.parametrize("key", [key for key in DAILY if not re.match(r"events", key)])
def test_auto_takes_the_usual_forms_of_days(key: str, tmp_path: Path) -> None:
    for n in range(3):
        write_events(tmp_path / key.format(n=n), [START])
    assert list(list_hours(ArchiveSource(str(tmp_path))).hours) == [START]


def test_keys_without_any_time_are_refused_with_what_to_write(tmp_path: Path) -> None:
    for n in range(3):
        write_events(tmp_path / f"web/part-{n}.json", [START])
    with pytest.raises(ArchiveError, match='layout = "\\*" and arrival = "modified"'):
        list_hours(ArchiveSource(str(tmp_path)))
    assert inspect(ArchiveSource(str(tmp_path)), InitHints(), InspectionLimits()).verdict is Verdict.NO_LAYOUT
    assert list_hours(ArchiveSource(str(tmp_path), layout="*", arrival="modified")).unfit == 0


@pytest.mark.parametrize("hours", [3, 6])
@pytest.mark.parametrize("keyed_by", ["first", "next"])
@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin"])
def test_files_of_several_hours_prove_no_time_zone(hours: int, keyed_by: str, zone: str, tmp_path: Path) -> None:
    for first in range(0, 96, hours):
        times = [START + timedelta(hours=first, minutes=10 * n) for n in range(6 * hours)]
        key = START + timedelta(hours=first + {"first": 0, "last": hours - 1, "next": hours}[keyed_by])
        write_events(tmp_path / old(key.astimezone(ZoneInfo(zone))), times)
    found = inspect(ArchiveSource(str(tmp_path)), InitHints(), InspectionLimits())
    assert found.zones == ()
    assert found.agreement is not None
    assert found.agreement.holds_several_hours
    written = write_configuration(found, Locations())
    assert "time_zone" not in tomllib.loads(written)["source"]
    if found.agreement.leaves_zone_open:
        assert "time zone" in written
        assert "do not show in which time zone" in describe_agreement(found.agreement)
    else:
        assert (zone, found.agreement.by_day) == ("Europe/Berlin", True), "the keys are within the hours of their files"


def test_late_events_do_not_make_files_of_several_hours(tmp_path: Path) -> None:
    zone = ZoneInfo("Asia/Tokyo")
    for n in range(0, 96, 2):
        at = START + timedelta(hours=n)
        late = [at - timedelta(hours=5 * k) for k in range(1, 4)]
        write_events(tmp_path / old(at.astimezone(zone)), [*late, *(at + timedelta(minutes=4 * k) for k in range(14))])
    found = inspect(ArchiveSource(str(tmp_path)), InitHints(), InspectionLimits())
    assert found.zones[:1] == ("Asia/Tokyo",)
