"""An hour's rows as sorted runs: one in memory while they are few, in a file on the local disk when they are many."""

from __future__ import annotations

import mmap
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

import polars as pl
import pyarrow as pa

from event_assets.lake.row_kinds import Key, Kind, key_of

BATCH_ROWS: Final = 8192
"""Rows of a run that are converted at once: few enough that the same memory serves again."""

OLDEST: Final = pl.CompatLevel.oldest()
"""Texts stand behind each other, in the order of their rows."""


class Rows(Protocol):
    """Sorted rows that are read by position."""

    def key_at(self, row: int) -> Key:
        """The key of one row."""

    def slice(self, start: int, stop: int) -> pl.DataFrame:
        """The rows from `start` to before `stop`."""

    def take(self, rows: pl.Series, columns: Sequence[str]) -> pl.DataFrame:
        """Some columns of the rows at these positions, which ascend."""


@dataclass(frozen=True)
class RowsInMemory:
    """The rows of a frame."""

    frame: pl.DataFrame
    by: tuple[str, ...]

    def key_at(self, row: int) -> Key:
        """The key of one row."""
        return key_of(self.frame[name][row] for name in self.by)

    def slice(self, start: int, stop: int) -> pl.DataFrame:
        """The rows from `start` to before `stop`."""
        return self.frame.slice(start, stop - start)

    def take(self, rows: pl.Series, columns: Sequence[str]) -> pl.DataFrame:
        """Some columns of the rows at these positions, which ascend."""
        return self.frame.select(columns)[rows]


@dataclass(frozen=True)
class RowsOnDisk:
    """The rows of an Arrow table that lies in a mapped file."""

    table: pa.Table
    by: tuple[str, ...]

    def key_at(self, row: int) -> Key:
        """The key of one row."""
        return key_of(self.table.column(name)[row].as_py() for name in self.by)

    def slice(self, start: int, stop: int) -> pl.DataFrame:
        """The rows from `start` to before `stop`; their texts stay where they are, in the mapped file."""
        return pl.DataFrame(self.table.slice(start, stop - start))

    def take(self, rows: pl.Series, columns: Sequence[str]) -> pl.DataFrame:
        """Some columns of the rows at these positions, which ascend; copied, so that they do not need the mapped file.

        Batch by batch: whole columns of a run would be read and converted for a few of its rows.
        """
        table = self.table.select(list(columns))
        parts, start = [table.schema.empty_table()], 0
        for batch in table.to_batches():
            first, last = rows.search_sorted(pl.Series([start, start + batch.num_rows]))
            if first < last:
                chosen = (rows.slice(first, last - first) - start).to_arrow()
                parts.append(pa.Table.from_batches([batch.take(chosen)]))
            start += batch.num_rows
        return pl.DataFrame(pa.concat_tables(parts))


@dataclass(frozen=True)
class Run:
    """Rows in the order of their kind: the keys and positions at which another so many bytes of them begin, `hash` of
    each row's id and `row`, by hash (None for a kind without ids), and the rows."""

    marks: tuple[Key, ...]
    mark_rows: tuple[int, ...]
    hashes: pl.DataFrame | None
    height: int
    rows: Rows

    def find(self, key: Key) -> int:
        """The position of the first row whose key is not below `key`."""
        near = bisect_left(self.marks, key)
        start = self.mark_rows[near - 1] if near else 0
        stop = self.mark_rows[near] if near < len(self.marks) else self.height
        return bisect_left(range(stop), key, lo=start, key=self.rows.key_at)


@dataclass(frozen=True)
class SortedRuns:
    """All rows of one kind, as sorted runs."""

    kind: Kind
    runs: tuple[Run, ...]
    mapped: tuple[mmap.mmap, ...] = ()

    def release(self) -> None:
        """Let go of the memory that reading mapped files took; their rows stay valid and are read again on use."""
        for mapped in self.mapped:
            mapped.madvise(mmap.MADV_DONTNEED)


Place = pl.DataFrame | tuple[int, int]
"""Rows of a run as it was closed: a frame, or where its Arrow stream stands in the file and its size."""


@dataclass(frozen=True)
class _Written:
    """A run as it was closed."""

    marks: tuple[Key, ...]
    mark_rows: tuple[int, ...]
    hashes: Place | None
    height: int
    content: Place


@dataclass(frozen=True)
class Spooled:
    """Runs as they were closed, and the file of those on the disk; there is none where all are in memory."""

    path: Path
    runs: tuple[_Written, ...]


