"""The files of Iceberg tables: what is deleted leaves them, and what no state needs is removed."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
import s3fs

from loaders.dialects.iceberg import upkeep
from loaders.dialects.iceberg.dialect import Iceberg
from loaders.dialects.iceberg.location import CatalogLocation
from loaders.dialects.iceberg.replace import replace_files
from loaders.dialects.iceberg.upkeep import merge_files, open_catalog
from loaders.interface.errors import Transient
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


def test_small_files_are_merged_and_states_of_two_days_stay(
    files: Files, database: IcebergDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "_MANY_FILES", 3)
    made = MemoryLake()
    for number in range(4):
        load_hour(files.warehouse, made.put(number, [event(f"{number}")]))
    before, now = snapshot(files), datetime.now(UTC)
    with open_catalog(location_of(files)) as catalog:
        merge_files(catalog, location_of(files), ["events", "tideline"], now=now)
        table = catalog.load_table(("events", "tracks"))
        assert len(table.inspect.files()) == 1
        assert len(table.snapshots()) == 5
        held = bucket(database).find(f"{database.name}/events/tracks/data")
        merge_files(catalog, location_of(files), ["events", "tideline"], now=now + timedelta(days=3))
        assert len(catalog.load_table(("events", "tracks")).snapshots()) == 1
    left = bucket(database).find(f"{database.name}/events/tracks/data")
    assert (len(held), len(left)) == (5, 1)
    assert snapshot(files) == before
    assert load_hour(files.warehouse, made.put(4, [event("4")])).loaded
    assert files.ids("tracks") == ["0", "1", "2", "3", "4"]


def test_files_are_not_replaced_where_somebody_has_written_meanwhile(files: Files) -> None:
    made = MemoryLake()
    load_hour(files.warehouse, made.put(0, [event("a")]))

    def be_late() -> None:
        with open_catalog(location_of(files)) as catalog:
            table = catalog.load_table(("events", "tracks"))
            load_hour(files.warehouse, made.put(1, [event("b")]))
            replace_files(table)

    with pytest.raises(Transient, match="another process has written"):
        be_late()
    assert files.ids("tracks") == ["a", "b"]


def test_a_dropped_table_leaves_no_value_behind(files: Files, database: IcebergDatabase, tmp_path: Path) -> None:
    load_hour(files.warehouse, MemoryLake().put(0, [event("a", name="Gone", properties={"word": "Kasimir"})]))
    assert [path for path in found_in(database, "Kasimir", tmp_path) if "/gone/" in path]
    with files.warehouse.loading("events") as session:
        session.run("rewrite/drop/drop_table", {"table": ("events", "gone")})
    assert files.table_names() == ["tracks"]
    assert found_in(database, "Kasimir", tmp_path) == []


def location_of(files: Files) -> CatalogLocation:
    """Where the warehouse is."""
    dialect = files.warehouse.dialect
    assert isinstance(dialect, Iceberg)
    return dialect.location
