"""Changes of many tables are made one table after the other, whole, and finished by the next process (contract §8)."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from loaders.connection.warehouse import Warehouse
from loaders.interface.errors import Transient
from loaders.queries.rights import try_rights
from loaders.schema.ledger_tables import create_schema
from tests.clickhouse import Folder
from tests.conftest import ROOT
from tests.loaders.dialects.clickhouse.two_tables import AFTER, BEFORE, change, held, prepare

pytestmark = pytest.mark.slow


def test_a_process_killed_at_any_statement_leaves_whole_tables_and_the_next_finishes(
    folder: Folder, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "tests.loaders.dialects.clickhouse.kill", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_an_error_leaves_every_table_as_it_was(folder: Folder, warehouse: Warehouse) -> None:
    prepare(warehouse)
    with pytest.raises(ZeroDivisionError):
        _change_and(warehouse, lambda: 1 // 0)
    assert held(folder) == BEFORE


def test_a_transaction_reads_what_it_has_written_and_nobody_else_does(folder: Folder, warehouse: Warehouse) -> None:
    prepare(warehouse)
    with warehouse.loading("events") as session:
        change(session)
        assert session.rows("queries/tables/count_rows", {"table": ("events", "new")})[0].held == 1
        assert held(folder) == BEFORE
    assert held(folder) == AFTER


def test_a_row_that_somebody_else_adds_meanwhile_is_not_lost(folder: Folder, warehouse: Warehouse) -> None:
    prepare(warehouse)
    with pytest.raises(Transient, match=r"events\.a was changed by somebody else"):
        _change_and(warehouse, lambda: folder.execute("INSERT INTO events.a SELECT 'theirs'"))
    assert held(folder) == BEFORE | {"a": ["old", "theirs"]}


def test_nothing_of_a_transaction_stays_behind(folder: Folder, warehouse: Warehouse) -> None:
    prepare(warehouse)
    with warehouse.loading("events") as session:
        change(session)
    with folder.open() as client:
        assert client.query("SELECT count() FROM tideline.journal").result_rows == [(0,)]
    assert not [name for name in databases(folder) if name.startswith("tideline_scratch_")]


def test_a_schema_of_a_transaction_that_is_undone_is_gone(folder: Folder, warehouse: Warehouse) -> None:
    prepare(warehouse)
    before = databases(folder)
    try_rights(warehouse, "not there yet")
    with pytest.raises(ZeroDivisionError):
        _create_and(warehouse, ("nor this one", "events"), lambda: 1 // 0)
    assert databases(folder) == before
    _create_and(warehouse, ("there",), lambda: None)
    assert databases(folder) == before | {"there"}


def databases(folder: Folder) -> set[str]:
    with folder.open() as client:
        return {name for (name,) in client.query("SELECT name FROM system.databases").result_rows}


def _change_and(warehouse: Warehouse, then: Callable[[], object]) -> None:
    with warehouse.loading("events") as session:
        change(session)
        then()


def _create_and(warehouse: Warehouse, schemas: Sequence[str], then: Callable[[], object]) -> None:
    with warehouse.loading("events") as session:
        for schema in schemas:
            create_schema(session, schema)
        then()
