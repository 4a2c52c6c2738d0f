"""The part of a file that is held: values are taken from its front, bytes are read at its back.

Covered by tests/archive/decoding/json/test_stream.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from event_assets.archive.decoding.lines import LINE_LIMIT, WHITE, skip_bom
from event_assets.events.chunk import Block, Oversized

_SPACE: Final = re.compile(rb"[ \t\r\n]*+")
_PART: Final = 1 << 20


class Window:
    """A file that is read in order. Of a value over the limit the beginning is held, the rest only measured."""

    def __init__(self, file: str, raw: Iterator[bytes]) -> None:
        self._file = file
        self._base, self._raw = skip_bom(raw)
        self.data = b""
        self.position = 0
        self.ended = False
        self._line = 1
        self._counted = 0
        self._dropped = 0
        self._head = b""
        self._first = (1, 0)
        self._forget()

    def skip_space(self) -> None:
        space = _SPACE.match(self.data, self.position)
        self.position = space.end() if space else self.position

    def byte(self) -> bytes:
        """Return the next byte that is not white space, reading more if needed; empty at the end of the file."""
        self.skip_space()
        while self.position == len(self.data) and not self.ended:
            self.read_more()
            self.skip_space()
        return self.data[self.position : self.position + 1]

    def read_more(self) -> None:
        """Double the held bytes, or read as many as a value may have: searching again costs no more than reading."""
        self._count_lines(self.position)
        pieces = [self.data[self.position :]]
        size = len(pieces[0])
        wanted = size + min(size, LINE_LIMIT)
        while size <= wanted and not self.ended:
            piece = next(self._raw, None)
            self.ended = piece is None
            pieces.append(piece or b"")
            size += len(pieces[-1])
        self._base += self.position
        self.data, self.position, self._counted = b"".join(pieces), 0, 0

    def drop(self, end: int) -> None:
        """Let go of everything up to `end`, as part of the value that is taken next."""
        if end <= self.position:
            return
        self._count_lines(self.position)
        if not self._dropped:
            self._first = self._line, self.offset
        self._head += self.data[self.position : end][: LINE_LIMIT - len(self._head)]
        self._dropped += end - self.position
        self.position = end

    def take(self, end: int) -> None:
        """Take everything up to `end` as one value."""
        self._count_lines(self.position)
        value = self.data[self.position : end].rstrip(WHITE)
        size = self._dropped + len(value)
        line, offset = self._first if self._dropped else (self._line, self.offset)
        value = (self._head + value) if self._dropped else value
        if size > LINE_LIMIT:
            self._large.append(Oversized(self._file, line, offset, size, value[:LINE_LIMIT]))
        elif value:
            self._values.append(value)
            self._lines.append(line)
            self._offsets.append(offset)
        self._held += len(value)
        self.position = end
        self._dropped, self._head = 0, b""

    def parts(self) -> Iterator[Block | Oversized]:
        """Yield the values taken since the last call."""
        if self._values:
            yield Block(self._file, self._values, self._lines, self._offsets)
        yield from self._large
        self._forget()

    @property
    def full(self) -> bool:
        """Whether enough values were taken to yield them."""
        return self._held >= _PART

    @property
    def undecided(self) -> int:
        return len(self.data) - self.position

    @property
    def offset(self) -> int:
        """Bytes of the file before the next value."""
        return self._base + self.position

    def _forget(self) -> None:
        self._values: list[bytes] = []
        self._lines: list[int] = []
        self._offsets: list[int] = []
        self._large: list[Oversized] = []
        self._held = 0

    def _count_lines(self, until: int) -> None:
        self._line += self.data.count(b"\n", self._counted, until)
        self._counted = until
