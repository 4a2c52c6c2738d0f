"""What a load is handed: the plain facts of one archive hour and three readers of its rows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import polars as pl
import xxhash

from loaders.transform.selection import Selection


def hash_settings(config_hash: str, *, selection: Selection, not_users: tuple[str, ...]) -> str:
    """The hash of all settings that decide what a load makes of an hour's files: the lake's, and what is said here.

    Where nothing is said it is the lake's own, so that hours of an older ledger stand as they are.
    """
    if selection == Selection() and not not_users:
        return config_hash
    said = "\n".join((config_hash, selection.text(), *sorted(not_users)))
    return xxhash.xxh3_128_hexdigest(said.encode())


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
    """One archive hour of one source as the lake holds it (contract §8, §9)."""

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
    selection: Selection = Selection()
    """Which of the hour's events the warehouse takes; the readers give them all."""
    not_users: tuple[str, ...] = ()
    """User ids that get no row in `users`."""
    retired: Callable[[datetime], bool] = lambda _: False
    """Whether an archive hour of the same source was taken out of the lake for its age."""
