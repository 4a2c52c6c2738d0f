"""Views and tables of somebody else under the names of event tables: nothing is lost, and all is put right later."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import duckdb
import pytest

from tests.drive import load_archive, place
from tests.postgres import Server
from tests.promises.archives import rudderstack_files
from tests.promises.dirty import dirty_archive
from tests.promises.proof import prove, read_again

TAKEN: Final = {"event_nulls": "TABLE", "event_products": "VIEW"}


@pytest.mark.parametrize("kind", ["duckdb", pytest.param("postgresql", marks=pytest.mark.slow)])
def test_a_dirty_archive_under_taken_names(kind: str, tmp_path: Path, postgres: Server) -> None:
    dirty_archive(tmp_path / "archive")
    database = postgres.new_database() if kind == "postgresql" else None
    where = place(tmp_path / "archive", tmp_path / "place", database=database)
    archive = read_again(rudderstack_files(tmp_path / "archive"))
    where.execute("CREATE SCHEMA events")
    where.execute("CREATE TABLE events.event_nulls (x INT)")
    where.execute("CREATE VIEW events.event_products AS SELECT 1 AS x")
    warnings = [warning for result in load_archive(where) for warning in result.warnings]
    assert {warning.partition(" ")[0] for warning in warnings} == {f"events.{table}" for table in TAKEN}
    prove(where, archive)
    for table, of_kind in TAKEN.items():
        where.execute(f"DROP {of_kind} events.{table}")
    load_archive(where, reload=True)
    prove(where, archive)
    with duckdb.connect(str(where.warehouse), read_only=True) as connection:
        for table in TAKEN:
            assert connection.execute(f"SELECT count(*) FROM events.{table}").fetchall() != [(0,)]
