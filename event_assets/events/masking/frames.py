"""Rows of the lake with masked values: whole columns at a time, and of JSON texts only those that a rule may reach.

Covered by tests/events/masking/test_frames.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from typing import Final

import polars as pl

from event_assets.events.envelope import COLUMNS, OBJECTS
from event_assets.events.masking.columns import ColumnMask
from event_assets.events.masking.json_text import JsonMask
from event_assets.events.masking.paths import States
from event_assets.events.masking.rules import PERSONS, TEXTS, Masking
from event_assets.events.normalize import Normalized

_OF_ROOT: Final = ("kept", "rescued")
"""Columns of JSON texts that have the shape of an event."""
BAD_FILE: Final = "bad_file"


def mask_events(frame: pl.DataFrame, masking: Masking) -> pl.DataFrame:
    """Return rows of the lake's columns, or of some of them, with masked values."""
    return _mask_of(masking).mask(frame) if masking and not frame.is_empty() else frame


def mask_lines(frame: pl.DataFrame, masking: Masking) -> pl.DataFrame:
    """Return quarantined lines without their bytes and what of them the detail quotes, if there are any rules.

    Nobody can find a path in what is no event: reason, file, line, offset and size stay.
    """
    if not masking or frame.is_empty():
        return frame
    quoting = pl.col("reason") != BAD_FILE
    return frame.with_columns(
        pl.lit(None, dtype=pl.Binary()).alias("raw"),
        pl.when(quoting).then(pl.lit("")).otherwise("detail").alias("detail"),
    )


def person_forms(id: str, masking: Masking) -> frozenset[str]:
    """Return what lake and tables may have of an id of a person: as it is, masked in the lake, by a load, by both."""
    stages = _stages_of(masking)
    return frozenset(form for member in PERSONS for form in _forms(id, member, stages))


def user_forms(id: str, masking: Masking) -> frozenset[str]:
    """Return what tables may have of a user id."""
    return frozenset(_forms(id, "userId", _stages_of(masking)))


def masked_text(member: str, text: str, masking: Masking) -> str | None:
    """Return what tables have of a text of the envelope; None where nothing is left of it."""
    masked: str | None = text
    for stage in _stages_of(masking):
        masked = masked and stage.mask_text(member, masked)
    return masked


def hides_persons(masking: Masking) -> bool:
    """Return whether tables lack ids of persons that the lake has."""
    on_the_way = masking.before("load")
    return bool(on_the_way) and any(_mask_of(on_the_way).mask_text(member, "x") is None for member in PERSONS)


def _forms(id: str, member: str, stages: Iterable[_EventMask]) -> set[str]:
    found = {id}
    for stage in stages:
        found |= {masked for form in found if (masked := stage.mask_text(member, form)) is not None}
    return found


def mask_chunk(chunk: Normalized, masking: Masking) -> Normalized:
    """Return the chunk with masked events and quarantined lines."""
    if not masking:
        return chunk
    return replace(chunk, events=mask_events(chunk.events, masking), quarantine=mask_lines(chunk.quarantine, masking))


class _EventMask:
    """The rules of a source, applied to frames."""

    def __init__(self, masking: Masking) -> None:
        self._json = JsonMask(masking)
        self._columns: dict[States, ColumnMask] = {}
        self._steps = {member: self._json.paths.step(self._json.paths.root, member) for member in (*TEXTS, *OBJECTS)}

    def mask(self, frame: pl.DataFrame) -> pl.DataFrame:
        reached = {member: frame[COLUMNS[member]] for member in self._steps if self._reaches(frame, member)}
        masked = [self._mask_texts(texts, member) for member, texts in reached.items() if member in TEXTS]
        masked += [self._mask_block(texts, member) for member, texts in reached.items() if member in OBJECTS]
        root = self._json.paths.root
        masked += [self._mask_objects(frame[name], root) for name in _OF_ROOT if name in frame.columns]
        return frame.with_columns(masked) if masked else frame

    def mask_text(self, member: str, text: str) -> str | None:
        """Return what becomes of a text of the envelope."""
        rule = self._steps[member].rule
        return text if rule is None else self._json.values[rule].mask_text(text)

    def _reaches(self, frame: pl.DataFrame, member: str) -> bool:
        return COLUMNS[member] in frame.columns and self._steps[member].leads

    def _mask_texts(self, texts: pl.Series, member: str) -> pl.Series:
        rule = self._steps[member].rule
        if rule is None:
            return texts
        found = texts.unique().drop_nulls()
        changed = pl.Series([self._json.values[rule].mask_text(text) for text in found], dtype=pl.String)
        return texts.replace_strict(found, changed, default=None, return_dtype=pl.String())

    def _mask_block(self, texts: pl.Series, member: str) -> pl.Series:
        step = self._steps[member]
        if step.rule is not None:
            return pl.repeat(None, len(texts), dtype=pl.String(), eager=True).alias(texts.name)
        return self._mask_objects(texts, step.states)

    def _mask_objects(self, texts: pl.Series, states: States) -> pl.Series:
        if (known := self._columns.get(states)) is None:
            known = self._columns[states] = ColumnMask(self._json, states)
        return known.mask(texts)


@lru_cache(maxsize=16)
def _stages_of(masking: Masking) -> tuple[_EventMask, ...]:
    """Return the rules before the lake, then those before the warehouse."""
    return tuple(_mask_of(rules) for rules in (masking.before("lake"), masking.before("load")) if rules)


@lru_cache(maxsize=16)
def _mask_of(masking: Masking) -> _EventMask:
    return _EventMask(masking)
