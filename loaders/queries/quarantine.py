"""Quarantined lines and files that the warehouse holds.

Covered by tests/loaders/interface/test_counts.py.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from loaders.connection.session import Session


@dataclass(frozen=True)
class QuarantinedLine:
    """A quarantined line, or a bad file, which has no line number."""

    reason: str
    archive_hour: datetime
    file: str
    line: int | None
    detail: str | None
    raw: str | None


@dataclass(frozen=True)
class ReasonCount:
    """The number of lines and files that the warehouse holds for a reason."""

    reason: str
    held: int
    capped: int
    """1 if an hour has as many as the warehouse holds at most; the lake holds all of them. Otherwise 0."""


def lines_by_hour(
    session: Session, source: str, hours: Collection[datetime], *, examples: int
) -> list[QuarantinedLine]:
    """Return the first lines of each of these archive hours, at most `examples` of a reason in an hour."""
    return session.records(
        QuarantinedLine, "queries/quarantine/lines", source=source, hours=list(hours), examples=examples
    )


def lines_by_reason(session: Session, source: str, *, examples: int) -> list[QuarantinedLine]:
    """Return the first lines of all archive hours, at most `examples` of a reason."""
    return session.records(QuarantinedLine, "queries/quarantine/examples", source=source, examples=examples)


def newest_lines(session: Session, source: str, *, lines: int, characters: int = 4_096) -> list[QuarantinedLine]:
    """Return the newest lines, at most so many, each with the first characters of what was sent."""
    return session.records(
        QuarantinedLine, "queries/quarantine/newest", source=source, lines=lines, characters=characters
    )


def reason_counts(session: Session, source: str) -> list[ReasonCount]:
    """Return the number of lines and files of every reason, the most frequent first."""
    return session.records(ReasonCount, "queries/quarantine/reasons", source=source)
