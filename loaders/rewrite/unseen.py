"""The archive hours of which the lake holds more than the event tables, and the quarantined lines of the warehouse.

Covered by tests/pipeline/erasure/test_forget.py.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from loaders.connection.session import Session, in_utc
from loaders.load.left_out.quarantine import RAW_BYTES, read_raw
from loaders.rewrite.forget import put_hours
from loaders.rewrite.retain import Owner

_TOGETHER: Final = 200
"""Archive hours whose lines are read at once."""


@dataclass(frozen=True)
class Unseen:
    """Archive hours with events that are in no event table, and with quarantined lines that the warehouse lacks."""

    events: frozenset[datetime]
    lines: frozenset[datetime]

    @classmethod
    def of(cls, hours: Iterable[datetime]) -> Unseen:
        """Return hours of which nothing is known."""
        found = frozenset(hours)
        return cls(found, found)


def unseen_hours(session: Session, owner: Owner) -> Unseen:
    """Return the archive hours of which the lake holds more than the warehouse."""
    events = session.rows("rewrite/forget/unseen_hours", source=owner.source, schema=owner.schema)
    lines = session.rows("rewrite/forget/quarantined_hours", source=owner.source, most=RAW_BYTES)
    return Unseen(
        frozenset(in_utc(row.archive_hour) for row in events), frozenset(in_utc(row.archive_hour) for row in lines)
    )


@dataclass(frozen=True)
class KeptLine:
    """A line of `tideline.quarantine`."""

    archive_hour: datetime
    file: str
    line: int | None
    byte_offset: int | None


def kept_lines(session: Session, source: str, hours: Collection[datetime]) -> Iterator[tuple[KeptLine, bytes]]:
    """Yield the lines of `tideline.quarantine` of some archive hours, each with its first 64 KiB."""
    ordered = sorted(hours)
    for first in range(0, len(ordered), _TOGETHER):
        some = ordered[first : first + _TOGETHER]
        for row in session.rows("rewrite/forget/kept_lines", {"hours": put_hours(session, some)}, source=source):
            yield KeptLine(in_utc(row.archive_hour), row.file, row.line, row.byte_offset), read_raw(row.raw)
