"""Numbers with their nouns, in messages.

Covered by tests/loaders/interface/test_words.py.
"""

from __future__ import annotations


def counted(number: int, one: str, many: str | None = None) -> str:
    """Return a number with what it counts: `1 row is`, `2 rows are`; without `many` that is `one` with an s."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"
