"""Rows of several hours put in order of type and event: in memory where they fit, else in files.

Covered by tests/loaders/staging/test_slices.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import polars as pl
import pyarrow as pa

_Run: TypeAlias = tuple[str, bool, str]
"""Type and event of some rows; rows without an event come first."""


@dataclass(slots=True)
class EventRows:
    """Takes rows of the lake, gives all of them by type and event; those of one event in the order they were added.

    At most about `memory_bytes` of rows are in memory. What is more is sorted in parts of that size, each in a file of
    `folder`, with a record batch for each event: each event is read from all parts at once, and nothing is read twice.
    """

    folder: Path
    memory_bytes: int
    _waiting: list[pl.DataFrame] = field(default_factory=list)
    _held: int = 0
    _parts: list[tuple[Path, dict[_Run, int]]] = field(default_factory=list)
    """Each file, with the number of the batch of each event."""

    def add(self, rows: pl.DataFrame) -> None:
        """Add rows, in any order."""
        size = text_bytes(rows)
        if self._held and self._held + size > self.memory_bytes:
            self._write()
        self._waiting.append(rows)
        self._held += size

    def take(self) -> Iterator[pl.DataFrame]:
        """Yield all rows, those of a type in one frame or in several; nothing is left."""
        if not self._parts:
            if self._waiting:
                rows = self._sort()
                for length, start in runs_of(rows["type"]):
                    yield rows.slice(start, length)
            return
        self._write()
        parts, self._parts = self._parts, []
        with ExitStack() as stack:
            for path, _ in parts:
                stack.callback(path.unlink)
            # Not mapped: pages of mapped files would count as memory of this process.
            files = [
                (stack.enter_context(pa.ipc.open_file(stack.enter_context(pa.OSFile(str(path))))), batches)
                for path, batches in parts
            ]
            for run in sorted({run for _, batches in files for run in batches}):
                for file, batches in files:
                    if run in batches:
                        yield pl.DataFrame(file.get_batch(batches[run]))

    def _sort(self) -> pl.DataFrame:
        rows = pl.concat(self._waiting).sort("type", "event", maintain_order=True)
        self._waiting, self._held = [], 0
        return rows

    def _write(self) -> None:
        """Write the rows that wait into the next file."""
        rows, path = self._sort(), self.folder / f"{len(self._parts)}.arrow"
        schema = rows.head(0).to_arrow().schema
        batches: dict[_Run, int] = {}
        self.folder.mkdir(parents=True, exist_ok=True)
        with pa.OSFile(str(path), "wb") as out, pa.ipc.new_file(out, schema) as writer:
            for length, start in runs_of(rows.select("type", "event").to_struct()):
                kind, event = rows["type"][start], rows["event"][start]
                batches[kind, event is not None, event or ""] = len(batches)
                writer.write_table(rows.slice(start, length).to_arrow(), max_chunksize=length)
        self._parts.append((path, batches))


def text_bytes(frame: pl.DataFrame) -> int:
    """Return the bytes of all texts, which are nearly all of a row; of a part of a frame only its own."""
    return int(frame.select(pl.sum_horizontal(pl.col(pl.String).str.len_bytes().sum().cast(pl.Int64))).item())


def runs_of(values: pl.Series) -> Iterator[tuple[int, int]]:
    """Yield the length and start of each run of equal values."""
    start = 0
    for length in values.rle().struct.field("len"):
        yield length, start
        start += length
