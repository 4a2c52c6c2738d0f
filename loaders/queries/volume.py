"""The room that a warehouse takes, and what it bills by bytes.

Covered by tests/loaders/queries/test_volume.py.
"""

from __future__ import annotations

from collections.abc import Iterable

from loaders.connection.session import Session
from loaders.queries.ledger import LEDGER_SCHEMA


def stored_bytes(session: Session, schemas: Iterable[str]) -> int:
    """Return the bytes that the tables of these schemas and the ledger take, indexes included; of a file its size."""
    return session.dialect.stored_bytes(session.connection, [*schemas, LEDGER_SCHEMA])


def bills_bytes(session: Session) -> bool:
    """Return whether the warehouse bills the bytes that statements read."""
    return session.dialect.bills_bytes
