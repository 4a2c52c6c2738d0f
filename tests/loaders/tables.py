"""The contents of a warehouse as plain values to compare, and checks that must always hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import duckdb
import pytest

from loaders.connection.warehouse import Warehouse
from tests.independent.names import RESERVED
from tests.postgres import Database, Server

Rows = list[dict[str, Any]]
HOMES: Final = {"tracks", "identifies", "pages", "screens", "groups", "aliases"}
TAKEN: Final = {*HOMES, "users", "accounts", *RESERVED}


@dataclass(frozen=True)
class Files:
    """A warehouse: a DuckDB file, or a database and the file that has the same rows whenever it is looked at."""

    path: Path
    database: Database | None = None
    _open: list[duckdb.DuckDBPyConnection] = field(default_factory=list, compare=False, repr=False)

    @property
    def warehouse(self) -> Warehouse:
        return Warehouse.open(self.url, wait=20)

    @property
    def url(self) -> str:
        """Of the warehouse, as a load takes it."""
        return self.database.warehouse_url if self.database else f"duckdb:///{self.path}"

    def execute(self, statement: str) -> None:
        """Change something by hand."""
        if self.database:
            self.database.execute(statement)
        else:
            with duckdb.connect(str(self.path)) as file:
                file.execute(statement)

    @contextmanager
    def open(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """The file, read-only, times in UTC."""
        if self._open:
            yield self._open[0]
            return
        if self.database:
            self.database.mirror(self.path)
        with duckdb.connect(str(self.path), read_only=True) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            yield connection

    @contextmanager
    def kept_open(self) -> Iterator[None]:
        """All looks in the block are at one moment, and open the file once."""
        with self.open() as connection:
            self._open.append(connection)
            try:
                yield
            finally:
                self._open.pop()

    def query(self, text: str, *values: object) -> Rows:
        """Rows of a query, as dicts."""
        with self.open() as connection:
            found = connection.execute(text, list(values))
            names = [column[0] for column in found.description or ()]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def table(self, name: str, schema: str = "events") -> Rows:
        """All rows of a table but `uuid_ts`, in a fixed order."""
        rows = self.query(f'SELECT * FROM "{schema}"."{name}"')
        return sorted(({k: v for k, v in row.items() if k != "uuid_ts"} for row in rows), key=repr)

    def table_names(self, schema: str = "events") -> list[str]:
        rows = self.query("SELECT table_name FROM information_schema.tables WHERE table_schema = ?", schema)
        return sorted(row["table_name"] for row in rows)

    def ids(self, table: str) -> list[str]:
        """The ids of the rows of a table, sorted."""
        return [row["id"] for row in self.query(f'SELECT id FROM events."{table}" ORDER BY id')]

    def arrivals(self) -> dict[tuple[str, object], int]:
        """Rows expected per (table, event hour) by the sums of `arrivals`; zeros left out."""
        rows = self.query(
            "SELECT table_name, event_hour, sum(inserted) - sum(deleted) AS rows FROM tideline.arrivals "
            "GROUP BY ALL HAVING rows <> 0"
        )
        return {(row["table_name"], row["event_hour"]): row["rows"] for row in rows}


def snapshot(files: Files) -> dict[str, object]:
    """Everything that must not depend on order, repetition or crashes (contract §11)."""
    with files.kept_open():
        tables = {table: files.table(table) for table in files.table_names()}
        copies = files.table("copies", "tideline")
        return {"tables": tables, "copies": copies, "arrivals": files.arrivals()}


def check_sums(files: Files) -> None:
    """contract §9: rows are distinct ids, the sums of `arrivals` are rows, staged = inserted + updated + ignored."""
    with files.kept_open():
        _check_sums(files)


def _check_sums(files: Files) -> None:
    held: Counter[tuple[str, object]] = Counter()
    for table in set(files.table_names()) - {"users"}:
        rows = files.query(f"SELECT id, date_trunc('hour', timestamp) AS hour FROM events.\"{table}\"")
        assert len({row["id"] for row in rows}) == len(rows), table
        held.update((table, row["hour"]) for row in rows)
    assert files.arrivals() == dict(held)
    if files.database is None:
        assert ids_without_hash(files) == []
    for load in files.query("SELECT * FROM tideline.loads"):
        assert load["staged"] == load["inserted"] + load["updated"] + load["ignored"]
        assert load["ignored"] >= 0
    homes = HOMES & set(files.table_names())
    named = {row["event"] for row in files.query("SELECT event FROM events.tracks")} if "tracks" in homes else set()
    own = [row for table in set(files.table_names()) - HOMES - {"users"} for row in files.table(table)]
    dropped = {
        row["table_name"] for row in files.query("SELECT table_name FROM tideline.columns WHERE column_name = '*'")
    }
    away = {event for event in named if event and (f"_{event}" if event in TAKEN else event) in dropped}
    tracked = [row for row in files.table("tracks") if row["event"] and row["event"] not in away] if named else []
    assert sorted((row["id"], row["event"], row["_fingerprint"]) for row in own) == sorted(
        (row["id"], row["event"], row["_fingerprint"]) for row in tracked
    )


def ids_without_hash(files: Files) -> list[str]:
    """Ids of rows in home tables that the next load would not find; there may be none (docs/adr/0006)."""
    noted = "SELECT h.archive_hour, h.hash FROM tideline.id_hashes AS h WHERE h.schema_name = 'events'"
    return [
        row["id"]
        for table in sorted(HOMES & set(files.table_names()))
        for row in files.query(f"""
            SELECT id FROM events.{table}
            WHERE (_archive_hour, (md5_number_upper(id) >> 16)::BIGINT) NOT IN ({noted})""")
    ]


@pytest.fixture(params=["duckdb", "postgresql", "ducklake", "clickhouse", "iceberg", "snowflake"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Files:
    """An empty warehouse, of each kind in turn."""
    if request.param == "duckdb":
        return Files(tmp_path / "warehouse.duckdb")
    server: Server = request.getfixturevalue("postgres" if request.param == "postgresql" else request.param)
    return Files(tmp_path / "mirror.duckdb", server.new_database())


@pytest.fixture
def file(tmp_path: Path) -> Files:
    """A place for a DuckDB warehouse; the file is made by the first load."""
    return Files(tmp_path / "warehouse.duckdb")
