"""Listing: hours and manifests of real folders, the same whether all or one hour is listed."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar

import fsspec
import pytest
from fsspec.implementations.local import LocalFileSystem

from event_assets.archive.errors import ArchiveError
from event_assets.archive.listing.layouts import find_layout
from event_assets.archive.listing.list_hours import list_hour, list_hours, settle_layout
from event_assets.archive.manifest import ArchiveFile, Manifest, carry_vanished
from event_assets.archive.source import ArchiveSource
from event_assets.archive.storage.filesystem import describe_file, open_storage
from tests.archive.files import HOUR
from tests.conftest import SHARED

TREES = {
    "{year}/{month}/{day}/{hour}/*": "{:%Y/%m/%d/%H}/part.gz",
    "dt={date}/hr={hour}/**": "dt={0:%Y-%m-%d}/hr={0.hour}/deep/er/part.gz",
    "*/{date}/{hour}/*": "web/{:%Y-%m-%d/%H}/part.gz",
    "**/{date}-{hour}.gz": "a/b/{:%Y-%m-%d-%H}.gz",
    "gharchive": "{0:%Y-%m-%d}-{0.hour}.json.gz",
    "rudderstack-gateway": "src/gw/{0:%Y-%m-%d}/{0.hour}/i-0/1769842800_1769842900_ws_1f.json.gz",
    "firehose": "raw/year={0:%Y}/month={0:%m}/day={0:%d}/hour={0:%H}/s-1-{0:%Y-%m-%d-%H}-00-00-1-2-3-4-5.gz",
    "snowplow": "enriched/archive/run={:%Y-%m-%d-%H}-12-33/part-00000.gz",
    "cloudtrail": "AWSLogs/1/CloudTrail/us-east-2/{0:%Y/%m/%d}/1_CloudTrail_us-east-2_{0:%Y%m%dT%H}05Z_x.json.gz",
}


def fill(folder: Path, *keys: str, content: bytes = b"{}\n") -> None:
    for key in keys:
        (folder / key).parent.mkdir(parents=True, exist_ok=True)
        (folder / key).write_bytes(content)


def hours_of(source: ArchiveSource, **bounds: datetime) -> list[str]:
    return [hour.strftime("%dT%H") for hour in list_hours(source, **bounds).hours]


@pytest.mark.parametrize("layout", TREES)
def test_some_hours_are_listed_as_in_a_listing_of_all(tmp_path: Path, layout: str) -> None:
    hours = [datetime(2026, 1, 30, 22, tzinfo=UTC) + timedelta(hours=n) for n in (0, 1, 2, 3, 11, 26)]
    fill(tmp_path, *(TREES[layout].format(hour) for hour in hours))
    source = ArchiveSource(str(tmp_path), layout=layout)
    everything = list_hours(source).hours
    assert list(everything) == hours
    some = list_hours(source, start=hours[1], end=hours[4]).hours
    assert some == {hour: everything[hour] for hour in hours[1:5]}
    assert [list_hour(source, hour) for hour in hours] == list(everything.values())
    assert list_hour(source, hours[0] - timedelta(days=1)).files == ()
    assert list(list_hours(source, start=hours[3]).hours) == hours[3:]


def test_folders_of_other_times_are_not_listed(tmp_path: Path) -> None:
    fill(tmp_path, "2026/01/31/07/a.gz", "2026/01/31/08/b.gz", "2026/01/30/07/c.gz", "2025/01/31/07/d.gz")
    for other in ("2026/01/31/08", "2026/01/30", "2025"):
        (tmp_path / other).chmod(0)
    fs = fsspec.filesystem("file")
    listed: list[str] = []
    original = fs.ls

    class Watched(type(fs)):  # type: ignore[misc]  # a file system that records its requests
        protocol = "watched"
        cachable = False

        def ls(self, path: str, detail: bool = False, **options: object) -> object:
            listed.append(str(path).removeprefix(str(tmp_path)))
            return original(path, detail=detail, **options)

    fsspec.register_implementation("watched", Watched, clobber=True)
    manifest = list_hour(ArchiveSource(f"watched://{tmp_path}", layout="{year}/{month}/{day}/{hour}/*"), HOUR)
    assert [file.key for file in manifest.files] == ["2026/01/31/07/a.gz"]
    assert listed == ["", "/2026", "/2026/01", "/2026/01/31", "/2026/01/31/07"]


def test_keys_that_do_not_fit_are_counted_and_in_their_hour_where_the_folder_tells_it(tmp_path: Path) -> None:
    fill(tmp_path, "2026/01/31/07/a.gz", "2026/01/31/07/_SUCCESS", "2026/01/31/07/.a.gz.crc", "README.md", "2026/x/y")
    listing = list_hours(ArchiveSource(str(tmp_path), layout="{year}/{month}/{day}/{hour}/*"))
    assert listing.ignored == 4
    assert listing.hours[HOUR].ignored == 2
    assert list_hour(ArchiveSource(str(tmp_path), layout="{year}/{month}/{day}/{hour}/*"), HOUR).ignored == 2


def test_a_segment_file_without_a_time_in_its_name_arrived_when_it_was_modified(tmp_path: Path) -> None:
    fill(tmp_path, "segment-logs/s/1769817600000/1769842800999.x.gz", "segment-logs/s/1769817600000/x.gz")
    modified = datetime(2026, 2, 3, 4, 5, tzinfo=UTC).timestamp()
    os.utime(tmp_path / "segment-logs/s/1769817600000/x.gz", (modified, modified))
    assert hours_of(ArchiveSource(str(tmp_path))) == ["31T07", "03T04"]
    late = datetime(2026, 2, 3, 4, tzinfo=UTC)
    assert hours_of(ArchiveSource(str(tmp_path)), start=late, end=late) == ["03T04"]


def test_an_upload_that_was_late_is_found_in_the_folder_of_another_day(tmp_path: Path) -> None:
    fill(tmp_path, "rudder-logs/s/2026-02-09/1769842800.s.u.json.gz")
    assert hours_of(ArchiveSource(str(tmp_path), layout="rudderstack"), start=HOUR, end=HOUR) == ["31T07"]


def test_a_file_written_again_has_another_etag_and_a_new_manifest_hash(tmp_path: Path) -> None:
    fill(tmp_path, "2026/01/31/07/a.gz")
    source = ArchiveSource(str(tmp_path))
    before = list_hour(source, HOUR)
    assert list_hour(source, HOUR).hash == before.hash
    time.sleep(0.02)
    fill(tmp_path, "2026/01/31/07/a.gz", content=b"[]\n")
    after = list_hour(source, HOUR)
    assert after.files[0].size == before.files[0].size
    assert after.hash != before.hash


def test_the_etag_of_an_object_store_is_taken_and_else_the_time_of_modification() -> None:
    storage = open_storage(ArchiveSource("memory://bucket/prefix"))
    path = storage.path("a b.gz")
    for info, etag in (
        ({"size": 3, "ETag": '"abc-2"', "LastModified": HOUR}, "abc-2"),
        ({"size": 3, "etag": "xyz"}, "xyz"),
        ({"size": 3, "mtime": 1769842800.0}, "1769842800000000000"),
        ({"size": 3, "LastModified": HOUR}, "1769842800000000000"),
        ({"size": 3, "updated": "2026-01-31T07:00:00Z"}, "1769842800000000000"),
    ):
        assert describe_file(storage, path, info) == ArchiveFile("a b.gz", 3, etag)


class CachingFileSystem(LocalFileSystem):  # type: ignore[misc]  # fsspec ships no types
    """A folder whose listings are cached until the cache is cleared, as those of object stores."""

    protocol = "caching"
    remembered: ClassVar[dict[str, object]] = {}

    def find(self, path: str, *, detail: bool = False) -> object:
        if path not in self.remembered:
            self.remembered[path] = super().find(path, detail=detail)
        return self.remembered[path]

    def invalidate_cache(self, path: str | None = None) -> None:
        self.remembered.clear()


def test_a_file_that_came_since_the_last_listing_is_seen(tmp_path: Path) -> None:
    fsspec.register_implementation("caching", CachingFileSystem, clobber=True)
    source = ArchiveSource(f"caching://{tmp_path}", layout="gharchive")
    for n in range(2):
        fill(tmp_path, f"2026-01-31-{n}.json.gz")
        assert len(list_hours(source).hours) == n + 1


def test_another_file_system_is_listed_by_the_same_code() -> None:
    fs = fsspec.filesystem("memory")
    fs.pipe({"/listing-test/pre/2026/01/31/07/a.gz": b"{}\n", "/listing-test/2026/01/31/08/b.gz": b"{}\n"})
    listing = list_hours(ArchiveSource("memory://listing-test/pre/"))
    assert [(hour, [file.key for file in manifest.files]) for hour, manifest in listing.hours.items()] == [
        (HOUR, ["2026/01/31/07/a.gz"])
    ]


def test_auto_is_reported_in_the_listing_so_that_it_is_decided_once(tmp_path: Path) -> None:
    fill(tmp_path, *(f"2021-07-21-{n}.json.gz" for n in range(24)))
    listing = list_hours(ArchiveSource(str(tmp_path)))
    assert (listing.source.layout, len(listing.hours)) == ("gharchive", 24)
    assert settle_layout(ArchiveSource(str(tmp_path))) == listing.source


def test_a_folder_that_is_not_there_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    for missing in (tmp_path / "nope", tmp_path / "file"):
        for layout in ("auto", "gharchive"):
            with pytest.raises(ArchiveError, match=f"{missing.name}.*Check the path"):
                list_hours(ArchiveSource(str(missing), layout=layout))
    with pytest.raises(ArchiveError, match="nosuch"):
        list_hours(ArchiveSource("nosuch://x/y"))


def test_a_hundred_thousand_keys_are_sorted_in_seconds() -> None:
    layout = find_layout("rudderstack")
    keys = [f"rudder-logs/src/2026-01-31/{1769842800 + n}.src.{n:032x}.json.gz" for n in range(100_000)]
    started = time.process_time()
    assert all(layout.read_arrival(key, lambda: None) for key in keys)
    assert time.process_time() - started < 2


def test_a_manifest_has_one_hash_whatever_the_order_of_its_files() -> None:
    files = (ArchiveFile("b", 1, "x"), ArchiveFile("a", 2, "y"))
    assert Manifest("s", HOUR, files) == Manifest("s", HOUR, files[::-1])
    hashes = {
        Manifest("s", HOUR, changed).hash
        for changed in (
            files,
            files[:1],
            (),
            (ArchiveFile("b", 1, "x"), ArchiveFile("a", 2, "z")),
            (ArchiveFile("b", 1, "x"), ArchiveFile("a", 3, "y")),
            (ArchiveFile("b", 1, "x"), ArchiveFile("c", 2, "y")),
            (ArchiveFile("b1", 1, "x"), ArchiveFile("a", 2, "y")),
        )
    }
    assert len(hashes) == 7
    assert Manifest("other", HOUR + timedelta(hours=1), files, ignored=3).hash == Manifest("s", HOUR, files).hash


def test_a_vanished_file_stays_in_the_manifest_and_a_rewritten_one_is_taken_as_listed() -> None:
    old = (ArchiveFile("a", 1, "x"), ArchiveFile("b", 1, "x"))
    listed = Manifest("s", HOUR, (ArchiveFile("b", 1, "new"), ArchiveFile("c", 1, "x")))
    carried = carry_vanished(listed, old)
    assert carried.files == (ArchiveFile("a", 1, "x"), ArchiveFile("b", 1, "new"), ArchiveFile("c", 1, "x"))
    assert carried.vanished == {"a"}
    assert carry_vanished(listed, listed.files) == listed
    assert carry_vanished(Manifest("s", HOUR, old[:1]), old).hash == Manifest("s", HOUR, old).hash


REAL = [] if SHARED is None else [("gharchive", "gharchive", 4), ("wikiticker", "{year}/{month}/{day}/{hour}/*", 24)]


@pytest.mark.parametrize(("folder", "layout", "hours"), [*REAL, ("", "{year}/{month}/{day}/{hour}/*", 24)])
def test_auto_recognises_real_archives(tmp_path: Path, folder: str, layout: str, hours: int) -> None:
    fill(tmp_path, *(f"2015/09/12/{n:02}/events.jsonl.gz" for n in range(24)))
    archive = SHARED / "data" / folder if SHARED and folder else tmp_path
    listing = list_hours(ArchiveSource(str(archive)))
    assert (listing.source.layout, len(listing.hours), listing.ignored) == (layout, hours, 0)
