"""Statements that a database refuses because of what somebody has made: the message, and what to do about it.

Covered by tests/loaders/rewrite/test_retype.py and tests/loaders/schema/test_defaults.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from loaders.connection.session import Session
from loaders.interface.errors import Terminal


@contextmanager
def translating_refusal(session: Session, outcome: str, todo: str) -> Iterator[None]:
    """Raise Terminal with the outcome, the message of the database and the remedy if it refuses a statement.

    An error that may end by itself, or that has a remedy of its own, is raised as it is.
    """
    try:
        yield
    except DBAPIError as error:
        if error.orig is None or error.connection_invalidated or session.dialect.is_transient(error.orig):
            raise
        if session.dialect.explain(error.orig, error.statement or "") is not None:
            raise
        reason = " ".join(str(error.orig).split())
        raise Terminal(f"{outcome}: {reason}; {todo}") from error
