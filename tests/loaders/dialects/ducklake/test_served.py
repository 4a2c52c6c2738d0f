"""DuckLake with its catalog in PostgreSQL and its files in a bucket: the tables are those of a DuckDB file."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import duckdb
import pytest

from loaders.connection.warehouse import Warehouse
from loaders.dialects.embedded.extensions import find_extension
from loaders.interface.errors import Busy, Terminal, Transient
from loaders.load.load import load_hour
from loaders.schema.introspect import read_tables
from tests.loaders.dialects.ducklake.at_once import load_at_once, load_one
from tests.loaders.lake import Event, MemoryLake, event
from tests.loaders.tables import Files, snapshot
from tests.postgres import Database, Server
from tests.s3 import REGION, Bucket, Store

ROOT: Final = Path(__file__).resolve().parents[4]


class Served:
    """A DuckLake of a database and a bucket, whose tables are read through the dialect."""

    def __init__(self, database: Database, bucket: Bucket) -> None:
        self.database = database
        self.bucket = bucket
        server = database.url.replace("postgresql://", "ducklake+postgresql://", 1)
        self.url = f"{server}&data_path={bucket.url('tables')}&endpoint_url={bucket.endpoint}"
        self.warehouse = Warehouse.open(self.url, wait=20)

    def tables(self) -> dict[str, list[dict[str, Any]]]:
        """All rows of the event tables but `uuid_ts`, in a fixed order."""
        found = {}
        with self.warehouse.reading() as session:
            for table in sorted(read_tables(session, "events")):
                rows = session.connection.exec_driver_sql(f'SELECT * FROM events."{table}"').mappings().all()
                plain = [{key: value for key, value in row.items() if key != "uuid_ts"} for row in rows]
                found[table] = sorted(plain, key=repr)
        return found


@pytest.fixture
def served(postgres: Server, s3: Store, monkeypatch: pytest.MonkeyPatch) -> Served:
    """An empty one; the credentials of the bucket are in the environment."""
    bucket = s3.new_bucket()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", bucket.credentials["key"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", bucket.credentials["secret"])
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    return Served(postgres.new_database(), bucket)


HOURS: Final[list[list[Event]]] = [
    [event("gone", name="Parted", properties={"n": 5}), event("shared", received=9, properties={"n": 1}),
     event("person", type="identify", traits={"plan": "pro", "age": 41})],
    [event("shared", received=30, name="Other", properties={"n": 2}), event("it's \"1\"; --", properties={"n": "x"})],
    [event(f"b{number}", properties={"n": "x", "d\"; --": 2**60}) for number in range(19)],
]  # fmt: skip


def load_all(warehouse: Warehouse) -> None:
    """Hours with a moved row and a column that becomes text, and one again without a row, the last one first."""
    made = MemoryLake()
    for number in (2, 0, 1):
        assert load_hour(warehouse, made.put(number, HOURS[number])).loaded
    assert load_hour(warehouse, made.put(0, HOURS[0][1:])).loaded


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("ducklake+postgresql://user@host/base", "has one data_path"),
        ("ducklake+postgresql://user@host?data_path=s3://b/p", "names no database"),
        ("ducklake+postgresql://user@host/base?data_path=gs://b/p", "in a folder or on s3"),
        ("ducklake+postgresql://user@host/base?data_path=/x&endpoint_url=http://h", "endpoint_url is for"),
    ],
)
def test_a_url_that_cannot_be_one_is_refused(url: str, message: str) -> None:
    with pytest.raises(Terminal, match=message):
        Warehouse.open(url)


def test_a_server_that_does_not_answer_is_named_without_the_password() -> None:
    warehouse = Warehouse.open("ducklake+postgresql://user:s3cret@127.0.0.1:1/base?data_path=/tmp/none")
    with pytest.raises(Transient, match="does not answer") as raised, warehouse.reading():
        pass
    assert "s3cret" not in str(raised.value)


@pytest.mark.slow
def test_the_tables_are_those_of_a_duckdb_file(served: Served, tmp_path: Path) -> None:
    with served.warehouse.reading() as session:
        assert read_tables(session, "events") == set()
    file = Files(tmp_path / "w.duckdb")
    load_all(served.warehouse)
    load_all(file.warehouse)
    assert served.tables() == snapshot(file)["tables"]
    assert any(key.endswith(".parquet") for key in served.bucket.keys("tables"))
    with served.warehouse.reading() as session:
        assert session.dialect.stored_bytes(session.connection, ["events"]) > 0


@pytest.mark.slow
def test_loaders_at_once_wait_for_each_other(served: Served, tmp_path: Path) -> None:
    assert load_at_once(served.url, 2) == [0, 0]
    file = Files(tmp_path / "w.duckdb")
    for number in range(2):
        load_one(file.url, number)
    assert served.tables() == snapshot(file)["tables"]


@pytest.mark.slow
def test_a_load_waits_for_the_lock_of_another_schema_and_then_says_so(served: Served) -> None:
    load_hour(served.warehouse, MemoryLake().put(0, [event("a")]))
    with served.warehouse.writing() as session, served.warehouse.merge_lock(session, "other"):
        with pytest.raises(Busy, match="another load of schema"):
            load_hour(Warehouse.open(served.url, wait=0.3), MemoryLake().put(1, [event("b")]))
        with served.warehouse.reading() as reader:
            assert "tracks" in read_tables(reader, "events")


@pytest.mark.slow
def test_a_purge_leaves_no_deleted_value_in_the_bucket_and_the_catalog(served: Served, tmp_path: Path) -> None:
    made = MemoryLake()
    load_hour(served.warehouse, made.put(0, [event("zz-Kasimir-first"), event("b"), event("aa-Kasimir-last")]))
    load_hour(served.warehouse, made.put(0, [event("b")]))
    assert found_in(served, "Kasimir", tmp_path)
    before = served.tables()
    served.warehouse.purge(["events"])
    assert found_in(served, "Kasimir", tmp_path) == []
    assert served.tables() == before
    assert load_hour(served.warehouse, made.put(1, [event("c")])).loaded


def found_in(served: Served, word: str, folder: Path) -> list[str]:
    """Objects of the bucket with the word in a value, and tables of the catalog with it in a row."""
    found = []
    for key in served.bucket.keys("tables"):
        file = folder / "object.parquet"
        file.write_bytes(served.bucket.read(key))
        if word in str(duckdb.sql(f"FROM read_parquet('{file}')").fetchall()):
            found.append(key)
    with served.database.connect() as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (table,) in tables:
            if word in str(connection.execute(f'SELECT * FROM public."{table}"'.encode()).fetchall()):
                found.append(table)
    return found


def test_the_extensions_of_a_served_one_are_there() -> None:
    assert find_extension("postgres_scanner")
    assert find_extension("httpfs")
