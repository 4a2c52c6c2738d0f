"""Hours of the lake as everybody but the lake itself may see them: masked by the rules of their source (contract §13).

Whatever goes to the warehouse, to a report or to a screen is read here. What `at = "lake"` masks is masked in hours,
too, that were written before there was such a rule.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from event_assets.events.masking.frames import mask_events, mask_lines
from event_assets.events.masking.rules import Masking
from event_assets.lake.hour_note import HourNote
from event_assets.lake.packs import find_extents
from event_assets.lake.reading.read import lookup, read_groups, read_hour, read_note, read_quarantine
from event_assets.lake.store import Lake
from loaders.transform.selection import Selection


@dataclass(frozen=True)
class MaskedLake:
    """A reader of a source's hours; its frames are those of `lake.reading.read`, masked."""

    lake: Lake
    source_name: str
    masking: Masking
    selection: Selection = Selection()
    """What is loaded. It goes by values as the lake may have them, so rows are marked before a load masks them."""

    def read_hour(self, note: HourNote, types: Collection[str] | None = None) -> Iterator[pl.DataFrame]:
        """Yield the hour's events, a row group at a time: all, or at least those of these types. Raises DamagedHour."""
        return self._mask(read_hour(self.lake, note, types), note)

    def lookup(self, hour: datetime, keys: pl.DataFrame) -> pl.DataFrame:
        """Return the hour's events whose (type, id) is among `keys`, which are never masked. Raises DamagedHour."""
        note = read_note(self.lake, self.source_name, hour)
        found = lookup(self.lake, note, keys)
        if found.is_empty():
            return found
        (masked,) = self._mask([found], note)
        return masked

    def read_quarantine(self, note: HourNote, per_reason: int | None, *, head_bytes: int | None = None) -> pl.DataFrame:
        """Return the hour's quarantine: the first `per_reason` of each reason, or all, up to `head_bytes` of each."""
        return mask_lines(read_quarantine(self.lake, note, per_reason, head_bytes=head_bytes), self.masking)

    def read_lines(self, note: HourNote) -> Iterator[pl.DataFrame]:
        """Yield the hour's quarantine, a row group at a time. Raises DamagedHour."""
        for frame in read_groups(self.lake, find_extents(self.lake, note, "quarantine")):
            yield mask_lines(frame, self.masking)

    def _mask(self, frames: Iterable[pl.DataFrame], note: HourNote | None) -> Iterator[pl.DataFrame]:
        unmasked = self.masking.before("lake").without(note.masked if note else ())
        on_the_way = self.masking.before("load")
        marks = bool(on_the_way) and self.selection.looks_at_values
        for frame in frames:
            in_lake = mask_events(frame, unmasked)
            yield mask_events(self.selection.mark(in_lake) if marks else in_lake, on_the_way)
