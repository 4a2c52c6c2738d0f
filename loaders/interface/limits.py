"""How much a load holds at once, whatever the hour's size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Limits:
    """Bytes and rows of one load that are in memory at a time; what a table holds depends on none of them."""

    slice_bytes: int = 32 << 20
    """Rows of the lake that are flattened together."""
    held_bytes: int = 64 << 20
    """Rows of all tables together that wait for their file."""
    rows_at_once: int = 65_536
    """Events of other hours that are asked for in the lake at a time."""


DEFAULT_LIMITS: Final = Limits()
