"""The duplicates of a source by the library that sent them, for pages, charts and `status`.

Covered by tests/health/groups/test_libraries.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from event_assets.lake.hour_note import sum_names
from loaders.connection.session import Session
from loaders.queries.loads import duplicates_by_library

NOT_RECORDED: Final = "(loaded by an earlier version)"
"""The name under which duplicates are counted that were loaded before the ledger had their libraries."""


def count_duplicates(
    session: Session, source: str, duplicates: int, *, start: datetime | None = None
) -> Mapping[str, int]:
    """Return the duplicates of the hours from `start` on by library; their sum is `duplicates`, which loads counted."""
    found = duplicates_by_library(session, source, start=start)
    rest = duplicates - sum(found.values())
    return sum_names([found, {NOT_RECORDED: rest} if rest > 0 else {}])
