"""What a load is handed: the plain facts of one archive hour and three readers of its rows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import polars as pl


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
    """Reads an hour's events in order, as frames of bounded size, as often as it is called."""

    def __call__(self, types: Collection[str] | None = None) -> Iterable[pl.DataFrame]:
        """All events, or at least those of these types."""


@dataclass(frozen=True)
class Hour:
    """One archive hour of one source as the lake holds it (SPEC §8, §9)."""

    source: str
    schema: str
    """Warehouse schema of the event tables."""
    archive_hour: datetime
    manifest_hash: str
    config_hash: str
    files: tuple[LoadedFile, ...]
    counts: Mapping[str, int]
    """``files`` to ``sanitized`` of the table ``loads``; other members are not looked at."""
    events: Events
    """The hour's events, ids distinct per type, by the lake's schema, sorted by (type, event, timestamp)."""
    lookup: Callable[[datetime, pl.DataFrame], pl.DataFrame]
    """(archive hour of the same source, frame of ``type, id``) -> those events of that hour, by the lake's schema."""
    quarantine: Callable[[], pl.DataFrame]
    """The hour's quarantined lines and files, by the quarantine's schema; at most 100 a reason are stored."""
