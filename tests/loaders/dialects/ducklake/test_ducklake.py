"""DuckLake with its catalog in a file: what is its own beside the tests that run on every database."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import duckdb
import pytest

from loaders.connection.warehouse import Warehouse
from loaders.interface.errors import Busy, Terminal
from loaders.load.load import load_hour
from loaders.schema.introspect import read_tables
from tests.ducklake import LakeDatabase, LakeServer
from tests.loaders.dialects.ducklake.at_once import load_at_once, load_one
from tests.loaders.lake import MemoryLake, event
from tests.loaders.tables import Files, check_sums, snapshot

ROOT: Final = Path(__file__).resolve().parents[4]


@pytest.fixture
def lake(ducklake: LakeServer) -> LakeDatabase:
    """An empty DuckLake."""
    return ducklake.new_database()


@pytest.fixture
def files(lake: LakeDatabase, tmp_path: Path) -> Files:
    """The same, with the copy of its tables."""
    return Files(tmp_path / "mirror.duckdb", lake)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("ducklake://", "catalog in a file"),
        ("ducklake:///:memory:", "catalog in a file"),
        ("ducklake://host/x.ducklake", "catalog in a file"),
        ("ducklake+mysql://host/x", "in a file or in PostgreSQL"),
        ("ducklake:///{folder}/absent/x.ducklake", "create {folder}/absent"),
        ("ducklake:///{folder}", "is not a file"),
        ("ducklake:///{folder}/x.ducklake?data=y", "no parameter data"),
        ("ducklake:///{folder}/x.ducklake?data_path=a&data_path=b", "one data_path"),
        ("ducklake:///{folder}/x.ducklake?data_path=ftp://host/y", "in a folder or on s3"),
    ],
)
def test_a_url_that_cannot_be_one_is_refused(tmp_path: Path, url: str, message: str) -> None:
    with pytest.raises(Terminal, match=message.format(folder=tmp_path)):
        Warehouse.open(url.format(folder=tmp_path))


def test_data_files_are_beside_the_catalog_unless_the_url_says_where(tmp_path: Path) -> None:
    load_hour(Warehouse.open(f"ducklake:///{tmp_path}/x.ducklake"), MemoryLake().put(0, [event("a")]))
    assert list((tmp_path / "x.ducklake.files").rglob("*.parquet"))


def test_another_data_path_than_the_catalogs_is_refused(files: Files, lake: LakeDatabase, tmp_path: Path) -> None:
    load_hour(files.warehouse, MemoryLake().put(0, [event("a")]))
    other = Warehouse.open(f"ducklake:///{lake.catalog}?data_path={tmp_path / 'other'}")
    with pytest.raises(Terminal, match="has its data files elsewhere"):
        load_hour(other, MemoryLake().put(1, [event("b")]))


def test_a_catalog_whose_first_writer_was_killed_is_an_empty_warehouse(files: Files, lake: LakeDatabase) -> None:
    duckdb.connect(str(lake.catalog)).close()
    with files.warehouse.reading() as session:
        assert read_tables(session, "tideline") == set()
    assert load_hour(files.warehouse, MemoryLake().put(0, [event("a")])).loaded


def test_a_load_waits_for_a_reader_of_the_catalog_and_then_says_so(files: Files, lake: LakeDatabase) -> None:
    load_hour(files.warehouse, MemoryLake().put(0, [event("a")]))
    reading = f"""
