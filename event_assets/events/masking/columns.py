"""Columns of JSON texts with masked values: most rows by one look at the members that the rules name.

Covered by tests/events/masking/test_frames.py.
"""

from __future__ import annotations

from typing import Final

import msgspec
import polars as pl

from event_assets.events.masking.json_text import EMPTY, JsonMask, replace_at
from event_assets.events.masking.paths import ROOT, States, other_forms

_FAILURES: Final = (msgspec.MsgspecError, ValueError, RecursionError)


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
        reached = texts if len(rows) == len(texts) else texts.gather(rows)
        sent, plain = reached.to_list(), self._are_plain(reached)
        masked = [
            self._mask_plain(text) if is_plain else self._mask.mask_column(text, self._states)
            for text, is_plain in zip(sent, plain, strict=True)
        ]
        changed = pl.Series(texts.name, masked, dtype=pl.String())
        return changed if len(rows) == len(texts) else texts.scatter(rows, changed)

    def _are_plain(self, texts: pl.Series) -> list[bool]:
        """Return which texts have every plain key at most once, in no other form, and nothing else that rules name."""
        if self._odd is None or not self._plain:
            return [False] * len(texts)
        text = pl.col("text").str
        once = [text.count_matches(f'"{key}"', literal=True) <= 1 for key in self._plain]
        frame = texts.alias("text").to_frame()
        return frame.select(pl.all_horizontal(~text.contains(self._odd), *once).alias("plain"))["plain"].to_list()

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
