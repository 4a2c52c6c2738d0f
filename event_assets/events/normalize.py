"""Normalizing a chunk: lines in, the events of the lake and the quarantine out (contract §3, §4)."""

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from event_assets.events.chunk import Block, Chunk, FileEnd, Oversized
from event_assets.events.frame import frame_rows
from event_assets.events.line_reader import Reader
from event_assets.events.mapping.mapping import Mapping
from event_assets.events.quarantine import quarantine_file, quarantine_frame, quarantine_oversized
from event_assets.events.rows import ChunkRows


@dataclass(frozen=True)
class Normalized:
    """A chunk as rows.

    `events` is of FLAGGED_SCHEMA: every event of the chunk in its order, duplicates still in. `quarantine` is of
    QUARANTINE_SCHEMA; a bad file is one row of it without a line. `members` counts, per file, the events that bring
    each transport member that is not kept. Rows and counts of a file that turns out bad are the consumer's to drop;
    those of one whose bad end stands in this chunk are not here.
    """

    events: pl.DataFrame
    quarantine: pl.DataFrame
    ends: list[FileEnd]
    members: dict[str, dict[str, int]]


def normalize(
    chunk: Chunk,
    *,
    hour: datetime,
    mapping: Mapping | None = None,
    keep_members: tuple[str, ...] = (),
    exact: bool = False,
) -> Normalized:
    """The events and the quarantined lines of a chunk that arrived in an archive hour (aware, UTC).

    With a mapping there are no transport members: what is not mapped is in properties. `exact` reads every line with
    the exact reader: the same answer, slowly.
    """
    rows = ChunkRows()
    reader = Reader(mapping, keep_members, exact)
    ends = [part for part in chunk if isinstance(part, FileEnd)]
    bad = {end.file for end in ends if end.bad is not None}
    for part in chunk:
        if isinstance(part, FileEnd):
            rows.quarantined += [quarantine_file(part)] if part.bad is not None else []
        elif isinstance(part, Oversized) and part.file not in bad:
            rows.quarantined.append(quarantine_oversized(part))
    reader.read_blocks([part for part in chunk if isinstance(part, Block) and part.file not in bad], rows)
    members = {file: dict(counts) for file, counts in rows.members.items() if counts}
    return Normalized(frame_rows(rows, hour), quarantine_frame(rows.quarantined), ends, members)
