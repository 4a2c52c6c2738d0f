"""The most frequent event names of a sorted stream of events, counted as it passes.

Covered by tests/lake/writing/test_write_hour.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from heapq import nsmallest
from typing import Final

import polars as pl

from event_assets.lake.hour_note import KEPT_ENTRIES, sum_names

WAITING: Final = 20 * KEPT_ENTRIES


@dataclass
class NameCount:
    """Counts the rows that pass, and events by name: tracks by their event, all others as `(type)`."""

    rows: int = 0
    _last: tuple[str, int] = ("", 0)
    _done: list[tuple[int, str]] = field(default_factory=list)

    def watch(self, frames: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
        """Yield the frames and count them; they must be sorted by (type, event)."""
        label = pl.when(type="track").then(pl.col("event").fill_null("(track)")).otherwise(pl.format("({})", "type"))
        for frame in frames:
            self.rows += frame.height
            for number, name in frame.select(label.rle()).to_series().struct.unnest().iter_rows():
                self._add(name, number)
            yield frame

    def _add(self, name: str, number: int) -> None:
        last, before = self._last
        if name == last:
            self._last = (name, before + number)
            return
        self._keep_last()
        self._last = (name, number)

    def _keep_last(self) -> None:
        name, number = self._last
        if number:
            self._done.append((-number, name))
        if len(self._done) > WAITING:
            self._done = nsmallest(KEPT_ENTRIES, self._done)

    def top(self) -> dict[str, int]:
        """Return the 1,000 most frequent names with their numbers, most frequent first, equal ones by name."""
        self._keep_last()
        self._last = ("", 0)
        return sum_names([{name: -number} for number, name in nsmallest(KEPT_ENTRIES, self._done)])
