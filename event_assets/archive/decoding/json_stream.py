"""Framing without lines: JSON values one after another, or the elements of one array (contract §2)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from event_assets.archive.decoding.decompress import BadFile
from event_assets.archive.decoding.json_bounds import End, find_end, find_scalar_end
from event_assets.archive.decoding.lines import LINE_LIMIT, WHITE, skip_bom
from event_assets.events.chunk import Block, Oversized

_SPACE: Final = re.compile(rb"[ \t\r\n]*+")
_NEXT_OBJECT: Final = re.compile(rb"\}(?=[ \t\r\n]*+\{)")
_NEXT_ELEMENT: Final = re.compile(rb"\}(?=[ \t\r\n]*+,[ \t\r\n]*+\{)")
_GARBAGE_END: Final = re.compile(rb"[\n}](?:(?<=\n)|(?=[ \t\r]*+\{))")
_OPENING_SIZE: Final = 4096
_OPENING: Final = re.compile(rb'(?:\{[ \t\r\n]*+"Records"[ \t\r\n]*+:[ \t\r\n]*+)?+\[')

_PART: Final = 1 << 20

UNDECIDED_LIMIT: Final = 4 * LINE_LIMIT
"""Bytes that are held while the end of a value is looked for."""


class _Window:
    """The part of the file that is held: values are taken from its front, more is read at its back."""

    def __init__(self, file: str, raw: Iterator[bytes]) -> None:
        self._file = file
        self._base, self._raw = skip_bom(raw)
        self.data = b""
        self.at = 0
        self.ended = False
        self._line = 1
        self._counted = 0
        self._forget()

    def skip_space(self) -> None:
        space = _SPACE.match(self.data, self.at)
        self.at = space.end() if space else self.at

    def byte(self) -> bytes:
        """The next byte that is not white space; empty at the end of the file. Reads more if it has to."""
        self.skip_space()
        while self.at == len(self.data) and not self.ended:
            self.read_more()
            self.skip_space()
        return self.data[self.at : self.at + 1]

    def read_more(self) -> None:
        """At least doubles what is held and undecided, so that looking again costs no more than reading."""
        self._count_lines(self.at)
        pieces = [self.data[self.at :]]
        wanted = 2 * len(pieces[0])
        size = len(pieces[0])
        while size <= wanted and not self.ended:
            piece = next(self._raw, None)
            self.ended = piece is None
            pieces.append(piece or b"")
            size += len(pieces[-1])
        self._base += self.at
        self.data, self.at, self._counted = b"".join(pieces), 0, 0

    def take(self, end: int) -> None:
        """Everything up to `end` as one value."""
        self._count_lines(self.at)
        value = self.data[self.at : end].rstrip(WHITE)
        offset = self._base + self.at
        if len(value) > LINE_LIMIT:
            self._large.append(Oversized(self._file, self._line, offset, len(value), value[:LINE_LIMIT]))
        else:
            self._values.append(value)
            self._lines.append(self._line)
            self._offsets.append(offset)
        self._held += len(value)
        self.at = end

    def parts(self) -> Iterator[Block | Oversized]:
        """What was taken since the last call."""
        if self._values:
            yield Block(self._file, self._values, self._lines, self._offsets)
        yield from self._large
        self._forget()

    @property
    def full(self) -> bool:
        """Whether enough was taken to be handed on."""
        return self._held >= _PART

    @property
    def undecided(self) -> int:
        return len(self.data) - self.at

    @property
    def offset(self) -> int:
        """Bytes of the file before the next value."""
        return self._base + self.at

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
    """JSON objects or arrays one after another, with or without white space between; lines are those they begin on.

    What is no such value becomes a value of its own, so that nothing is lost: up to the last line feed before the
    place where its form breaks, else up to the next line feed, `}` followed by `{`, or the end of the file.
    """
    window = _Window(file, raw)
    while window.byte():
        verdict, at = find_end(window.data, window.at, _NEXT_OBJECT)
        end = at if verdict is End.FOUND else _garbage_end(window, verdict, at)
        if end is None:
            window.read_more()
        else:
            window.take(end)
        if window.full:
            yield from window.parts()
    yield from window.parts()


def _garbage_end(window: _Window, verdict: End, broken_at: int) -> int | None:
    """Where what is no value ends; None where that cannot be told before more is read."""
    if verdict is End.NONE:
        line_end = window.data.rfind(b"\n", window.at, broken_at)
        if line_end >= 0:
            return line_end
        if found := _GARBAGE_END.search(window.data, window.at + 1):
            return found.start() + (found.group() == b"}")
    return len(window.data) if window.ended or window.undecided > UNDECIDED_LIMIT else None


def frame_array(file: str, raw: Iterator[bytes]) -> Iterator[Block | Oversized]:
    """The elements of the one JSON array of a file, or of its `{"Records": [...]}`; lines are those they begin on.

    An element that is not valid JSON stays one value. A file whose outer frame is broken (no array, no end, something
    after it, no comma where one belongs) is a `BadFile`: it is believed whole or not at all. A blank file is sound.
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
        window.at += follows == b","
    for byte in closing:
        if window.byte() != bytes((byte,)):
            raise BadFile(f"the array is broken at byte {window.offset:,}")
        window.at += 1
    if window.byte():
        raise BadFile(f"something follows the array at byte {window.offset:,}")
    yield from window.parts()


def _open_array(window: _Window) -> bytes:
    """Steps into the array; what closes the frame."""
    while not (opening := _OPENING.match(window.data, window.at)):
        if window.ended or window.undecided > _OPENING_SIZE:
            raise BadFile('not a JSON array and not {"Records": [...]}')
        window.read_more()
    window.at = opening.end()
    return b"]}" if opening.group().startswith(b"{") else b"]"


def _take_element(window: _Window) -> None:
    while window.byte():
        if window.byte() in b"{[":
            verdict, at = find_end(window.data, window.at, _NEXT_ELEMENT)
        else:
            verdict, at = find_scalar_end(window.data, window.at, ended=window.ended)
        if verdict is End.FOUND:
            window.take(at)
            return
        if verdict is End.NONE or window.ended or window.undecided > UNDECIDED_LIMIT:
            break
        window.read_more()
    raise BadFile(f"the array is broken at byte {window.offset:,}")