import duckdb, sys
engine = duckdb.connect({str(lake.catalog)!r}, read_only=True)
sys.stdout.write("open\\n"); sys.stdout.flush(); sys.stdin.read()
"""
    with subprocess.Popen(
        [sys.executable, "-c", reading], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "open\n"
        with pytest.raises(Busy, match="held by another process"):
            load_hour(Warehouse.open(files.url, wait=0.2), MemoryLake().put(1, [event("b")]))
        reader.communicate("")
    assert load_hour(files.warehouse, MemoryLake().put(1, [event("b")])).loaded


@pytest.mark.slow
def test_loaders_at_once_wait_for_each_other(files: Files) -> None:
    assert load_at_once(files.url, 3) == [0, 0, 0]
    check_sums(files)
    alone = Files(files.path.with_name("alone.duckdb"))
    for number in range(3):
        load_one(alone.url, number)
    assert snapshot(files)["tables"] == snapshot(alone)["tables"]


@pytest.mark.slow
def test_a_column_of_another_type_keeps_its_comment(files: Files, lake: LakeDatabase) -> None:
    made = MemoryLake()
    load_hour(files.warehouse, made.put(0, [event("a", properties={"n": 7})]))
    load_hour(files.warehouse, made.put(1, [event(f"b{n}", properties={"n": "x"}) for n in range(19)]))
    with lake.open() as connection:
        found = connection.execute(
            "SELECT data_type, comment FROM duckdb_columns()"
            " WHERE database_name = 'lake' AND table_name = '_order' AND column_name = 'n'"
        ).fetchall()
    assert found == [("VARCHAR", "properties.n")]


@pytest.mark.slow
def test_every_24th_load_merges_small_files(files: Files, lake: LakeDatabase) -> None:
    made = MemoryLake()
    for number in range(3):
        load_hour(files.warehouse, made.put(number, [event(f"{number}")]))
    lake.execute(
        "INSERT INTO tideline.loads SELECT * EXCLUDE (i)"
        " REPLACE (load_id || i AS load_id, finished_at + to_microseconds(i + 1) AS finished_at)"
        " FROM tideline.loads, range(7) AS r(i) LIMIT 20"
    )
    old, new = (left_behind(lake, f"ducklake-{name}.parquet") for name in ("0123", "4567"))
    os.utime(old, (old.stat().st_mtime - 3 * 86_400,) * 2)
    before = snapshot(files)
    counted = "SELECT COUNT(*) FROM ducklake_list_files('lake', 'tracks', schema => 'events')"
    with lake.open() as connection:
        assert connection.execute(counted).fetchall() == [(3,)]
    load_hour(files.warehouse, made.put(3, [event("3")]))
    with lake.open() as connection:
        assert connection.execute(counted).fetchall() == [(1,)]
    assert (old.exists(), new.exists()) == (False, True)
    assert files.ids("tracks") == ["0", "1", "2", "3"]
    tables = before["tables"]
    assert isinstance(tables, dict)
    assert [row for row in files.table("tracks") if row["id"] != "3"] == tables["tracks"]


@pytest.mark.slow
def test_a_purge_leaves_no_deleted_value_in_any_file(files: Files, lake: LakeDatabase) -> None:
    made = MemoryLake()
    load_hour(files.warehouse, made.put(0, [event("zz-Kasimir-first"), event("b"), event("aa-Kasimir-last")]))
    load_hour(files.warehouse, made.put(1, [event("Kasimir-alone", name="Other")]))
    load_hour(files.warehouse, made.put(0, [event("b")]))
    load_hour(files.warehouse, made.put(1, [event("c", name="Other")]))
    left_behind(lake, "ducklake-0123-4567.parquet")
    assert find(lake.folder, "Kasimir")
    before = snapshot(files)
    files.warehouse.purge(["events"])
    assert find(lake.folder, "Kasimir") == []
    assert snapshot(files) == before
    assert load_hour(files.warehouse, made.put(2, [event("d")])).loaded


def test_a_purge_removes_no_file_of_others(files: Files, lake: LakeDatabase) -> None:
    load_hour(files.warehouse, MemoryLake().put(0, [event("a")]))
    other = lake.folder / "files" / "letter.parquet"
    other.write_text("of somebody else")
    with pytest.raises(Terminal, match=r"1 files that are not its own, such as .*letter\.parquet"):
        files.warehouse.purge(["events"])
    assert other.exists()


def left_behind(lake: LakeDatabase, name: str) -> Path:
    """A file as a killed load leaves one."""
    file = next((lake.folder / "files").rglob("*.parquet")).with_name(name)
    file.write_bytes(b"Kasimir, of a killed load")
    return file


def find(folder: Path, word: str) -> list[str]:
    """The files with the word: in their bytes, or in a value or a statistic of Parquet."""
    return [str(path) for path in sorted(folder.rglob("*")) if path.is_file() and holds(path, word)]


def holds(path: Path, word: str) -> bool:
    content = path.read_bytes()
    if word.encode() in content:
        return True
    return content[:4] == b"PAR1" and word in str(duckdb.sql(f"FROM read_parquet('{path}')").fetchall())
