"""The `events` asset over many workers: hours, and parts of large hours, as tasks of their own (ADR 0016)."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from event_assets.archive.listing.list_hours import list_hours
from event_assets.archive.manifest import ArchiveFile, Manifest
from event_assets.config.settings import Settings
from event_assets.config.source import Source
from event_assets.lake.errors import LakeError
from event_assets.lake.hour_note import HourNote
from event_assets.lake.paths import format_hour
from event_assets.lake.reading.read import read_note
from event_assets.lake.writing.remote_shards import merge_parts, write_part
from event_assets.pipeline.hour import HourInLake, is_current, normalize_hour
from event_assets.pipeline.parallel_read import normalize_files


@dataclass(frozen=True)
class Piece:
    """Files of one archive hour: all of them, or a part when the hour is larger than a task."""

    hour: datetime
    files: tuple[ArchiveFile, ...]
    ignored: int = 0
    whole: bool = True

    @property
    def size(self) -> int:
        """Bytes in the archive."""
        return sum(file.size for file in self.files)


@dataclass(frozen=True)
class Task:
    """What one step does. `layout` is the source's, told by the listing."""

    key: str
    layout: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Done:
    """What a step did: the hours that it wrote whole, its time by hour in seconds, and why an hour failed, if one did.

    A part that is missing is made where it is merged, so a failure here is told and ends nothing.
    """

    key: str
    written: tuple[datetime, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """The hours of a run as they were listed, cut into tasks."""

    source: str
    layout: str
    tasks: tuple[Task, ...]

    def manifest(self, hour: datetime) -> Manifest:
        """The hour's files; none where the archive has none."""
        pieces = self.pieces(hour)
        files = tuple(file for piece in pieces for file in piece.files)
        return Manifest(self.source, hour, files, ignored=max((piece.ignored for piece in pieces), default=0))

    def pieces(self, hour: datetime) -> list[Piece]:
        """What the hour was cut into."""
        return [piece for task in self.tasks for piece in task.pieces if piece.hour == hour]


def plan_tasks(settings: Settings, source: Source, hours: Sequence[datetime]) -> Plan:
    """List the hours and cut them into tasks of about `fan_out_mib`: small hours share one, a large hour has many.

    An hour that the lake has as it is listed is never cut: nothing is to be done for it.
    """
    listing = list_hours(source, start=hours[0], end=hours[-1])
    most = settings.dagster.task_bytes
    pieces: list[Piece] = []
    for hour in hours:
        manifest = listing.hours.get(hour) or Manifest(source.name, hour, ())
        large = manifest.size > most and not _is_done(settings, listing.source, manifest)
        pieces += cut_hour(manifest, most) if large else [Piece(hour, manifest.files, manifest.ignored)]
    tasks = [
        Task(f"{number:04d}_{name_pieces(group)}", listing.source.layout, tuple(group))
        for number, group in enumerate(fill_tasks(pieces, most), 1)
    ]
    return Plan(source.name, listing.source.layout, tuple(tasks))


def cut_hour(manifest: Manifest, most: int) -> list[Piece]:
    """The hour's files in their order as pieces of at most `most` bytes; a file is never cut, so one may be larger."""
    groups: list[list[ArchiveFile]] = []
    size = 0
    for file in manifest.files:
        if not groups or size + file.size > most:
            groups.append([])
            size = 0
        groups[-1].append(file)
        size += file.size
    whole = len(groups) < 2
    groups = groups or [[]]
    return [Piece(manifest.archive_hour, tuple(group), manifest.ignored, whole) for group in groups]


def fill_tasks(pieces: Sequence[Piece], most: int) -> Iterator[list[Piece]]:
    """Neighbouring pieces together while they are small; a part of an hour is alone, as it is large."""
    group: list[Piece] = []
    for piece in pieces:
        alone = not piece.whole or sum(each.size for each in group) + piece.size > most
        if group and (alone or not group[-1].whole):
            yield group
            group = []
        group.append(piece)
    if group:
        yield group


def name_pieces(pieces: Sequence[Piece]) -> str:
    """The hours of a task as part of a step's key, which takes letters, digits and _ only."""
    first, last = (format_hour(piece.hour).replace("-", "_") for piece in (pieces[0], pieces[-1]))
    return first if first == last else f"{first}_to_{last}"


def run_task(settings: Settings, source: Source, task: Task) -> Done:
    """Do a task: write its whole hours into the lake, its parts beside it. Done twice or at once it writes the same."""
    told = replace(source, layout=task.layout)
    done = Done(task.key)
    for piece in task.pieces:
        started, name = time.monotonic(), format_hour(piece.hour)
        manifest = Manifest(source.name, piece.hour, piece.files, ignored=piece.ignored)
        try:
            if not piece.whole:
                make_part(settings, told, manifest)
            elif normalize_hour(settings, told, manifest).written:
                done = replace(done, written=(*done.written, piece.hour))
        except Exception as error:  # noqa: BLE001  the other hours are done; it comes again where the hour is gathered
            done.failed[name] = str(error)
        done.seconds[name] = done.seconds.get(name, 0.0) + time.monotonic() - started
    return done


def make_part(settings: Settings, source: Source, manifest: Manifest) -> HourNote:
    """A part of an hour, from the lake's scratch place or from the archive."""
    chunks = normalize_files(source, manifest, chunk_bytes=settings.memory.chunk_bytes)
    return write_part(settings.lake, source, manifest, chunks, shape=settings.memory.shape)


def gather_hour(settings: Settings, source: Source, plan: Plan, hour: datetime) -> HourInLake:
    """The hour as it is in the lake once all tasks are done; parts are merged, and what is missing is made now."""
    told = replace(source, layout=plan.layout)
    pieces = plan.pieces(hour)
    whole = all(piece.whole for piece in pieces)
    write = None if whole else partial(_merge, settings, told, pieces)
    return normalize_hour(settings, told, plan.manifest(hour), write=write)


def _merge(
    settings: Settings, source: Source, pieces: Sequence[Piece], wanted: Manifest, previous: HourNote | None
) -> HourNote:
    parts = [make_part(settings, source, Manifest(source.name, piece.hour, piece.files)) for piece in pieces]
    return merge_parts(settings.lake, source, wanted, parts, previous=previous, shape=settings.memory.shape)


def _is_done(settings: Settings, source: Source, manifest: Manifest) -> bool:
    """Whether the lake has the hour as it is listed; a damaged note is the hour's own failure, later."""
    try:
        note = read_note(settings.lake, source.name, manifest.archive_hour)
    except LakeError:
        return False
    return note is not None and is_current(note, source, manifest)
