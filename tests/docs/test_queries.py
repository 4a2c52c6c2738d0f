"""The queries of the pages run against tables that were loaded from a dirty archive, and find rows, on every warehouse.

A block for one of them has its name instead of `sql`: those of `postgresql` are on pages about PostgreSQL.
"""

from __future__ import annotations

import re
import shutil
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

SCHEMAS: Final = ("tideline", "events", "rollups")
"""The schemas of a warehouse with the default settings."""

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
def warehouse(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A DuckDB file with the archive's tables."""
    return load(place(archive, tmp_path_factory.mktemp("duckdb"))).warehouse


@pytest.fixture(scope="module")
def duckdb_query(warehouse: Path) -> Iterator[Query]:
    """Run a query on the archive's tables in DuckDB."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        yield lambda text: connection.execute(text).fetchall()


@pytest.fixture(scope="module", params=SCHEMAS)
def named_like_a_schema(
    request: pytest.FixtureRequest, warehouse: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A copy of the file, named like a schema of the warehouse."""
    return Path(shutil.copy(warehouse, tmp_path_factory.mktemp("named") / f"{request.param}.duckdb"))


@pytest.fixture(scope="module")
def opened_as_shown(named_like_a_schema: Path) -> Iterator[Query]:
    """Run a query on such a file, opened by the statements on the page about DuckDB."""
    (shown,) = blocks("duckdb")
    with duckdb.connect() as connection:
        connection.execute(shown.text.replace("tideline.duckdb", str(named_like_a_schema)))
        connection.execute("SET TimeZone = 'UTC'")
        yield lambda text: connection.execute(text).fetchall()


@pytest.fixture(scope="module")
def opened_by_name(named_like_a_schema: Path) -> Iterator[tuple[str, Query]]:
    """The name of the file's catalog, and a way to run a query on such a file that is simply opened."""
    with duckdb.connect(str(named_like_a_schema), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        yield named_like_a_schema.stem, lambda text: connection.execute(text).fetchall()


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


@pytest.mark.parametrize("block", QUERIES, ids=lambda block: block.place)
def test_every_query_holds_in_a_file_named_like_a_schema(
    block: Block, opened_as_shown: Query, duckdb_query: Query
) -> None:
    assert sorted(opened_as_shown(block.text), key=repr) == sorted(duckdb_query(block.text), key=repr)


@pytest.mark.parametrize("block", QUERIES, ids=lambda block: block.place)
def test_without_that_only_queries_of_that_schema_are_ambiguous(
    block: Block, opened_by_name: tuple[str, Query], duckdb_query: Query
) -> None:
    name, query = opened_by_name
    if re.search(rf"(FROM|JOIN)\s+{name}\.", block.text):
        with pytest.raises(duckdb.BinderException, match="Ambiguous"):
            query(block.text)
        text = re.sub(rf"\b(FROM|JOIN)(\s+){name}\.", rf"\1\2{name}.{name}.", block.text)
    else:
        text = block.text
    assert sorted(query(text), key=repr) == sorted(duckdb_query(block.text), key=repr)


def test_every_table_of_the_ledger_on_the_page_exists(duckdb_query: Query) -> None:
    page = next(block.page for block in blocks("sql") if block.page.name == "tables.md")
    named = page.read_text(encoding="utf-8").partition("## Tables of `tideline`")[2].partition("\n## ")[0]
    rows = {line.split("`")[1] for line in named.splitlines() if line.startswith("| `")}
    every = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'tideline'"
    assert rows
    assert rows == {name for (name,) in duckdb_query(every)}
