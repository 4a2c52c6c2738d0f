"""What the events room reads: values cut out of the files of an archive hour, chunk by chunk."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Block:
    """Consecutive values of one file.

    `values` are trimmed: no byte order mark, no line end, no outer JSON white space; blank lines are left out.
    `lines` are physical line numbers from 1, `offsets` the byte offset of each value in the decompressed file.
    `sent`, where values are not read as they stand in the file, is what stands there: the bytes that make an id.
    """

    file: str
    values: list[bytes]
    lines: Sequence[int]
    offsets: Sequence[int]
    sent: list[bytes] | None = None


@dataclass(frozen=True)
class Oversized:
    """A line over the limit of 32 MiB (contract §2): `size` in bytes, `head` is what is kept of it."""

    file: str
    line: int
    offset: int
    size: int
    head: bytes


@dataclass(frozen=True)
class FileEnd:
    """The end of a file: compressed bytes read, non-blank values (oversized included), why it is a bad file."""

    file: str
    bytes: int
    lines: int
    bad: str | None


Chunk = list[Block | Oversized | FileEnd]
