"""The queries of the pages run against tables that were loaded from a dirty archive, and find what they promise."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from event_assets.demo.generate import generate
from tests.docs.pages import Block, blocks
from tests.drive import archive_hours, load_archive, place


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    folder = tmp_path_factory.mktemp("queries")
    generate(folder / "archive", events=3_000, days=1)
    where = place(folder / "archive", folder / "out")
    load_archive(where, archive_hours(where)[:6])
    with duckdb.connect(str(where.warehouse), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        yield connection


@pytest.mark.parametrize("block", blocks("sql"), ids=lambda block: block.place)
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
