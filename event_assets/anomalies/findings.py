"""One unusual observation in an archive hour.

Covered by tests/anomalies/test_rates.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Finding:
    """Something unusual in one archive hour."""

    archive_hour: datetime
    subject: str
    """A column as `table.column`, a table, or a file."""
    message: str

    def __str__(self) -> str:
        return f"{self.archive_hour:%Y-%m-%dT%H} {self.subject}: {self.message}"
