"""Hashes name the hours that may contain an id: never too few, whatever has happened to them (docs/adr/0006)."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from loaders.catalog.store import read_catalog
from loaders.load.context import LoadStamp
from loaders.load.hours.hour_table import begin_hours
from loaders.load.id_hashes import find_id_hours
from loaders.load.load import load_hour
from loaders.load.winners import make_readable
from loaders.rewrite.retain import Owner, drop_old_days
from loaders.schema.introspect import read_layout
from loaders.staging.stage import StagingOptions, stage_rows
from loaders.transform.table_rows import with_archive_hour
from tests.loaders.lake import MemoryLake, event, frame_of, hour_at
from tests.loaders.tables import Files, check_sums, ids_without_hash

DAY = 24 * 60
HASHES = "SELECT archive_hour, hash FROM tideline.id_hashes WHERE schema_name = 'events' ORDER BY ALL"


@pytest.fixture
def lake(file: Files) -> MemoryLake:
    """Three hours: `a` twice, the first wins; a page with the id of a track."""
    lake = MemoryLake()
    load_hour(file.warehouse, lake.put(0, [event("a", received=9), event("b"), event("b", type="page", name=None)]))
    load_hour(file.warehouse, lake.put(1, [event("a", received=3)]))
    load_hour(file.warehouse, lake.put(2, [event("c")]))
    return lake


def stand_once(file: Files) -> list[str]:
    """The ids of tracks, after a look at everything that must hold."""
    check_sums(file)
    return file.ids("tracks")


def test_a_hash_is_the_same_in_every_version(file: Files, lake: MemoryLake) -> None:
    first = {int.from_bytes(bytes.fromhex(text), "little") >> 16 for text in ("0cc175b9c0f1b6a8", "92eb5ffee6ae2fec")}
    assert {row["hash"] for row in file.query(HASHES) if row["archive_hour"] == hour_at(0)} == first


def test_only_hours_that_may_have_brought_an_id_are_looked_at(file: Files, lake: MemoryLake, tmp_path: Path) -> None:
    hour = lake.put(3, [event("a"), event("new"), event("b", type="page", name=None)])
    events = with_archive_hour(frame_of(lake.hours[hour_at(3)], hour_at(3)), hour_at(3))
    with file.warehouse.loading("events") as session:
        layout = read_layout(session, "events")
        catalog = read_catalog(session, "events", layout)
        staged = make_readable(session, stage_rows([events], catalog, StagingOptions(tmp_path)))
        hours = begin_hours(session, [LoadStamp(hour.archive_hour, "load")])
        find_id_hours(session, hour, hours, staged, layout)
        places = session.connection.execute(sa.text("SELECT type, archive_hour FROM load_id_hours ORDER BY ALL")).all()
    assert [tuple(place) for place in places] == [
        ("page", hour_at(0)), ("track", hour_at(0)), ("track", hour_at(1)),
    ]  # fmt: skip


def test_an_hour_that_is_loaded_again_is_not_noted_twice(file: Files, lake: MemoryLake) -> None:
    before = file.query(HASHES)
    load_hour(file.warehouse, lake.hour(0), reload=True)
    load_hour(file.warehouse, lake.put(2, [event("c", properties={"n": 2})]))
    assert file.query(HASHES) == before


def test_a_file_of_a_former_version_finds_the_rows_in_it(file: Files, lake: MemoryLake) -> None:
    for table in ("id_hashes", "id_hashes_until"):
        file.execute(f"DROP TABLE tideline.{table}")
    load_hour(file.warehouse, lake.put(3, [event("b", received=9), event("c", at=-300), event("d")]))
    assert stand_once(file) == ["a", "b", "c", "d"]


def test_what_a_former_version_has_loaded_meanwhile_is_found(file: Files, lake: MemoryLake) -> None:
    until = file.table("id_hashes_until", "tideline")[0]["load_id"]
    load_hour(file.warehouse, lake.put(3, [event("d")]))
    file.execute(f"DELETE FROM tideline.id_hashes WHERE archive_hour = '{hour_at(3)}'")
    file.execute(f"UPDATE tideline.id_hashes_until SET load_id = '{until}'")
    assert ids_without_hash(file) == ["d"]
    load_hour(file.warehouse, lake.put(4, [event("d", received=9)]))
    assert stand_once(file) == ["a", "b", "c", "d"]


def test_a_copy_that_came_back_is_found(file: Files, lake: MemoryLake) -> None:
    file.execute("DELETE FROM tideline.id_hashes_until")
    load_hour(file.warehouse, lake.put(3, []))  # computes the hashes again from the rows, so without the copy
    load_hour(file.warehouse, lake.put(0, [event("b"), event("b", type="page", name=None)]))
    load_hour(file.warehouse, lake.put(4, [event("a", received=1)]))
    assert stand_once(file) == ["a", "b", "c"]
    assert {row["id"]: row["_archive_hour"] for row in file.table("tracks")}["a"] == hour_at(1)


def test_what_a_pass_drops_leaves_no_hash_and_what_it_keeps_is_found(file: Files, lake: MemoryLake) -> None:
    load_hour(file.warehouse, lake.put(25, [event("late", received=DAY), event("young", at=DAY, received=DAY)]))
    load_hour(file.warehouse, lake.put(26, [event("who", type="identify"), event("gone")]))
    drop_old_days(file.warehouse, Owner("default", "events"), days=9, now=lambda: datetime(2026, 2, 10, 5, tzinfo=UTC))
    hours = [row["archive_hour"] for row in file.query(HASHES)]
    assert (hours.count(hour_at(25)), hours.count(hour_at(26)), len(set(hours) - {hour_at(1)})) == (1, 1, 2)
    load_hour(file.warehouse, lake.put(27, [event("young", at=-9), event("who", type="identify", received=DAY * 2)]))
    assert stand_once(file) == ["young"]
    assert file.ids("identifies") == ["who"]


def test_a_server_has_indexes_and_no_hashes(files: Files) -> None:
    load_hour(files.warehouse, MemoryLake().put(0, [event("a")]))
    assert ("id_hashes" in files.table_names("tideline")) is (files.database is None)
