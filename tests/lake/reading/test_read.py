"""The lake read again: single events by identity, the quarantine by reason, and the same on an object store."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from event_assets.events.schema import LAKE_SCHEMA
from event_assets.lake.errors import LakeError
from event_assets.lake.reading.read import list_hours, lookup, read_hour, read_note, read_quarantine, scan_hour
from event_assets.lake.store import Lake
from tests.lake.build import HOUR, Files, ids, lake_at, line, write
from tests.lake.writing.test_write_hour import check_counts, make_files

FILES: Files = {
    "a.gz": [line(f"m{n}", event=f"E{n % 7}") for n in range(100)],
    "b.gz": [line("m5", type="page", event=None), *[b"{"] * 7, *[b"[]"] * 5],
}


def keys(*pairs: tuple[str, str]) -> pl.DataFrame:
    """(type, id) pairs as lookup takes them."""
    return pl.DataFrame(pairs, schema=["type", "id"], orient="row")


@pytest.fixture(params=["folder", "memory", "s3"])
def lake(request: pytest.FixtureRequest, tmp_path: Path) -> Lake:
    """A lake in a folder, one on a file system that has objects and no renames, and one on the S3 protocol."""
    if request.param == "s3":
        bucket = request.getfixturevalue("s3").new_bucket()
        return Lake(bucket.url("lake"), bucket.options)
    return lake_at(tmp_path) if request.param == "folder" else Lake(f"memory://{tmp_path.name}/lake")


def test_lookup_gives_the_rows_of_these_identities_whole(lake: Lake) -> None:
    note = write(lake, FILES)
    found = lookup(lake, note, keys(("track", "m5"), ("track", "m77"), ("track", "none"), ("page", "m77")))
    everything = scan_hour(lake, note).collect()
    assert found.schema == LAKE_SCHEMA
    assert found.equals(everything.filter(pl.col("id").is_in(["m5", "m77"]), pl.col("type") == "track"))


def test_lookup_of_nothing_and_of_no_hour_is_empty(lake: Lake) -> None:
    note = write(lake, FILES)
    nothing = pl.DataFrame(schema=LAKE_SCHEMA)
    assert lookup(lake, note, keys()).equals(nothing)
    without = read_note(lake, "default", HOUR + timedelta(hours=1))
    assert lookup(lake, without, keys(("track", "m5"))).equals(nothing)


def test_filters_and_columns_of_a_scan_are_those_of_the_rows(lake: Lake) -> None:
    note = write(lake, FILES)
    rows = scan_hour(lake, note).filter(pl.col("event") == "E3").select("id", "timestamp").collect()
    assert ids(rows) == sorted(f"m{n}" for n in range(100) if n % 7 == 3)
    assert rows["timestamp"].dtype == LAKE_SCHEMA["timestamp"]


def test_an_hour_is_read_in_order_a_row_group_at_a_time(lake: Lake) -> None:
    files = {"a.gz": [line(f"m{n}", type=kind) for n in range(40) for kind in ("track", "page", "identify", "alias")]}
    note = write(lake, files)
    frames = list(read_hour(lake, note))
    everything = scan_hour(lake, note).collect()
    assert len(frames) > 5
    assert pl.concat(frames).equals(everything)
    some = list(read_hour(lake, note, {"page", "alias"}))
    assert 0 < len(some) < len(frames)
    wanted = pl.col("type").is_in(["page", "alias"])
    assert pl.concat(some).filter(wanted).equals(everything.filter(wanted))


def test_the_first_lines_of_each_reason_are_given_and_their_raw_may_be_cut(lake: Lake) -> None:
    note = write(lake, FILES)
    lines = read_quarantine(lake, note, 3, head_bytes=1)
    assert lines.select("reason", "line").rows() == [
        *[("invalid_json", number) for number in (2, 3, 4)],
        *[("not_an_object", number) for number in (9, 10, 11)],
    ]
    assert set(lines["raw"]) == {b"{", b"["}
    assert read_quarantine(lake, note, None).height == 12


def test_an_hour_on_an_object_store_is_the_hour_in_a_folder(tmp_path: Path) -> None:
    remote, local = Lake(f"memory://{tmp_path.name}/lake"), lake_at(tmp_path)
    files = make_files(7)
    note = write(remote, files, at_once=9)
    assert note == write(local, files)
    assert scan_hour(remote, note).collect().equals(scan_hour(local, note).collect())
    assert list_hours(remote, "default") == [HOUR]
    check_counts(remote, note)
    again = write(remote, {}, vanished=frozenset(files))
    assert scan_hour(remote, again).collect().equals(scan_hour(local, note).collect())


def test_a_missing_parquet_file_is_named(lake: Lake) -> None:
    note = write(lake, FILES)
    lake.remove(note.parquet[0])
    with pytest.raises(LakeError, match=note.parquet[0]):
        scan_hour(lake, note)
    with pytest.raises(LakeError, match=note.parquet[0]):
        list(read_hour(lake, note))
    with pytest.raises(LakeError, match=note.parquet[0]):
        lookup(lake, note, keys(("track", "m5")))


def test_a_lake_never_shows_its_storage_options() -> None:
    assert "secret" not in repr(Lake("memory://x", {"key": "secret"}))


def test_a_hour_that_was_never_written_has_no_note(lake: Lake) -> None:
    assert read_note(lake, "default", HOUR) is None
    assert list_hours(lake, "default") == []
