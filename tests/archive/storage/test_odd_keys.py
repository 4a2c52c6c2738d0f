"""Keys with empty parts, dots, spaces, marks and any Unicode: listed, read, and in the lake as they are."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import polars as pl
import pytest

from event_assets.archive.inspection.inspect import inspect
from event_assets.archive.inspection.result import InitHints, Verdict
from event_assets.archive.listing.bounded_listing import InspectionLimits
from event_assets.archive.listing.list_hours import list_hour, list_hours
from event_assets.archive.source import ArchiveSource
from event_assets.config.source import Source
from tests.drive import Place, load_archive
from tests.s3 import Bucket, Store

HOUR = datetime(2026, 1, 31, 7, tzinfo=UTC)
DAY = "2026/01/31"
NAMES = (
    *("a b", " a", "a ", "%41", "%2F", "100%", "a+b", "a#b", "a?b", "a?versionId=1", "a&b;c=d@e:f", "a,b$!(c)"),
    *(
        "caf\u00e9",
        "cafe\u0301",
        "\u65e5\u672c",
        "\U0001f600",
        "\u200b",
        "\ufffd",
        "\u2028",
        "tab\t",
        "\x01",
        "\x7f",
        "\r",
    ),
    *("\"quoted'", "[a]*{b}", "back\\slash", "<a>&amp;", "`$(a)`", "--a", "~a", "a~b", "s3:", "a" * 200),
)
EMPTY_PARTS = (
    *(f"/{DAY}/07/a", f"//{DAY}/07/a", "2026//01/31/07/a", f"{DAY}//07/a", f"{DAY}/07//a", f"{DAY}/07/b//a"),
    *(f"{DAY}/07/./a", f"{DAY}/07/../a", f"./{DAY}/07/a", f"s3://{DAY}/07/a", f"{DAY}/07///a"),
)
HIDDEN = (
    f"{DAY}/07/.a",
    f"{DAY}/07/...a",
    f"{DAY}/07/_a",
    f"{DAY}/07/marker/",
    f"{DAY}/07//_SUCCESS",
    f"{DAY}/07/",
    "2026/",
)
LAYOUT = (
    *("{year}/{month}/{day}/{hour}/**", "**/{year}/{month}/{day}/{hour}/*"),
    *("{year}//{month}/{day}/{hour}/*", "{year}/{month}/{day}//{hour}/*"),
)
WALKED = (
    *("{year}/{month}/{day}/{hour}/*", "/{year}/{month}/{day}/{hour}/*", "{year}//{month}/{day}/{hour}/*"),
    *("{year}/{month}/{day}//{hour}/*", "{year}/{month}/{day}/{hour}//*", "{year}/{month}/{day}/{hour}/*/*"),
    *("//{year}/{month}/{day}/{hour}/*", "*/*/{year}/{month}/{day}/{hour}/*", "./{year}/{month}/{day}/{hour}/*"),
    *("{year}/{month}/{day}/{hour}/*//*", "{year}/{month}/{day}/{hour}//*/**"),
)
"""Layouts of an hour that is listed folder by folder, where the others need the whole archive."""


def event(key: str, hour: int = 7) -> bytes:
    return json.dumps(
        {
            "type": "track",
            "messageId": f"m-{key}",
            "event": "Opened",
            "timestamp": f"2026-01-31T{hour:02}:05:00Z",
            "receivedAt": f"2026-01-31T{hour:02}:05:01Z",
        }
    ).encode()


def put(bucket: Bucket, keys: Iterable[str], hour: int = 7) -> None:
    """Put objects by the plain protocol: the driver's own way of paths is not what writes an archive."""
    for key in keys:
        bucket.files.call_s3("put_object", Bucket=bucket.name, Key=key, Body=event(key, hour))


def check_lake(where: Place, keys: Iterable[str], prefix: str = "") -> None:
    """Load, and compare the files that the lake and the ledger name with those that wrote the events."""
    load_archive(where)
    rows = pl.read_parquet(where.folder / "lake/default/events/**/*.parquet", hive_partitioning=False)
    assert dict(rows.select("_file", "id").iter_rows()) == {key: f"m-{prefix}{key}" for key in keys}
    with duckdb.connect(str(where.warehouse), read_only=True) as warehouse:
        assert warehouse.execute("SELECT count(*) FROM events.opened").fetchall() == [(len(rows),)]
        files = warehouse.execute("SELECT DISTINCT file FROM tideline.load_files").fetchall()
        assert sorted(key for (key,) in files) == sorted(keys)


