"""The rights of a warehouse's user, found out by trying on a scratch table that is rolled back.

Covered by tests/health/doctor/test_doctor.py.
"""

from __future__ import annotations

import os
from datetime import datetime

from loaders.connection.session import Name, in_utc
from loaders.connection.warehouse import Warehouse
from loaders.schema.ledger_tables import create_schema


def try_rights(warehouse: Warehouse, schema: str) -> datetime:
    """Do in one schema what a load does, and roll it back; return the database's clock, in UTC.

    The schema is created if it does not exist, then a table, a temporary table, a row, a column with another name and a
    comment; the row is read and deleted. Raises WarehouseError with the first thing that is refused. Nothing is left
    behind.
    """
    scratch: dict[str, Name] = {"table": (schema, f"tideline_doctor_{os.getpid()}")}
    with warehouse.writing() as session, session.connection.begin() as transaction:
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
