"""An hour's rows as sorted runs: one in memory while they are few, on the local disk when they are many."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

import polars as pl
import pyarrow as pa

from event_assets.lake.order import Key, Kind, key_of

MARKS_PER_RANGE: Final = 128
"""How finely runs are sampled: a range of the merge may be one mark of each run larger than asked."""


BATCH_ROWS: Final = 4096
"""Rows of a run that are converted at once: few enough that the same memory serves again."""


class Rows(Protocol):
    """Sorted rows that are read by position."""

    def key_at(self, row: int) -> Key:
        """The key of one row."""

    def slice(self, start: int, stop: int) -> pl.DataFrame:
        """The rows from `start` to before `stop`."""

    def take(self, rows: pl.Series, columns: Sequence[str]) -> pl.DataFrame:
        """Some columns of the rows at these positions."""


@dataclass(frozen=True)
class RowsInMemory:
    """The rows of a frame."""

    frame: pl.DataFrame
    by: tuple[str, ...]

    def key_at(self, row: int) -> Key:
        """The key of one row."""
        return key_of(self.frame.row(row)[position] for position in map(self.frame.columns.index, self.by))

    def slice(self, start: int, stop: int) -> pl.DataFrame:
        """The rows from `start` to before `stop`."""
        return self.frame.slice(start, stop - start)

    def take(self, rows: pl.Series, columns: Sequence[str]) -> pl.DataFrame:
        """Some columns of the rows at these positions."""
        return self.frame.select(columns)[rows]


@dataclass(frozen=True)
class RowsOnDisk:
    """The rows of an Arrow file, mapped into memory while this value is held."""

    table: pa.Table
    by: tuple[str, ...]

    def key_at(self, row: int) -> Key:
        """The key of one row."""
        return key_of(self.table.column(name)[row].as_py() for name in self.by)

    def slice(self, start: int, stop: int) -> pl.DataFrame:
        """The rows from `start` to before `stop`; their texts stay where they are, in the mapped file."""
        return pl.DataFrame(self.table.slice(start, stop - start))

    def take(self, rows: pl.Series, columns: Sequence[str]) -> pl.DataFrame:
        """Some columns of the rows at these positions."""
        return pl.DataFrame(self.table.select(list(columns)))[rows]


@dataclass(frozen=True)
class Run:
    """Rows in the order of their kind. `marks` are the keys at which another so many bytes of them begin."""

    by: tuple[str, ...]
    height: int
    marks: tuple[Key, ...]
    hashes: pl.Series | None
    content: pl.DataFrame | Path

    def open(self) -> Rows:
        """The rows, to be read by position."""
        if isinstance(self.content, pl.DataFrame):
            return RowsInMemory(self.content, self.by)
        return RowsOnDisk(pa.ipc.open_file(pa.memory_map(str(self.content))).read_all(), self.by)


def find_row(rows: Rows, key: Key, *, start: int, stop: int) -> int:
    """The first row between `start` and `stop` whose key is not below `key`, or `stop`."""
    return bisect_left(range(stop), key, lo=start, key=rows.key_at)


@dataclass
class Spool:
    """Takes rows in any order and keeps them as sorted runs of about `memory_bytes` each."""

    kind: Kind
    folder: Path
    memory_bytes: int
    mark_bytes: int
    runs: list[Run] = field(default_factory=list)
    _waiting: list[pl.DataFrame] = field(default_factory=list)
    _weight: int = 0

    def add(self, frame: pl.DataFrame) -> None:
        """Take rows; columns that are not of the kind's schema are left behind."""
        if frame.is_empty():
            return
        self._waiting.append(frame.select(self.kind.schema.names()))
        self._weight += int(frame.estimated_size())
        if self._weight >= self.memory_bytes:
            self._close_run(on_disk=True)

    def finish(self) -> list[Run]:
        """Every row taken, as runs; a single one that fits stays in memory."""
        if self._waiting:
            self._close_run(on_disk=bool(self.runs))
        return self.runs

    def _close_run(self, *, on_disk: bool) -> None:
        frame = pl.concat(self._waiting, rechunk=False).sort(self.kind.by)
        self._waiting, self._weight = [], 0
        content: pl.DataFrame | Path = frame
        if on_disk:
            content = self.folder / f"{self.kind.name}-{len(self.runs):06}.arrow"
            write_run(frame, content)
        hashes = frame["id"].hash() if "id" in self.kind.schema else None
        marks = sample_keys(frame, self.kind, self.mark_bytes)
        self.runs.append(Run(self.kind.by, frame.height, marks, hashes, content))


def write_run(frame: pl.DataFrame, path: Path) -> None:
    """Write the rows as an Arrow file in which the texts of neighbours are neighbours, a small batch at a time.

    A frame that was sorted has its texts where they came from; a view of them would be read all over the file.
    """
    schema = frame.clear().to_arrow(compat_level=pl.CompatLevel.oldest()).schema
    with pa.ipc.new_file(path, schema) as writer:
        for batch in frame.iter_slices(BATCH_ROWS):
            writer.write_table(batch.to_arrow(compat_level=pl.CompatLevel.oldest()))


def sample_keys(frame: pl.DataFrame, kind: Kind, step: int) -> tuple[Key, ...]:
    """The keys of the rows with which another `step` bytes of the sorted frame begin."""
    reached = frame.select(weight=kind.weight)["weight"].cum_sum() // step
    chosen = frame.select(kind.by).filter(reached != reached.shift(1, fill_value=0))
    return tuple(key_of(row) for row in chosen.iter_rows())
