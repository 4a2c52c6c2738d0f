"""The memory of a load, whatever the size of the hour.

Covered by tests/loaders/staging/test_staged.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Limits:
    """Bytes and rows of one load that are in memory together; no table depends on them."""

    slice_bytes: int = 32 << 20
    """Rows of the lake that are flattened together."""
    sorted_bytes: int = 128 << 20
    """Rows of the lake of several hours that are sorted together in memory; what is more goes to files first."""
    held_bytes: int = 64 << 20
    """Rows of all tables together that wait to be written to a file."""
    rows_at_once: int = 65_536
    """Events of other hours per lookup in the lake."""


DEFAULT_LIMITS: Final = Limits()
