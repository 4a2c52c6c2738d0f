"""Ids that are reused between archive hours: copies that differ in more than clocks and transport (contract §9).

Covered by tests/loaders/load/test_id_conflicts.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl

from loaders.connection.session import Name, Session, in_utc
from loaders.interface.hour import Hour
from loaders.interface.result import ReusedId

LEAST_SHARE: Final = 100
"""One event in so many, or more, is worth a warning."""
KEPT_SAMPLES: Final = 3
"""Reused ids that are kept per hour."""
CUT: Final = 120
"""Characters kept of an id."""
DIFFERENCES: Final = ("event", "user", "timestamp")


@dataclass(frozen=True)
class IdConflicts:
    """How many rows of an hour conflict with the stored row of another hour, a few of them, and one as a text."""

    count: int = 0
    example: str = ""
    samples: tuple[ReusedId, ...] = ()

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
    rows = session.rows("load/merge/find_conflicts", names, archive_hour=hour.archive_hour, samples=KEPT_SAMPLES)
    if not rows:
        return NO_CONFLICTS
    first = rows[0]
    here, other = (first.event, first.other_event) if first.type == "track" else (first.type, first.type)
    hour_of_other = f"{in_utc(first.other_hour):%Y-%m-%dT%H}"
    return IdConflicts(
        first.conflicts,
        f"id {first.id!r} is {here!r} here and {other!r} in {hour_of_other}",
        tuple(
            ReusedId(
                hour.archive_hour,
                first.conflicts,
                row.type,
                row.id if len(row.id) <= CUT else f"{row.id[:CUT]}...",
                in_utc(row.other_hour),
                ", ".join(what for what in DIFFERENCES if getattr(row, f"{what}_differs")),
            )
            for row in rows
        ),
    )


def replace_conflicts(session: Session, hour: Hour, conflicts: IdConflicts) -> None:
    """Replace the samples of the hour's previous load, and those that name an event of this hour, by this load's."""
    session.run("load/conflicts/delete", source=hour.source, archive_hour=hour.archive_hour)
    if not conflicts.samples:
        return
    rows = [(row.type, row.id, row.other_archive_hour, row.differs) for row in conflicts.samples]
    instant = pl.Datetime("us", "UTC")
    schema = {"type": pl.String(), "id": pl.String(), "other_archive_hour": instant, "differs": pl.String()}
    session.run(
        "load/conflicts/insert",
        {"samples": session.put(pl.DataFrame(rows, schema=schema, orient="row"))},
        source=hour.source,
        archive_hour=hour.archive_hour,
        conflicts=conflicts.count,
    )
