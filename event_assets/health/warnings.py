"""Warnings about loaded hours that need no history: what `tideline load` ends with, and `tideline status` shows.

Covered by tests/health/test_warnings.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from event_assets.health.history import is_mostly_quarantined

Kind = Literal["mostly_quarantined", "bad_files", "unfit_files"]


@dataclass(frozen=True)
class Warned:
    """One kind of warning about a source, over the hours that it is about."""

    source: str
    kind: Kind
    count: int
    """Lines or files."""
    hours: tuple[datetime, ...]
    message: str


def find_warnings(
    source: str,
    hours: Iterable[tuple[datetime, Mapping[str, int]]],
    *,
    unfit_files: int = 0,
    unfit_keys: Iterable[str] = (),
) -> tuple[Warned, ...]:
    """Return the warnings about hours of a source, given by their counts of `tideline.loads`.

    `unfit_files` of the listing look like data and fit no layout, for example `unfit_keys`.
    """
    counted = sorted(hours, key=lambda hour: hour[0])
    return tuple(_warnings(source, counted, unfit_files, tuple(unfit_keys)))


def _warnings(
    source: str, hours: list[tuple[datetime, Mapping[str, int]]], unfit_files: int, unfit_keys: tuple[str, ...]
) -> Iterator[Warned]:
    mostly = [(hour, counts) for hour, counts in hours if is_mostly_quarantined(*_lines(counts))]
    if mostly:
        quarantined, lines = (sum(_lines(counts)[part] for _, counts in mostly) for part in (0, 1))
        text = f"more than half of the lines are quarantined: {quarantined:,} of {lines:,}. Reasons: tideline status"
        yield Warned(source, "mostly_quarantined", quarantined, tuple(hour for hour, _ in mostly), text)
    bad = [(hour, counts["bad_files"]) for hour, counts in hours if counts.get("bad_files")]
    if bad:
        files = sum(number for _, number in bad)
        text = f"{files:,} files could not be read and are left out whole. Reasons: tideline status"
        yield Warned(source, "bad_files", files, tuple(hour for hour, _ in bad), text)
    if unfit_files:
        shown = f", for example {', '.join(map(repr, unfit_keys))}" if unfit_keys else ""
        text = f"{unfit_files:,} files of the archive fit no layout and are not read{shown}"
        yield Warned(source, "unfit_files", unfit_files, (), text)


def _lines(counts: Mapping[str, int]) -> tuple[int, int]:
    return counts.get("quarantined", 0), counts.get("lines", 0)
