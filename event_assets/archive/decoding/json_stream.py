"""Framing without lines: concatenated JSON values, or the elements of one array (contract §2)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from event_assets.archive.decoding.decompress import BadFile
from event_assets.archive.decoding.json_bounds import End, find_end, find_scalar_end, is_object
from event_assets.archive.decoding.lines import LINE_LIMIT, WHITE, skip_bom
from event_assets.events.chunk import Block, Oversized

_SPACE: Final = re.compile(rb"[ \t\r\n]*+")
_NEXT_OBJECT: Final = re.compile(rb"\}(?=[ \t\r\n]*+\{)")
_NEXT_ELEMENT: Final = re.compile(rb"\}(?=[ \t\r\n]*+,[ \t\r\n]*+\{)")
_GAP: Final = re.compile(rb"[ \t\r]*+")
_GARBAGE_END: Final = re.compile(rb"[\n}](?:(?<=\n)|(?=[ \t\r]*+\{))")
_OPENING_SIZE: Final = 4096
_OPENING: Final = re.compile(rb'(?:\{[ \t\r\n]*+"Records"[ \t\r\n]*+:[ \t\r\n]*+)?+\[')

_PART: Final = 1 << 20

UNDECIDED_LIMIT: Final = 4 * LINE_LIMIT
"""Bytes that are held while the end of a value is unknown."""


class _Window:
    """The part of the file that is held: values are taken from its front, bytes are read at its back."""

    def __init__(self, file: str, raw: Iterator[bytes]) -> None:
        self._file = file
        self._base, self._raw = skip_bom(raw)
        self.data = b""
        self.position = 0
        self.ended = False
        self._line = 1
        self._counted = 0
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
        """Double the held bytes at least, so that searching again costs no more than reading."""
        self._count_lines(self.position)
        pieces = [self.data[self.position :]]
        wanted = 2 * len(pieces[0])
        size = len(pieces[0])
        while size <= wanted and not self.ended:
            piece = next(self._raw, None)
            self.ended = piece is None
            pieces.append(piece or b"")
            size += len(pieces[-1])
        self._base += self.position
        self.data, self.position, self._counted = b"".join(pieces), 0, 0

    def take(self, end: int) -> None:
        """Take everything up to `end` as one value."""
        self._count_lines(self.position)
        value = self.data[self.position : end].rstrip(WHITE)
        offset = self._base + self.position
        if len(value) > LINE_LIMIT:
            self._large.append(Oversized(self._file, self._line, offset, len(value), value[:LINE_LIMIT]))
        else:
            self._values.append(value)
            self._lines.append(self._line)
            self._offsets.append(offset)
        self._held += len(value)
        self.position = end

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


def frame_concatenated(file: str, raw: Iterator[bytes]) -> Iterator[Block | Oversized]:
    """Yield concatenated JSON objects, with or without white space; a line is that of the first byte.

    Text that is no object becomes a value of its own, so that nothing is lost: up to the last line feed before the
    position where its form breaks, else up to the next line feed, `}` followed by `{`, or the end of the file. An array
    is one, and so is a line of a log that begins like one: `[2026-01-31 07:00:00] INFO`.
    """
    window = _Window(file, raw)
    while window.byte():
        verdict, found = find_end(window.data, window.position, _NEXT_OBJECT)
        end = _value_end(window, found) if verdict is End.FOUND else _garbage_end(window, verdict, found)
        if end is None:
            window.read_more()
        else:
            window.take(end)
        if window.full:
            yield from window.parts()
    yield from window.parts()


def _value_end(window: _Window, found: int) -> int | None:
    """Return the end of a value whose brackets match, None if more must be read to decide.

    It is `found` for an object, and wherever an object, a line end or nothing follows. Else other text is of one line
    with what is no object, and both are one value.
    """
    gap = _GAP.match(window.data, found)
    after = gap.end() if gap else found
    if after == len(window.data) and not window.ended:
        return None if window.undecided <= UNDECIDED_LIMIT else found
    if window.data[after : after + 1] in (b"{", b"\n", b"") or is_object(window.data[window.position : found]):
        return found
    if line := _GARBAGE_END.search(window.data, found):
        return line.start() + (line.group() == b"}")
    return len(window.data) if window.ended or window.undecided > UNDECIDED_LIMIT else None


def _garbage_end(window: _Window, verdict: End, broken_at: int) -> int | None:
    """Return the end of text that is no value, or None if more must be read to decide."""
    if verdict is End.NONE:
        line_end = window.data.rfind(b"\n", window.position, broken_at)
        if line_end >= 0:
            return line_end
        if found := _GARBAGE_END.search(window.data, window.position + 1):
            return found.start() + (found.group() == b"}")
    return len(window.data) if window.ended or window.undecided > UNDECIDED_LIMIT else None


def frame_array(file: str, raw: Iterator[bytes]) -> Iterator[Block | Oversized]:
    """Yield the elements of the one JSON array of a file, or of its `{"Records": [...]}`.

    The line of an element is that of its first byte. An element that is not valid JSON stays one value. A file whose
    outer frame is broken (no array, no end, something after it, no comma between elements) is a `BadFile` as a whole. A
    blank file is valid.
    """
    window = _Window(file, raw)
    if not window.byte():
        return
    closing = _open_array(window)
    follows = b"" if window.byte() == b"]" else b","
    while follows == b",":
        _take_element(window)
        if window.full:
            yield from window.parts()
        follows = window.byte()
        window.position += follows == b","
    for byte in closing:
        if window.byte() != bytes((byte,)):
            raise BadFile(f"the array is broken at byte {window.offset:,}")
        window.position += 1
    if window.byte():
        raise BadFile(f"something follows the array at byte {window.offset:,}")
    yield from window.parts()


def _open_array(window: _Window) -> bytes:
    """Step into the array and return the bytes that close the frame."""
    while not (opening := _OPENING.match(window.data, window.position)):
        if window.ended or window.undecided > _OPENING_SIZE:
            raise BadFile('not a JSON array and not {"Records": [...]}')
        window.read_more()
    window.position = opening.end()
    return b"]}" if opening.group().startswith(b"{") else b"]"


def _take_element(window: _Window) -> None:
    while window.byte():
        if window.byte() in b"{[":
            verdict, found = find_end(window.data, window.position, _NEXT_ELEMENT)
        else:
            verdict, found = find_scalar_end(window.data, window.position, ended=window.ended)
        if verdict is End.FOUND:
            window.take(found)
            return
        if verdict is End.NONE or window.ended or window.undecided > UNDECIDED_LIMIT:
            break
        window.read_more()
    raise BadFile(f"the array is broken at byte {window.offset:,}")
