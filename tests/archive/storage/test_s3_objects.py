"""Archives on the S3 protocol: bounded listings, parts in order, and a storage that throttles, cuts, and changes."""

from __future__ import annotations

import gzip
import http.client
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import s3fs

from event_assets.archive.decoding.chunks import read_chunks
from event_assets.archive.errors import ArchiveError, TransientArchiveError
from event_assets.archive.listing.list_hours import list_hour, list_hours
from event_assets.archive.manifest import Manifest
from event_assets.archive.source import ArchiveSource
from event_assets.archive.storage import filesystem as storage
from event_assets.archive.storage import read_ahead as fetch
from event_assets.archive.storage import s3_objects as objects
from event_assets.events.chunk import Block, FileEnd
from tests.archive.files import make_lines
from tests.s3 import Bucket, Store
from tests.s3_proxy import Proxy, Trouble, start_proxy

HOUR = datetime(2026, 1, 31, 7, tzinfo=UTC)
FOLDER = "raw/2026/01/31/07"
FEW = {"max_attempts": 0}
"""No retries of the driver's own, so that ours are what is seen."""


@pytest.fixture(scope="module")
def way(s3: Store) -> Iterator[Proxy]:
    with start_proxy(s3) as proxy:
        yield proxy


@pytest.fixture
def proxy(way: Proxy, monkeypatch: pytest.MonkeyPatch) -> Proxy:
    way.clear()
    monkeypatch.setattr(objects, "PAUSES", (0.0, 0.01, 0.01))
    return way


@pytest.fixture
def bucket(s3: Store, proxy: Proxy) -> Bucket:
    return s3.new_bucket().through(proxy.endpoint)


def source_in(bucket: Bucket, *, layout: str = "auto", framing: str = "lines") -> ArchiveSource:
    options = {**bucket.options, "config_kwargs": {"retries": FEW}}
    return ArchiveSource(bucket.url("raw"), layout=layout, framing=framing, storage_options=options)


def put(bucket: Bucket, proxy: Proxy, *contents: bytes) -> tuple[ArchiveSource, Manifest]:
    """Objects of one hour, and their manifest; what passed until then is forgotten."""
    for number, content in enumerate(contents):
        bucket.put(f"{FOLDER}/{number:05}.jsonl", content)
    source = source_in(bucket)
    manifest = list_hour(source, HOUR)
    assert len(manifest.files) == len(contents)
    proxy.clear()
    return source, manifest


def read(source: ArchiveSource, manifest: Manifest) -> tuple[list[bytes], list[FileEnd]]:
    parts = [part for chunk in read_chunks(source, manifest, chunk_bytes=1 << 20) for part in chunk]
    values = [value for part in parts if isinstance(part, Block) for value in part.values]
    return values, [part for part in parts if isinstance(part, FileEnd)]


SMALL = make_lines(30)
LARGE = make_lines(60_000)
"""Of several parts."""


def test_small_objects_are_one_request_each_many_at_once_and_stay_in_order(bucket: Bucket, proxy: Proxy) -> None:
    contents = [b'{"n":%d}\n' % number for number in range(120)]
    source, manifest = put(bucket, proxy, *contents)
    values, ends = read(source, manifest)
    assert values == [content.rstrip() for content in contents]
    assert [end.file for end in ends] == [file.key for file in manifest.files]
    assert len(proxy.requests) == 120
    assert 2 < proxy.most_at_once <= fetch.CONNECTIONS