def test_every_object_is_listed_and_read_and_named_in_the_lake(s3: Store, tmp_path: Path) -> None:
    bucket = s3.new_bucket()
    keys = [*(f"{DAY}/07/{name}" for name in NAMES), *EMPTY_PARTS]
    put(bucket, [f"raw/{key}" for key in (*keys, *HIDDEN)])
    source = Source(bucket.url("raw"), layout=LAYOUT, storage_options=bucket.options)
    listing = list_hours(source)
    assert (sorted(file.key for file in listing.hours[HOUR].files), listing.ignored) == (sorted(keys), len(HIDDEN))
    check_lake(Place(source, tmp_path), keys, "raw/")
    every = ArchiveSource(bucket.url("raw"), layout="*", arrival="modified", storage_options=bucket.options)
    (manifest,) = list_hours(every).hours.values()
    assert sorted(file.key for file in manifest.files) == sorted(keys)
    walked = ArchiveSource(bucket.url("raw"), layout=WALKED, storage_options=bucket.options)
    assert sorted(file.key for file in list_hour(walked, HOUR).files) == sorted(keys)


def test_a_marker_of_a_folder_is_no_file_however_the_archive_is_listed(s3: Store) -> None:
    bucket = s3.new_bucket()
    put(bucket, [f"raw/{DAY}/07/a", f"raw/{DAY}/07/", f"raw/{DAY}/", "raw/", f"raw/{DAY}/08/", f"raw/{DAY}/07/b/"])
    layout = "{year}/{month}/{day}/{hour}/*"
    source = ArchiveSource(bucket.url("raw"), layout=layout, storage_options=bucket.options)
    listing = list_hours(source)
    assert {hour: [file.key for file in found.files] for hour, found in listing.hours.items()} == {
        HOUR: [f"{DAY}/07/a"]
    }
    assert list_hour(source, HOUR).hash == listing.hours[HOUR].hash


def test_a_bucket_without_a_prefix_has_keys_that_begin_with_a_slash(s3: Store, tmp_path: Path) -> None:
    bucket = s3.new_bucket()
    keys = [f"/{DAY}/07/a", f"/{DAY}/07//b", f"//{DAY}/07/c"]
    put(bucket, keys)
    layout = ("/{year}/{month}/{day}/{hour}/*", "/{year}/{month}/{day}/{hour}//*", "//{year}/{month}/{day}/{hour}/*")
    source = Source(bucket.url(), layout=layout, storage_options=bucket.options)
    assert sorted(file.key for file in list_hour(source, HOUR).files) == sorted(keys)
    check_lake(Place(source, tmp_path), keys)


def test_every_name_of_a_local_file_is_listed_and_read_and_named_in_the_lake(tmp_path: Path) -> None:
    folder = tmp_path / "arch ive#1?%41"
    keys = [f"{DAY}/07/{name}" for name in (*NAMES, "new\nline", "\n")]
    for key in keys:
        path = folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(event(key))
    source = Source(str(folder), layout="{year}/{month}/{day}/{hour}/*")
    assert sorted(file.key for file in list_hour(source, HOUR).files) == sorted(keys)
    check_lake(Place(source, tmp_path), keys)


@pytest.mark.parametrize(
    ("form", "auto", "layout"),
    [
        ("raw//2026/01/31/{hour:02}/{n}.json", True, "*/{{year}}/{{month}}/{{day}}/{{hour}}/*"),
        ("raw/2026/01/31//{hour:02}/{n}.json", False, "{{year}}/{{month}}/{{day}}//{{hour}}/*"),
        ("raw//rudder-logs/s//2026-01-31/{epoch}.s.u{n}.json.gz", False, "rudderstack"),
    ],
)
def test_auto_and_init_see_keys_with_empty_parts(s3: Store, form: str, layout: str, *, auto: bool) -> None:
    bucket = s3.new_bucket()
    for hour in (7, 8):
        keys = [form.format(hour=hour, n=n, epoch=1769842800 + 3600 * (hour - 7) + n) for n in range(3)]
        put(bucket, keys, hour)
    source = ArchiveSource(bucket.url("raw"), storage_options=bucket.options)
    found = inspect(source, InitHints(), InspectionLimits())
    assert (found.verdict, found.ignored, found.unfit) == (Verdict.FOUND, 0, ())
    assert found.root is not None
    assert found.root.layout.name == layout.format()
    named = ArchiveSource(found.archive, layout=found.root.layout.name, storage_options=bucket.options)
    for listed in (list_hours(named), *([list_hours(source)] if auto else [])):
        assert [len(manifest.files) for manifest in listed.hours.values()] == [3, 3]