@dataclass
class Spool:
    """Takes rows in any order and keeps them as sorted runs of about `run_bytes` each, sampled every `mark_bytes`."""

    kind: Kind
    path: Path
    run_bytes: int
    mark_bytes: int
    _written: list[_Written] = field(default_factory=list)
    _waiting: list[pl.DataFrame] = field(default_factory=list)
    _weight: int = 0

    def add(self, frame: pl.DataFrame) -> None:
        """Take rows; columns that are not of the kind's schema are left behind."""
        if frame.is_empty():
            return
        self._waiting.append(frame.select(self.kind.schema.names()))
        self._weight += int(frame.estimated_size())
        if self._weight >= self.run_bytes:
            self._close_run(on_disk=True)

    def add_sorted(self, frames: Iterable[pl.DataFrame]) -> None:
        """Take rows that are in the kind's order already, as one run on the disk; a frame is held at a time."""
        marks: list[Key] = []
        mark_rows: list[int] = []
        hashes: list[pl.Series] = []
        height = weight = 0

        def watch() -> Iterator[pl.DataFrame]:
            nonlocal height, weight
            for frame in frames:
                sample = sample_rows(frame, self.kind, self.mark_bytes, before=weight)
                # Not the sample itself: the texts of a few rows of a frame keep all texts of the frame in memory.
                marks.extend(key_of(values) for values in sample.select(self.kind.by).iter_rows())
                mark_rows.extend(height + row for row in sample["row"])
                hashes.extend([frame["id"].hash()] if "id" in self.kind.schema else [])
                height += frame.height
                weight += int(frame.select(weight=self.kind.weight)["weight"].sum())
                yield frame.select(self.kind.schema.names())

        content = append_run(watch(), self.kind.schema, self.path, BATCH_ROWS)
        if not height:
            return
        ranked = sort_hashes(pl.concat(hashes)) if hashes else None
        place = append_run([ranked], ranked.schema, self.path, height) if ranked is not None else None
        self._written.append(_Written(tuple(marks), tuple(mark_rows), place, height, content))

    def close(self, *, on_disk: bool = False) -> Spooled:
        """Return every row taken, as runs: a single run that fits stays in memory, unless `on_disk` is set.

        Runs on the disk can be opened by another process.
        """
        if self._waiting:
            self._close_run(on_disk=on_disk or bool(self._written))
        return Spooled(self.path, tuple(self._written))

    def _close_run(self, *, on_disk: bool) -> None:
        frame = pl.concat(self._waiting, rechunk=False).sort(self.kind.by)
        self._waiting, self._weight = [], 0
        if on_disk:
            self.add_sorted([frame])
            return
        sample = sample_rows(frame, self.kind, self.mark_bytes)
        marks = tuple(key_of(values) for values in sample.select(self.kind.by).iter_rows())
        hashes = sort_hashes(frame["id"].hash()) if "id" in self.kind.schema else None
        self._written.append(_Written(marks, tuple(sample["row"]), hashes, frame.height, frame))


def open_runs(kind: Kind, spooled: Iterable[Spooled]) -> SortedRuns:
    """All runs of some spools, those on the disk mapped."""
    runs: list[Run] = []
    maps: list[mmap.mmap] = []
    for each in spooled:
        mapped = map_file(each.path) if each.path.exists() else None
        maps += [] if mapped is None else [mapped]
        runs += [_open_run(run, kind, mapped) for run in each.runs]
    return SortedRuns(kind, tuple(runs), tuple(maps))


def _open_run(run: _Written, kind: Kind, mapped: mmap.mmap | None) -> Run:
    rows: Rows
    if isinstance(run.content, pl.DataFrame):
        rows = RowsInMemory(run.content, kind.by)
    else:
        rows = RowsOnDisk(read_run(mapped, run.content), kind.by)
    hashes = pl.DataFrame(read_run(mapped, run.hashes)) if isinstance(run.hashes, tuple) else run.hashes
    return Run(run.marks, run.mark_rows, hashes, run.height, rows)


def sort_hashes(hashes: pl.Series) -> pl.DataFrame:
    """`hash` and `row` of each id, by hash: a share of all hashes is one stretch of every run."""
    rows = pl.int_range(hashes.len(), dtype=pl.UInt32, eager=True)
    return pl.DataFrame({"hash": hashes, "row": rows}).sort("hash", "row")


def read_run(mapped: mmap.mmap | None, place: tuple[int, int]) -> pa.Table:
    """What stands at a place of the file, without a copy."""
    start, size = place
    return pa.ipc.open_stream(pa.py_buffer(mapped).slice(start, size)).read_all()


def append_run(frames: Iterable[pl.DataFrame], kind: pl.Schema, path: Path, batch_rows: int) -> tuple[int, int]:
    """Write the rows at the end of the file as one Arrow stream, so many at a time; gives its place and size.

    A sorted frame still has its texts where they came from. Written so, it would be read all over the file.
    """
    schema = pl.DataFrame(schema=kind).to_arrow(compat_level=OLDEST).schema
    with path.open("ab") as file:
        start = file.tell()
        with pa.ipc.new_stream(file, schema) as writer:
            for frame in frames:
                for batch in frame.iter_slices(batch_rows):
                    writer.write_table(batch.to_arrow(compat_level=OLDEST))
        return start, file.tell() - start


def map_file(path: Path) -> mmap.mmap:
    """The file's bytes, mapped read-only; the mapping outlives the file's name."""
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)


def sample_rows(frame: pl.DataFrame, kind: Kind, step: int, *, before: int = 0) -> pl.DataFrame:
    """Position and key of the rows with which another `step` bytes of the sorted rows begin, `before` of which came."""
    reached = (frame.select(weight=kind.weight)["weight"].cum_sum() + before) // step
    first = reached != reached.shift(1, fill_value=before // step)
    return frame.select(kind.by).with_row_index("row").filter(first)
