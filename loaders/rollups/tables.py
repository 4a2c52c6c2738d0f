"""The tables around a rollup: its own, which only it may fill, and empty ones in place of missing event tables.

Covered by tests/loaders/rollups/test_recompute.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from loaders.connection.session import Quoted, Session
from loaders.rollups.day_records import is_recorded
from loaders.rollups.due_days import Schemas
from loaders.rollups.files import Rollup, WrongFile
from loaders.schema.introspect import read_layout, read_tables
from loaders.schema.taken_names import find_taken
from loaders.transform.standard_columns import HOME_TABLES, OURS, USER_STANDARD, Columns, standard_columns


def has_table(session: Session, schemas: Schemas, rollup: Rollup) -> bool:
    """Return whether a rollup has its table.

    Raise WrongFile if what has its name was made by somebody else, as a table without a computed day was: its rows
    would be lost. One without rows may be left of a transaction that failed.
    """
    name, schema = rollup.name, schemas.rollups
    exists = name in read_tables(session, schema)
    if exists and is_recorded(session, schemas.entry(name)):
        return True
    if exists and session.dialect.creates_ahead and not session.rows("rollups/days/any_row", {"table": (schema, name)}):
        return True
    taken = "a table that no rollup has made has its name" if exists else find_taken(session, schema).get(name)
    if taken is not None:
        raise WrongFile(
            f"{rollup.path}: {schema}.{name} is not computed: {taken}, and is left alone. Rename the file, or rename or"
            " drop what has its name"
        )
    return False


@contextmanager
def placeholders(session: Session, schema: str) -> Iterator[None]:
    """Create empty temporary tables for the block, in place of event tables of a schema that do not exist yet."""
    missing = _standard_tables().keys() - read_layout(session, schema).keys()
    for name in sorted(missing):
        columns = _standard_tables()[name].items()
        parts = (f"{session.quote(column)} {session.dialect.column_type(kind)}" for column, kind in columns)
        session.run("rollups/days/create_empty", {"table": name, "definitions": Quoted(", ".join(parts))})
    yield
    for name in sorted(missing):
        session.run("rollups/days/drop_rows", {"rows": name})


def _standard_tables() -> dict[str, Columns]:
    """Return the tables that a rollup may name before they exist, with their standard columns."""
    homes = {table: standard_columns(kind) | OURS for kind, table in HOME_TABLES.items()}
    return homes | {"users": USER_STANDARD}
