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

from event_assets.lake.row_kinds import Key, RowKind, key_of

BATCH_ROWS: Final = 8192
"""Rows of a run that are converted at once: few enough that the same memory is reused."""

OLDEST: Final = pl.CompatLevel.oldest()
"""Arrow's oldest layout, in which texts follow each other in the order of their rows."""


class Rows(Protocol):
    """Sorted rows that are read by position."""

    def key_at(self, row: int) -> Key:
        """Return the key of one row."""

    def slice(self, start: int, stop: int) -> pl.DataFrame:
        """Return the rows from `start` to before `stop`."""

    def take(self, rows: pl.Series, columns: Sequence[str]) -> pl.DataFrame:
        """Return some columns of the rows at these positions, which ascend."""


@dataclass(frozen=True)
class RowsInMemory:
    """The rows of a frame."""

    frame: pl.DataFrame
    by: tuple[str, ...]

    def key_at(self, row: int) -> Key:
        """Return the key of one row."""
        return key_of(self.frame[name][row] for name in self.by)

    def slice(self, start: int, stop: int) -> pl.DataFrame:
        """Return the rows from `start` to before `stop`."""
        return self.frame.slice(start, stop - start)

    def take(self, rows: pl.Series, columns: Sequence[str]) -> pl.DataFrame:
        """Return some columns of the rows at these positions, which ascend."""
        return self.frame.select(columns)[rows]


@dataclass(frozen=True)
class RowsOnDisk:
    """The rows of an Arrow table in a mapped file."""

    table: pa.Table
    by: tuple[str, ...]

    def key_at(self, row: int) -> Key:
        """Return the key of one row."""
        return key_of(self.table.column(name)[row].as_py() for name in self.by)

    def slice(self, start: int, stop: int) -> pl.DataFrame:
        """Return the rows from `start` to before `stop`; their texts stay in the mapped file."""
        return pl.DataFrame(self.table.slice(start, stop - start))

    def take(self, rows: pl.Series, columns: Sequence[str]) -> pl.DataFrame:
        """Return some columns of the rows at these positions, which ascend, copied out of the mapped file.

        Batch by batch: whole columns of a run would be read and converted for a few of its rows.
        """
        table = self.table.select(list(columns))
        tables, start = [table.schema.empty_table()], 0
        for batch in table.to_batches():
            first, last = rows.search_sorted(pl.Series([start, start + batch.num_rows]))
            if first < last:
                chosen = (rows.slice(first, last - first) - start).to_arrow()
                tables.append(pa.Table.from_batches([batch.take(chosen)]))
            start += batch.num_rows
        return pl.DataFrame(pa.concat_tables(tables))


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
        """Return the position of the first row whose key is not below `key`."""
        near = bisect_left(self.marks, key)
        start = self.mark_rows[near - 1] if near else 0
        stop = self.mark_rows[near] if near < len(self.marks) else self.height
        return bisect_left(range(stop), key, lo=start, key=self.rows.key_at)


@dataclass(frozen=True)
class SortedRuns:
    """All rows of one kind, as sorted runs."""

    kind: RowKind
    runs: tuple[Run, ...]
    mapped: tuple[mmap.mmap, ...] = ()

    def release(self) -> None:
        """Release the memory of mapped files that were read; their rows stay valid and are read again on use."""
        for mapped in self.mapped:
            mapped.madvise(mmap.MADV_DONTNEED)


Stored = pl.DataFrame | tuple[int, int]
"""Rows of a closed run: a frame, or the position of its Arrow stream in the file and its size."""


@dataclass(frozen=True)
class _Written:
    """A closed run."""

    marks: tuple[Key, ...]
    mark_rows: tuple[int, ...]
    hashes: Stored | None
    height: int
    content: Stored


@dataclass(frozen=True)
class Spooled:
    """Closed runs, and the file of those on the disk; there is no file where all are in memory."""

    path: Path
    runs: tuple[_Written, ...]


