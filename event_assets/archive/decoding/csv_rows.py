"""Framing of CSV: the rows below a header as JSON objects of texts (contract §2), at any cut of the content."""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, NamedTuple

import msgspec

from event_assets.archive.decoding.lines import LINE_LIMIT, WHITE, frame_lines
from event_assets.archive.decoding.pieces import BadFile
from event_assets.events.chunk import Block, Oversized

_CELLS: Final = re.compile(rb'(?:,(?:"(?:[^"]|"")*+"(?=,|\Z)|(?!")[^,]*+))*+')
"""Cells that end in their line, each after a comma."""

_OPENED: Final = re.compile(rb',"(?:[^"]|"")*+\Z')
_CLOSED: Final = re.compile(rb'(?:[^"]|"")*+"')
_encode: Final = msgspec.json.Encoder().encode

csv.field_size_limit(max(csv.field_size_limit(), LINE_LIMIT))


class _Line(NamedTuple):
    """A physical line: its number from 1, its offset, and its bytes without the LF."""

    number: int
    offset: int
    content: bytes

    @property
    def bare(self) -> bytes:
        return self.content.removesuffix(b"\r")


def frame_csv(file: str, raw: Iterator[bytes]) -> Iterator[Block | Oversized]:
    """Yield the rows below the header, each as the JSON text of an object; `sent` has the bytes of the row.

    An empty cell is null. A row that repeats the header, as appended files have it, is not counted. A row with other
    cells than the header, or with quotes that do not fit, is refused as `invalid_csv`; where a quoted cell does not
    end, that is its first line, and the next line begins a row. Raises `BadFile` for a header that cannot be read.
    """
    table = _Table(file)
    for part in frame_lines(file, raw, white=b""):
        if isinstance(part, Oversized):
            yield from table.read((), ended=True)
            yield part
        else:
            yield from table.read(map(_Line, part.lines, part.offsets, part.values))
    yield from table.read((), ended=True)


@dataclass
class _Table:
    """The header of a file, and the lines of a row whose last cell is still open."""

    file: str
    header: bytes | None = None
    names: list[str] = field(default_factory=list)
    open: list[_Line] = field(default_factory=list)
    size: int = 0

    def read(self, lines: Iterable[_Line], *, ended: bool = False) -> Iterator[Block | Oversized]:
        """Yield the rows that lines complete; `ended`: none follows that an open row could continue in."""
        rows = _Rows(self.file)
        source, again = iter(lines), deque[_Line]()
        while True:
            line = again.popleft() if again else next(source, None)
            if line is not None and self._take(line, rows):
                continue
            if line is None and not (ended and self.open):
                break
            again.extendleft(reversed(self._refuse_first(rows)))
        yield from rows.take()

    def _take(self, line: _Line, rows: _Rows) -> bool:
        """Add a line to the open row, or begin one. Return False if the open row is none."""
        if not self.open and not line.content.strip(WHITE):
            return True
        self.open.append(line)
        self.size += len(line.content) + 1
        is_open = _is_open(line.bare, inside=len(self.open) > 1)
        if is_open is None or self.size > LINE_LIMIT:
            return False
        return is_open or self._complete(rows)

    def _complete(self, rows: _Rows) -> bool:
        """Add the open row. Return False if it extends over lines and has not the cells of the header."""
        sent = _join(self.open)
        cells = _split(sent)
        if self.header is None:
            self._begin(sent, cells)
        elif cells is None:
            rows.add(self.open[0], sent, sent)  # the reader names the first byte that is no UTF-8
        elif sent != self.header:
            fitting = _fit(cells, len(self.names))
            if fitting is None and len(self.open) > 1:
                return False
            if fitting is None:
                rows.refuse(self.open[0], sent, f"{len(cells)} cells, the header has {len(self.names)}")
            else:
                rows.add(self.open[0], _encode(dict(zip(self.names, fitting, strict=True))), sent)
        self._close()
        return True

    def _begin(self, sent: bytes, cells: list[str] | None) -> None:
        if cells is None:
            raise BadFile("the header of the CSV file is no UTF-8")
        self.header, self.names = sent, _name_columns(cells)

    def _refuse_first(self, rows: _Rows) -> list[_Line]:
        """Refuse the first line of the open row, and return the others, which are read anew."""
        first, *others = self.open
        if self.header is None:
            raise BadFile("the header of the CSV file has quotes that do not fit")
        rows.refuse(first, first.bare, "quotes that do not fit")
        self._close()
        return others

    def _close(self) -> None:
        self.open, self.size = [], 0


@dataclass
class _Rows:
    """Rows in the order of the file: blocks, with refused rows between them."""

    file: str
    parts: list[Block | Oversized] = field(default_factory=list)
    values: list[bytes] = field(default_factory=list)
    sent: list[bytes] = field(default_factory=list)
    lines: list[_Line] = field(default_factory=list)

    def add(self, line: _Line, value: bytes, sent: bytes) -> None:
        self.lines.append(line)
        self.values.append(value)
        self.sent.append(sent)

    def refuse(self, line: _Line, raw: bytes, detail: str) -> None:
        self._end_block()
        self.parts.append(Oversized(self.file, line.number, line.offset, len(raw), raw, "invalid_csv", detail))

    def take(self) -> list[Block | Oversized]:
        self._end_block()
        return self.parts

    def _end_block(self) -> None:
        if self.values:
            numbers, offsets = [line.number for line in self.lines], [line.offset for line in self.lines]
            self.parts.append(Block(self.file, self.values, numbers, offsets, self.sent))
            self.values, self.sent, self.lines = [], [], []


def _is_open(line: bytes, *, inside: bool) -> bool | None:
    """Return whether a line ends in a quoted cell, None for quotes that do not fit; `inside`: it begins in one."""
    start = 0
    if inside:
        closed = _CLOSED.match(line)
        if closed is None:
            return True
        start = closed.end()
    else:
        line = b"," + line
    cells = _CELLS.match(line, start)
    end = cells.end() if cells else start
    return False if end == len(line) else True if _OPENED.match(line, end) else None


def _join(lines: list[_Line]) -> bytes:
    """Return the bytes of a row as in the file, without its line end; blank lines between are empty ones."""
    parts = [lines[0].content]
    for before, line in pairwise(lines):
        parts += [b""] * (line.number - before.number - 1) + [line.content]
    return b"\n".join(parts).removesuffix(b"\r")


def _split(row: bytes) -> list[str] | None:
    """Return the cells of a row whose quotes fit, None if it is no UTF-8."""
    try:
        text = row.decode()
    except UnicodeDecodeError:
        return None
    return next(csv.reader([text])) if '"' in text else text.split(",")


def _fit(cells: list[str], count: int) -> list[str | None] | None:
    """Return as many cells as the header has, NULL for an empty one; None if there are others with a value."""
    return [cell or None for cell in cells[:count]] if len(cells) >= count and not any(cells[count:]) else None


def _name_columns(cells: list[str]) -> list[str]:
    """Return a name for each cell of a header: all differ, and none is empty."""
    names: list[str] = []
    for number, cell in enumerate(cells, start=1):
        name = bare = cell.strip() or f"column_{number}"
        copy = 2
        while name in names:
            name, copy = f"{bare}_{copy}", copy + 1
        names.append(name)
    return names
