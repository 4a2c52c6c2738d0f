"""A warehouse with two tables and a ledger of loads, and a transaction that changes all of them."""

from __future__ import annotations

from typing import Final

from loaders.connection.session import Session
from loaders.connection.warehouse import Warehouse
from tests.clickhouse import Folder

Held = dict[str, list[str]]
"""Table -> its ids."""

BEFORE: Final[Held] = {"a": ["old"], "b": ["old"], "loads": []}
AFTER: Final[Held] = {"a": ["now"], "b": ["now"], "new": ["now"], "loads": ["x"]}


def prepare(warehouse: Warehouse) -> None:
    """Make what is there before."""
    with warehouse.loading("events") as session:
        for schema in ("events", "tideline"):
            session.run("schema/create_schema", {"schema": schema})
        session.run("schema/ledger/loads")
        for name in ("a", "b"):
            _run(session, "CREATE TABLE {table} (id TEXT)", name)
            _run(session, "INSERT INTO {table} (id) SELECT 'old'", name)


def change(session: Session) -> None:
    """Change two tables, create one, and note a load."""
    for name in ("a", "b"):
        _run(session, "DELETE FROM {table} WHERE id = 'old'", name)
        _run(session, "INSERT INTO {table} (id) SELECT 'now'", name)
    _run(session, "CREATE TABLE {table} (id TEXT)", "new")
    _run(session, "INSERT INTO {table} (id) SELECT 'now'", "new")
    noted = "INSERT INTO tideline.loads (load_id, source, archive_hour) SELECT 'x', 's', CURRENT_TIMESTAMP"
    session.dialect.run(session.connection, noted, {})


def held(folder: Folder) -> Held:
    """Return the ids of every table that there is, and those of loads."""
    found: Held = {}
    with folder.open() as client:
        for schema, name, column in (
            *(("events", name, "id") for name in ("a", "b", "new")),
            ("tideline", "loads", "load_id"),
        ):
            if client.command(f"EXISTS TABLE {schema}.{name}"):
                rows = client.query(f"SELECT {column} FROM {schema}.{name} ORDER BY 1").result_rows
                found[name] = [value for (value,) in rows]
    return found


def _run(session: Session, text: str, name: str) -> None:
    session.dialect.run(session.connection, text.format(table=session.quote(("events", name))), {})
