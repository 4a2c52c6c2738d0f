"""One unusual thing: where it is, what is so, how to look at it, what to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Finding:
    """Something unusual in one archive hour."""

    archive_hour: datetime
    subject: str
    """What it is about: a column as `table.column`, a table, a file."""
    told: str
    look: str = ""
    """A query or command that shows it."""

    def __str__(self) -> str:
        return f"{self.archive_hour:%Y-%m-%dT%H} {self.subject}: {self.told}"
