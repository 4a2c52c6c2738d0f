"""Views that a transaction breaks: ClickHouse drops what a view needs without an error, and reading the view fails.

Covered by tests/loaders/rewrite/test_drop.py.
"""

from __future__ import annotations

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from loaders.dialects.clickhouse.execute import describe
from loaders.dialects.clickhouse.scratch import query, quoted_relation
from loaders.dialects.clickhouse.shadows import transaction_of
from loaders.dialects.clickhouse.statements import parse


def sound_views(connection: Connection) -> set[str]:
    """Return the quoted names of the views of others that can be read once the open transaction has committed.

    Their queries are described with the shadows in the places of the tables that the transaction has changed.
    """
    return {
        quoted_relation(connection, (row.database, row.name))
        for row in query(connection, "views", {})
        if not _reads_dropped(connection, row.as_select) and _is_readable(connection, row.as_select)
    }


def _is_readable(connection: Connection, text: str) -> bool:
    try:
        return bool(describe(connection, text))
    except DBAPIError:
        return False


def _reads_dropped(connection: Connection, text: str) -> bool:
    """Return whether a query reads a table that the transaction drops: it is stored until the transaction commits."""
    transaction = transaction_of(connection)
    shadows = transaction.shadows if transaction else {}
    dropped = {relation for relation, shadow in shadows.items() if shadow.place is None}
    return not dropped.isdisjoint(part for part in parse(text).parts if isinstance(part, tuple))
