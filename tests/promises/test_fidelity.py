"""One hostile archive in both warehouses: every value is the same in them, and what the independent reader expects."""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace

import duckdb
import pytest

from loaders.transform.catalog import Budgets
from tests.drive import Place, load_archive, place
from tests.independent.reader import Archive
from tests.independent.tables import open_tables
from tests.postgres import Server
from tests.promises.archives import rudderstack_files, write_archive
from tests.promises.compare import differences
from tests.promises.hostile import hostile_hours, hostile_values
from tests.promises.proof import prove, read_again
from tests.s3 import Store

VALUES, ALL = 0, 200
"""Event tables: those of the hostile values alone, or as many as a warehouse may have."""


KINDS = {
    **{"whole": "int", "real": "float", "number": "float", "moment": "datetime", "word": "string", "flag": "boolean"},
    **{"anything": "string", "list": "string", "widens": "float", "change": "int"},
}
"""The columns of `hostile.py` and what they settle on: so every edge meets a column of its kind."""


@dataclass(frozen=True)
class Both:
    """One archive, loaded into a DuckDB file and into a database."""

    duckdb: Place
    postgresql: Place
    archive: Archive

    def __getitem__(self, kind: str) -> Place:
        return self.duckdb if kind == "duckdb" else self.postgresql


@pytest.fixture(scope="module", params=[VALUES, pytest.param(ALL, marks=pytest.mark.slow)])
def both(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, postgres: Server, store: Store | None
) -> Both:
    """The hostile archive: its values alone, or with the budget of tables full."""
    folder = tmp_path_factory.mktemp("hostile")
    hours = hostile_hours(request.param) if request.param else hostile_values()
    file = place(write_archive(folder / "archive", hours), folder / "file", store=store)
    if request.param:
        file = replace(file, budgets=Budgets(tables=request.param))
    load_archive(file)
    server = replace(file, folder=folder / "server", database=postgres.new_database())
    file.copy_lake(server)
    load_archive(server)
    return Both(file, server, read_again(rudderstack_files(folder / "archive")))


def test_every_value_is_the_same_in_both_warehouses(both: Both) -> None:
    found = differences(both.duckdb.warehouse, both.postgresql.warehouse)
    assert not found, "\n".join(found[:20])


def floats(where: Place) -> dict[tuple[str, str, str], bytes]:
    """Every float by table, column and id, bit for bit: -0.0 and 0.0 are equal to everything else."""
    with duckdb.connect(str(where.warehouse), read_only=True) as connection:
        return {
            (name, column, str(row["id"])): struct.pack("d", row[column])
            for name, table in open_tables(connection, where.source.schema).items()
            if (columns := [column for column, kind in table.types.items() if kind == "float"])
            for row in replace(table, types={name: table.types[name] for name in ("id", *columns)}).rows()
            for column in columns
            if row[column] is not None
        }


def test_floats_are_the_same_to_the_last_bit(both: Both) -> None:
    assert floats(both.duckdb) == floats(both.postgresql)
    assert struct.pack("d", 5e-324) in floats(both.postgresql).values()


@pytest.mark.parametrize("kind", ["duckdb", "postgresql"])
def test_the_independent_reader_finds_every_value(both: Both, kind: str) -> None:
    prove(both[kind], both.archive)


@pytest.mark.parametrize("both", [pytest.param(ALL, marks=pytest.mark.slow)], indirect=True)
@pytest.mark.parametrize("kind", ["duckdb", "postgresql"])
def test_budgets_are_full_and_rows_hold_what_they_can(both: Both, kind: str) -> None:
    """The archive is as hostile as its kinds claim."""
    where = both[kind]
    with duckdb.connect(str(where.warehouse), read_only=True) as connection:
        tables = open_tables(connection, "events")
        assert len(tables.keys() - {"users", "tracks", "identifies", "pages", "screens", "groups", "aliases"}) == (
            where.budgets.tables
        )
        assert len(tables["wide"].types) == where.budgets.columns
        assert KINDS.items() <= tables["values"].types.items()
        held = [sum(value is not None for value in row.values()) for row in tables["users"].rows()]
        assert max(held) == where.budgets.values
        late = connection.sql("SELECT id, late_trait IS NULL FROM events.users WHERE id IN ('many', 'u-3') ORDER BY id")
        assert late.fetchall() == [("many", True), ("u-3", False)]
        assert connection.sql("SELECT length(text) FROM events.big").fetchone() == (5_000_000,)
        assert connection.sql("SELECT _xmin, oid FROM events.system_columns WHERE id = 'system'").fetchone() == (
            "1",
            "1",
        )
