"""A sorted stream of rows into Parquet files whose bytes depend on the rows alone.

Covered by tests/lake/writing/test_write_hour.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from event_assets.lake.checksums import checksum_file
from event_assets.lake.row_kinds import RowKind
from event_assets.lake.store import Lake

ZSTD_LEVEL: Final = 1
"""Level 3 takes a quarter more time and saves nothing on sorted JSON text."""


@dataclass(frozen=True)
class Shape:
    """How large things are, in bytes of raw text: a sorted run kept in memory, a range of the merge, a row group;
    hashes of ids compared at once; and row groups in a file. The first three bound memory and do not change the
    files."""

    run_bytes: int = 160 << 20
    range_bytes: int = 48 << 20
    hashes_at_once: int = 500_000
    group_bytes: int = 32 << 20
    groups_per_file: int = 6


DEFAULT_SHAPE: Final = Shape()


@dataclass(frozen=True)
class Group:
    """The rows of one row group and the number of its file."""

    file: int
    rows: pl.DataFrame


def cut_groups(frames: Iterable[pl.DataFrame], kind: RowKind, shape: Shape) -> Iterator[Group]:
    """Cut the stream where its weight passes a multiple of the group's size, wherever the frames were cut."""
    weight, number, waiting = 0, 0, list[pl.DataFrame]()
    for frame in frames:
        sizes = frame.select(size=kind.weight)["size"]
        group_of = (sizes.cum_sum() - sizes + weight) // shape.group_bytes
        weight += int(sizes.sum())
        start = 0
        for height, group in group_of.rle().struct.unnest().iter_rows():
            if group != number and waiting:
                yield Group(number // shape.groups_per_file, pl.concat(waiting, rechunk=False))
                waiting = []
            number = group
            waiting.append(frame.slice(start, height))
            start += height
    if waiting:
        yield Group(number // shape.groups_per_file, pl.concat(waiting, rechunk=False))


def write_files(lake: Lake, groups: Iterable[Group], kind: RowKind, name_file: Callable[[int], str]) -> dict[str, str]:
    """Write the groups to their files; return the paths of the files below the lake, in order, with their checksums.

    A file appears whole; `name_file` names the n-th.
    """
    written = {}
    for number, (_, members) in enumerate(groupby(groups, key=lambda group: group.file)):
        path = name_file(number)
        with lake.draft_file(path) as draft:
            write_file(draft, (group.rows for group in members), kind)
            written[path] = checksum_file(draft)
    return written


def write_file(path: Path, groups: Iterable[pl.DataFrame], kind: RowKind) -> None:
    """Write one Parquet file, a row group for each frame. Its bytes depend on the rows, not on time or machine."""
    schema = arrow_schema(kind)
    with closing(open_writer(path, schema, kind)) as writer:
        for frame in groups:
            table = frame.to_arrow(compat_level=pl.CompatLevel.newest())
            writer.write_table(table.cast(schema).combine_chunks(), row_group_size=max(1, frame.height))


def arrow_schema(kind: RowKind) -> pa.Schema:
    """Return the kind's columns as Arrow types; string views, which the writer reads without a copy."""
    return pl.DataFrame(schema=kind.schema).to_arrow(compat_level=pl.CompatLevel.newest()).schema


def open_writer(path: Path, schema: pa.Schema, kind: RowKind) -> pq.ParquetWriter:
    return pq.ParquetWriter(
        path,
        schema,
        compression="zstd",
        compression_level=ZSTD_LEVEL,
        use_dictionary=list(kind.dictionary),
        write_statistics=list(kind.statistics),
        sorting_columns=[pq.SortingColumn(schema.get_field_index(name), nulls_first=True) for name in kind.by],
        store_schema=False,
    )
