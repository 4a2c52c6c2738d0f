"""Quarantined lines of an hour, read again by the mapping, the framing and the limits of today.

Covered by tests/pipeline/quarantine/test_replay.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

import polars as pl

from event_assets.archive.decoding.chunks import framing_of, mapping_of, path_members_of, split_by_layout
from event_assets.archive.decoding.lines import LINE_LIMIT, WHITE
from event_assets.archive.manifest import Manifest
from event_assets.config.source import Source
from event_assets.events.chunk import Block, Chunk
from event_assets.events.mapping.batches import open_block
from event_assets.events.mapping.mapping import Mapping as EventMapping
from event_assets.events.mapping.path_members import FindMembers
from event_assets.events.mapping.skipped import drop_skipped
from event_assets.events.normalize import Normalized, normalize
from event_assets.lake.writing.replayed_lines import ReadAgain

_OUTER: Final[Mapping[str, bytes]] = {"tsv": b"\r"}
"""What is no part of a line's value, by framing; elsewhere it is JSON's white space."""

_UNNAMED: Final = "csv"
"""The framing whose lines cannot be read alone: the names are in the header of their file."""


@dataclass(frozen=True)
class FileForm:
    """How the lines of one file are read today."""

    mapping: EventMapping | None
    framing: str
    path_members: FindMembers | None = None
    """What finds the members that parts of the file's key are."""

    @property
    def takes_members(self) -> bool:
        """Return whether an event takes members from its line: one that is quarantined has no line around it."""
        batches = self.mapping.batches if self.mapping is not None else None
        return batches is not None and bool(batches.inherit)

    def open(self, block: Block) -> tuple[Block, int]:
        """Return the events of lines as values, and how many lines the mapping skips."""
        skip, batches = (self.mapping.skip, self.mapping.batches) if self.mapping else (None, None)
        members = self.path_members(block.file) if skip and self.path_members else {}
        block, skipped = drop_skipped(block, skip, members) if skip else (block, 0)
        return open_block(block, batches) if batches and block.values else block, skipped

    def opens(self, block: Block) -> bool:
        """Return whether a line holds its events below the mapping's path, so that nothing around it is missing."""
        return self.open(block)[0].sent is not None


@dataclass(frozen=True)
class LinesOfHour:
    """Reads quarantined lines of one hour again; those of other `reasons` are left, unless it is empty."""

    source: Source
    hour: datetime
    forms: Mapping[str, FileForm]
    reasons: frozenset[str] = frozenset()

    @classmethod
    def of(cls, source: Source, manifest: Manifest, reasons: frozenset[str]) -> LinesOfHour:
        """Return the reader of a manifest's hour; the layout of its keys decides as it does for the archive."""
        forms = {
            file.key: FileForm(mapping_of(part, files), framing_of(part, files), path_members_of(part, files))
            for part, files in split_by_layout(source, manifest)
            for file in files.files
        }
        return cls(source, manifest.archive_hour.astimezone(UTC), forms, reasons)

    def read(self, frame: pl.DataFrame) -> ReadAgain:
        """Return the lines that are left as they are, those that were read by file and reason, and what they are now.

        Left are bad files, lines of which the lake has only the head, lines of CSV, and events that would take members
        from a line that is not around them any more.
        """
        readable = self._is_readable(frame)
        left, tried, chunk, skipped = [frame.filter(~readable)], dict[str, Counter[str]](), Chunk(), Counter[str]()
        for (key,), rows in frame.filter(readable).group_by("file", maintain_order=True):
            file, form = str(key), self.forms[str(key)]
            if form.takes_members:
                alone = [form.opens(self._block(rows[n], form)) for n in range(rows.height)]
                left.append(rows.filter(~pl.Series(alone, dtype=pl.Boolean)))
                rows = rows.filter(pl.Series(alone, dtype=pl.Boolean))
            if rows.is_empty():
                continue
            tried[file] = Counter(rows["reason"])
            block, skipped[file] = form.open(self._block(rows, form))
            chunk += [block] if block.values else []
        return ReadAgain(pl.concat(left), tried, self._normalize(chunk, skipped))

    def _is_readable(self, frame: pl.DataFrame) -> pl.Series:
        files = [file for file, form in self.forms.items() if form.framing != _UNNAMED]
        size = pl.col("raw").bin.size()
        whole = (size == pl.col("bytes")) & (size <= LINE_LIMIT) & pl.col("line").is_not_null()
        chosen = pl.col("reason").is_in(list(self.reasons)) if self.reasons else pl.lit(value=True)
        found = chosen & whole.fill_null(value=False) & pl.col("file").is_in(files)
        return frame.select(found.alias("readable")).to_series()

    def _block(self, rows: pl.DataFrame, form: FileForm) -> Block:
        """Return the lines of one file as their values."""
        white = _OUTER.get(form.framing, WHITE)
        raw = rows["raw"].to_list()
        values = [line.strip(white) for line in raw]
        starts = [len(line) - len(line.lstrip(white)) for line in raw]
        offsets = [offset + start for offset, start in zip(rows["byte_offset"], starts, strict=True)]
        whole = [None if line == value else line for line, value in zip(raw, values, strict=True)]
        return Block(rows["file"][0], values, rows["line"].to_list(), offsets, whole=whole if any(whole) else None)

    def _normalize(self, chunk: Chunk, skipped: Counter[str]) -> Normalized:
        """Return the values of all files; they may have several mappings."""
        found = [
            normalize(
                [block],
                hour=self.hour,
                mapping=self.forms[block.file].mapping,
                keep_members=self.source.keep_members,
                not_ids=self.source.not_ids,
                path_members=self.forms[block.file].path_members,
            )
            for block in chunk
            if isinstance(block, Block)
        ] or [normalize([], hour=self.hour)]
        noticed = {file: Counter(counts) for one in found for file, counts in one.noticed.items()}
        for file, number in skipped.items():
            if number:
                noticed.setdefault(file, Counter())["skipped"] += number
        return replace(
            found[0],
            events=pl.concat(one.events for one in found),
            quarantine=pl.concat(one.quarantine for one in found),
            members={file: counts for one in found for file, counts in one.members.items()},
            noticed={file: dict(counts) for file, counts in noticed.items()},
            cut={},
        )
