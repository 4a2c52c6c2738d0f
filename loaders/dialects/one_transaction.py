"""What databases have in common that commit changes of many tables together.

Covered by tests/loaders/connection/test_warehouse.py.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from loaders.dialects.base import Undoable


class OneTransaction:
    """The part of a dialect whose transactions are those of the database."""

    def transaction(self, connection: Connection) -> AbstractContextManager[Undoable]:
        """Begin a transaction of the database."""
        return connection.begin()

    def run(self, connection: Connection, text: str, values: Mapping[str, object]) -> int:
        """Run the statement as it is; the driver binds the values."""
        return self.query(connection, text, values).rowcount

    def query(
        self, connection: Connection, text: str, values: Mapping[str, object]
    ) -> sa.CursorResult[*tuple[Any, ...]]:
        """Run the query as it is; the driver binds the values."""
        lists: list[sa.BindParameter[Any]] = [
            sa.bindparam(name, expanding=True) for name, value in values.items() if isinstance(value, list)
        ]
        return connection.execute(sa.text(text).bindparams(*lists), dict(values))

    def run_all(self, connection: Connection, texts: Sequence[str]) -> None:
        """Run all statements in one round trip."""
        connection.exec_driver_sql("; ".join(texts), execution_options={"no_parameters": True})

    def describe(self, connection: Connection, text: str) -> list[tuple[str, str]]:
        """Return what the driver's cursor tells of the columns."""
        cursor = self.query(connection, text, {}).cursor
        return [(column[0], repr(tuple(column[1:]))) for column in cursor.description or ()] if cursor else []

    def storage(self, columns: Collection[str]) -> str:
        """Return nothing: a table has no order of its own."""
        return ""
