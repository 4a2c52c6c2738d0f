"""Texts from events and keys that are shown or stored as names: without control characters.

Covered by tests/loaders/load/left_out/test_duplicates.py.
"""

from __future__ import annotations


def printable(text: str) -> str:
    """Return the text with a mark for every character that is not printable."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
