"""Comments on tables and columns, which BI tools show beside their names.

Covered by tests/loaders/dialects/postgresql/test_postgresql.py and tests/loaders/schema/test_comments.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import sqlalchemy as sa
from sqlalchemy import quoted_name
from sqlalchemy.schema import SetColumnComment, SetTableComment

from loaders.connection.session import Session
from loaders.schema.evolve import IDENTIFIES, USERS, Change, NewColumn, NewTable, NewType
from loaders.schema.introspect import Layout
from loaders.transform.catalog import Catalog

_TABLES: Final = {
    "tracks": "Every track event, one row each, without its properties",
    "identifies": "Every identify event, one row each, with its traits",
    "users": "One row per user: of every trait the latest value over all identifies",
    "pages": "Every page event, one row each",
    "screens": "Every screen event, one row each",
    "groups": "Every group event, one row each",
    "aliases": "Every alias event, one row each",
}

_COLUMNS: Final = {
    "id": "Id of the event (messageId)",
    "anonymous_id": "Id of the device or browser before the user is known",
    "user_id": "Id of the user",
    "sent_at": "When the client sent it, by its own clock",
    "timestamp": "When it happened, corrected for the client's clock",
    "received_at": "When the gateway received it",
    "original_timestamp": "When it happened, by the client's own clock",
    "channel": "Where it was sent from, such as web or server",
    "context_ip": "IP address of the client",
    "context_request_ip": "IP address from which the gateway received it",
    "context_passed_ip": "IP address of the client as the event itself has it",
    "name": "Name of the page or screen",
    "group_id": "Id of the group that the user joined",
    "previous_id": "Id of the user before this one",
    "event": "Name of the event's own table",
    "event_text": "Name of the event as sent",
    "event_date": "UTC day on which it happened",
    "uuid_ts": "When this row was last written: a cursor for incremental models",
    "_archive_hour": "Archive hour that contains the event",
    "_fingerprint": "Hash of the event as sent",
    "_rescued": "What no column of this row could hold, as sent: JSON of the event's shape",
}

_USER_ID: Final = "Id of the user"
_EMPTY: Final = "Declared; no event has had a value yet"


def describe(session: Session, schema: str, changes: Iterable[Change], catalog: Catalog) -> None:
    """Comment on new tables and columns: the events of a table's rows, the path of a column in the event.

    So are columns of another type, where the database forgets their comments.
    """
    lost = () if session.dialect.keeps_comments else (NewType,)
    kinds = (NewTable, NewColumn, *lost)
    session.run_ddl(
        [comment for change in changes if isinstance(change, kinds) for comment in _comments(schema, change, catalog)]
    )


def describe_again(session: Session, schema: str, before: Catalog, after: Catalog, layout: Layout) -> None:
    """Comment on the columns whose path in the catalog is another one now; `users` has those of `identifies`."""
    moved: dict[str, dict[str, str | None]] = {}
    for home, columns in after.tables.items():
        if columns == before.table(home):
            continue  # of thousands of columns a load changes few
        for name, column in columns.items():
            if name not in before.table(home) or before.table(home)[name].path == column.path:
                continue
            for table in (home, USERS) if home == IDENTIFIES else (home,):
                if name in layout.get(table, {}):
                    moved.setdefault(table, {})[name] = describe_column(table, name, after)
    session.run_ddl([comment for table, texts in moved.items() for comment in _column_comments(schema, table, texts)])


def _comments(schema: str, change: Change, catalog: Catalog) -> Iterator[sa.DDLElement]:
    if isinstance(change, NewTable):
        yield SetTableComment(_table(schema, change.table, comment=describe_table(change.table)))
    names = change.columns if isinstance(change, NewTable) else (change.column,)
    texts = {name: text for name in names if (text := describe_column(change.table, name, catalog)) is not None}
    yield from _column_comments(schema, change.table, texts)


def _column_comments(schema: str, table: str, texts: Mapping[str, str | None]) -> Iterator[sa.DDLElement]:
    """Return the comments of a table's columns, by one SQLAlchemy table: one per column takes six times as long."""
    columns = [sa.Column(name, sa.Text, comment=text) for name, text in texts.items()]
    _table(schema, table, *columns)
    return map(SetColumnComment, columns)


def _table(schema: str, table: str, *columns: sa.Column[str], comment: str | None = None) -> sa.Table:
    """Return the SQLAlchemy table of a table; its schema is one identifier also where it has dots and quotes."""
    return sa.Table(table, sa.MetaData(), *columns, schema=quoted_name(schema, quote=True), comment=comment)


def describe_table(table: str) -> str:
    """Return what the rows of a table are."""
    return _TABLES.get(table, f"Every track event whose name gives {table}, one row each, with its properties")


def describe_column(table: str, name: str, catalog: Catalog) -> str | None:
    """Return what a column is, or its path in the event where it comes from events; None if neither is known."""
    if table == USERS and name == "id":
        return _USER_ID
    known = catalog.table(IDENTIFIES if table == USERS else table).get(name)
    return known.path or _EMPTY if known else _COLUMNS.get(name)
