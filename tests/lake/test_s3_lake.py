"""A lake on the S3 protocol: the order of requests, transient failures, and failures for the operator."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import s3fs

from event_assets.events.schema import LAKE_SCHEMA
from event_assets.lake import store as location
from event_assets.lake.errors import LakeError, TransientLakeError, UnusableLake
from event_assets.lake.maintenance.vacuum import clean_hour
from event_assets.lake.paths import note_path
from event_assets.lake.reading.read import list_hours, lookup, read_note, read_quarantine, scan_hour
from event_assets.lake.store import Lake
from tests.lake.build import HOUR, TINY, Files, ids, line, write
from tests.lake.reading.test_read import keys
from tests.s3 import Bucket, Store
from tests.s3_proxy import Proxy, Trouble, start_proxy

FILES: Files = {"a.gz": [line(f"m{n}", event=f"E{n % 7}") for n in range(40)] + [b"{"], "b.gz": [line("m5")]}
LATER = datetime.now(UTC) + timedelta(days=2)


@pytest.fixture(scope="module")
def way(s3: Store) -> Iterator[Proxy]:
    with start_proxy(s3) as proxy:
        yield proxy


@pytest.fixture
def bucket(s3: Store, way: Proxy) -> Bucket:
    way.clear()
    return s3.new_bucket().through(way.endpoint)


@pytest.fixture
def lake(bucket: Bucket) -> Lake:
    return Lake(bucket.url("lake"), bucket.options)


@pytest.fixture
def impatient(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> Lake:
    """The same lake by a driver that hardly tries again."""
    monkeypatch.setattr(s3fs.S3FileSystem, "retries", 2)
    return Lake(lake.url, {**lake.storage_options, "config_kwargs": {"retries": {"max_attempts": 0}}})


def test_the_note_is_written_last_and_by_one_request(lake: Lake, way: Proxy) -> None:
    note = write(lake, FILES)
    puts = [request.path for request in way.requests if request.method == "PUT"]
    assert len(puts) == len(note.parquet) + len(note.quarantine) + 1
    assert puts[-1].endswith("lake/default/hours/2026-01-31T07.json")
    assert list_hours(lake, "default") == [HOUR]


def test_a_large_file_is_sent_in_parts_and_read_back_whole(
    lake: Lake, bucket: Bucket, way: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(location, "UPLOAD_PART", 5 << 20)
    content = random.Random(1).randbytes(12 << 20)
    for path in ("x/first", "x/second"):
        if path == "x/second":
            way.fail("error", method="PUT", key="partNumber=2", times=2)
            way.fail("throttle", method="PUT", key="partNumber=3", times=2)
        with lake.draft_file(path) as draft:
            draft.write_bytes(content)
        assert bucket.read(f"lake/{path}") == content
    assert way.count("POST") == 4
    assert bucket.keys("lake")["lake/x/first"]["ETag"].strip('"').endswith("-3")


def test_an_upload_that_fails_leaves_nothing_to_be_seen(
    impatient: Lake, bucket: Bucket, way: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = impatient
    write(lake, FILES)
    before = bucket.keys()
    monkeypatch.setattr(location, "UPLOAD_PART", 5 << 20)
    way.fail("error", method="PUT", key="partNumber=[23]", times=1000)  # one part arrives: parts come at once
    with (
        pytest.raises(LakeError, match=r"Writing x/y of the lake s3://.*internal error"),
        lake.draft_file("x/y") as draft,
    ):
        draft.write_bytes(b"x" * (11 << 20))
    assert bucket.keys() == before
    assert way.count("DELETE", "x/y") == 1


def test_a_failed_write_leaves_the_former_hour_live(impatient: Lake, way: Proxy) -> None:
    lake = impatient
    former = write(lake, FILES)
    way.fail("throttle", method="PUT", key=r"\.json", times=1000)
    with pytest.raises(TransientLakeError, match=r"Writing default/hours/2026-01-31T07.json of the lake"):
        write(lake, {**FILES, "c.gz": [line("m99")]})
    way.clear()
    assert read_note(lake, "default", HOUR) == former
    assert len(ids(scan_hour(lake, former).collect())) == 40


def test_reading_continues_through_throttling_broken_answers_and_cut_bodies(lake: Lake, way: Proxy) -> None:
    note = write(lake, FILES)
    expected = scan_hour(lake, note).collect()
    troubles: tuple[Trouble, ...] = ("throttle", "error", "cut", "reset")
    for trouble in troubles:
        way.fail(trouble, key="parquet|json")
    assert read_note(lake, "default", HOUR) == note
    assert scan_hour(lake, note).collect().equals(expected)
    assert lookup(lake, note, keys(("track", "m5"))).height == 1
    assert read_quarantine(lake, note, None).height == 1
    assert expected.schema == LAKE_SCHEMA
    assert not any(rule.times for rule in way.rules)


@pytest.mark.parametrize("trouble", ["throttle", "error", "cut", "reset"])
def test_an_error_that_persists_in_a_scan_is_an_error_of_the_lake(
    impatient: Lake, way: Proxy, trouble: Trouble
) -> None:
    """So that it fails an hour, and is no traceback: Arrow and polars hand on whatever a driver raises."""
    note = write(impatient, FILES)
    way.fail(trouble, key="parquet", times=1000)
    message = r"Reading default/.*parquet of the lake s3://.*[Rr]un the same again"
    with pytest.raises(TransientLakeError, match=message):
        scan_hour(impatient, note).collect()
    with pytest.raises(TransientLakeError, match=message):
        read_quarantine(impatient, note, None)


def test_what_another_process_has_written_is_seen_at_once(lake: Lake, bucket: Bucket, s3: Store) -> None:
    """No listing is remembered, though folders have been listed before."""
    write(lake, FILES)
    clean_hour(lake, "default", HOUR, now=LATER)
    other = bucket.through(s3.endpoint)
    note = write(Lake(other.url("lake"), other.options), {**FILES, "c.gz": [line("m99")]})
    assert read_note(lake, "default", HOUR) == note
    assert "m99" in ids(scan_hour(lake, note).collect())


def test_files_that_the_note_no_longer_names_go_after_a_day(lake: Lake, bucket: Bucket) -> None:
    former = write(lake, FILES, shape=TINY)
    note = write(lake, {"a.gz": [line("m1")]}, shape=TINY)
    assert clean_hour(lake, "default", HOUR, now=datetime.now(UTC)) == ()
    removed = clean_hour(lake, "default", HOUR, now=LATER)
    assert set(removed) == {*former.parquet, *former.quarantine}
    live = {*note.parquet, *note.quarantine, note_path("default", HOUR)}
    assert {key.removeprefix("lake/") for key in bucket.keys("lake")} == live


def test_a_file_that_is_missing_from_the_lake_is_an_error(lake: Lake, bucket: Bucket) -> None:
    note = write(lake, FILES)
    bucket.remove(f"lake/{note.parquet[0]}")
    with pytest.raises(LakeError, match="is missing from the lake: load the hour with --reload"):
        scan_hour(lake, note)


def test_a_lake_whose_bucket_is_not_there_is_not_an_empty_lake(bucket: Bucket) -> None:
    lake = Lake("s3://nowhere-at-all/lake", bucket.options)
    with pytest.raises(UnusableLake, match="there is no such bucket"):
        read_note(lake, "default", HOUR)
    with pytest.raises(UnusableLake, match="there is no such bucket"):
        list_hours(lake, "default")
    with pytest.raises(UnusableLake, match="there is no such bucket"):
        write(lake, FILES)
