"""Columns of JSON texts with masked values: most rows by one look at the members that the rules name.

Covered by tests/events/masking/test_frames.py.
"""

from __future__ import annotations

from typing import Final

import msgspec
import polars as pl

from event_assets.events.masking.json_text import EMPTY, JsonMask, replace_at
from event_assets.events.masking.paths import ROOT, States, other_forms
from event_assets.events.masking.values import ValueMask

_FAILURES: Final = (msgspec.MsgspecError, ValueError, RecursionError)
_STRING: Final = r'"(?:[^"\\]|\\.)*"'
_INNER: Final = rf'[{{\[](?:[^"{{}}\[\]]|{_STRING})*[}}\]]'
_NESTED: Final = rf'[{{\[](?:[^"{{}}\[\]]|{_STRING}|{_INNER})*[}}\]]'


class ColumnMask:
    """The rules that reach into the objects of one column."""

    def __init__(self, mask: JsonMask, states: States) -> None:
        self._mask, self._states = mask, states
        self._plain, others = mask.paths.split_plain(states)
        self._reaching = mask.paths.may_lead(states)
        others_lead = mask.paths.may_lead(others) if others - {ROOT} else ""
        self._odd = (
            None
            if others_lead is None
            else "|".join([*map(other_forms, self._plain), *([others_lead] if others_lead else [])])
        )
        fields = [(f"m{n}", msgspec.Raw | msgspec.UnsetType, msgspec.UNSET) for n in range(len(self._plain))]
        rename = {f"m{n}": key for n, key in enumerate(self._plain)}
        self._decode = msgspec.json.Decoder(msgspec.defstruct("Plain", fields, rename=rename, gc=False)).decode

    def mask(self, texts: pl.Series) -> pl.Series:
        """Return the column with masked values; an object of which nothing is left is NULL."""
        found = texts.is_not_null() if self._reaching is None else texts.str.contains(self._reaching)
        rows = found.fill_null(value=False).arg_true()
        if rows.is_empty():
            return texts
        changed = self._mask_reached(texts if len(rows) == len(texts) else texts.gather(rows))
        return changed if len(rows) == len(texts) else texts.scatter(rows, changed)

    def _mask_reached(self, texts: pl.Series) -> pl.Series:
        plain = self._are_plain(texts)
        outer = plain & self._are_outer(texts)
        for key, rule in self._plain.items() if outer.any() else ():
            texts = _mask_outer(texts, outer, key, self._mask.values[rule])
        others = (~outer).arg_true()
        if others.is_empty():
            return texts
        masked = [
            self._mask_plain(text) if is_plain else self._mask.mask_column(text, self._states)
            for text, is_plain in zip(texts.gather(others), plain.gather(others), strict=True)
        ]
        return texts.scatter(others, pl.Series(masked, dtype=pl.String()))

    def _are_outer(self, texts: pl.Series) -> pl.Series:
        """Return which plain texts have the plain keys with texts as members of the object itself, or not at all."""
        if not self._plain or any(self._mask.values[rule].how == "drop" for rule in self._plain.values()):
            return pl.repeat(value=False, n=len(texts), dtype=pl.Boolean(), eager=True)
        text = pl.col("text").str
        outer = [~text.contains(f'"{key}"', literal=True) | text.contains(_outer_member(key)) for key in self._plain]
        return texts.alias("text").to_frame().select(pl.all_horizontal(outer).alias("outer")).to_series()

    def _are_plain(self, texts: pl.Series) -> pl.Series:
        """Return which texts have every plain key at most once, in no other form, and nothing else that rules name."""
        if self._odd is None or not self._plain:
            return pl.repeat(value=False, n=len(texts), dtype=pl.Boolean(), eager=True)
        text = pl.col("text").str
        once = [text.count_matches(f'"{key}"', literal=True) <= 1 for key in self._plain]
        frame = texts.alias("text").to_frame()
        return frame.select(pl.all_horizontal(~text.contains(self._odd), *once).alias("plain")).to_series()

    def _mask_plain(self, text: str) -> str | None:
        try:
            values = msgspec.structs.astuple(self._decode(text))
        except _FAILURES:
            return self._mask.mask_column(text, self._states)
        masked = text
        for (key, rule), raw in zip(self._plain.items(), values, strict=True):
            if raw is not msgspec.UNSET:
                value = str(bytes(raw), "utf-8")
                new = self._mask.mask_rule(rule, value)
                found = replace_at(masked, masked.index(f'"{key}"'), len(key) + 3, value, new)
                if found is None:
                    return self._mask.mask_column(text, self._states)
                masked = found
        return None if masked == EMPTY else masked


def _outer_member(key: str) -> str:
    """Return the pattern of an object in one line that has a member of this name, a text without escapes.

    Values before it are nested at most twice.
    """
    return rf'^\{{(?:{_STRING}:(?:{_STRING}|[^"{{}}\[\],]+|{_NESTED}),)*"{key}":"[^"\\]*"[,}}]'


def _mask_outer(texts: pl.Series, rows: pl.Series, key: str, mask: ValueMask) -> pl.Series:
    """Return the texts with the value of one outer member masked in these rows, if they have it."""
    name = f'"{key}":"'
    start = texts.str.find(name, literal=True)
    found = (rows & start.is_not_null()).arg_true()
    if found.is_empty():
        return texts
    whole = pl.col("text").cast(pl.Binary())
    begin, end = pl.col("start") + len(name), pl.col("size")
    frame = pl.DataFrame({"text": texts.gather(found), "start": start.gather(found)})
    rest = whole.bin.slice(begin).cast(pl.String()).str
    frame = frame.with_columns(size=rest.find('"', literal=True))
    frame = frame.with_columns(value=whole.bin.slice(begin, end).cast(pl.String()))
    sent = frame["value"].unique()
    new = pl.Series([mask.mask_json(f'"{value}"') for value in sent], dtype=pl.String())
    parts = (
        whole.bin.slice(0, begin - 1).cast(pl.String()),
        pl.col("value").replace_strict(sent, new, return_dtype=pl.String()),
        whole.bin.slice(begin + end + 1).cast(pl.String()),
    )
    return texts.scatter(found, frame.select(pl.concat_str(parts)).to_series())
