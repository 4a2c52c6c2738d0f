"""The input of a load: the facts of one archive hour, and three readers of its rows.

Covered by tests/loaders/load/left_out/test_excluded.py.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import polars as pl

from loaders.transform.catalog import Declaration
from loaders.transform.contracts.check import keep_allowed
from loaders.transform.contracts.contract import NO_CONTRACTS, Contracts
from loaders.transform.selection import Selection


@dataclass(frozen=True)
class LoadedFile:
    """One file of the hour: compressed bytes, lines that are not blank, and whether it was bad or has vanished."""

    file: str
    bytes: int
    etag: str
    lines: int
    bad: bool
    vanished: bool


class Events(Protocol):
    """A reader of an hour's events, in order, in frames of bounded size; it may be called repeatedly."""

    def __call__(self, types: Collection[str] | None = None) -> Iterable[pl.DataFrame]:
        """Return all events, or at least those of these types."""


@dataclass(frozen=True)
class Hour:
    """One archive hour of one source as the lake holds it (contract §8, §9)."""

    source: str
    schema: str
    """Warehouse schema of the event tables."""
    archive_hour: datetime
    manifest_hash: str
    config_hash: str
    files: tuple[LoadedFile, ...]
    counts: Mapping[str, int]
    """``files`` to ``sanitized`` of the table ``loads``, and ``erased``; other members are ignored."""
    events: Events
    """The hour's events, ids distinct per type, by the lake's schema, sorted by (type, event, timestamp)."""
    lookup: Callable[[datetime, pl.DataFrame], pl.DataFrame]
    """(archive hour of the same source, frame of ``type, id``) -> those events of that hour, by the lake's schema."""
    quarantine: Callable[[], pl.DataFrame]
    """The hour's quarantined lines and files, by the quarantine's schema; at most 100 per reason are stored."""
    duplicates_by_library: Mapping[str, int] = field(default_factory=dict)
    """Library -> its copies among ``duplicates``, which is their sum."""
    selection: Selection = Selection()
    """Decides which of the hour's events are loaded; the readers return all of them."""
    not_users: tuple[str, ...] = ()
    """User ids that get no row in `users`."""
    contracts: Contracts = NO_CONTRACTS
    """Decides which of the selected events get a row, and which tables and columns may be added."""
    expect: Callable[[Mapping[datetime, str | None], Callable[[datetime], frozenset[str]]], None] = lambda *_: None
    """Called before `lookup`, with the archive hours and the manifest hash of the newest load of each: raises where the
    lake is behind."""
    declared: Declaration = Declaration()
    """Tables and columns that exist whether or not events have them."""
    erasures: frozenset[str] = frozenset()
    """The erasures whose persons the hour was read without."""
    retired: Callable[[datetime], bool] = lambda _: False
    """Whether an archive hour of the same source was removed from the lake for its age."""

    def select(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the rows of the lake, of this hour or another of its source, that are loaded."""
        selected, _ = self.selection.split(frame)
        return keep_allowed(selected, self.contracts)
