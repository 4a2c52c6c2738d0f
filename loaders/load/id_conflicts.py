"""Ids that are reused between archive hours: copies that differ in more than clocks and transport (contract §9).

Covered by tests/loaders/load/test_id_conflicts.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final

import polars as pl

from loaders.connection.session import Name, Row, Session, in_utc
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
_INSTANT: Final = pl.Datetime("us", "UTC")
_SAMPLES: Final = pl.Schema(
    {
        "archive_hour": _INSTANT, "type": pl.String(), "id": pl.String(), "other_archive_hour": _INSTANT,
        "differs": pl.String(), "conflicts": pl.Int64(),
    }
)  # fmt: skip


def find_conflicts(session: Session, names: Mapping[str, Name]) -> dict[datetime, IdConflicts]:
    """Return by archive hour which contenders conflict with the row, or a restored copy, of their id of another hour.

    Of two hours of this load it is the later one that conflicts. `names` are the tables of the contest: `contenders`,
    `stored` and `hours`.
    """
    rows = session.rows("load/merge/find_conflicts", names, samples=KEPT_SAMPLES)
    return {hour: _conflicts(hour, list(samples)) for hour, samples in groupby(rows, lambda row: in_utc(row.load_hour))}


def _conflicts(hour: datetime, rows: Sequence[Row]) -> IdConflicts:
    first = rows[0]
    here, other = (first.event, first.other_event) if first.type == "track" else (first.type, first.type)
    hour_of_other = f"{in_utc(first.other_hour):%Y-%m-%dT%H}"
    return IdConflicts(
        first.conflicts,
        f"id {first.id!r} is {here!r} here and {other!r} in {hour_of_other}",
        tuple(
            ReusedId(
                hour,
                first.conflicts,
                row.type,
                row.id if len(row.id) <= CUT else f"{row.id[:CUT]}...",
                in_utc(row.other_hour),
                ", ".join(what for what in DIFFERENCES if getattr(row, f"{what}_differs")),
            )
            for row in rows
        ),
    )


def replace_conflicts(session: Session, source: str, hours: Name, found: Mapping[datetime, IdConflicts]) -> None:
    """Replace the samples of the hours' previous loads, and those that name an event of them, by this load's."""
    session.run("load/conflicts/delete", {"hours": hours}, source=source)
    rows = [
        (hour, row.type, row.id, row.other_archive_hour, row.differs, conflicts.count)
        for hour, conflicts in found.items()
        for row in conflicts.samples
    ]
    if rows:
        names = {"samples": session.put(pl.DataFrame(rows, schema=_SAMPLES, orient="row"))}
        session.run("load/conflicts/insert", names, source=source)
