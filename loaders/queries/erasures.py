"""Erasures as the warehouse records them (contract §13).

Covered by tests/pipeline/erasure/test_forget.py.
"""

from __future__ import annotations

from datetime import datetime

from loaders.connection.session import Session, in_utc
from loaders.queries.ledger import has_ledger_table


def erased_hours(session: Session, source: str) -> dict[datetime, int]:
    """Return the erased events and lines of each archive hour, by its newest load; empty in an older warehouse."""
    if not has_ledger_table(session, "erased"):
        return {}
    rows = session.rows("queries/erasures/erased_hours", source=source)
    return {in_utc(row.archive_hour): int(row.events) for row in rows}


def recorded_lists(session: Session, source: str) -> dict[str, str]:
    """Return the lists of erased persons of a source, by their names; empty in an older warehouse."""
    if not has_ledger_table(session, "suppressed"):
        return {}
    rows = session.rows("queries/erasures/lists", source=source)
    return {row.erasure_id: row.content for row in rows}
