"""The views of `tideline` hold under every name of a DuckDB file, however it is opened (contract §8)."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import duckdb
import pytest

from loaders.load.load import load_hour
from loaders.schema.ledger_tables import VIEWS
from tests.loaders.lake import MemoryLake, event
from tests.loaders.tables import Files

NAMES: Final = (
    "tideline.duckdb", "events.duckdb", "rollups.duckdb", "main.duckdb", "temp", "system.db", "loads.duckdb",
    "arrivals", "lateness.duckdb", "information_schema.duckdb", "a.b.duckdb", "a b.duckdb", "a\"b'c.duckdb",
    "zürich.duckdb", "日本.duckdb",
)  # fmt: skip
ALIASES: Final = ("warehouse", "tideline", "events", "loads", "temp_db", 'q"uoted')
Rows = list[tuple[Any, ...]]


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with late and restated rows."""
    files, lake = Files(tmp_path_factory.mktemp("views") / "tideline.duckdb"), MemoryLake()
    hours = [(0, [event("a"), event("b", at=1)]), (30, [event("late", at=2)]), (0, [event("a")])]
    for number, events in hours:
        load_hour(files.warehouse, lake.put(number, events))
    return files.path


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def rows_of(connection: duckdb.DuckDBPyConnection, prefix: str) -> dict[str, Rows]:
    """The rows of each view; `event_hours` has the age of an hour in it."""
    found = {view: connection.execute(f"SELECT * FROM {prefix}{view} ORDER BY ALL").fetchall() for view in VIEWS}
    return found | {"event_hours": [row[:-1] for row in found["event_hours"]]}


@contextmanager
def attached(path: Path, alias: str) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"ATTACH '{str(path).replace(chr(39), chr(39) * 2)}' AS {quoted(alias)} (READ_ONLY)")
        yield connection


@pytest.fixture(scope="module")
def expected(loaded: Path) -> dict[str, Rows]:
    with attached(loaded, "warehouse") as connection:
        connection.execute("USE warehouse")
        rows = rows_of(connection, "tideline.")
    assert all(rows.values())
    return rows


@pytest.mark.parametrize("name", NAMES)
def test_views_hold_when_the_file_is_opened_by_its_name(
    loaded: Path, expected: dict[str, Rows], tmp_path: Path, name: str
) -> None:
    path = shutil.copy(loaded, tmp_path / name)
    with duckdb.connect(str(path), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        (catalog,) = connection.execute("SELECT current_database()").fetchall()[0]
        assert rows_of(connection, f"{quoted(catalog)}.tideline.") == expected
        connection.execute("USE tideline")
        assert rows_of(connection, "") == expected


@pytest.mark.parametrize("alias", ALIASES)
def test_views_hold_when_the_file_is_attached_and_another_catalog_is_the_default(
    loaded: Path, expected: dict[str, Rows], alias: str
) -> None:
    with attached(loaded, alias) as connection:
        assert rows_of(connection, f"{quoted(alias)}.tideline.") == expected
        connection.execute("CREATE SCHEMA memory.tideline; CREATE TABLE memory.tideline.loads (nothing INT)")
        assert rows_of(connection, f"{quoted(alias)}.tideline.") == expected
        connection.execute(f"USE {quoted(alias)}.tideline")
        assert rows_of(connection, "") == expected


def test_views_hold_in_a_copy_of_the_database(loaded: Path, expected: dict[str, Rows], tmp_path: Path) -> None:
    with attached(loaded, "a") as connection:
        connection.execute(f"ATTACH '{tmp_path / 'tideline.duckdb'}' AS b; COPY FROM DATABASE a TO b")
        assert rows_of(connection, "b.tideline.") == expected


def test_the_next_load_replaces_the_views_of_an_older_version(loaded: Path, tmp_path: Path) -> None:
    files, lake = Files(Path(shutil.copy(loaded, tmp_path / "tideline.duckdb"))), MemoryLake()
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{files.path}' AS w; USE w")
        connection.execute("CREATE OR REPLACE VIEW tideline.lateness AS SELECT load_id FROM tideline.arrivals")
        connection.execute("UPDATE tideline.views SET sql_hash = 'old' WHERE view_name = 'lateness'")
    with duckdb.connect(str(files.path), read_only=True) as connection, pytest.raises(duckdb.BinderException):
        connection.execute("SELECT * FROM tideline.tideline.lateness")
    load_hour(files.warehouse, lake.put(31, [event("more", at=3)]))
    with duckdb.connect(str(files.path), read_only=True) as connection:
        assert connection.execute("SELECT delay_hours, share FROM tideline.tideline.lateness").fetchall()
