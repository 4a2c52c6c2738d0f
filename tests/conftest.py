"""What every test may use: where the repository is, and the shared data beside it where there is any."""

from __future__ import annotations

import gc
from collections.abc import Generator
from pathlib import Path
from typing import Final

import pytest

from tests.chosen import LISTED, choose_tests
from tests.clickhouse import clickhouse
from tests.deep import mark_deep
from tests.ducklake import ducklake
from tests.iceberg import iceberg
from tests.postgres import Database, Server, postgres
from tests.s3 import s3
from tests.snowflake import snowflake

__all__ = [
    "ROOT",
    "SHARED",
    "clickhouse",
    "database",
    "ducklake",
    "iceberg",
    "on_both_in_time",
    "postgres",
    "s3",
    "server",
    "shared",
    "shared_files",
    "snowflake",
]

ROOT: Final = Path(__file__).resolve().parent.parent
"""The repository's root."""

SHARED: Final[Path | None] = (ROOT.parent / "shared") if (ROOT.parent / "shared" / "data").is_dir() else None
"""The folder with real archives and known answers, or None: then a test uses its own cases for the same ground."""


def shared_files(pattern: str) -> tuple[Path, ...]:
    """The shared files that fit a glob below the folder, sorted; empty where the repository is used alone.

    For ``pytest.mark.parametrize``: a test that adds these to its own cases runs everywhere and never skips.
    """
    return tuple(sorted(SHARED.glob(pattern))) if SHARED else ()


@pytest.fixture(scope="session")
def shared() -> Path | None:
    """The folder of shared data, or None where the repository is used alone."""
    return SHARED


@pytest.fixture(scope="session", params=["duckdb", "postgresql", "ducklake", "clickhouse", "iceberg", "snowflake"])
def server(request: pytest.FixtureRequest) -> Server | None:
    """Where warehouses are, of each kind in turn: nowhere for DuckDB's files, PostgreSQL, folders for others."""
    fixture = "postgres" if request.param == "postgresql" else request.param
    found: Server | None = None if request.param == "duckdb" else request.getfixturevalue(fixture)
    return found


on_both_in_time = pytest.mark.parametrize(
    "server",
    ["duckdb", *(pytest.param(other, marks=pytest.mark.slow) for other in ("postgresql", *LISTED))],
    indirect=True,
)
"""For a test that takes its time: on DuckDB with all the others, on the others with the slow ones."""


@pytest.fixture
def database(server: Server | None) -> Database | None:
    """An empty database for a warehouse; None where the warehouse is a DuckDB file."""
    return server.new_database() if server else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the deep tests slow before the slow ones are left out; leave out what no list has."""
    mark_deep(items)
    if left_out := choose_tests(items):
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Import all tests without looking for garbage: that takes a quarter of the time, and finds none."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()
