"""Merges that begin without a lock: of two at once the catalog refuses one (docs/adr/0061).

The engine reads of each table the newest state that was made before the transaction began, by this machine's clock, and
the tables of one commit have states of slightly different times. So a transaction begins after the newest commit of
another merge is whole for it: if one comes between, it ends, and is tried again.

Covered by tests/loaders/dialects/iceberg/test_iceberg.py.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Final

import duckdb
from sqlalchemy.engine import Connection

import sql
from loaders.dialects.embedded.engine import driver_of
from loaders.dialects.embedded.session import CATALOG
from loaders.dialects.iceberg.statements import changes_of

_LOADS: Final = "tideline.loads"
_DIALECT: Final = "duckdb/iceberg"
_COMMIT: Final = timedelta(seconds=1)
"""By how much the states of one commit may differ in time; it counts where clocks differ."""
_BEHIND: Final = timedelta(seconds=30)


def find_newest_load(connection: Connection) -> tuple[object, ...] | None:
    """Return the newest state of the loads before a transaction begins; None if there is none.

    Wait until this machine's clock has passed it; raise duckdb.TransactionException if that takes too long.
    """
    newest = _read_newest(connection)
    if newest is not None:
        ahead = newest[1].replace(tzinfo=UTC) - datetime.now(UTC)
        if ahead > _BEHIND:
            raise duckdb.TransactionException(f"this machine's clock is {ahead} behind that of the newest load's")
        if ahead > timedelta(0):
            time.sleep((ahead + _COMMIT).total_seconds())
    return newest


def lock_merges(connection: Connection, newest: tuple[object, ...] | None) -> None:
    """Read the table that every merge changes before the transaction reads any other.

    The catalog refuses a commit whose state of a changed table is not the newest. Raise duckdb.TransactionException if
    the newest state of the loads is not the one from before the transaction.
    """
    if _has_loads(connection):
        driver_of(connection).execute(f"SELECT load_id FROM {_LOADS} LIMIT 1").fetchall()  # noqa: S608  a constant
    if _read_newest(connection) != newest:
        raise duckdb.TransactionException("another process has merged as this transaction began")


def note_merge(connection: Connection) -> None:
    """Change the table that every merge changes, if the transaction changes others and not it."""
    changes = changes_of(connection)
    if changes.tables and _LOADS not in changes.tables:
        change_loads(connection)


def change_loads(connection: Connection) -> None:
    """Change the table that every merge changes: what has begun before cannot commit any more."""
    if _has_loads(connection):
        driver_of(connection).execute(sql.statement("dialects/note_merge", _DIALECT))


def _read_newest(connection: Connection) -> tuple[object, datetime] | None:
    if not _has_loads(connection):
        return None
    text = sql.statement("dialects/newest_load", _DIALECT).format(catalog=CATALOG)
    found: tuple[object, datetime] | None = driver_of(connection).execute(text).fetchone()
    return found


def _has_loads(connection: Connection) -> bool:
    text = sql.statement("schema/tideline_names", _DIALECT)
    return ("loads",) in driver_of(connection).execute(text).fetchall()
