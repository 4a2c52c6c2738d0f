"""Queries by a long list of ids, which is bound as one JSON text: thousands of bound values are slow.

Covered by tests/compare/test_planted.py and tests/pipeline/audit/test_audit.py.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TypeVar

import sql
from loaders.connection.session import Name, Quoted, Row, Session

IDS_AT_ONCE: Final = 5_000
"""Ids of one statement: a server may have no index on them, and reads its table once for all."""

T = TypeVar("T")


def rows_of_ids(
    session: Session, statement: str, names: Mapping[str, Name], ids: Sequence[str], /, **values: object
) -> Iterator[Row]:
    """Yield the rows of a query that has `{listed}` where its ids are; it runs once for every few thousand of them."""
    listed = listed_ids(session)
    for some in batches(ids):
        ids_text = json.dumps(some, ensure_ascii=False)
        yield from session.rows(statement, {**names, "listed": listed}, ids=ids_text, **values)


def listed_ids(session: Session) -> Quoted:
    """Return the query of the ids that `rows_of_ids` binds, for a part of its statement."""
    return Quoted(sql.statement("queries/listed", session.dialect.name))


def batches(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """Yield the parts of a sequence whose ids one statement takes."""
    for first in range(0, len(items), IDS_AT_ONCE):
        yield items[first : first + IDS_AT_ONCE]
