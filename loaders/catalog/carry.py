"""The catalog of one warehouse carried into another one that is loaded from the same lake (contract §8).

Covered by tests/pipeline/copying/test_copy.py.
"""

from __future__ import annotations

from dataclasses import replace

from loaders.catalog.store import read_catalog, write_catalog, write_kept_names
from loaders.connection.session import Session
from loaders.interface.errors import Terminal
from loaders.schema.introspect import read_layout
from loaders.transform.catalog import UNSEEN, WHOLE, Catalog, Column


def pin_types(session: Session, schema: str, wanted: Catalog) -> tuple[Column, ...]:
    """Give a schema the columns of another warehouse's catalog, pinned, and what is dropped there, and kept names.

    Pinned, so that hours in any order give the columns the types that they have there; `set_flags` ends it. Return the
    columns that have another type here: they are to be retyped. Raise Terminal where something exists that is dropped
    there.
    """
    layout = read_layout(session, schema)
    before = read_catalog(session, schema, layout)
    for target in sorted(wanted.dropped - before.dropped):
        known = before.table(target.table)
        if target.column in known or (target.column == WHOLE and target.table in before.tables):
            raise Terminal(
                f"{schema}.{target} exists there, and was dropped here: empty that warehouse, and copy again"
            )
    tables = {table: dict(columns) for table, columns in before.tables.items()}
    others: list[Column] = []
    for table, columns in wanted.tables.items():
        known_columns = tables.setdefault(table, {})
        for name, column in columns.items():
            found = known_columns.get(name) if table in layout else None
            if found is not None and found.type != column.type:
                others.append(column)
            known_columns[name] = _pinned(column) if found is None else replace(found, pinned=True)
    write_catalog(session, schema, before, replace(before, tables=tables, dropped=wanted.dropped))
    if not before.taken_over:
        write_kept_names(session, schema, wanted)
    return tuple(others)


def set_flags(session: Session, schema: str, wanted: Catalog) -> None:
    """Let each column be pinned, and its type be provisional, as it is in another warehouse's catalog."""
    before = read_catalog(session, schema, read_layout(session, schema))
    tables = {
        table: {
            name: replace(column, pinned=there.pinned, provisional=there.provisional)
            if (there := wanted.table(table).get(name))
            else column
            for name, column in columns.items()
        }
        for table, columns in before.tables.items()
    }
    write_catalog(session, schema, before, replace(before, tables=tables))


def _pinned(column: Column) -> Column:
    """Return the column as no event has had a value for it."""
    first, last = UNSEEN
    return Column(column.table, column.name, column.type, column.path, False, first, last, pinned=True)
