"""The lake scanned by people with polars, DuckDB and pyarrow: live rows only, filters and columns reach the files."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import duckdb
import polars as pl
import pyarrow.compute as pc
import pytest

from event_assets.lake.reading.read import SCANNED_SCHEMA, list_notes, scan_hour
from event_assets.lake.scan import dataset, scan
from event_assets.lake.store import Lake
from tests.lake.build import lake_at, line
from tests.lake.maintenance.days import compact, hour_of, write_day, write_one

ORDER = ("_archive_hour", "type", "id")


@pytest.fixture(params=["folder", "memory"])
def lake(request: pytest.FixtureRequest, tmp_path: Path) -> Lake:
    """Hours in a pack, one of them run again since, one that is alone, and files that no note names any more."""
    lake = lake_at(tmp_path) if request.param == "folder" else Lake(f"memory://{tmp_path.name}/lake")
    write_day(lake)
    compact(lake)
    write_one(lake, 2, {"a.gz": [line("new", event="E1")]}, etag="e2")
    write_one(lake, 9)
    return lake


def expected(lake: Lake, *numbers: int) -> pl.DataFrame:
    """The rows that the notes count, hour by hour."""
    frames = [
        scan_hour(lake, note)
        .collect()
        .with_columns(_archive_hour=pl.lit(note.archive_hour, SCANNED_SCHEMA["_archive_hour"]))
        for note in list_notes(lake, "default")
        if not numbers or note.archive_hour.hour in numbers
    ]
    return pl.concat(frames).sort(ORDER)


def test_a_scan_gives_the_live_rows_and_each_once(lake: Lake) -> None:
    rows = scan(lake).collect().sort(ORDER)
    assert rows.schema == SCANNED_SCHEMA
    assert rows.equals(expected(lake))
    assert rows.height == 5 * 31 + 91 + 1
    assert rows.equals(scan(lake.url).collect().sort(ORDER))


def test_a_dataset_gives_the_same_to_pyarrow_and_to_duckdb(lake: Lake) -> None:
    events = dataset(lake)
    assert pl.DataFrame(events.to_table()).sort(ORDER).equals(expected(lake))
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        counted = connection.execute(
            "SELECT _archive_hour, count(*) FROM events WHERE event = 'E1' GROUP BY ALL ORDER BY ALL"
        ).fetchall()
        assert connection.execute("SELECT count(*) FROM events").fetchone() == (expected(lake).height,)
    assert events.count_rows() == events.filter(pc.field("id").is_valid()).count_rows() == expected(lake).height
    assert counted == expected(lake).filter(event="E1").group_by("_archive_hour").len().sort("_archive_hour").rows()


def test_hours_bound_a_scan_with_or_without_a_zone(lake: Lake) -> None:
    assert scan(lake, start=hour_of(1), end=hour_of(2)).collect().sort(ORDER).equals(expected(lake, 1, 2))
    bare = datetime(2026, 1, 31, 5)  # noqa: DTZ001  as people write it
    assert scan(lake, start=bare).collect().sort(ORDER).equals(expected(lake, 5, 9))
    assert dataset(lake, end=hour_of(0)).count_rows() == expected(lake, 0).height
    assert scan(lake, source="nobody").collect().equals(pl.DataFrame(schema=SCANNED_SCHEMA))


def test_filters_and_columns_are_those_of_the_rows(lake: Lake) -> None:
    found = scan(lake).filter(pl.col("event") == "E1", pl.col("_archive_hour") > hour_of(1)).select("id")
    rows = expected(lake).filter(pl.col("event") == "E1", pl.col("_archive_hour") > hour_of(1))
    assert sorted(found.collect()["id"]) == sorted(rows["id"])
    table = dataset(lake).to_table(columns=["id"], filter=pc.field("_archive_hour") == hour_of(2))
    assert table["id"].to_pylist() == ["new"]


def test_filters_and_columns_reach_the_files(tmp_path: Path) -> None:
    lake = lake_at(tmp_path)
    write_day(lake)
    write_one(lake, 9)
    compact(lake)
    write_one(lake, 10)
    plan = scan(lake).filter(pl.col("event") == "E1").select("id").explain()
    assert plan.count("Parquet SCAN") == plan.count('col("event") == "E1"') == 2
    assert "FILTER" not in plan
    assert "PROJECT 2/24 COLUMNS" in plan  # of the hour that is not packed
    assert "PROJECT 3/25 COLUMNS" in plan  # of the pack: its hour too


def test_a_filter_on_the_hour_leaves_other_files_of_a_dataset_unopened(tmp_path: Path) -> None:
    lake = lake_at(tmp_path)
    first, second = write_day(lake, [1, 2])
    for path in first.parquet:
        Path(lake.locate(path)).write_bytes(b"no Parquet")
    table = dataset(lake).to_table(filter=pc.field("_archive_hour") == hour_of(2))
    assert table.num_rows == second.counts.distinct
