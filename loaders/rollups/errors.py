"""What a database says of a rollup's SELECT, told as the line of its file."""

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
"""Both databases quote the line they stumbled over as `LINE 3: ...`, in PostgreSQL in the server's language."""
_DEPENDENT_OBJECTS: Final = "2BP01"


@contextmanager
def translating_errors(session: Session, rollup: Rollup, statement: str, day: date | None = None) -> Iterator[None]:
    """Turn what the database refuses into an error that names the rollup's file and line.

    WrongFile where it concerns no day; Terminal for one `day`. What passes by itself is left as it is.
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
    said = str(error).splitlines()[0]
    if day is not None:
        return Terminal(f"{where}: on {day} the warehouse refused: {said}")
    hint = "Correct it, or wait: a table or column is there once an event has brought it"
    return WrongFile(f"{where}: the warehouse refused: {said}. {hint}")


def _line_in_file(message: str, template: str) -> int | None:
    """The line of the file; the SELECT stands in our statement some lines further down."""
    told = _LINE.search(message)
    before = template.partition("{select}")[0].count("\n")
    return None if told is None else int(told[1]) - before


def _depended_on(rollup: Rollup, error: BaseException) -> str:
    detail = getattr(getattr(error, "diag", None), "message_detail", None) or str(error).splitlines()[0]
    return (
        f"{rollup.path}: the SELECT gives other columns than its table has, and the table cannot be made anew because "
        f"something is built upon it: {detail}. Drop that, compute the rollup, and make it again"
    )
