"""The rights of a warehouse's user, and what the warehouse does with values, tried on scratch tables: all rolled back.

Covered by tests/health/doctor/test_doctor.py.
"""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from typing import Final

import polars as pl

from loaders.connection.session import Name, Quoted, in_utc
from loaders.connection.warehouse import Warehouse
from loaders.dialects.base import Index
from loaders.dialects.read_request import ReadRequest
from loaders.interface.errors import Terminal
from loaders.schema.evolve import USERS, make_indexes
from loaders.schema.ledger_tables import create_schema

_VALUES: Final[dict[str, object]] = {
    "boolean": True,
    "int": -(2**63) + 1,
    "float": 1 / 3,
    "string": "\N{SNOWMAN} 'a' \"b\" \\n\n%s :c",
    "datetime": datetime(2026, 1, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    "date": date(2026, 1, 31),
    "json": '{"b": [1.0, null], "a": "x"}',
}
"""A value of every logical type, by its name."""
_WIDENED: Final = "widened"


def try_rights(warehouse: Warehouse, schema: str) -> datetime:
    """Do in one schema what a load does, and roll it back; return the database's clock, in UTC.

    The schema is created if it does not exist, then a table, a temporary table, a row, a column with another name and a
    comment; the row is read and deleted. Raises WarehouseError with the first thing that is refused. Nothing is left
    behind.
    """
    scratch: dict[str, Name] = {"table": (schema, f"tideline_doctor_{os.getpid()}")}
    with warehouse.writing() as session, session.transaction() as transaction:
        session.dialect.check_writable(session.connection)
        create_schema(session, schema)
        session.run("queries/rights/create_temporary")
        for statement in ("create_table", "insert"):
            session.run(f"queries/rights/{statement}", scratch)
        (row,) = session.rows("queries/rights/read", scratch)
        for statement in ("delete", "add_column", "rename_column", "comment"):
            session.run(f"queries/rights/{statement}", scratch)
        transaction.rollback()
    return in_utc(row.written_at)


def try_values(warehouse: Warehouse, schema: str) -> None:
    """Bring one row with a value of every type into a schema as a load does, read it as an export does; roll it back.

    The table gets the indexes of an event table, and its column of ints is widened to float. Raises WarehouseError with
    what is refused, and Terminal where a value comes out as another one. Nothing is left behind.
    """
    name = f"tideline_doctor_{os.getpid()}"
    table: dict[str, Name] = {"table": (schema, name)}
    kinds = {**{kind: kind for kind in _VALUES}, _WIDENED: "int"}
    written = pl.DataFrame(_VALUES | {_WIDENED: 7})
    with warehouse.writing() as session, session.transaction() as transaction:
        create_schema(session, schema)
        definitions = (f"{session.quote(column)} {session.dialect.column_type(kind)}" for column, kind in kinds.items())
        created = {"definitions": Quoted(", ".join(definitions)), "storage": Quoted(session.dialect.storage(kinds))}
        session.run("schema/evolve/create_table", table | created)
        rows = {"columns": session.columns(written.columns), "rows": session.put(written)}
        session.run("queries/rights/insert_values", table | rows)
        session.run(
            "schema/evolve/widen", table | {"column": _WIDENED, "type": Quoted(session.dialect.column_type("float"))}
        )
        methods = {index.method for index in session.dialect.indexes(USERS)}
        make_indexes(session, (schema, name), [Index("string", method) for method in sorted(methods)])
        request = ReadRequest(schema, name, kinds | {_WIDENED: "float"})
        read = pl.concat(map(pl.DataFrame, session.dialect.read(session.connection, request)))
        transaction.rollback()
    expected = written.with_columns(pl.col(_WIDENED).cast(pl.Float64))
    for column in expected.columns:
        if (found := read[column].to_list()) != expected[column].to_list():
            raise Terminal(f"a {kinds[column]} is written as {expected[column][0]!r} and read as {found!r}")
