"""Which loaded hours an audit takes.

Covered by tests/pipeline/audit/test_audit.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

HOURS: Final = 3
"""Hours that are drawn unless a number or a range is given."""


@dataclass(frozen=True)
class Draw:
    """The hours of an audit: `hours` drawn at random by `seed` from `start` to `end` (inclusive), or with None all."""

    hours: int | None
    seed: int
    start: datetime | None = None
    end: datetime | None = None
