"""Ids in a quarantined line: its members where it is JSON, else the texts and words of its bytes (contract §13).

Covered by tests/lake/erasure/test_suppression.py.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final

from event_assets.events.ids import stored_id
from event_assets.lake.erasure.suppression import Suppression

_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\.)*)"?', re.DOTALL)
"""A text of JSON; the last one of a line that was cut has no end."""
_WORD: Final = re.compile(r"""[^\s"',;:&=<>|(){}\[\]\\]+""")
"""What stands between separators."""


def holds_erased(raw: bytes, suppression: Suppression) -> bool:
    """Return whether a line holds the id of an erased person or event."""
    text = raw.decode(errors="replace").lstrip("\ufeff")
    try:
        ids = set(_values(json.loads(text)))
    except (ValueError, RecursionError):
        ids = set(_texts(text))
    whole = [id for id in map(stored_id, ids) if _encodes(id)]
    return bool(suppression.persons_among(whole) or suppression.events_among(whole))


def _values(value: object) -> Iterator[str]:
    """Yield the texts and numbers of a JSON value, at any depth."""
    waiting = [value]
    while waiting:
        found = waiting.pop()
        if isinstance(found, dict):
            waiting += found.values()
        elif isinstance(found, list):
            waiting += found
        elif isinstance(found, str):
            yield found
        elif isinstance(found, int | float) and not isinstance(found, bool):
            yield str(found)


def _texts(text: str) -> Iterator[str]:
    """Yield the quoted texts of a line that is no JSON, as sent and unescaped, and its words."""
    for found in _QUOTED.findall(text):
        yield found
        try:
            yield str(json.loads(f'"{found}"', strict=False))
        except ValueError:
            continue
    yield from _WORD.findall(text)


def _encodes(text: str) -> bool:
    """Return whether the text can be UTF-8: a lone surrogate cannot."""
    return not any("\ud800" <= character <= "\udfff" for character in text)
