"""Changes of tables on a server before the merge, so that no reader waits for the merge (contract §8).

Columns are added in short transactions of their own: an empty column is not part of a load. A type that cannot change
without blocking readers stays, and the load rescues the values that do not fit.

Covered by tests/loaders/dialects/postgresql/test_postgresql.py.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final

from sqlalchemy.exc import DBAPIError

from loaders.catalog.store import read_catalog
from loaders.connection.session import Session
from loaders.interface.errors import Busy
from loaders.schema.comments import describe
from loaders.schema.evolve import IDENTIFIES, USERS, Change, NewColumn, NewType, apply_changes
from loaders.schema.introspect import read_layout
from loaders.transform.catalog import Catalog, Column
from loaders.transform.type_inference import resettle

Refusals = Mapping[tuple[str, str], str]
"""(table, column) -> why its type cannot change in a load."""

_LOCK_SECONDS: Final = 1.0
"""How long adding a column waits for readers, and so how long later readers wait behind it."""


def add_columns(
    session: Session, schema: str, changes: Iterable[Change], catalog: Catalog, *, wait: float
) -> list[NewColumn]:
    """Add new columns to existing tables, one short transaction per table; raise Busy if readers hold one."""
    added = [change for change in changes if isinstance(change, NewColumn)]
    for _, columns in groupby(added, lambda change: change.table):
        _add(session, schema, list(columns), catalog, until=time.monotonic() + wait)
    return added


def _add(session: Session, schema: str, columns: list[NewColumn], catalog: Catalog, *, until: float) -> None:
    while True:
        try:
            with session.transaction():
                session.run("load/set_lock_timeout", timeout=f"{_LOCK_SECONDS}s")
                apply_changes(session, schema, columns)
                describe(session, schema, columns, catalog)
        except DBAPIError as error:
            if error.orig is None or not session.dialect.is_lock_timeout(error.orig):
                raise
            if time.monotonic() >= until:
                reason = session.dialect.explain(error.orig, error.statement or "")
                raise Busy(
                    f"a column could not be added to {schema}.{columns[0].table}: readers have held the table all the "
                    f"time; end the long query or transaction that has it, or load again later ({reason})"
                ) from error
            time.sleep(random.uniform(0.1, 0.5))  # noqa: S311  only so that two do not meet again
        else:
            return


def find_refusals(session: Session, schema: str, changes: Iterable[Change]) -> dict[tuple[str, str], str]:
    """Return the columns with a new type that cannot change now: (table, column) -> reason.

    A column of `users` that cannot change keeps its type in `identifies` too.
    """
    found: dict[tuple[str, str], str] = {}
    for change in changes:
        if isinstance(change, NewType):
            refusal = session.dialect.refusal(session.connection, schema, change.table, change.column)
            if refusal is not None:
                table = IDENTIFIES if change.table == USERS else change.table
                found[table, change.column] = f"{change.table}.{change.column} stays as it is: {refusal}"
    return found


@dataclass(frozen=True)
class Waiting:
    """A column whose values need another type than the one that a load could give it."""

    table: str
    column: str
    type: str
    wanted: str
    reason: str | None
    """Why it cannot change now, or None."""
    views: tuple[str, ...] = ()
    """The views that depend on the column, as quoted names."""
    others: tuple[str, ...] = ()
    """What else depends on it, in words."""
    for_ever: bool = False
    """The database never changes it."""

    @property
    def remedy(self) -> str:
        """The commands, in order, that give the column its type and restore its rescued values."""
        if self.for_ever:
            return f"What does not fit stays in _rescued; load the archive into a new schema to get {self.wanted}."
        drops = [f"DROP VIEW {view};" for view in self.views]
        dropped = [*(["the views"] if drops else []), *self.others]
        first = [f"Drop {', '.join(self.others)}."] if self.others else []
        again = [f"then create {', '.join(dropped)} again"] if dropped else []
        return " ".join([*first, "Run:", *drops, f"tideline retype {self.table} {self.column} {self.wanted}", *again])

    def __str__(self) -> str:
        why = f": {self.reason}" if self.reason else ""
        return f"{self.table}.{self.column} is {self.type} and should be {self.wanted}{why}"


def find_waiting(session: Session, schema: str) -> list[Waiting]:
    """Return the columns that wait for `retype`: their type could not change, so values are rescued."""
    catalog = read_catalog(session, schema, read_layout(session, schema))
    return [
        _waiting(session, schema, column, wanted)
        for table, columns in sorted(catalog.tables.items())
        for column in columns.values()
        if (wanted := resettle(column, column.counts, column.counts)[0]) != column.type
    ]


def _waiting(session: Session, schema: str, column: Column, wanted: str) -> Waiting:
    tables = (column.table, USERS) if column.table == IDENTIFIES else (column.table,)
    refusals = [session.dialect.refusal(session.connection, schema, table, column.name) for table in tables]
    found = [refusal for refusal in refusals if refusal is not None]
    views = tuple(view for refusal in found for view in refusal.views)
    others = tuple(other for refusal in found for other in refusal.others)
    return Waiting(column.table, column.name, column.type, wanted, str(found[0]) if found else None, views, others,
                   any(refusal.always for refusal in found))  # fmt: skip


def pin_refused(catalog: Catalog, refused: Refusals) -> Catalog:
    """Return a catalog to stage by, with refused columns pinned: this load does not settle their type."""
    tables = {table: dict(columns) for table, columns in catalog.tables.items()}
    for table, name in refused:
        tables[table][name] = replace(tables[table][name], pinned=True)
    return replace(catalog, tables=tables)


def unpin_refused(staged: Catalog, before: Catalog, refused: Refusals) -> Catalog:
    """Return the catalog after such staging, with refused columns pinned and settled as before."""
    known = {(table, name): column for table, columns in before.tables.items() for name, column in columns.items()}
    tables = {table: dict(columns) for table, columns in staged.tables.items()}
    for table, name in refused:
        column, was = tables[table][name], known[table, name]
        tables[table][name] = replace(column, pinned=was.pinned, provisional=was.provisional)
    return replace(staged, tables=tables)
