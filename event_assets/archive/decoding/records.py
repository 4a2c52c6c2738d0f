"""Files of records: Avro and Parquet, recognised by content, each record as the JSON text of an event (contract §2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from event_assets.archive.decoding.avro import read_avro
from event_assets.archive.decoding.decompress import FREE_EXPANSION, MAX_EXPANSION, BadFile, open_files
from event_assets.archive.decoding.lines import LINE_LIMIT
from event_assets.archive.decoding.parquet import read_parquet
from event_assets.archive.decoding.pieces import peek
from event_assets.archive.decoding.unicode import as_utf8
from event_assets.events.chunk import Block, Oversized

_PART: Final = 1 << 20
_READERS: Final[dict[bytes, Callable[[Iterator[bytes]], Iterator[bytes]]]] = {
    b"Obj\x01": read_avro,
    b"PAR1": read_parquet,
}
"""First four bytes -> reader. No JSON value begins with them."""

_MAGIC: Final = 4

Framing = Callable[[str, Iterator[bytes]], Iterator[Block | Oversized]]


def frame_file(file: str, pieces: Iterator[bytes], size: int, frame: Framing) -> Iterator[Block | Oversized]:
    """Yield the values of a stored file of `size` bytes, of a zip file those of every file in it, one after another.

    Lines and offsets of a file in a zip file continue those of the file before it. Raises `BadFile`, at any point,
    with the name of the file in it that is damaged.
    """
    lines = offset = 0
    for name, content in open_files(pieces, size):
        counted, last = Counted(content), lines
        try:
            for part in frame_content(file, counted, frame):
                moved = _move(part, lines, offset) if name else part
                last = moved.lines[-1] if isinstance(moved, Block) else moved.line
                yield moved
        except BadFile as error:
            if not name:
                raise
            raise BadFile(f"{error} (in {name!r} of the zip file)") from error
        lines, offset = last, offset + counted.size


def _move(part: Block | Oversized, lines: int, offset: int) -> Block | Oversized:
    """Return the part behind so many lines and bytes."""
    if not lines and not offset:
        return part
    if isinstance(part, Oversized):
        return replace(part, line=part.line + lines, offset=part.offset + offset)
    moved = part.lines
    more = range(moved.start + lines, moved.stop + lines) if isinstance(moved, range) else [n + lines for n in moved]
    return replace(part, lines=more, offsets=[at + offset for at in part.offsets])


def frame_content(file: str, raw: Iterator[bytes], frame: Framing) -> Iterator[Block | Oversized]:
    """Yield the values of a decompressed file: the records of Avro and Parquet, else the values of `frame`.

    Raises `BadFile`, at any point, for a damaged file of records.
    """
    head, whole = peek(raw, _MAGIC)
    read = _READERS.get(head)
    if read is None:
        yield from frame(file, as_utf8(whole))
        return
    counted = Counted(whole)
    yield from _frame_records(file, limit_records(read(counted), counted))


class Counted:
    """Pieces of a file, with the number of bytes that were taken."""

    def __init__(self, raw: Iterator[bytes]) -> None:
        self._raw = raw
        self.size = 0

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        piece = next(self._raw)
        self.size += len(piece)
        return piece


def limit_records(records: Iterator[bytes], taken: Counted, free: int = FREE_EXPANSION) -> Iterator[bytes]:
    """Yield the records; raise `BadFile` for an expansion over 1,000 : 1, past the first `free` bytes."""
    total = 0
    for record in records:
        total += len(record)
        if total > free and total > taken.size * MAX_EXPANSION:
            raise BadFile(f"expands to more than {MAX_EXPANSION:,} times its {taken.size:,} bytes")
        yield record


def _frame_records(file: str, records: Iterator[bytes]) -> Iterator[Block | Oversized]:
    """Yield records in parts of about 1 MiB; the line of a record is its number from 1, its offset is 0."""
    values: list[bytes] = []
    first = number = 1
    size = 0
    for record in records:
        if len(record) > LINE_LIMIT:
            yield from _block(file, values, first)
            yield Oversized(file, number, 0, len(record), record[:LINE_LIMIT])
            values, first, size = [], number + 1, 0
        else:
            values.append(record)
            size += len(record)
        number += 1
        if size >= _PART:
            yield from _block(file, values, first)
            values, first, size = [], number, 0
    yield from _block(file, values, first)


def _block(file: str, values: list[bytes], first: int) -> Iterator[Block]:
    if values:
        yield Block(file, values, range(first, first + len(values)), [0] * len(values))