def test_a_large_object_comes_in_parts_and_an_empty_one_is_a_file(bucket: Bucket, proxy: Proxy) -> None:
    assert len(LARGE) > 2 * fetch.PART
    source, manifest = put(bucket, proxy, SMALL, LARGE, b"", SMALL)
    values, ends = read(source, manifest)
    assert values == (SMALL + LARGE + SMALL).splitlines()
    assert [end.lines for end in ends] == [30, 60_000, 0, 30]
    assert len(proxy.requests) == 3 + -(-len(LARGE) // fetch.PART)
    assert all("If-Match" in request.headers for request in proxy.requests)


def test_what_is_ahead_of_the_reader_is_bounded(bucket: Bucket, proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "AHEAD_BYTES", 4 * len(SMALL))
    source, manifest = put(bucket, proxy, *[SMALL] * 12)
    chunks = fetch.fetch_files(storage.open_storage(source), manifest.files)
    for number in range(3):
        _, pieces = next(chunks)
        assert b"".join(pieces) == SMALL
        assert len(proxy.requests) <= number + 1 + 4
    chunks.close()


def test_the_rest_of_a_bad_file_is_not_fetched(bucket: Bucket, proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "PART", 1000)
    monkeypatch.setattr(fetch, "AHEAD_BYTES", 4000)
    bad = gzip.compress(SMALL) + b"garbage" * 40_000
    source, manifest = put(bucket, proxy, bad, SMALL)
    values, ends = read(source, manifest)
    assert (values, [bool(end.bad) for end in ends]) == (SMALL.splitlines(), [True, False])
    assert proxy.count("GET", "00000") < 80


@pytest.mark.parametrize("trouble", ["throttle", "error", "cut", "short", "reset"])
@pytest.mark.parametrize("content", [SMALL, LARGE], ids=["small", "large"])
def test_what_goes_wrong_for_a_while_is_asked_again(
    bucket: Bucket, proxy: Proxy, trouble: Trouble, content: bytes
) -> None:
    source, manifest = put(bucket, proxy, SMALL, content, SMALL)
    proxy.fail(trouble, key="00001", times=3)
    values, ends = read(source, manifest)
    assert values == (SMALL + content + SMALL).splitlines()
    assert not any(end.bad for end in ends)
    assert not any(rule.times for rule in proxy.rules)


@pytest.mark.parametrize("trouble", ["throttle", "error", "cut", "short", "reset"])
def test_what_keeps_going_wrong_ends_and_is_no_bad_file(
    bucket: Bucket, proxy: Proxy, trouble: Trouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3fs.S3FileSystem, "retries", 2)
    source, manifest = put(bucket, proxy, SMALL)
    proxy.fail(trouble, times=1000)
    with pytest.raises(TransientArchiveError, match=r"00000.jsonl in s3://.* failed: .* [Rr]un the same") as caught:
        read(source, manifest)
    assert "\n" not in str(caught.value)
    assert 4 <= len(proxy.requests) <= 4 * 2


def test_an_object_that_changes_or_vanishes_after_the_listing_is_reported_as_that(bucket: Bucket, proxy: Proxy) -> None:
    source, manifest = put(bucket, proxy, SMALL, SMALL)
    bucket.put(f"{FOLDER}/00001.jsonl", SMALL.replace(b"m-1-", b"m-2-"))
    with pytest.raises(TransientArchiveError, match=r"00001.jsonl .* was rewritten .* Run the hour again"):
        read(source, manifest)
    bucket.put(f"{FOLDER}/00001.jsonl", b"")
    with pytest.raises(TransientArchiveError, match="was rewritten"):
        read(source, manifest)
    bucket.remove(f"{FOLDER}/00001.jsonl")
    with pytest.raises(TransientArchiveError, match="vanished between listing and reading"):
        read(source, manifest)
    values, _ = read(source, list_hour(source, HOUR))
    assert values == SMALL.splitlines()


def test_a_large_object_rewritten_on_the_way_is_not_mixed_of_two_versions(
    bucket: Bucket, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "AHEAD_BYTES", 1)
    source, manifest = put(bucket, proxy, LARGE)
    files = fetch.fetch_files(storage.open_storage(source), manifest.files)
    _, pieces = next(files)
    assert next(pieces) == LARGE[: 64 << 10]
    bucket.put(f"{FOLDER}/00000.jsonl", LARGE[::-1])
    with pytest.raises(TransientArchiveError, match="was rewritten"):
        list(pieces)


def test_a_storage_that_does_not_know_if_match_is_looked_at_by_its_answer(bucket: Bucket, proxy: Proxy) -> None:
    source, manifest = put(bucket, proxy, SMALL)
    old = replace(source, storage_options={**source.storage_options, "local_expiry_check": True})
    assert read(old, manifest)[0] == SMALL.splitlines()
    assert "If-Match" not in proxy.requests[-1].headers
    bucket.put(f"{FOLDER}/00000.jsonl", SMALL.replace(b"m-1-", b"m-2-"))
    with pytest.raises(TransientArchiveError, match="was rewritten"):
        read(old, manifest)


def test_a_listing_that_is_throttled_is_asked_again(bucket: Bucket, proxy: Proxy) -> None:
    source, manifest = put(bucket, proxy, SMALL)
    troubles: tuple[Trouble, ...] = ("throttle", "error", "cut", "reset")
    for trouble in troubles:
        proxy.fail(trouble, key="list-type", times=2)
    assert list_hour(source, HOUR) == manifest
    assert not any(rule.times for rule in proxy.rules)


def test_only_the_folders_of_the_hours_asked_for_are_listed(bucket: Bucket, proxy: Proxy) -> None:
    for number in range(60):
        moment = HOUR + timedelta(hours=number)
        bucket.put(f"raw/{moment:%Y/%m/%d/%H}/a.jsonl", SMALL)
    source = source_in(bucket, layout="{year}/{month}/{day}/{hour}/*.jsonl")
    proxy.clear()
    listing = list_hours(source, start=HOUR + timedelta(hours=20), end=HOUR + timedelta(hours=21))
    assert [hour.hour for hour in listing.hours] == [3, 4]
    prefixes = [request.prefix for request in proxy.requests]
    day = ["raw/", "raw/2026/", "raw/2026/02/", "raw/2026/02/01/"]
    assert prefixes == [*day, "raw/2026/02/01/03/", "raw/2026/02/01/04/"]


@pytest.mark.slow
def test_an_hour_of_four_thousand_objects_is_listed_page_by_page(bucket: Bucket, proxy: Proxy, s3: Store) -> None:
    for number in range(4_050):
        put_bare(s3, f"/{bucket.name}/{FOLDER}/{number:05}.jsonl", b'{"n":%d}\n' % number)
    source = source_in(bucket)
    proxy.clear()
    manifest = list_hour(source, HOUR)
    assert [file.key[-11:-6] for file in manifest.files] == [f"{number:05}" for number in range(4_050)]
    assert len([request for request in proxy.requests if request.prefix == f"{FOLDER}/"]) == 5
    values, _ = read(source_in(bucket.through(s3.endpoint)), replace(manifest, files=manifest.files[-500:]))
    assert values == [b'{"n":%d}' % number for number in range(3_550, 4_050)]


def put_bare(store: Store, path: str, content: bytes) -> None:
    """An object made with as little ado as can be: a driver takes four times as long."""
    connection = http.client.HTTPConnection(store.endpoint.removeprefix("http://"), timeout=30)
    connection.request(
        "PUT",
        path,
        content,
        {"Authorization": "AWS4-HMAC-SHA256 Credential=tests/20260131/eu-central-1/s3/aws4_request"},
    )
    answer = connection.getresponse()
    answer.read()
    connection.close()
    assert answer.status == 200


def test_a_bucket_that_is_not_there_and_an_empty_prefix_are_distinguished(bucket: Bucket, proxy: Proxy) -> None:
    source = source_in(bucket)
    with pytest.raises(ArchiveError, match="is no folder or prefix with files") as empty:
        list_hour(source, HOUR)
    with pytest.raises(ArchiveError, match="there is no such bucket") as missing:
        list_hour(replace(source, archive="s3://nowhere-at-all/raw"), HOUR)
    assert not any(isinstance(caught.value, TransientArchiveError) for caught in (empty, missing))
