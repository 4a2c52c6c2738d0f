"""The line of a TOML text on which a key is written."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Final

_PART: Final = r"""(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')"""
_PATH: Final = rf"{_PART}(?:\s*\.\s*{_PART})*"
_HEADING: Final = re.compile(rf"\s*\[{{1,2}}\s*({_PATH})\s*\]{{1,2}}\s*(?:#.*)?")
_PAIR: Final = re.compile(rf"\s*({_PATH})\s*=")
_MULTILINE: Final = re.compile('"""|' + "'''")

Key = tuple[str, ...]


def find_lines(text: str) -> Mapping[Key, int]:
    """Return the line, from 1, of every table heading and of every key that begins a line.

    Keys inside an inline table or a value of several lines are not found: `line_of` returns the line of their table or
    value.
    """
    lines: dict[Key, int] = {}
    table: Key = ()
    inside = False
    for number, line in enumerate(text.splitlines(), start=1):
        if not inside:
            if heading := _HEADING.fullmatch(line):
                table = _split(heading[1])
                lines.setdefault(table, number)
            elif pair := _PAIR.match(line):
                lines.setdefault((*table, *_split(pair[1])), number)
        inside ^= len(_MULTILINE.findall(line)) % 2 == 1
    return lines


def line_of(lines: Mapping[Key, int], key: Key) -> int | None:
    """Return the line of a key, or of the nearest table or value that holds it."""
    for length in range(len(key), 0, -1):
        if found := lines.get(key[:length]):
            return found
    return None


def _split(path: str) -> Key:
    """Return the parts of a dotted key as TOML reads them; of a text that only looks like a key, the text."""
    try:
        table: object = tomllib.loads(f"{path} = 0")
    except tomllib.TOMLDecodeError:
        return (path,)
    parts: list[str] = []
    while isinstance(table, dict):
        (name,) = table
        parts.append(name)
        table = table[name]
    return tuple(parts)
