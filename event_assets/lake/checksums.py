"""Checksums of the lake's Parquet: computed when a file is written, compared before a row of it is used (ADR 0028).

The pages of a Parquet file carry no checksum, and zstd finds only some flipped bits.

Covered by tests/lake/reading/test_damaged.py.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import xxhash

BLOCK: Final = 8 << 20
"""Bytes that are read and hashed at once."""

Span = tuple[int, int]
"""A range of bytes of a file, from a position to before another."""

Content = IO[bytes] | io.RawIOBase
"""A file that is open for reading at any position."""

PARQUET_ERRORS: Final = (pa.ArrowException, OSError, ValueError, OverflowError)
"""What reading bytes that are no Parquet raises, besides errors of the storage."""


def checksum_json(content: object) -> str:
    """Return the XXH3-128 in hex of a document as compact JSON, with its members in their order."""
    return xxhash.xxh3_128_hexdigest(msgspec.json.encode(content))


def checksum_file(path: Path) -> str:
    """Return the XXH3-128 in hex of a file."""
    with path.open("rb") as content:
        return hash_spans(content, [(0, path.stat().st_size)])


def checksum_groups(path: Path, groups: range) -> str:
    """Return the XXH3-128 in hex of some row groups of a Parquet file, which follow each other, and of its footer."""
    with path.open("rb") as content:
        return hash_spans(content, spans_of(content, groups))


def spans_of(content: Content, groups: range | None) -> list[Span]:
    """Return the bytes of a Parquet file that a reader of these row groups uses; None means all groups.

    Raises one of `PARQUET_ERRORS` when the footer cannot be read.
    """
    size = content.seek(0, 2)
    if groups is None:
        return [(0, size)]
    footer = pq.read_metadata(content)
    columns = [footer.row_group(group).column(number) for group in groups for number in range(footer.num_columns)]
    starts = [column.dictionary_page_offset or column.data_page_offset for column in columns]
    stops = [start + column.total_compressed_size for start, column in zip(starts, columns, strict=True)]
    content.seek(size - 8)
    end = size - 8 - int.from_bytes(content.read(4) or b"", "little")
    return [(min(starts, default=end), max(stops, default=end)), (end, size)]


def hash_spans(content: Content, spans: Iterable[Span]) -> str:
    """Return the XXH3-128 in hex of some bytes of a file."""
    digest = xxhash.xxh3_128()
    for start, stop in spans:
        for block in _blocks(content, start, stop):
            digest.update(block)
    return digest.hexdigest()


@contextmanager
def copy_spans(content: Content, spans: Iterable[Span], path: Path) -> Iterator[tuple[IO[bytes], str]]:
    """Copy some bytes of a file to a new file at `path`, with holes between them; yield it open, and their checksum."""
    with path.open("w+b") as copy:
        digest = xxhash.xxh3_128()
        for start, stop in spans:
            copy.seek(start)
            for block in _blocks(content, start, stop):
                digest.update(block)
                copy.write(block)
        yield copy, digest.hexdigest()


def _blocks(content: Content, start: int, stop: int) -> Iterator[bytes]:
    content.seek(start)
    while start < stop:
        block = content.read(min(BLOCK, stop - start))
        if not block:
            return
        start += len(block)
        yield block
