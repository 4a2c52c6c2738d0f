"""The line of a position in a JSON text, for messages about it.

Covered by tests/config/governance/test_contracts.py.
"""

from __future__ import annotations

import json
import re
from json.decoder import scanstring  # type: ignore[attr-defined]  # the scanner of strings that json itself uses
from typing import Final

_SPACE: Final = re.compile(r"[ \t\r\n]*")
_DECODER: Final = json.JSONDecoder()


def line_of(text: str, pointer: tuple[str | int, ...]) -> int:
    """Return the line, from 1, of the value that a pointer leads to, or of the last part of it that is there."""
    position = _skip(text, 0)
    for key in pointer:
        found = _find(text, position, key)
        if found is None:
            break
        position = found
    return text.count("\n", 0, position) + 1


def _skip(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    return found.end() if found else position


def _find(text: str, position: int, key: str | int) -> int | None:
    """Return the position of a member or an item of the value at a position."""
    opening = text[position : position + 1]
    if opening not in {"{", "["}:
        return None
    position, number = _skip(text, position + 1), 0
    while text[position : position + 1] not in {"}", "]", ""}:
        name: str | int = number
        if opening == "{":
            name, position = scanstring(text, position + 1)
            position = _skip(text, _skip(text, position) + 1)
        if name == key:
            return position
        _, position = _DECODER.raw_decode(text, position)
        position, number = _skip(text, position), number + 1
        if text[position : position + 1] == ",":
            position = _skip(text, position + 1)
    return None
