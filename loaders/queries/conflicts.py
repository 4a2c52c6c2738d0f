"""Ids that are reused between archive hours, as the newest loads found them (contract §9).

Covered by tests/loaders/load/test_id_conflicts.py.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from loaders.connection.session import Session, in_utc
from loaders.interface.result import ReusedId
from loaders.queries.ledger import has_ledger_table


def reused_ids(session: Session, source: str, hours: Collection[datetime]) -> dict[datetime, list[ReusedId]]:
    """Return a few events of each of these hours that have the id of an event of another hour."""
    if not hours or not has_ledger_table(session, "id_conflicts"):
        return {}
    found: dict[datetime, list[ReusedId]] = {}
    for row in session.records(ReusedId, "queries/conflicts/samples", source=source, hours=list(hours)):
        hour = in_utc(row.archive_hour)
        utc = replace(row, archive_hour=hour, other_archive_hour=in_utc(row.other_archive_hour))
        found.setdefault(hour, []).append(utc)
    return found
