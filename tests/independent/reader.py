"""Reads an archive a second time by the contract alone, with the standard library: counts per hour, winners, every
value.

Two passes: `scan` counts the hours and finds the winner of each (type, id); `events_of` gives an hour's winners whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, NamedTuple

from tests.independent import clocks
from tests.independent.batches import Opened
from tests.independent.erased import Erased
from tests.independent.event import Event, Mapped, read_event
from tests.independent.framing import BadFileError, Value, decompress, split_values
from tests.independent.hour_counts import HourCounts
from tests.independent.json_text import is_lenient
from tests.independent.junk import Junk
from tests.independent.mapped import is_skipped
from tests.independent.masked import Masked
from tests.independent.resync import open_line

Unzstd = Callable[[bytes], bytes]


class ArchiveFile(NamedTuple):
    """A file of the archive, the UTC hour it arrived in, and the name it has there."""

    hour: datetime
    path: Path
    framing: Literal["lines", "concatenated", "array", "csv"] = "lines"
    parts: tuple[tuple[str, str], ...] = ()
    """Members that are parts of its key: path and text."""


class Winner(NamedTuple):
    """The position of the copy that wins."""

    rank: tuple[bool, int, int]
    hour: datetime
    path: Path
    line: int
    event: str | None
    """The name that was sent, where it is a track."""
    left_out: bool
    """Whether the warehouse takes no such event."""
    refused: bool
    """Whether a contract quarantines it."""
    library: str


@dataclass(frozen=True)
class Archive:
    """An archive read once: its files by hour, the counts of each hour, and the winner of each (type, id)."""

    files: dict[datetime, list[ArchiveFile]]
    hours: dict[datetime, HourCounts]
    winners: dict[tuple[str, str], Winner]
    mapping: Mapped | None
    unzstd: Unzstd | None
    junk: Junk
    erased: Erased
    masked: Masked

    @property
    def left_out(self) -> dict[tuple[int, str, str | None], int]:
        """(archive hour, type, event) -> distinct ids that the warehouse does not take."""
        found: Counter[tuple[int, str, str | None]] = Counter()
        for hour, counts in self.hours.items():
            found.update((clocks.micros(hour), kind, event) for (kind, _), event in counts.left_out.items())
        return dict(found)

    @property
    def refused(self) -> dict[tuple[int, str], int]:
        """(archive hour, type) -> distinct ids that a contract quarantines."""
        found: Counter[tuple[int, str]] = Counter()
        for hour, counts in self.hours.items():
            found.update((clocks.micros(hour), kind) for kind, _ in counts.refused)
        return dict(found)

    @property
    def copies(self) -> set[tuple[str, str, datetime]]:
        """(type, id, archive hour) of every hour that brought an id whose winner came in another hour."""
        return {
            (*key, hour)
            for hour, counts in self.hours.items()
            for key in counts.ids - counts.left_out.keys() - counts.refused
            if self.winners[key].hour != hour
        }


def scan(
    files: Iterable[ArchiveFile],
    *,
    mapping: Mapped | None = None,
    unzstd: Unzstd | None = None,
    junk: Junk = Junk(),  # noqa: B008  it cannot be changed
    erased: Erased = Erased(),  # noqa: B008  it cannot be changed
    masked: Masked = Masked(),  # noqa: B008  it cannot be changed
) -> Archive:
    """Read every file; `mapping` as in the contract's example, `unzstd` decompresses zstd, which Python 3.11 has not.

    Of each hour the best copy of an id counts. Where `junk` leaves that one out, the hour brings none.
    """
    by_hour: dict[datetime, list[ArchiveFile]] = {}
    for file in files:
        by_hour.setdefault(file.hour, []).append(file)
    archive = Archive({}, {}, {}, mapping, unzstd, junk, erased, masked)
    for hour in sorted(by_hour):
        archive.files[hour] = sorted(by_hour[hour], key=lambda file: str(file.path))
        archive.hours[hour] = HourCounts()
        best: dict[tuple[str, str], Winner] = {}
        for file in archive.files[hour]:
            _scan_file(archive, file, best)
        _compete_with_other_hours(archive, archive.hours[hour], best)
    return archive


def _compete_with_other_hours(archive: Archive, counts: HourCounts, best: dict[tuple[str, str], Winner]) -> None:
    for key, winner in best.items():
        if winner.left_out:
            counts.left_out[key] = winner.event if key[0] == "track" else None
        elif winner.refused:
            counts.refused.add(key)
        elif key not in archive.winners or winner.rank > archive.winners[key].rank:
            archive.winners[key] = winner


def _scan_file(archive: Archive, file: ArchiveFile, best: dict[tuple[str, str], Winner]) -> None:
    counts = archive.hours[file.hour]
    counts.files += 1
    try:
        values = list(split_values(decompress(file.path.read_bytes(), archive.unzstd), file.framing))
    except BadFileError:
        counts.bad_files += 1
        counts.reasons["bad_file"] += 1
        return
    for value in values:
        if file.hour in archive.junk.kept.strict_hours and is_lenient(value.data):
            value = value._replace(refused="invalid_json")
        if value.refused:
            counts.lines += 1
            if archive.erased.names(value.data):
                counts.erased += 1
            else:
                counts.reasons[value.refused] += 1
        for opened in _open(value, file, archive.mapping):
            counts.lines += 1
            event = read_event(opened, file.hour, archive.mapping)
            if archive.erased.names(value.data) if isinstance(event, str) else archive.erased.has(event):
                counts.erased += 1
            elif isinstance(event, str):
                counts.reasons[event] += 1
            else:
                _count(counts, event)
                _compete(archive.junk, counts, best, event, file, value)


def _open(value: Value, file: ArchiveFile, mapping: Mapped | None) -> list[Opened]:
    """The events of a value; none of a refused one, and of a line that the mapping skips."""
    parts = dict(file.parts)
    if value.refused or is_skipped(value.data, mapping, parts):
        return []
    if value.read is not None:
        return [Opened(value.data, {}, read=value.read, parts=parts)]
    return open_line(value.data, file.hour, mapping, parts)


def _count(counts: HourCounts, event: Event) -> None:
    counts.events += 1
    counts.ids.add((event.type, event.id))
    counts.late += event.late
    counts.clocks_corrected += event.clocks.corrected
    counts.sanitized += event.sanitized


def _compete(
    junk: Junk,
    counts: HourCounts,
    winners: dict[tuple[str, str], Winner],
    event: Event,
    file: ArchiveFile,
    value: Value,
) -> None:
    best = winners.get((event.type, event.id))
    wins = best is None or event.rank > best.rank
    if best is not None:
        counts.libraries[best.library if wins else event.library] += 1
    if wins:
        name = event.texts.get("event")
        left_out = junk.leaves_out(event)
        refused = junk.violates(event)
        winners[event.type, event.id] = Winner(
            event.rank, file.hour, file.path, value.line, name, left_out, refused, event.library
        )


def events_of(archive: Archive, hour: datetime) -> Iterator[Event]:
    """The winners that arrived in this hour, read again and whole, but for what is masked."""
    places = {(best.path, best.line) for best in archive.winners.values() if best.hour == hour}
    for file in archive.files[hour]:
        if not any(path == file.path for path, _ in places):
            continue
        seen: set[tuple[str, str]] = set()
        for value in split_values(decompress(file.path.read_bytes(), archive.unzstd), file.framing):
            if (file.path, value.line) not in places:
                continue
            for opened in _open(value, file, archive.mapping):
                event = read_event(opened, hour, archive.mapping)
                if (
                    not isinstance(event, str)
                    and not archive.erased.has(event)
                    and _is_winner(archive, event, file, value, seen)
                ):
                    yield archive.masked.apply(event)


def _is_winner(archive: Archive, event: Event, file: ArchiveFile, value: Value, seen: set[tuple[str, str]]) -> bool:
    """Several values may be on one physical line, so the position alone does not decide."""
    key = (event.type, event.id)
    best = archive.winners.get(key)
    if best is None or key in seen or (best.path, best.line, best.rank) != (file.path, value.line, event.rank):
        return False
    seen.add(key)
    return True
