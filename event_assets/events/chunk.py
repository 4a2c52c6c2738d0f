"""Chunks: values of the files of an archive hour, the input of normalization.

Covered by tests/events/mapping/test_batches.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Literal, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Block:
    """Consecutive values of one file.

    `values` are trimmed: no byte order mark, no line end, no outer JSON white space; blank lines are left out. `lines`
    are physical line numbers from 1, `offsets` the byte offset of each value in the decompressed file. `sent` is set
    where values differ from the file: the bytes in the file, which ids are made from. `inherited` is set where ids are
    also made from what a value takes from its line: JSON text of an object, or an empty text (contract §3). `whole` is
    set where any line has outer white space: those lines with it, but for the line end, and None for the others.
    """

    file: str
    values: list[bytes]
    lines: Sequence[int]
    offsets: Sequence[int]
    sent: list[bytes] | None = None
    inherited: list[str] | None = None
    whole: list[bytes | None] | None = None

    def cut(self, part: slice) -> Block:
        """Return some of its values."""
        sent, inherited = self.sent and self.sent[part], self.inherited and self.inherited[part]
        whole = self.whole and self.whole[part]
        return Block(self.file, self.values[part], self.lines[part], self.offsets[part], sent, inherited, whole)

    def origin(self, n: int) -> tuple[int, bytes]:
        """Return what is quarantined for a value: its offset and bytes in the file, outer white space included."""
        value = self.values[n] if self.sent is None else self.sent[n]
        whole = None if self.whole is None else self.whole[n]
        return (self.offsets[n], value) if whole is None else (self.offsets[n] - whole.find(value), whole)


@dataclass(frozen=True)
class Oversized:
    """A line that is no value: over the limit of 32 MiB (contract §2), or refused by its framing for another reason.

    It has `size` bytes; `head` is what is held of it.
    """

    file: str
    line: int
    offset: int
    size: int
    head: bytes
    reason: str = "line_too_long"
    detail: str = ""


@dataclass(frozen=True)
class FileEnd:
    """The end of a file: compressed bytes read, non-blank values (oversized included), and why it is a bad file.

    `unread`: why none of it was read. `denied` is a lack of permission; `unreadable` is any other reason. `skipped`
    lines have no event by the mapping, and are not among `lines`.
    """

    file: str
    bytes: int
    lines: int
    bad: str | None
    unread: Literal["", "denied", "unreadable"] = ""
    skipped: int = 0


Chunk = list[Block | Oversized | FileEnd]


def join_blocks(blocks: Sequence[Block]) -> Block:
    """Return one block of several of one file; the lists of the first may change."""
    return reduce(join, blocks)


def join(first: Block, second: Block) -> Block:
    """Return one block of both. `sent` is joined first, because joining the values changes the first block."""
    apart = first.sent is not None or second.sent is not None
    sent = _extend(list(_sent(first)) if first.sent is None else first.sent, _sent(second)) if apart else None
    sizes = len(first.values), len(second.values)
    inherited = _join_more(first.inherited, second.inherited, sizes, "")
    whole = _join_more(first.whole, second.whole, sizes, None)
    return Block(
        first.file,
        _extend(first.values, second.values),
        _join_lines(first.lines, second.lines),
        _extend(first.offsets, second.offsets),
        sent,
        inherited,
        whole,
    )


def _join_more(first: list[T] | None, second: list[T] | None, sizes: tuple[int, int], nothing: T) -> list[T] | None:
    """Return both lists in one, None if neither block has one; a block without has `nothing` for its values."""
    if first is None and second is None:
        return None
    return _extend([nothing] * sizes[0] if first is None else first, [nothing] * sizes[1] if second is None else second)


def _sent(block: Block) -> list[bytes]:
    return block.values if block.sent is None else block.sent


def _join_lines(first: Sequence[int], second: Sequence[int]) -> Sequence[int]:
    if isinstance(first, range) and isinstance(second, range) and first.stop == second.start:
        return range(first.start, second.stop)
    return _extend(first, second)


def _extend(first: Sequence[T], second: Sequence[T]) -> list[T]:
    """Return both in one list, in place if possible, so that joining many small parts stays cheap."""
    joined = first if isinstance(first, list) else list(first)
    joined.extend(second)
    return joined
