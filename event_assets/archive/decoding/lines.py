"""Framing by lines: where the values of a decompressed file begin and end, at the speed of the standard library."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import accumulate, chain, compress, repeat
from operator import add, sub
from typing import Final

from event_assets.archive.decoding.pieces import peek
from event_assets.events.chunk import Block, Oversized

LINE_LIMIT: Final = 32 << 20
"""Bytes of a line without its line end, or of a value (contract §2)."""

WHITE: Final = b" \t\r\n"
"""JSON's white space."""

_LINE_END: Final = b"\r"
"""Cut off a line whose white space is significant, besides its LF."""

_BOM: Final = b"\xef\xbb\xbf"
_MARKS: Final = re.compile(rb"^(?:\xef\xbb\xbf)+")


def frame_columns(file: str, raw: Iterator[bytes]) -> Iterator[Block | Oversized]:
    """Frame lines whose outer tabs and spaces are columns: like `frame_lines`, but only line ends are cut off."""
    return frame_lines(file, raw, _LINE_END)


def frame_lines(file: str, raw: Iterator[bytes], white: bytes = WHITE) -> Iterator[Block | Oversized]:
    """Yield one value a line: cut at LF only, trimmed of `white`; blank lines are counted and left out.

    A byte order mark at the start of a line is no part of it, as appended files have one. `raw` may be cut anywhere.
    """
    offset, raw = skip_bom(raw)
    line, held, size = 1, list[bytes](), 0
    data = next(raw, None)
    while data is not None:
        first, *others = data.split(b"\n")
        held.append(first)
        size += len(first)
        if others:
            parts = [b"".join(held), *others]
            last = parts.pop()
            yield from _cut_lines(file, parts, line, offset, white)
            line, offset = line + len(parts), offset + size + len(data) - len(first) - len(last)
            held, size = [last], len(last)
        elif size > LINE_LIMIT + 1:
            long = _LongLine(b"".join(held))
            data = long.read_to_end(raw)
            yield from long.parts(file, line, offset)
            line, offset, held, size = line + 1, offset + long.size + 1, [], 0
            continue
        data = next(raw, None)
    yield from _cut_lines(file, [b"".join(held)], line, offset, white)


def skip_bom(raw: Iterator[bytes]) -> tuple[int, Iterator[bytes]]:
    """Return the size of a byte order mark at the start of the content, and the content without it."""
    head, whole = peek(raw, len(_BOM))
    if head != _BOM:
        return 0, whole
    first = next(whole)[len(_BOM) :]
    return len(_BOM), chain((first,), whole)


def _cut_lines(file: str, parts: list[bytes], line: int, offset: int, white: bytes) -> Iterator[Block | Oversized]:
    """Yield the values of whole lines without their LF; the first is `line` at `offset`."""
    sizes = list(map(len, parts))
    if max(sizes) > LINE_LIMIT:
        yield from _cut_long_lines(file, parts, line, offset, white)
        return
    lines: Sequence[int] = range(line, line + len(parts))
    offsets = list(map(add, accumulate(sizes, initial=offset), range(len(parts))))
    if any(map(bytes.startswith, parts, repeat(_BOM))):
        parts, offsets = _skip_marks(parts, offsets)
        sizes = list(map(len, parts))
    values = list(map(bytes.strip, parts, repeat(white)))
    whole = None
    if sum(map(len, values)) != sum(sizes):
        whole = _keep_whole(parts, values)
        left = map(len, map(bytes.lstrip, parts, repeat(white)))
        offsets = list(map(add, offsets, map(sub, sizes, left)))
    if not all(values):
        lines, offsets = list(compress(lines, values)), list(compress(offsets, values))
        whole = whole and list(compress(whole, values))
        values = list(filter(None, values))
    if values:
        yield Block(file, values, lines, offsets, whole=whole)


def _skip_marks(parts: list[bytes], offsets: list[int]) -> tuple[list[bytes], list[int]]:
    """Return the lines without the byte order marks that some begin with, and where what is left of each begins."""
    bare = [_MARKS.sub(b"", part) for part in parts]
    return bare, [offset + len(part) - len(left) for offset, part, left in zip(offsets, parts, bare, strict=True)]


def _keep_whole(parts: list[bytes], values: list[bytes]) -> list[bytes | None] | None:
    """Return the lines that have outer white space, without their line end; None if no line has any."""
    lines = list(map(bytes.removesuffix, parts, repeat(b"\r")))
    if sum(map(len, lines)) == sum(map(len, values)):
        return None
    return [None if len(line) == len(value) else line for line, value in zip(lines, values, strict=True)]


def _cut_long_lines(file: str, parts: list[bytes], line: int, offset: int, white: bytes) -> Iterator[Block | Oversized]:
    """Yield the same as `_cut_lines`, line by line: some are over the limit, if only with their CR."""
    for part in parts:
        if len(part.removesuffix(b"\r")) > LINE_LIMIT:
            yield from _LongLine(part).parts(file, line, offset)
        else:
            yield from _cut_lines(file, [part.removesuffix(b"\r")], line, offset, white)
        line, offset = line + 1, offset + len(part) + 1


class _LongLine:
    """A line over the limit: its head is held, the rest only measured."""

    def __init__(self, start: bytes) -> None:
        self.size = 0
        self._head = start[:LINE_LIMIT]
        self._blank = True
        self._last = b""
        self._measure(start)

    def read_to_end(self, raw: Iterator[bytes]) -> bytes | None:
        """Return the rest of the piece after the line's LF, or None if the file ends with the line."""
        for data in raw:
            part, found, rest = data.partition(b"\n")
            self._measure(part)
            if found:
                return rest
        return None

    def parts(self, file: str, line: int, offset: int) -> Iterator[Oversized]:
        """Yield the entry of the line, none if the whole line is white space."""
        if not self._blank:
            yield Oversized(file, line, offset, self.size - (self._last == b"\r"), self._head)

    def _measure(self, part: bytes) -> None:
        self.size += len(part)
        self._blank = self._blank and not part.strip(WHITE)
        self._last = part[-1:] or self._last
