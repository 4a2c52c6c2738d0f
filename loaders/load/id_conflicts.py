"""Ids that are reused between archive hours: copies that differ in more than clocks and transport (contract §9).

Covered by tests/loaders/load/test_id_conflicts.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Final

from loaders.connection.session import Name, Session
from loaders.interface.hour import Hour

LEAST_SHARE: Final = 100
"""One event in so many, or more, is worth a warning."""


@dataclass(frozen=True)
class IdConflicts:
    """How many rows of an hour conflict with the stored row of another hour, and one of them as a text."""

    count: int = 0
    example: str = ""

    def warnings(self, hour: Hour) -> Iterator[str]:
        """Yield the warning of an hour in which they are more than a few."""
        events = hour.counts["events"]
        if self.count and events <= self.count * LEAST_SHARE:
            yield (
                f"{self.count:,} of {events:,} events have the id of an event of another hour with another name or "
                f"user, or more than a day apart: {self.example}. Are ids reused? Make them of several members"
            )


NO_CONFLICTS: Final = IdConflicts()


def find_conflicts(session: Session, hour: Hour, names: Mapping[str, Name]) -> IdConflicts:
    """Return which contenders of this hour conflict with the row, or a restored copy, of their id of another hour.

    `names` are the tables of the contest: `contenders` and `stored`.
    """
    rows = session.rows("load/merge/find_conflicts", names, archive_hour=hour.archive_hour)
    if not rows:
        return NO_CONFLICTS
    (first,) = rows
    here, other = (first.event, first.other_event) if first.type == "track" else (first.type, first.type)
    hour_of_other = f"{first.other_hour.astimezone(UTC):%Y-%m-%dT%H}"
    return IdConflicts(first.conflicts, f"id {first.id!r} is {here!r} here and {other!r} in {hour_of_other}")
