"""Inspection: layout, envelope, volume and lateness of an archive, from a bounded number of requests and bytes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from itertools import groupby
from typing import Final

import polars as pl

from event_assets.archive.decoding.decompress import BadFile
from event_assets.archive.errors import ArchiveError
from event_assets.archive.inspection.locate import ArchiveRoot, find_roots
from event_assets.archive.inspection.producers import Stream, find_streams
from event_assets.archive.inspection.recognize_envelope import Envelope, open_values, recognize_envelope
from event_assets.archive.inspection.sample import Sampled, plan_reads, plan_sample, plan_whole, read_heads
from event_assets.archive.inspection.sniff import (
    PARQUET,
    Head,
    cut_values,
    is_cut_parquet,
    name_kind,
    read_objects,
    recognize_framing,
    try_values,
)
from event_assets.archive.inspection.suggest_mapping import Guesses, guess_members
from event_assets.archive.inspection.volume import (
    Lateness,
    SampledEvents,
    Volume,
    measure_lateness,
    measure_volume,
    project_events,
)
from event_assets.archive.listing.bounded_listing import (
    InspectionLimits,
    Inventory,
    ListedFile,
    Lister,
    sample_keys,
    spread,
    take_inventory,
)
from event_assets.archive.listing.layouts import find_layout
from event_assets.archive.listing.templates import looks_like_data
from event_assets.archive.manifest import ArchiveFile
from event_assets.archive.source import ArchiveSource
from event_assets.archive.storage.filesystem import Storage, explain, open_storage
from event_assets.events.chunk import Block
from event_assets.events.mapping.mapping import Mapping as EnvelopeMapping
from event_assets.events.normalize import normalize

_JUDGED_FILES: Final = 20
_JUDGED_BYTES: Final = 256 << 10
_JUDGED_VALUES: Final = 300
_SHOWN: Final = 8
_FIRST_BYTES: Final = 120
_LOOK_BYTES: Final = 192 << 10
_NO_DELAYS: Final = pl.Series([], dtype=pl.Int64)


class Verdict(Enum):
    """The result of an inspection; every verdict but `FOUND` needs the operator."""

    FOUND = "found"
    EMPTY = "no data files"
    SEVERAL = "several archives"
    NO_LAYOUT = "keys without an hour"
    NO_EVENTS = "keys with the hour, but no events in the files"
    NO_ENVELOPE = "JSON objects of an unknown envelope"


@dataclass(frozen=True)
class Seen:
    """Examples for the operator to judge: keys, and the first bytes of some files with their kind in words."""

    keys: tuple[str, ...] = ()
    contents: tuple[tuple[str, bytes, str], ...] = ()


@dataclass(frozen=True)
class Inspection:
    """What an inspection found. Fields after `seen` are known only as far as the verdict allows.

    `root` is where the archive begins, `roots` are the candidates if there are several; `template` is the one that most
    keys fit. `compressions` counts the files that were judged; `bad_lines` and `bad_files` are those of the files that
    were read; `events` is a projection over the whole archive.
    """

    archive: str
    verdict: Verdict
    seen: Seen
    requests: int = 0
    read_bytes: int = 0
    read_files: int = 0
    roots: tuple[ArchiveRoot, ...] = ()
    root: ArchiveRoot | None = None
    template: str = ""
    framing: str = "lines"
    compressions: Mapping[str, int] = field(default_factory=dict)
    envelope: Envelope | None = None
    guesses: Guesses | None = None
    streams: tuple[Stream, ...] = ()
    volume: Volume | None = None
    events: int = 0
    lateness: Lateness | None = None
    bad_lines: int = 0
    bad_files: int = 0
    ignored: int = 0


@dataclass(frozen=True)
class InitHints:
    """What the operator specified about the archive; None where the inspection decides."""

    layout: str | None = None
    framing: str | None = None
    mapping: str | None = None
    parsed_mapping: EnvelopeMapping | None = None


def inspect(source: ArchiveSource, hints: InitHints, limits: InspectionLimits) -> Inspection:
    """Inspect the archive of a source.

    Raises `ArchiveError` or `TransientArchiveError` when the storage fails.
    """
    storage = open_storage(source)
    try:
        storage.fs.invalidate_cache()
        return _inspect(storage, source, hints, limits)
    except ArchiveError:
        raise
    except Exception as error:  # every storage driver fails with classes of its own
        raise explain(storage, "inspecting", error) from error


def _inspect(storage: Storage, source: ArchiveSource, hints: InitHints, limits: InspectionLimits) -> Inspection:
    lister = Lister(storage)
    lister.check_root()
    keys = list(sample_keys(lister, limits.requests // 2))
    start = Inspection(source.archive, Verdict.EMPTY, Seen(), requests=lister.spent)
    if not any(map(looks_like_data, keys)):
        return replace(start, seen=Seen(tuple(spread(keys, _SHOWN))))
    roots = [ArchiveRoot("", find_layout(hints.layout))] if hints.layout else find_roots(keys)
    if len(roots) != 1:
        seen = _look(storage, keys)
        verdict = Verdict.SEVERAL if roots else Verdict.NO_LAYOUT
        return replace(start, verdict=verdict, seen=seen, roots=tuple(roots))
    below = _below(storage, roots[0].prefix)
    listing = Lister(below)
    found = take_inventory(listing, roots[0].layout, max(1, limits.requests - lister.spent))
    start = replace(
        start,
        archive="/".join(filter(None, (source.archive.rstrip("/"), roots[0].prefix))),
        requests=lister.spent + listing.spent,
        ignored=found.ignored,
        root=roots[0],
    )
    if not found.files:
        return replace(start, verdict=Verdict.NO_LAYOUT, seen=_look(storage, keys))
    return _inspect_files(below, start, found, hints, limits)


def _inspect_files(
    storage: Storage, start: Inspection, found: Inventory, hints: InitHints, limits: InspectionLimits
) -> Inspection:
    assert start.root is not None  # noqa: S101  it is set by the only caller
    files = sorted(found.files, key=lambda listed: (listed.hour, listed.file.key))
    filled = [listed.file for listed in files if listed.file.size] or [files[0].file]
    judged = _judge(storage, filled, limits)
    layout, heads = start.root.layout, [sample.head for sample in judged]
    framing = hints.framing or recognize_framing(heads, layout.framing)
    values = spread(try_values(framing, heads), _JUDGED_VALUES)
    start = replace(
        start,
        seen=_collect_seen([found.file.key for found in spread(files, _SHOWN)], judged),
        read_bytes=sum(sample.read for sample in judged),
        read_files=len(judged),
        template=Counter(listed.template.text for listed in files).most_common(1)[0][0],
        framing=framing,
        compressions=Counter(sample.head.compression for sample in judged),
        streams=tuple(find_streams(files)),
        volume=measure_volume(found),
    )
    if hints.mapping:
        envelope = Envelope(hints.mapping, hints.parsed_mapping, 1.0)
    else:
        envelope = recognize_envelope(values, usual=layout.mapping)
    if envelope.name is not None:
        measured = _measure(storage, replace(start, verdict=Verdict.FOUND, envelope=envelope), files, limits)
        if measured.lateness is not None and measured.lateness.events:
            return measured
    objects = read_objects(values)
    if not objects:
        return replace(start, verdict=Verdict.NO_EVENTS)
    nothing = Envelope(None, None, 0.0)
    return replace(start, verdict=Verdict.NO_ENVELOPE, envelope=nothing, guesses=guess_members(objects))


def _judge(storage: Storage, files: Sequence[ArchiveFile], limits: InspectionLimits) -> list[Sampled]:
    """Read the beginnings of some files, and some whole ones if their format cannot be read without its end."""
    budget = limits.bytes // 4
    judged = list(read_heads(storage, plan_reads(files, budget, count=_JUDGED_FILES, most=_JUDGED_BYTES)))
    if not any(is_cut_parquet(sample.head) for sample in judged):
        return judged
    return [*judged, *read_heads(storage, plan_whole(files, budget, count=1))]


def _measure(storage: Storage, start: Inspection, files: Sequence[ListedFile], limits: InspectionLimits) -> Inspection:
    """Add lateness and number of events, measured on files spread evenly over the hours."""
    assert start.envelope is not None  # noqa: S101  these are set by the only caller
    assert start.volume is not None  # noqa: S101
    hours = {listed.file.key: listed.hour for listed in files}
    budget = limits.bytes - start.read_bytes
    plan = plan_whole if any(kind == PARQUET for _, _, kind in start.seen.contents) else plan_sample
    heads = read_heads(storage, plan([listed.file for listed in files], budget, count=limits.files))
    measured = _Measured()
    for hour, group in groupby(heads, key=lambda head: hours[head.file.key]):
        _measure_hour(list(group), hour, start.framing, start.envelope.mapping, measured)
    return replace(
        start,
        read_bytes=start.read_bytes + measured.read,
        read_files=max(start.read_files, len(measured.sampled) + measured.bad_files),
        events=project_events(measured.sampled, [listed.file.size for listed in files], start.volume.bytes),
        lateness=measure_lateness(measured.sampled),
        bad_lines=measured.bad_lines,
        bad_files=measured.bad_files,
    )


@dataclass
class _Measured:
    """Counts over the files that were read, with the events of every sound file."""

    sampled: list[SampledEvents] = field(default_factory=list)
    read: int = 0
    bad_files: int = 0
    bad_lines: int = 0


def _measure_hour(
    read: Sequence[Sampled], hour: datetime, framing: str, mapping: EnvelopeMapping | None, into: _Measured
) -> None:
    """Add the delays of the events in some files of one archive hour."""
    values: dict[str, list[bytes]] = {}
    for sample in read:
        into.read += sample.read
        try:
            values[sample.file.key] = open_values(_cut_sound(framing, sample.head), mapping)
        except BadFile:
            into.bad_files += 1
    blocks = [Block(key, cut, range(1, len(cut) + 1), range(len(cut))) for key, cut in values.items() if cut]
    events = normalize(list(blocks), hour=hour, mapping=mapping).events
    late = (pl.lit(hour).cast(pl.Datetime("us", "UTC")) - pl.col("timestamp").dt.truncate("1h")).dt.total_hours()
    delayed = events.select("_file", delay=late.clip(lower_bound=0))
    delays = {str(file[0]): frame["delay"] for file, frame in delayed.group_by("_file")}
    for sample in read:
        if (cut := values.get(sample.file.key)) is not None:
            events_read = SampledEvents(delays.get(sample.file.key, _NO_DELAYS), sample.read, sample.file.size)
            into.sampled.append(events_read)
            into.bad_lines += len(cut) - len(events_read.delays)


def _cut_sound(framing: str, head: Head) -> list[bytes]:
    if head.bad is not None:
        raise BadFile(head.bad)
    return cut_values(framing, head)


def _below(storage: Storage, prefix: str) -> Storage:
    return Storage(storage.fs, storage.path(prefix), "/".join(filter(None, (storage.url.rstrip("/"), prefix))))


def _look(storage: Storage, keys: Sequence[str]) -> Seen:
    """Return keys of the archive, and how some of its files begin."""
    shown = spread([key for key in keys if looks_like_data(key)], _SHOWN)
    infos = [(key, storage.fs.info(storage.path(key))) for key in shown[:3]]
    files = [ArchiveFile(key, int(info["size"] or 0), "") for key, info in infos]
    return _collect_seen(shown, list(read_heads(storage, plan_reads(files, _LOOK_BYTES, count=len(files)))))


def _collect_seen(keys: Sequence[str], read: Sequence[Sampled]) -> Seen:
    kinds: dict[str, tuple[str, bytes, str]] = {}
    for sample in read:
        kind = _kind(sample.head)
        kinds.setdefault(kind, (sample.file.key, sample.head.raw[:_FIRST_BYTES], kind))
    return Seen(tuple(keys), tuple(kinds.values()))


def _kind(head: Head) -> str:
    if head.bad is not None:
        return f"a damaged file ({head.bad})"
    return name_kind(head.raw) or ("JSON" if head.raw.strip() else "an empty file")
