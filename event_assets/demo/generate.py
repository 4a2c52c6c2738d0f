"""Generation of an archive of a fictional shop, dirty or clean: a pure function of its arguments (contract §2)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from event_assets.demo import files
from event_assets.demo.chance import HOUR, SECOND, to_milliseconds
from event_assets.demo.dirt.dirt import Dirt, Line, has_drifted, hour_starts
from event_assets.demo.people import Crowd
from event_assets.demo.schedule import LABELS, Schedule
from event_assets.demo.sessions import UPLOAD_LAG, make_hour
from event_assets.demo.shapes import TrackingPlan

START = datetime(2026, 3, 2, tzinfo=UTC)
EVENTS_PER_FILE = 700
LATE_FILE_EVERY = 11
"""Hours between two late files."""
BROKEN_FILE_EVERY = 9
"""Hours between two broken files."""


@dataclass(frozen=True)
class DemoSummary:
    """The contents of a generated archive."""

    folder: Path
    start: datetime
    hours: int
    events: int
    """Distinct events that were requested; copies, broken lines and events in broken files are additional."""
    lines: int
    """Non-blank lines in sound files."""
    files: int
    """Files of the layout, broken ones included."""
    bytes: int
    """Compressed."""
    counts: dict[str, int] = field(default_factory=dict)
    """Dirt by kind; schedule.LABELS has the kinds and their descriptions. Empty for a clean archive."""
    late_files: tuple[str, ...] = ()
    """Keys below `folder` of late files: a demonstration may remove them and restore them later."""


@dataclass(slots=True)
class _Archive:
    """The archive being written, and the numbers of its summary."""

    folder: Path
    seed: int
    lines: int = 0
    size: int = 0
    files: int = 0
    late: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def write(self, uploaded: int, part: object, content: bytes) -> str:
        key = files.name_file(self.seed, uploaded, part)
        self.size += files.write_file(self.folder, key, content, uploaded)
        self.files += 1
        return key


def generate(
    folder: Path,
    *,
    events: int = 200_000,
    seed: int = 1,
    days: int = 3,
    clean: bool = False,
    start: datetime = START,
) -> DemoSummary:
    """Write an archive of layout `rudderstack` into `folder` and return its summary.

    The same arguments give the same bytes and modification times. `start` is the first archive hour (UTC); the events
    are spread over `days` days. A clean archive has only good events with distinct ids, in the order they were
    received; a dirty one has everything listed in schedule.py, conflicts.py and files.py. Raises FileExistsError if the
    folder already has an archive.
    """
    _refuse_archive(folder)
    hours = days * 24
    schedule = Schedule(seed, events=events, hours=hours)
    crowd = Crowd(seed, min(max(50, events // 20), 40_000))
    dirt = None if clean else Dirt(seed, schedule, hours)
    archive = _Archive(folder, seed)
    _write_hours(archive, schedule, crowd, dirt, hour_starts(to_milliseconds(start), hours))
    return DemoSummary(
        folder=folder,
        start=start,
        hours=hours,
        events=events,
        lines=archive.lines,
        files=archive.files,
        bytes=archive.size,
        counts={name: archive.counts[name] for name in LABELS if archive.counts[name]},
        late_files=tuple(archive.late),
    )


def _write_hours(archive: _Archive, schedule: Schedule, crowd: Crowd, dirt: Dirt | None, starts: Sequence[int]) -> None:
    """Write the hours in order: copies of events of one hour arrive in later ones."""
    for number, hour in enumerate(starts):
        drifted = dirt is not None and has_drifted(number, hours=len(starts))
        hour_events = make_hour(crowd, hour=hour, count=schedule.events(number), plan=TrackingPlan(drifted))
        if dirt is None:
            _write_hour(archive, hour, [(event.received, event.line.encode()) for event in hour_events])
            continue
        _write_hour(
            archive, hour, dirt.spoil_hour(hour_events, number=number, start=hour, drifted=drifted), number=number
        )
        _write_oddments(archive, crowd, hour, number)
    if dirt is not None:
        archive.counts.update(dirt.counts)
        archive.counts.update(conflicts=sum(dirt.conflicts.counts.values()), late_files=len(archive.late))


def _refuse_archive(folder: Path) -> None:
    root = folder / files.ROOT
    if root.exists():
        message = f"{root} exists already: generate into an empty folder, or remove it first"
        raise FileExistsError(message)


def _write_hour(archive: _Archive, hour: int, lines: Sequence[Line], *, number: int | None = None) -> None:
    """Cut the hour into files by time; the first file of a dirty hour may be odd, the last one late."""
    if not lines:
        return
    count = min(max(2, len(lines) // EVENTS_PER_FILE), 12)
    archive.lines += len(lines)
    parts: list[list[bytes]] = [[] for _ in range(count)]
    for received, line in lines:
        parts[min(max(0, (received - hour + UPLOAD_LAG) * count // HOUR), count - 1)].append(line)
    for part, content in enumerate(parts):
        uploaded = hour + (part + 1) * HOUR // count - SECOND
        odd = _odd_framing(number) if part == 0 and content else None
        packed = files.LEGAL[odd](content) if odd else files.compress(content)
        key = archive.write(uploaded, part, packed)
        archive.counts.update(["odd_files"] if odd else [])
        if number is not None and part == count - 1 and number % LATE_FILE_EVERY == 3:
            archive.late.append(key)


def _odd_framing(number: int | None) -> str | None:
    """Return the framing of the odd, sound file that every third dirty hour has, or None."""
    if number is None or number % 3:
        return None
    names = list(files.LEGAL)
    return names[number // 3 % len(names)]


def _write_oddments(archive: _Archive, crowd: Crowd, hour: int, number: int) -> None:
    """Write broken files of additional events, and files that fit no layout."""
    if number % BROKEN_FILE_EVERY == 4:
        names = list(files.BROKEN)
        stray = Crowd(crowd.seed + 1, crowd.size)
        lines = [event.line.encode() for event in make_hour(stray, hour=hour, count=12)]
        content = files.BROKEN[names[number // BROKEN_FILE_EVERY % len(names)]](lines)
        archive.write(hour + HOUR // 2, "broken", content)
        archive.counts["broken_files"] += 1
    if number % 24 == 1:
        day = (archive.folder / files.name_file(crowd.seed, hour, "")).parent.relative_to(archive.folder).as_posix()
        for name in ("_SUCCESS", ".events.json.gz.crc", "events.json.gz.tmp"):
            files.write_file(archive.folder, f"{day}/{name}", b"", hour)
            archive.counts["ignored_files"] += 1
