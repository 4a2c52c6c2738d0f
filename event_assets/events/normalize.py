"""Normalization of a chunk: lines in, events of the lake and quarantine out (contract §3, §4).

Covered by tests/events/test_envelope.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from event_assets.events.chunk import Block, Chunk, FileEnd, Oversized
from event_assets.events.frame import frame_rows
from event_assets.events.ids import NOT_IDS
from event_assets.events.line_reader import Reader
from event_assets.events.mapping.mapping import Mapping
from event_assets.events.mapping.path_members import FindMembers, PathMembers
from event_assets.events.quarantine import quarantine_file, quarantine_frame, quarantine_oversized
from event_assets.events.rows import ChunkRows


@dataclass(frozen=True)
class Normalized:
    """A chunk as rows.

    `events` is of FLAGGED_SCHEMA: every event of the chunk in its order, duplicates included. `quarantine` is of
    QUARANTINE_SCHEMA; a bad file is one row of it without a line. `members` counts, per file, the events that contain
    each transport member that is not kept, and `noticed` the events with something to look at, by name
    (`clocks_unread.sentAt`). `erased` counts, per file, the events and lines of erased persons that have left the
    chunk; `cut` is how many values more than in `ends` a file has, because lines were cut into their sound objects and
    junk. If a file turns out bad in a later chunk, the consumer drops its rows and counts; files whose bad end is in
    this chunk are already left out.
    """

    events: pl.DataFrame
    quarantine: pl.DataFrame
    ends: list[FileEnd]
    members: dict[str, dict[str, int]]
    noticed: dict[str, dict[str, int]]
    erased: dict[str, int] = field(default_factory=dict)
    cut: dict[str, int] = field(default_factory=dict)


def normalize(
    chunk: Chunk,
    *,
    hour: datetime,
    mapping: Mapping | None = None,
    keep_members: tuple[str, ...] = (),
    not_ids: Sequence[str] = NOT_IDS,
    path_members: FindMembers | None = None,
    exact: bool = False,
) -> Normalized:
    """Return the events and the quarantined lines of a chunk that arrived in an archive hour (aware, UTC).

    A `messageId` among `not_ids`, in any case, is no id. With a mapping there are no transport members: members that
    are not mapped are in properties. `path_members` finds the members that parts of a file's key are. `exact` reads
    every line with the exact reader: the same result, slowly.
    """
    rows = ChunkRows()
    reader = Reader(mapping, keep_members, exact, PathMembers.of(path_members, mapping) if path_members else None)
    ends = [part for part in chunk if isinstance(part, FileEnd)]
    bad = {end.file for end in ends if end.bad is not None}
    for end in ends:
        if end.skipped:
            rows.noticed[end.file]["skipped"] += end.skipped
    for part in chunk:
        if isinstance(part, FileEnd):
            rows.quarantined += [quarantine_file(part)] if part.bad is not None else []
        elif isinstance(part, Oversized) and part.file not in bad:
            rows.quarantined.append(quarantine_oversized(part))
    reader.read_blocks([part for part in chunk if isinstance(part, Block) and part.file not in bad], rows)
    events = frame_rows(rows, hour, not_ids, mapping)
    members, noticed = (
        {file: dict(counts) for file, counts in found.items() if counts} for found in (rows.members, rows.noticed)
    )
    return Normalized(events, quarantine_frame(rows.quarantined), ends, members, noticed, cut=dict(rows.cut))
