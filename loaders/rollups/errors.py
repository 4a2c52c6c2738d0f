"""Errors of a database in a rollup's SELECT, reported with file and line.

Covered by tests/loaders/rollups/test_recompute.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Final

from sqlalchemy.exc import DBAPIError

import sql
from loaders.connection.session import Session
from loaders.interface.errors import Terminal
from loaders.rollups.files import Rollup, WrongFile

_LINE: Final = re.compile(r"^\w+ (\d+): ", re.MULTILINE)
"""Both databases quote the failing line as `LINE 3: ...`, PostgreSQL in the language of the server."""
_DEPENDENT_OBJECTS: Final = "2BP01"


@contextmanager
def translating_errors(session: Session, rollup: Rollup, statement: str, day: date | None = None) -> Iterator[None]:
    """Raise an error with the rollup's file and line if the database refuses a statement.

    It is Terminal for an error of one `day`, otherwise WrongFile. A transient error is raised unchanged.
    """
    try:
        yield
    except DBAPIError as error:
        if error.orig is None or error.connection_invalidated or session.dialect.is_transient(error.orig):
            raise
        if getattr(error.orig, "sqlstate", None) == _DEPENDENT_OBJECTS:
            raise WrongFile(_depended_on(rollup, error.orig)) from error
        raise _refused(rollup, session, statement, error.orig, day) from error


def _refused(rollup: Rollup, session: Session, statement: str, error: BaseException, day: date | None) -> Terminal:
    line = _line_in_file(str(error), sql.statement(statement, session.dialect.name))
    where = str(rollup.path) if line is None else f"{rollup.path}, line {line}"
    reason = str(error).splitlines()[0]
    if day is not None:
        return Terminal(f"{where}: on {day} the warehouse refused: {reason}")
    hint = "Correct it, or wait: the first event with a table or column creates it"
    return WrongFile(f"{where}: the warehouse refused: {reason}. {hint}")


def _line_in_file(message: str, template: str) -> int | None:
    """Return the line of the file: the statement has lines of its own before the SELECT."""
    found = _LINE.search(message)
    before = template.partition("{select}")[0].count("\n")
    return None if found is None else int(found[1]) - before


def _depended_on(rollup: Rollup, error: BaseException) -> str:
    detail = getattr(getattr(error, "diag", None), "message_detail", None) or str(error).splitlines()[0]
    return (
        f"{rollup.path}: the SELECT gives other columns than its table has, and the table cannot be rebuilt because "
        f"something depends on it: {detail}. Drop that, compute the rollup, and create it again"
    )
