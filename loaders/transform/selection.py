"""Which events of the lake a warehouse takes: by type, and tracks by the name of their event as it was sent."""

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
    """Events that are meant: of these types, and tracks of these names, in which `*` is any text, `?` a character."""

    types: tuple[str, ...] = ()
    events: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Selection:
    """The events that a warehouse takes: those that `include` means, but what `exclude` means.

    Without types, `include` means every type; without events, every track. Its events say nothing of other types.
    """

    include: Rule = Rule()
    exclude: Rule = Rule()

    def split(self, frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Rows of the lake that are taken, and those that are left out, each in their order."""
        if self == Selection():
            return frame, frame.clear()
        taken = frame.select(self._taken()).to_series()
        return frame.filter(taken), frame.filter(~taken)

    def text(self) -> str:
        """All of it in one text, the same for the same selection."""
        return json.dumps(asdict(self), sort_keys=True)

    def _taken(self) -> pl.Expr:
        track = pl.col("type") == "track"
        left_out = pl.col("type").is_in(self.exclude.types) | (track & _named(self.exclude.events))
        if self.include.types:
            left_out |= ~pl.col("type").is_in(self.include.types)
        if self.include.events:
            left_out |= track & ~_named(self.include.events)
        return ~left_out


def _named(globs: tuple[str, ...]) -> pl.Expr:
    """Whether a track's name fits any of these; one without a name has the name ``""``."""
    if not globs:
        return pl.lit(value=False)
    pattern = "|".join(map(_pattern, globs))
    return pl.col("event").fill_null("").str.contains(rf"(?s)\A(?:{pattern})\z")


def _pattern(glob: str) -> str:
    """A name with wildcards as a pattern; every other character stands for itself."""
    wild = {"*": ".*", "?": "."}
    return "".join(wild.get(char) or rf"\x{{{ord(char):x}}}" for char in glob)
