"""Tables and columns that are declared or imported, created before any event has them (contract §5)."""

from __future__ import annotations

from collections.abc import Mapping

from loaders.catalog.declared import declare
from loaders.catalog.store import write_catalog
from loaders.connection.session import Session
from loaders.connection.warehouse import Warehouse
from loaders.interface.errors import Terminal
from loaders.ledger.loads import create_ledger, has_ledger
from loaders.load.online_ddl import add_columns
from loaders.load.state import read_load_catalog
from loaders.schema.comments import describe
from loaders.schema.evolve import (
    IDENTIFIES,
    USERS,
    Change,
    apply_changes,
    find_differences,
    index_tables,
    users_of,
    whole_table,
)
from loaders.schema.introspect import Layout, read_schema
from loaders.schema.ledger_tables import create_schema
from loaders.schema.taken_names import NameRefusedError, find_taken
from loaders.transform.catalog import Catalog, Declaration, empty_columns
from loaders.transform.standard_columns import OURS, event_type_of, standard_columns


def create_declared(
    warehouse: Warehouse, declaration: Declaration, *, source: str, schema: str, imported: bool = False
) -> tuple[str, ...]:
    """Create the tables and columns that a schema lacks, empty; return the changes, none if it lacks nothing.

    With `imported` also the columns of the catalog that no event has, in tables that exist. Not part of a load: an
    empty column is no row of one. Raises Busy where readers of a server hold a table all the time, and Terminal for a
    table whose name is taken or refused.
    """
    with warehouse.reading() as session:
        if not lacks_declared(*_read(session, source, schema), declaration, imported=imported):
            return ()
    with warehouse.writing() as session, warehouse.merge_lock(session, schema):
        with session.transaction():
            create_schema(session, schema)
            create_ledger(session)
        with session.transaction():
            before, layout = _read(session, source, schema)
            after = declare(before, declaration)
            wanted = wanted_columns(after, layout, declaration, imported=imported)
            changes = find_differences(session, layout, after.taken, wanted)
        ahead = add_columns(session, schema, changes, after, wait=warehouse.wait) if session.dialect.adds_ahead else []
        with session.transaction():
            left = [change for change in changes if change not in ahead]
            _apply(session, schema, left, after)
            write_catalog(session, schema, before, after)
    return tuple(map(str, changes))


def lacks_declared(catalog: Catalog, layout: Layout, declaration: Declaration, *, imported: bool = False) -> bool:
    """Return whether a declared table or column does not exist, or is not in the catalog."""
    if not declaration.tables and not imported:
        return False
    after = declare(catalog, declaration)
    return after != catalog or bool(wanted_columns(after, layout, declaration, imported=imported))


def wanted_columns(
    catalog: Catalog, layout: Layout, declaration: Declaration, *, imported: bool
) -> dict[str, Mapping[str, str]]:
    """Return table -> the columns that it lacks; all of them where the table does not exist."""
    declared = {table for table in declaration.tables if table in catalog.tables}
    existing = catalog.tables.keys() & layout.keys() if imported else set()
    wanted: dict[str, Mapping[str, str]] = {}
    for table in sorted(declared | existing):
        columns = empty_columns(catalog.table(table).values())
        if table not in layout:
            fixed = {**standard_columns(event_type_of(table)), **OURS}
            wanted[table] = whole_table(fixed, columns)
        else:
            wanted[table] = columns
    if IDENTIFIES in wanted:
        wanted[USERS] = users_of(catalog, wanted[IDENTIFIES].keys())
    lacking = {table: _without(columns, layout.get(table, {})) for table, columns in wanted.items()}
    return {table: columns for table, columns in lacking.items() if columns}


def _without(columns: Mapping[str, str], existing: Mapping[str, str]) -> dict[str, str]:
    return {name: kind for name, kind in columns.items() if name not in existing}


def _read(session: Session, source: str, schema: str) -> tuple[Catalog, Layout]:
    tables = read_schema(session, schema)
    if not has_ledger(session):
        return Catalog(taken=find_taken(session, schema, tables)), tables.own
    return read_load_catalog(session, source=source, schema=schema, tables=tables), tables.own


def _apply(session: Session, schema: str, changes: list[Change], catalog: Catalog) -> None:
    try:
        apply_changes(session, schema, changes)
    except NameRefusedError as error:
        raise Terminal(
            f"the declared table {error.table} cannot be created, as the database refuses its name ({error.reason}): "
            "take it out of the files of columns"
        ) from error
    describe(session, schema, changes, catalog)
    index_tables(session, schema, changes)
