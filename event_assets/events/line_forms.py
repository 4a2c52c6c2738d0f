"""The form of a quarantined line: its text with everything masked that differs from line to line."""

from __future__ import annotations

import re
from typing import Final

SHOWN: Final = 160
"""Characters of a form."""

_HEAD: Final = 4_096
"""Bytes of a line that its form is made of."""

_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*+"?|[{\[]|[}\]]|[^"{}\[\]]+', re.DOTALL)
_NUMBER: Final = re.compile(
    r"(?i)\b(?=[0-9a-f-]*\d)[0-9a-f]+(?:-[0-9a-f]+)+\b|(?:(?<!\w)[+-])?\d+(?:[.,:]\d+)*(?:e[+-]?\d+)?"
)
_OPENING: Final = ("{", "[")
_CLOSING: Final = ("}", "]")
_WHITE: Final = re.compile(r"\s+")


def form_of(raw: bytes | None) -> str:
    """Return the form of a line: of JSON the outer names, with `"…"` for a text and `0` for a number."""
    if raw is None:
        return ""
    text = raw[:_HEAD].decode(errors="replace")
    found = _outline(text) if text.lstrip()[:1] in ("{", "[", '"') else _mask(text)
    return found[:SHOWN]


def mask_detail(detail: str) -> str:
    """Return why a line is quarantined, without positions and sizes; the type that a line has is kept."""
    return _mask(detail)[:SHOWN]


def _outline(text: str) -> str:
    """Return a JSON text, or what begins as one, without values and without what is inside of its members."""
    parts: list[str] = []
    depth = 0
    for match in _TOKEN.finditer(text):
        part = match[0]
        depth -= part in _CLOSING
        if depth <= 1:
            parts.append(_mask_part(part, is_name=text[match.end() :].lstrip()[:1] == ":", inner=depth == 1))
        depth += part in _OPENING
    return "".join(parts)


def _mask_part(part: str, *, is_name: bool, inner: bool) -> str:
    if part.startswith('"'):
        return _mask_numbers(part) if is_name else '"…"'
    if part in _OPENING:
        return f"{part}…" if inner else part
    return part if part in _CLOSING else _mask(part)


def _mask(text: str) -> str:
    return _WHITE.sub(" ", _mask_numbers(text))


def _mask_numbers(text: str) -> str:
    return _NUMBER.sub("0", text)
