"""Which events of the lake are loaded: by type, name, user, the values at paths, and whether a bot sent them.

Covered by tests/loaders/load/left_out/test_excluded.py and tests/loaders/load/left_out/test_excluded_values.py.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Final

import polars as pl

from loaders.transform.rules.bots import list_hash, sent_by_bots
from loaders.transform.rules.globs import fits_any
from loaders.transform.rules.path_values import PathValues
from loaders.transform.standard_columns import HOME_TABLES

TYPES: Final = tuple(HOME_TABLES)
"""The types that a rule may name."""
LEFT_OUT: Final = "_left_out"
"""The column of rows that are marked."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Criteria of events. In `events`, `user_ids` and `not_bots`, `*` is any text and `?` any character.

    `events` are names of tracks. `not_bots` are user agents that are no bots' for `bots`.
    """

    types: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    user_ids: tuple[str, ...] = ()
    paths: tuple[PathValues, ...] = ()
    bots: bool = False
    not_bots: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Selection:
    """The events that are loaded: those that meet every criterion of `include`, and none of `exclude`.

    A criterion that is not configured is met by all in `include`, and by none in `exclude`. `events` affects tracks
    only.
    """

    include: Rule = Rule()
    exclude: Rule = Rule()

    def split(self, frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Return the rows of the lake that are loaded, and those that are left out, in order.

        Rows that `mark` has marked are split by their marks.
        """
        if self == Selection():
            return frame, frame.clear()
        if LEFT_OUT in frame.columns:
            left_out = frame[LEFT_OUT]
            frame = frame.drop(LEFT_OUT)
        else:
            left_out = self._find_left_out(frame)
        if not left_out.any():
            return frame, frame.clear()
        return frame.filter(~left_out), frame.filter(left_out)

    @property
    def looks_at_values(self) -> bool:
        """Return whether a criterion is a value that may be masked on the way to the warehouse."""
        rules = (self.include, self.exclude)
        return any(rule.user_ids or rule.paths or rule.bots for rule in rules)

    def mark(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the rows marked as loaded or left out, for `split` after their values were masked."""
        return frame.with_columns(self._find_left_out(frame).alias(LEFT_OUT))

    def _find_left_out(self, frame: pl.DataFrame) -> pl.Series:
        left_out = frame.select(self._left_out()).to_series()
        for rule in self.exclude.paths:
            left_out |= rule.mask(frame)
        for rule in self.include.paths:
            left_out |= ~rule.mask(frame)
        if self.exclude.bots:
            left_out |= sent_by_bots(frame, self.exclude.not_bots)
        return left_out

    def text(self) -> str:
        """Return the selection as one text, equal for equal selections."""
        rules = {"include": _criteria(self.include), "exclude": _criteria(self.exclude)}
        return json.dumps(rules, sort_keys=True)

    def _left_out(self) -> pl.Expr:
        track = pl.col("type") == "track"
        event = pl.col("event").fill_null("")
        left_out = (
            pl.col("type").is_in(self.exclude.types)
            | (track & fits_any(event, self.exclude.events))
            | fits_any(pl.col("user_id"), self.exclude.user_ids)
        )
        if self.include.types:
            left_out |= ~pl.col("type").is_in(self.include.types)
        if self.include.events:
            left_out |= track & ~fits_any(event, self.include.events)
        if self.include.user_ids:
            left_out |= ~fits_any(pl.col("user_id"), self.include.user_ids)
        return left_out


def _criteria(rule: Rule) -> dict[str, object]:
    """Return the criteria of a rule. Those that version 0.1 had are always there: hours keep the hash of their load."""
    found: dict[str, object] = {name: value for name, value in asdict(rule).items() if value}
    if rule.bots:
        found["bots"] = list_hash()
    return {"types": rule.types, "events": rule.events} | found
