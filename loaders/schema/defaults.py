"""Defaults that somebody has given a column of an event table, kept where the column's type changes (contract §5).

Covered by tests/loaders/schema/test_defaults.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext

from sqlalchemy.exc import DBAPIError

from loaders.connection.session import Name, Quoted, Session


@contextmanager
def keeping_default(session: Session, table: tuple[str, str], column: str, names: Mapping[str, Name]) -> Iterator[None]:
    """Drop the default of a column for the block, which gives it the `type` of `names`, and set it again if it casts.

    A default without a value of the new type would end the next load of a row that has none; PostgreSQL refuses to
    change the type at once.
    """
    default = _read_default(session, table, column)
    if default is None:
        yield
        return
    session.run("schema/evolve/drop_default", names)
    yield
    with_default = {**names, "default": default}
    value = _cast(session, with_default)
    if value is not None:
        literal = Quoted("'" + str(value).replace("'", "''").replace(":", "\\:") + "'")
        session.run("schema/evolve/set_default", {**with_default, "literal": literal})


def _read_default(session: Session, table: tuple[str, str], column: str) -> Quoted | None:
    rows = session.rows("schema/added_columns/with_default", schema=table[0], name=table[1])
    ignores_case = session.dialect.ignores_case
    for row in rows:
        if (row.column_name.lower() if ignores_case else row.column_name) == column:
            return Quoted(row.column_default.replace(":", "\\:"))
    return None


def _cast(session: Session, names: Mapping[str, Name]) -> object:
    """Return the default as a value of the type, None if it has none; an attempt that fails is undone by itself."""
    try:
        with session.connection.begin_nested() if session.dialect.has_savepoints else nullcontext():
            return session.rows("schema/evolve/cast_default", names)[0].new_default
    except DBAPIError as error:
        if error.connection_invalidated:
            raise
        return None
