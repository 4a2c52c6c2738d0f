"""Globs over texts as sent: `*` is any text, `?` one character, every other character itself.

Covered by tests/loaders/load/left_out/test_excluded.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

import polars as pl

_WILD: Final = {"*": ".*", "?": "."}
_PARTS: Final = re.compile(r"[*?]")


def fits_any(column: pl.Expr, globs: Sequence[str]) -> pl.Expr:
    """Match texts that fit one of the globs; NULL fits none."""
    exact = [glob for glob in globs if not _PARTS.search(glob)]
    wild = [glob for glob in globs if _PARTS.search(glob)]
    found = column.is_in(exact)
    if wild:
        found |= column.str.contains(rf"(?s)\A(?:{'|'.join(map(_pattern, wild))})\z")
    return found.fill_null(value=False)


def compile_globs(globs: Iterable[str]) -> re.Pattern[str] | None:
    """Return one pattern whose `fullmatch` is a text that fits one of the globs; None without any."""
    patterns = ["".join(_WILD.get(char) or re.escape(char) for char in glob) for glob in globs]
    return re.compile("|".join(patterns), re.DOTALL) if patterns else None


def longest_literal(glob: str) -> str:
    """Return the longest part that every text which fits the glob contains; empty if it has none."""
    return max(_PARTS.split(glob), key=len)


def _pattern(glob: str) -> str:
    """Return a name with wildcards as a pattern; every other character is literal."""
    return "".join(_WILD.get(char) or literal(char) for char in glob)


def literal(text: str) -> str:
    """Return a pattern of polars that this text alone fits."""
    return "".join(rf"\x{{{ord(char):x}}}" for char in text)
