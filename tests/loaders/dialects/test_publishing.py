"""The copy of a DuckDB file for dashboards (contract §8)."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from loaders.interface.errors import Terminal
from loaders.load.load import load_hour
from tests.loaders.lake import MemoryLake, event
from tests.loaders.tables import Files

LEAVE = """
import duckdb, os, sys
kept_open = duckdb.connect(sys.argv[1])
kept_open.execute("CREATE TABLE left_over (a INT)")
os._exit(0)
"""


def rows(path: Path) -> int:
    with duckdb.connect(str(path), read_only=True) as reader:
        [count] = reader.execute("SELECT count(*) FROM events.tracks").fetchall()[0]
    return int(count)


def publish(file: Files, target: Path, *, minutes: float = 0, every: float = 0) -> bool:
    now = datetime.now(UTC) + timedelta(minutes=minutes)
    return file.warehouse.publish(target, every=timedelta(minutes=every), now=now)


def test_a_dashboard_that_holds_the_copy_open_neither_blocks_a_load_nor_sees_it(file: Files, tmp_path: Path) -> None:
    lake, target = MemoryLake(), tmp_path / "published.duckdb"
    load_hour(file.warehouse, lake.put(0, [event("a")]))
    assert publish(file, target)
    with duckdb.connect(str(target), read_only=True) as dashboard:
        assert dashboard.execute("SELECT count(*) FROM events.tracks").fetchall() == [(1,)]
        load_hour(file.warehouse, lake.put(1, [event("b"), event("c")]))
        assert publish(file, target, minutes=1)
        assert dashboard.execute("SELECT count(*) FROM events.tracks").fetchall() == [(1,)]
    assert rows(target) == 3
    assert {path.name for path in tmp_path.iterdir() if "published" in path.name} == {"published.duckdb"}


def test_a_copy_is_put_at_most_every_so_often_and_only_when_something_has_changed(file: Files, tmp_path: Path) -> None:
    lake, target = MemoryLake(), tmp_path / "published.duckdb"
    assert not publish(file, target), "there is no warehouse yet"
    load_hour(file.warehouse, lake.put(0, [event("a")]))
    assert publish(file, target, every=5)
    assert not publish(file, target, minutes=60, every=5), "nothing has been loaded since"
    load_hour(file.warehouse, lake.put(1, [event("b")]))
    assert not publish(file, target, minutes=4, every=5)
    assert publish(file, target, minutes=6, every=5)
    assert rows(target) == 2


def test_a_copy_of_a_clock_that_was_set_back_since_is_replaced(file: Files, tmp_path: Path) -> None:
    lake, target = MemoryLake(), tmp_path / "published.duckdb"
    load_hour(file.warehouse, lake.put(0, [event("a")]))
    assert publish(file, target)
    ahead = target.stat().st_mtime + 365 * 86_400
    os.utime(target, (ahead, ahead))
    load_hour(file.warehouse, lake.put(1, [event("b")]))
    assert publish(file, target, every=5)
    assert rows(target) == 2
    assert not publish(file, target, minutes=60, every=5)


def test_what_a_killed_load_has_left_beside_the_file_is_taken_in_first(file: Files, tmp_path: Path) -> None:
    load_hour(file.warehouse, MemoryLake().put(0, [event("a")]))
    subprocess.run([sys.executable, "-c", LEAVE, str(file.path)], check=True)
    assert file.path.with_name(f"{file.path.name}.wal").exists()
    assert publish(file, tmp_path / "published.duckdb")
    with duckdb.connect(str(tmp_path / "published.duckdb"), read_only=True) as reader:
        assert reader.execute("SELECT count(*) FROM left_over").fetchall() == [(0,)]


def test_a_place_that_cannot_be_written_is_reported(file: Files, tmp_path: Path) -> None:
    load_hour(file.warehouse, MemoryLake().put(0, [event("a")]))
    with pytest.raises(Terminal, match="cannot publish a copy of"):
        publish(file, tmp_path / "nowhere" / "published.duckdb")
    assert os.access(file.path, os.R_OK)
