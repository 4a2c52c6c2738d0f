"""An hour of the lake, derived again from the archive in a folder that is no lake, and compared row by row.

Covered by tests/pipeline/audit/test_audit.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Final

import polars as pl

from event_assets.archive.manifest import Manifest
from event_assets.config.settings import Settings
from event_assets.config.source import Source
from event_assets.lake.erasure.suppression import list_path, list_tokens
from event_assets.lake.hour_note import HourNote
from event_assets.lake.packs import KindName, find_extents
from event_assets.lake.reading.read import read_groups
from event_assets.lake.reading.verified import KINDS
from event_assets.lake.store import Lake
from event_assets.pipeline.normalize import write_hour

_KEYS: Final = {"events": ("type", "id"), "quarantine": ("file", "line")}


def derive_hour(settings: Settings, source: Source, manifest: Manifest, folder: Path) -> tuple[Lake, HourNote]:
    """Write the hour from the archive into an empty folder, without erased persons; return that lake and the note."""
    derived = Lake(str(folder))
    for token in list_tokens(settings.lake, source.name):
        content = settings.lake.read_bytes(list_path(source.name, token))
        if content is not None:
            derived.publish_bytes(content, list_path(source.name, token))
    return derived, write_hour(replace(settings, lake=derived), source, manifest, None)


def compare_lakes(lake: Lake, note: HourNote, derived: Lake, other: HourNote) -> Iterator[str]:
    """Yield what differs between the hour in the lake and the one that was derived. Raises DamagedHour."""
    stored, found = asdict(note.counts), asdict(other.counts)
    for name in stored:
        if stored[name] != found[name]:
            yield f"{name} is {stored[name]} in the note, {found[name]} by the archive"
    for kind in KINDS:
        yield from _compare_rows(kind, _rows(lake, note, kind), _rows(derived, other, kind))


def read_all(lake: Lake, note: HourNote) -> None:
    """Read every row of the hour, so that damage is found. Raises DamagedHour."""
    for kind in KINDS:
        for _ in _rows(lake, note, kind):
            pass


def _rows(lake: Lake, note: HourNote, kind: KindName) -> Iterator[pl.DataFrame]:
    return read_groups(lake, find_extents(lake, note, kind))


def _compare_rows(kind: KindName, stored: Iterator[pl.DataFrame], derived: Iterator[pl.DataFrame]) -> Iterator[str]:
    """Yield the first row that differs: both are in the same order, so all that follow may differ, too."""
    row = 0
    left, right = next(stored, None), next(derived, None)
    while left is not None and right is not None:
        rows = min(left.height, right.height)
        one, two = left.head(rows), right.head(rows).select(left.columns)
        if not one.equals(two):
            yield _describe(kind, one, two, row)
            return
        row += rows
        left = left.slice(rows) if left.height > rows else next(stored, None)
        right = right.slice(rows) if right.height > rows else next(derived, None)
    if left is not None or right is not None:
        yield f"{kind}: row {row + 1} is only {'in the lake' if right is None else 'in the archive'}"


def _describe(kind: KindName, one: pl.DataFrame, two: pl.DataFrame, before: int) -> str:
    for number in range(one.height):
        first, second = one.row(number, named=True), two.row(number, named=True)
        if columns := [name for name in first if first[name] != second[name]]:
            key = ", ".join(repr(first[name]) for name in _KEYS[kind])
            return f"{kind}: row {before + number + 1} ({key}) differs from the archive in {', '.join(columns)}"
    return f"{kind}: rows after {before} differ"
