"""Which events of the lake are loaded: by type, and tracks by the name of their event as sent.

Covered by tests/loaders/load/left_out/test_excluded.py.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Final

import polars as pl

from loaders.transform.standard_columns import HOME_TABLES

TYPES: Final = tuple(HOME_TABLES)
"""The types that a rule may name."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Matches events of these types, and tracks of these names, in which `*` is any text and `?` any character."""

    types: tuple[str, ...] = ()
    events: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Selection:
    """The events that are loaded: those that `include` matches and `exclude` does not.

    An `include` without types matches every type; without events, every track. Its events affect tracks only.
    """

    include: Rule = Rule()
    exclude: Rule = Rule()

    def split(self, frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Return the rows of the lake that are loaded, and those that are left out, in order."""
        if self == Selection():
            return frame, frame.clear()
        selected = frame.select(self._selected()).to_series()
        return frame.filter(selected), frame.filter(~selected)

    def text(self) -> str:
        """Return the selection as one text, equal for equal selections."""
        return json.dumps(asdict(self), sort_keys=True)

    def _selected(self) -> pl.Expr:
        track = pl.col("type") == "track"
        left_out = pl.col("type").is_in(self.exclude.types) | (track & _named(self.exclude.events))
        if self.include.types:
            left_out |= ~pl.col("type").is_in(self.include.types)
        if self.include.events:
            left_out |= track & ~_named(self.include.events)
        return ~left_out


def _named(globs: tuple[str, ...]) -> pl.Expr:
    """Match tracks whose name fits any of these globs; a track without a name has the name ``""``."""
    if not globs:
        return pl.lit(value=False)
    pattern = "|".join(map(_pattern, globs))
    return pl.col("event").fill_null("").str.contains(rf"(?s)\A(?:{pattern})\z")


def _pattern(glob: str) -> str:
    """Return a name with wildcards as a pattern; every other character is literal."""
    wild = {"*": ".*", "?": "."}
    return "".join(wild.get(char) or rf"\x{{{ord(char):x}}}" for char in glob)
