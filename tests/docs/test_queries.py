"""The queries of the pages run against tables that were loaded from a dirty archive, and find what they promise."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from event_assets.demo.generate import generate
from loaders.connection.warehouse import Warehouse
from loaders.rollups.recompute import Schemas, find_rollups, recompute_due
from tests.docs.pages import Block, blocks
from tests.drive import archive_hours, load_archive, place


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    folder = tmp_path_factory.mktemp("queries")
    generate(folder / "archive", events=3_000, days=1)
    where = place(folder / "archive", folder / "out")
    load_archive(where, archive_hours(where)[:6])
    files = find_rollups(_files_of_the_pages(folder / "rollups"))
    told = recompute_due(
        Warehouse.open(where.settings.warehouse), Schemas("events"), files, now=lambda: datetime.now(UTC)
    )
    assert [result.errors for result in told] == [()] * len(files)
    with duckdb.connect(str(where.warehouse), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        yield connection


QUERIES = [block for block in blocks("sql") if ":start" not in block.text]
ROLLUPS = [block for block in blocks("sql") if ":start" in block.text]


def _files_of_the_pages(folder: Path) -> Path:
    """The rollups that the pages show, as a user would have them."""
    folder.mkdir()
    for number, block in enumerate(ROLLUPS):
        (folder / f"shown_{number}.sql").write_text(block.text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("number", range(len(ROLLUPS)))
def test_every_rollup_of_the_pages_gives_rows(number: int, warehouse: duckdb.DuckDBPyConnection) -> None:
    assert warehouse.execute(f"SELECT * FROM rollups.shown_{number}").fetchall()


@pytest.mark.parametrize("block", QUERIES, ids=lambda block: block.place)
def test_every_query_finds_something(block: Block, warehouse: duckdb.DuckDBPyConnection) -> None:
    statements = duckdb.extract_statements(block.text)
    assert len(statements) == 1
    assert warehouse.execute(block.text).fetchall(), block.place


def test_every_table_of_the_ledger_on_the_page_exists(warehouse: duckdb.DuckDBPyConnection) -> None:
    page = next(block.page for block in blocks("sql") if block.page.name == "tables.md")
    named = page.read_text(encoding="utf-8").partition("## Tables of `tideline`")[2].partition("\n## ")[0]
    rows = {line.split("`")[1] for line in named.splitlines() if line.startswith("| `")}
    every = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'tideline'"
    found = warehouse.execute(every).fetchall()
    assert rows
    assert rows == {name for (name,) in found}
