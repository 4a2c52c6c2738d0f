"""The files of Iceberg tables: what is deleted leaves them, and what no state needs is removed."""

from __future__ import annotations

import io
from pathlib import Path

import duckdb
import pytest
import s3fs

from loaders.load.load import load_hour
from tests.iceberg import REGION, IcebergDatabase, IcebergServer
from tests.loaders.lake import MemoryLake, event
from tests.loaders.tables import Files, snapshot
from tests.s3 import CREDENTIALS

pytestmark = pytest.mark.slow


@pytest.fixture
def database(iceberg: IcebergServer) -> IcebergDatabase:
    """An empty warehouse."""
    return iceberg.new_database()


@pytest.fixture
def files(database: IcebergDatabase, tmp_path: Path) -> Files:
    """The same, with the copy of its tables."""
    return Files(tmp_path / "mirror.duckdb", database)


def test_a_purge_leaves_no_deleted_value_in_any_file(files: Files, database: IcebergDatabase, tmp_path: Path) -> None:
    made = MemoryLake()
    load_hour(files.warehouse, made.put(0, [event("zz-Kasimir-first"), event("b"), event("aa-Kasimir-last")]))
    load_hour(files.warehouse, made.put(1, [event("Kasimir-alone", name="Other"), event("Kasimir-2", name="Gone")]))
    load_hour(files.warehouse, made.put(0, [event("b")]))
    load_hour(files.warehouse, made.put(1, [event("c", name="Other")]))
    left = f"{database.name}/events/tracks/data/of-a-killed-load.parquet"
    bucket(database).pipe_file(left, b"Kasimir, of a killed load")
    assert len(found_in(database, "Kasimir", tmp_path)) > 3
    before = snapshot(files)
    files.warehouse.purge(["events"])
    assert found_in(database, "Kasimir", tmp_path) == []
    assert snapshot(files) == before
    assert load_hour(files.warehouse, made.put(2, [event("d")])).loaded
    assert files.ids("tracks") == ["b", "c", "d"]


def bucket(database: IcebergDatabase) -> s3fs.S3FileSystem:
    """The bucket as the tests look at it."""
    return s3fs.S3FileSystem(
        endpoint_url=database.endpoint,
        key=CREDENTIALS["key"],
        secret=CREDENTIALS["secret"],
        client_kwargs={"region_name": REGION},
        use_listings_cache=False,
    )


def found_in(database: IcebergDatabase, word: str, folder: Path) -> list[str]:
    """Objects of the bucket with the word: in their bytes, in a value or a statistic of Parquet, or of a manifest."""
    files = bucket(database)
    return [path for path in files.find(database.name) if holds(files.cat_file(path), word, folder)]


def holds(content: bytes, word: str, folder: Path) -> bool:
    if word.encode() in content:
        return True
    if content[:4] == b"PAR1":
        path = folder / "object.parquet"
        path.write_bytes(content)
        return word in str(duckdb.sql(f"FROM read_parquet('{path}')").fetchall())
    if content[:3] == b"Obj":
        from fastavro import reader

        return word in str(list(reader(io.BytesIO(content))))
    return False
