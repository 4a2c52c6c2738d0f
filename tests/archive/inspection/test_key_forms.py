"""Key forms of real writers, and traps: the hour is recognised where clocks agree with it, and refused where not."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from event_assets.archive.inspection.inspect import inspect
from event_assets.archive.inspection.result import InitHints, Inspection, Verdict
from event_assets.archive.listing.bounded_listing import InspectionLimits
from event_assets.archive.source import ArchiveSource
from tests.archive.inspection.writers import FIRST, WRITERS, Key, seconds

HOURS = tuple(range(0, 34, 3))
"""Arrival hours after `FIRST` that have files: two days, all times of the day."""


def event(at: datetime, n: int) -> bytes:
    """An event that arrived at a time and happened a little earlier; the eighth is late by two days."""
    happened = at - (timedelta(days=2) if n % 8 == 7 else timedelta(seconds=20))
    sent = {
        "type": "track",
        "messageId": f"{at}-{n}",
        "userId": "u",
        "event": "Seen",
        "timestamp": happened.isoformat(),
        "receivedAt": at.isoformat(),
    }
    return json.dumps(sent).encode()


def write_events(path: Path, times: Sequence[datetime]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.writelines(event(at, n) + b"\n" for n, at in enumerate(times))


def write_hours(folder: Path, key: Key) -> dict[str, datetime]:
    """Two files an hour, written as events arrive; the hour of every key."""
    hours: dict[str, datetime] = {}
    for number in HOURS:
        for n in range(2):
            at = FIRST + timedelta(hours=number, minutes=5 + 25 * n)
            write_events(folder / key(at, n), [at + timedelta(minutes=minute) for minute in range(0, 20, 5)])
            hours[key(at, n)] = at.replace(minute=0)
    return hours


def look(folder: Path, layout: str | None = None) -> Inspection:
    return inspect(ArchiveSource(str(folder)), InitHints(layout), InspectionLimits())


@pytest.mark.parametrize("writer", WRITERS)
def test_the_hour_of_a_writers_keys_is_recognised(writer: str, tmp_path: Path) -> None:
    key, layout = WRITERS[writer]
    hours = write_hours(tmp_path, key)
    found = look(tmp_path)
    assert found.root is not None
    assert (found.root.layout.name, found.verdict) == (layout, Verdict.FOUND)
    assert found.agreement is not None
    assert (found.agreement.agrees, found.agreement.offset) == (True, 0)
    assert found.volume is not None
    assert (found.volume.files, found.volume.hours, found.ignored) == (len(hours), len(HOURS), 0)


@dataclass(frozen=True)
class Trap:
    """Keys with digits that are no hour: the key of the n-th file of a day, and how many files a day has."""

    key: Key
    files: int = 6
    verdict: Verdict = Verdict.FOUND
    """Of an archive by the day."""


TRAPS: dict[str, Trap] = {
    "a day that runs on into a year": Trap(
        lambda at, n: f"2018/{at:%m}/2018-{at:%m-%d}-events-{chr(97 + n)}.json", verdict=Verdict.DISAGREEMENT
    ),
    "a year before a word": Trap(lambda at, n: f"{at:%Y/%m/%d}/2024-events-{chr(97 + n)}.json"),
    "a year in a name below the day": Trap(lambda at, n: f"{at:%Y/%m/%d}/2019/report-{chr(97 + n)}.json"),
    "Hive's task numbers": Trap(lambda at, n: f"dt={at:%F}/{n:06}_0.gz"),
    "Hive's task numbers below y/m/d": Trap(lambda at, n: f"{at:%Y/%m/%d}/{n:06}_0.gz"),
    "a counter as a name": Trap(lambda at, n: f"{at:%Y/%m/%d}/{n:02}.json.gz"),
    "a counter from one": Trap(lambda at, n: f"{at:%Y/%m/%d}/{n + 1}.json.gz", files=12),
    "a counter of a dozen files": Trap(lambda at, n: f"{at:%F}/{n:02}/part.json", files=12),
    "a counter after a date": Trap(lambda at, n: f"events-{at:%F}.{n + 10}.json.gz"),
    "a counter after a compact date": Trap(lambda at, n: f"events-{at:%Y%m%d}_{n}.json.gz"),
    "a version after a date": Trap(lambda at, n: f"{at:%F}-02/{chr(97 + n)}.json"),
    "a batch number that could be a time": Trap(lambda at, n: f"{at:%Y%m%d}-{n:06}.json"),
    "a batch number of four digits": Trap(lambda at, n: f"{at:%F}_{100 * n + 7:04}.json"),
    "a shard below the day": Trap(lambda at, n: f"{at:%F}/shard/{n:02}/x.json"),
    "an epoch that is a customer": Trap(lambda at, n: f"customers/17319{n:05}/{at:%F}.json"),
    "partitions and offsets": Trap(
        lambda at, n: f"topics/web/partition={n}/web+{n}+0000000{at:%j}.json", verdict=Verdict.NO_LAYOUT
    ),
    "days": Trap(lambda at, n: f"year={at:%Y}/month={at:%m}/day={at:%d}/part-a1b2{n}.json"),
    "days of the year": Trap(lambda at, n: f"{at:%Y/%j}/part-{chr(97 + n)}.json", verdict=Verdict.NO_LAYOUT),
}
"""What the digits are -> the keys, and what `init` says."""


@pytest.mark.parametrize("digits", TRAPS)
def test_digits_that_are_no_hour_are_never_read_as_one(digits: str, tmp_path: Path) -> None:
    trap = TRAPS[digits]
    for day in range(3):
        for n in range(trap.files):
            start = FIRST.replace(hour=0) + timedelta(days=day, hours=n * 24 / trap.files)
            step = timedelta(hours=24 / trap.files / 8)
            write_events(tmp_path / trap.key(start, n), [start + k * step for k in range(8)])
    found = look(tmp_path)
    assert found.verdict is trap.verdict
    if trap.verdict is Verdict.FOUND:
        assert is_by_the_day(found)
    else:
        assert found.agreement is None or not found.agreement.agrees


def is_by_the_day(found: Inspection) -> bool:
    """Whether every key that was recognised counts for the first hour of its day, and clocks agree with that."""
    assert found.root is not None
    assert found.volume is not None
    days = all(form.arrives == "day" for form in found.root.layout.forms)
    return (
        days
        and found.volume.first.hour == found.volume.last.hour == 0
        and bool(found.agreement and found.agreement.agrees)
    )


@pytest.mark.parametrize("days", [1, 10])
@pytest.mark.parametrize("files", [2, 3])
def test_counters_of_small_days_are_no_hours(days: int, files: int, tmp_path: Path) -> None:
    for day in range(days):
        for n in range(files):
            at = FIRST.replace(hour=7) + timedelta(days=day, minutes=20 * n)
            write_events(tmp_path / f"{at:%Y/%m/%d}/{n:02}.json", [at + timedelta(minutes=5 * k) for k in range(4)])
    found = look(tmp_path)
    assert found.verdict is Verdict.FOUND
    assert is_by_the_day(found)


def test_an_archive_of_one_file_is_recognised(tmp_path: Path) -> None:
    write_events(tmp_path / f"{FIRST:%Y/%m/%d/%H}/x.json", [FIRST])
    assert look(tmp_path).verdict is Verdict.FOUND


@pytest.mark.parametrize(("writer", "verdict"), [("Firehose", Verdict.FOUND), ("GH Archive", Verdict.DISAGREEMENT)])
def test_a_form_that_only_its_producer_writes_is_believed_with_what_disagrees(
    writer: str, verdict: Verdict, tmp_path: Path
) -> None:
    for number in HOURS:
        at = FIRST + timedelta(hours=number)
        write_events(tmp_path / WRITERS[writer][0](at, 0), [at - timedelta(days=900)])
    found = look(tmp_path)
    assert found.verdict is verdict
    assert found.agreement is not None
    assert (found.agreement.agrees, found.agreement.near) == (False, 0.0)


def test_the_layout_that_the_operator_names_is_used_with_what_disagrees(tmp_path: Path) -> None:
    for n in range(6):
        at = FIRST.replace(hour=0) + timedelta(hours=4 * n)
        write_events(tmp_path / f"{at:%Y/%m/%d}/{n:02}.json", [at + timedelta(minutes=25 * k) for k in range(8)])
    layout = "{year}/{month}/{day}/{hour}*"
    found = look(tmp_path, layout)
    assert found.verdict is Verdict.FOUND
    assert found.agreement is not None
    assert not found.agreement.agrees


@pytest.mark.parametrize("offset", [9, -8, 5, -5])
def test_hours_in_local_time_are_recognised_with_their_offset(offset: int, tmp_path: Path) -> None:
    write_hours(tmp_path, lambda at, n: f"{at + timedelta(hours=offset):%Y/%m/%d/%H}/{n}.json")
    found = look(tmp_path)
    assert found.verdict is Verdict.FOUND
    assert found.agreement is not None
    assert found.agreement.offset == 0
    ahead = [FIRST.astimezone(ZoneInfo(name)).utcoffset() for name in found.zones]
    assert set(ahead) == {timedelta(hours=offset)}


def test_files_written_in_the_hour_after_are_no_disagreement(tmp_path: Path) -> None:
    write_hours(tmp_path, lambda at, n: f"{at + timedelta(hours=1):%Y/%m/%d/%H}/{n}.json")
    found = look(tmp_path)
    assert found.verdict is Verdict.FOUND
    assert found.agreement is not None
    assert (found.agreement.offset, round(found.agreement.in_hour, 6)) == (0, 1.0)


def write_without_arrival(folder: Path, delays: Sequence[int]) -> None:
    """Events of devices, which have only the time at which they happened."""
    for number in HOURS:
        at = FIRST + timedelta(hours=number)
        lines = [
            {"type": "track", "messageId": f"{at}-{n}", "userId": "u", "event": "Seen"}
            | {"timestamp": (at - timedelta(hours=delay)).isoformat()}
            for n, delay in enumerate(delays)
        ]
        path = folder / f"{at:%Y/%m/%d/%H}/x.json"
        path.parent.mkdir(parents=True)
        path.write_text("\n".join(map(json.dumps, lines)))


def test_late_events_without_a_time_of_arrival_are_no_disagreement(tmp_path: Path) -> None:
    write_without_arrival(tmp_path, [0] * 6 + [3, 7, 20, 300])
    assert look(tmp_path).verdict is Verdict.FOUND


def test_an_archive_of_late_events_only_needs_its_layout_named(tmp_path: Path) -> None:
    write_without_arrival(tmp_path, [60, 70, 200, 300])
    assert look(tmp_path).verdict is Verdict.DISAGREEMENT
    assert look(tmp_path, "{year}/{month}/{day}/{hour}/*").verdict is Verdict.FOUND


def write_without_clocks(folder: Path, key: Key, *, written: bool) -> None:
    for number in HOURS:
        at = FIRST + timedelta(hours=number)
        path = folder / key(at, 0)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('{"type": "track", "messageId": "m", "userId": "u", "event": "Seen", "timestamp": "soon"}\n')
        if written:
            os.utime(path, (seconds(at), seconds(at)))


def test_without_readable_clocks_a_template_is_believed_only_by_the_times_of_its_files(tmp_path: Path) -> None:
    write_without_clocks(tmp_path / "copied", lambda at, n: f"{at:%Y/%m/%d/%H}/x.json", written=False)
    write_without_clocks(tmp_path / "kept", lambda at, n: f"{at:%Y/%m/%d/%H}/x.json", written=True)
    write_without_clocks(tmp_path / "own", WRITERS["RudderStack's storage"][0], written=False)
    assert look(tmp_path / "copied").verdict is Verdict.UNPROVEN
    kept = look(tmp_path / "kept")
    assert (kept.verdict, kept.agreement is not None and kept.agreement.witness) == (Verdict.FOUND, "times of writing")
    assert look(tmp_path / "own").verdict is Verdict.FOUND


@pytest.mark.parametrize("writer", ["GH Archive's names in folders by day", "Firehose", "Hive, date and hour"])
def test_the_folder_of_one_day_is_not_taken_for_the_archive(writer: str, tmp_path: Path) -> None:
    key, layout = WRITERS[writer]
    for hour in range(5):
        at = FIRST + timedelta(hours=hour)
        write_events(tmp_path / key(at, 0), [at])
    found = look(tmp_path)
    assert found.root is not None
    assert (found.verdict, found.root.prefix, found.root.layout.name) == (Verdict.FOUND, "", layout)


@pytest.mark.parametrize("depth", [1, 3])
def test_the_url_of_a_day_or_an_hour_leads_to_the_archive(depth: int, tmp_path: Path) -> None:
    for hour in range(10, 14):
        at = FIRST.replace(hour=hour)
        write_events(tmp_path / f"{at:%Y/%m/%d/%H}/part-a.json", [at])
    found = look(tmp_path / "/".join(f"{FIRST:%Y/%m/%d}".split("/")[:depth]))
    assert (found.verdict, found.whole) == (Verdict.NO_LAYOUT, str(tmp_path))
