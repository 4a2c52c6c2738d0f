"""The queries of the pages run against tables that were loaded from a dirty archive, and find rows, on every warehouse.

A block for one of them has its name instead of `sql`: those of `postgresql` are on pages about PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import duckdb
import pytest

from event_assets.demo.generate import generate
from loaders.connection.warehouse import Warehouse
from loaders.rollups.recompute import Schemas, find_rollups, recompute_due
from tests.docs.pages import Block, blocks
from tests.drive import Place, archive_hours, load_archive, place
from tests.postgres import Database, Server

Query = Callable[[str], list[tuple[Any, ...]]]

BLOCKS: Final = blocks("sql")
QUERIES = [block for block in BLOCKS if ":start" not in block.text]
ROLLUPS = [block for block in BLOCKS if ":start" in block.text]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dirty archive of a day."""
    folder = tmp_path_factory.mktemp("queries")
    generate(folder / "archive", events=3_000, days=1)
    return folder / "archive"


@pytest.fixture(scope="module")
def duckdb_query(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Query]:
    """Run a query on the archive's tables in DuckDB."""
    where = load(place(archive, tmp_path_factory.mktemp("duckdb")))
    with duckdb.connect(str(where.warehouse), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        yield lambda text: connection.execute(text).fetchall()


@pytest.fixture(scope="module")
def postgresql_query(archive: Path, postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Query]:
    """Run a query on the archive's tables in PostgreSQL."""
    database: Database = postgres.new_database()
    load(place(archive, tmp_path_factory.mktemp("postgresql"), database=database))
    with database.connect() as connection:
        yield lambda text: connection.execute(text.encode()).fetchall()
    postgres.drop(database)


@pytest.fixture(params=["duckdb", "postgresql"])
def query(request: pytest.FixtureRequest) -> Query:
    """Run a query on each of the warehouses in turn."""
    found: Query = request.getfixturevalue(f"{request.param}_query")
    return found


def load(where: Place) -> Place:
    """Load the first hours, and compute the rollups that the pages show, as a user would have them."""
    load_archive(where, archive_hours(where)[:6])
    folder = where.folder / "rollups"
    folder.mkdir()
    for number, block in enumerate(ROLLUPS):
        (folder / f"shown_{number}.sql").write_text(block.text, encoding="utf-8")
    opened, files = Warehouse.open(where.settings.warehouse), find_rollups(folder)
    results = recompute_due(opened, Schemas("events"), files, now=lambda: datetime.now(UTC))
    assert [result.errors for result in results] == [()] * len(files)
    return where


@pytest.mark.parametrize("number", range(len(ROLLUPS)))
def test_every_rollup_of_the_pages_gives_rows(number: int, query: Query) -> None:
    assert query(f"SELECT * FROM rollups.shown_{number}")


@pytest.mark.parametrize("block", QUERIES, ids=lambda block: block.place)
def test_every_query_finds_something(block: Block, query: Query) -> None:
    assert len(duckdb.extract_statements(block.text)) == 1
    assert query(block.text), block.place


def test_every_table_of_the_ledger_on_the_page_exists(duckdb_query: Query) -> None:
    page = next(block.page for block in blocks("sql") if block.page.name == "tables.md")
    named = page.read_text(encoding="utf-8").partition("## Tables of `tideline`")[2].partition("\n## ")[0]
    rows = {line.split("`")[1] for line in named.splitlines() if line.startswith("| `")}
    every = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'tideline'"
    assert rows
    assert rows == {name for (name,) in duckdb_query(every)}
