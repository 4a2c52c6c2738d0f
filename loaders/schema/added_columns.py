"""Columns that somebody has added to an event table: loads leave them alone, whatever events bring (contract §5).

Covered by tests/loaders/load/altering/test_declared.py.
"""

from __future__ import annotations

from collections.abc import Iterator

from loaders.connection.session import Name, Session
from loaders.schema.evolve import IDENTIFIES, USERS
from loaders.schema.introspect import Layout
from loaders.transform.catalog import Catalog, DropTarget
from loaders.transform.standard_columns import OURS, USER_STANDARD, event_type_of, fixed_columns


def find_added(session: Session, schema: str, layout: Layout, catalog: Catalog) -> frozenset[DropTarget]:
    """Return the columns that no load has made and that have a value or a default, as targets that events may not fill.

    One without either may be left by a load that ended early on a server: it becomes the column of the first event that
    has its name. A column of `users` is one of `identifies`.
    """
    return frozenset(
        target
        for table, columns in layout.items()
        if (unknown := columns.keys() - _known(catalog, table))
        for target in _filled(session, schema, table, sorted(unknown))
    )


def _known(catalog: Catalog, table: str) -> frozenset[str]:
    if table == USERS:
        return frozenset(USER_STANDARD) | frozenset(OURS) | catalog.table(IDENTIFIES).keys()
    return fixed_columns(event_type_of(table)) | catalog.table(table).keys()


def _filled(session: Session, schema: str, table: str, columns: list[str]) -> Iterator[DropTarget]:
    rows = session.rows("schema/added_columns/with_default", schema=schema, name=table)
    with_default = {row.column_name.lower() if session.dialect.ignores_case else row.column_name for row in rows}
    for column in columns:
        names: dict[str, Name] = {"table": (schema, table), "column": column}
        if column in with_default or session.rows("schema/added_columns/has_values", names):
            yield DropTarget(IDENTIFIES if table == USERS else table, column)
