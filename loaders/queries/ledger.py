"""A look into a warehouse that holds a ledger.

Covered by tests/defs/test_assets.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from loaders.connection.session import Session
from loaders.connection.warehouse import Warehouse
from loaders.schema.introspect import read_tables

LEDGER_SCHEMA = "tideline"


@contextmanager
def open_ledger(warehouse: Warehouse, *, wait: float | None = None) -> Iterator[Session | None]:
    """Open a read-only session; None if the warehouse holds no ledger yet.

    Raise `Transient` if a load holds the warehouse for more than `wait` seconds, by default as long as a load waits.
    """
    with warehouse.reading(wait=wait) as session:
        yield session if has_ledger_table(session, "loads") else None


def has_ledger_table(session: Session, table: str) -> bool:
    """Return whether the ledger has this table: an older one lacks the newer tables until its next load."""
    return table in read_tables(session, LEDGER_SCHEMA)