@dataclass
class Spool:
    """Sorts rows that are added in any order into runs of about `run_bytes` each, sampled every `mark_bytes`."""

    kind: RowKind
    path: Path
    run_bytes: int
    mark_bytes: int
    _written: list[_Written] = field(default_factory=list)
    _waiting: list[pl.DataFrame] = field(default_factory=list)
    _weight: int = 0

    def add(self, frame: pl.DataFrame) -> None:
        """Add rows; columns that are not of the kind's schema are dropped."""
        if frame.is_empty():
            return
        self._waiting.append(frame.select(self.kind.schema.names()))
        self._weight += int(frame.estimated_size())
        if self._weight >= self.run_bytes:
            self._close_run(on_disk=True)

    def add_sorted(self, frames: Iterable[pl.DataFrame]) -> None:
        """Add rows that are in the kind's order already, as one run on the disk; a frame is held at a time."""
        marks: list[Key] = []
        mark_rows: list[int] = []
        hashes: list[pl.Series] = []
        height = weight = 0

        def watch() -> Iterator[pl.DataFrame]:
            nonlocal height, weight
            for frame in frames:
                sample = sample_rows(frame, self.kind, self.mark_bytes, before=weight)
                # Not the sample itself: a few rows of a frame keep all texts of the frame in memory.
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
        ranked_at = append_run([ranked], ranked.schema, self.path, height) if ranked is not None else None
        self._written.append(_Written(tuple(marks), tuple(mark_rows), ranked_at, height, content))

    def close(self, *, on_disk: bool = False) -> Spooled:
        """Return all added rows as runs: a single run that fits stays in memory, unless `on_disk` is set.

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


def open_runs(kind: RowKind, spooled: Iterable[Spooled]) -> SortedRuns:
    """Return all runs of some spools, those on the disk mapped."""
    runs: list[Run] = []
    maps: list[mmap.mmap] = []
    for spool in spooled:
        mapped = map_file(spool.path) if spool.path.exists() else None
        maps += [] if mapped is None else [mapped]
        runs += [_open_run(run, kind, mapped) for run in spool.runs]
    return SortedRuns(kind, tuple(runs), tuple(maps))


def _open_run(run: _Written, kind: RowKind, mapped: mmap.mmap | None) -> Run:
    rows: Rows
    if isinstance(run.content, pl.DataFrame):
        rows = RowsInMemory(run.content, kind.by)
    else:
        rows = RowsOnDisk(read_run(mapped, run.content), kind.by)
    hashes = pl.DataFrame(read_run(mapped, run.hashes)) if isinstance(run.hashes, tuple) else run.hashes
    return Run(run.marks, run.mark_rows, hashes, run.height, rows)


def sort_hashes(hashes: pl.Series) -> pl.DataFrame:
    """Return `hash` and `row` of each id, by hash: a bucket of hashes is one range of every run."""
    rows = pl.int_range(hashes.len(), dtype=pl.UInt32, eager=True)
    return pl.DataFrame({"hash": hashes, "row": rows}).sort("hash", "row")


def read_run(mapped: mmap.mmap | None, span: tuple[int, int]) -> pa.Table:
    """Return the table at a position of the file, without a copy."""
    start, size = span
    return pa.ipc.open_stream(pa.py_buffer(mapped).slice(start, size)).read_all()


def append_run(frames: Iterable[pl.DataFrame], kind: pl.Schema, path: Path, batch_rows: int) -> tuple[int, int]:
    """Append the rows to the file as one Arrow stream, `batch_rows` at a time; return its position and size.

    The texts of a sorted frame are still in the order before sorting. Written as it is, it would be read in jumps.
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
    """Map the file's bytes read-only; the mapping stays valid after the file is removed."""
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)


def sample_rows(frame: pl.DataFrame, kind: RowKind, step: int, *, before: int = 0) -> pl.DataFrame:
    """Return position and key of the rows at which another `step` bytes of sorted rows begin, after `before` bytes."""
    reached = (frame.select(weight=kind.weight)["weight"].cum_sum() + before) // step
    first = reached != reached.shift(1, fill_value=before // step)
    return frame.select(kind.by).with_row_index("row").filter(first)
