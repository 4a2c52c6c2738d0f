"""Measuring an archive: lateness, number of events and clocks, on files that are spread evenly over its hours.

Covered by tests/archive/inspection/test_inspect.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

import polars as pl

from event_assets.archive.decoding.decompress import BadFile
from event_assets.archive.inspection.clocks import (
    Agreement,
    compare_clocks,
    compare_written,
    read_clocks,
    read_events,
    read_usual_clocks,
)
from event_assets.archive.inspection.keys.key_members import put_key_members
from event_assets.archive.inspection.keys.zones import find_zones
from event_assets.archive.inspection.recognize_envelope import open_values
from event_assets.archive.inspection.result import Inspection
from event_assets.archive.inspection.sample import Sampled, plan_sample, plan_whole, read_heads
from event_assets.archive.inspection.sniff import PARQUET, Head, cut_values
from event_assets.archive.inspection.volume import SampledEvents, measure_lateness, project_events
from event_assets.archive.listing.arrival import Layout
from event_assets.archive.listing.bounded_listing import InspectionLimits, ListedFile
from event_assets.archive.storage.filesystem import Storage
from event_assets.events.mapping.mapping import Mapping as EnvelopeMapping

_AHEAD: Final = 2
"""Hours from which keys are in another zone; files that are written in the hour after are one hour ahead."""

_LATE: Final = 3
"""The same where keys are of less than a day: their events may only be late."""

_DAY: Final = timedelta(days=1)

_BATCH_BYTES: Final = 8 << 20
_NO_DELAYS: Final = pl.Series([], dtype=pl.Int64)


@dataclass
class _Measured:
    """Counts over the files that were read, with the events of every sound file."""

    sampled: list[SampledEvents] = field(default_factory=list)
    clocks: dict[str, Counter[int]] = field(default_factory=dict)
    usual: dict[str, tuple[datetime, ...]] = field(default_factory=dict)
    read: int = 0
    bad_files: int = 0
    bad_lines: int = 0


def measure(storage: Storage, start: Inspection, files: Sequence[ListedFile], limits: InspectionLimits) -> Inspection:
    """Add lateness, number of events, and how the hours of the keys agree with the clocks."""
    assert start.envelope is not None  # noqa: S101  these are set by the only caller
    assert start.volume is not None  # noqa: S101
    assert start.root is not None  # noqa: S101
    hours = {listed.file.key: listed.hour for listed in files}
    budget = limits.bytes - start.read_bytes
    plan = plan_whole if any(kind == PARQUET for _, _, kind in start.seen.contents) else plan_sample
    heads = read_heads(storage, plan([listed.file for listed in files], budget, count=limits.files))
    measured = _Measured()
    for group in _batches(heads):
        _measure_files(group, hours, start.framing, start.root.layout, start.envelope.mapping, measured)
    agreement = compare_clocks(measured.clocks, hours, days=days_of(files)) or compare_files(files)
    return replace(
        start,
        agreement=agreement,
        zones=_find_zones(agreement, measured, files),
        read_bytes=start.read_bytes + measured.read,
        read_files=max(start.read_files, len(measured.sampled) + measured.bad_files),
        events=project_events(measured.sampled, [listed.file.size for listed in files], start.volume.bytes),
        lateness=measure_lateness(measured.sampled),
        bad_lines=measured.bad_lines,
        bad_files=measured.bad_files,
    )


def compare_files(files: Sequence[ListedFile]) -> Agreement | None:
    """Return how the hours agree with the times at which the files were written, for events without readable clocks.

    Only an agreement counts: a copy of an archive has other times.
    """
    written = {listed.file.key: listed.file.modified for listed in files if listed.file.modified is not None}
    found = compare_written(written, {listed.file.key: listed.hour for listed in files}, days=days_of(files))
    return found if found is not None and found.agrees else None


def days_of(files: Sequence[ListedFile]) -> frozenset[str]:
    """Return the keys that have a day, and no hour."""
    return frozenset(listed.file.key for listed in files if listed.by_day)


def _find_zones(agreement: Agreement | None, measured: _Measured, files: Sequence[ListedFile]) -> tuple[str, ...]:
    """Return the time zones that keys may be in, if their hours are ahead of the clocks or behind; epochs are UTC.

    None where a file has several hours: the hour in its key may be the first or the last of them, in any zone.
    """
    listed = [listed.hour for listed in files]
    least = _AHEAD if max(listed) - min(listed) >= _DAY else _LATE
    if agreement is None or not agreement.agrees or abs(agreement.offset) < least or agreement.holds_several_hours:
        return ()
    local = {listed.file.key: listed.hour for listed in files if "{hour}" in listed.template.text}
    return find_zones(measured.usual, local)


def _batches(heads: Iterable[Sampled]) -> Iterator[list[Sampled]]:
    """Yield files together, up to 8 MiB of content: reading them one by one takes much longer where they are small."""
    batch: list[Sampled] = []
    for head in heads:
        batch.append(head)
        if sum(len(sample.head.raw) for sample in batch) > _BATCH_BYTES:
            yield batch
            batch = []
    yield batch


def _measure_files(
    read: Sequence[Sampled],
    hours: Mapping[str, datetime],
    framing: str,
    layout: Layout,
    mapping: EnvelopeMapping | None,
    into: _Measured,
) -> None:
    """Add the clocks of the events in some files, and by how much they are late."""
    values: dict[str, list[bytes]] = {}
    for sample in read:
        into.read += sample.read
        try:
            cut = put_key_members(sample.file.key, _cut_sound(framing, sample.head), layout)
            values[sample.file.key] = open_values(cut, mapping)
        except BadFile:
            into.bad_files += 1
    events = read_events(values, mapping)
    into.clocks |= read_clocks(events)
    into.usual |= read_usual_clocks(events)
    delays = {str(file[0]): _measure_delays(frame, hours[str(file[0])]) for file, frame in events.group_by("_file")}
    for sample in read:
        if (read_values := values.get(sample.file.key)) is not None:
            events_read = SampledEvents(delays.get(sample.file.key, _NO_DELAYS), sample.read, sample.file.size)
            into.sampled.append(events_read)
            into.bad_lines += len(read_values) - len(events_read.delays)


def _measure_delays(events: pl.DataFrame, hour: datetime) -> pl.Series:
    """Return by how many hours events are late: 0 for those without a clock, and for those newer than their hour."""
    late = (pl.lit(hour).cast(pl.Datetime("us", "UTC")) - pl.col("timestamp").dt.truncate("1h")).dt.total_hours()
    return events.select(late.clip(lower_bound=0).fill_null(0)).to_series()


def _cut_sound(framing: str, head: Head) -> list[bytes]:
    if head.bad is not None:
        raise BadFile(head.bad)
    return cut_values(framing, head)
