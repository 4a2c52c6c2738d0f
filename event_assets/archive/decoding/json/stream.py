"""Framing without lines: concatenated JSON values, or the elements of one array (contract §2)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from event_assets.archive.decoding.decompress import BadFile
from event_assets.archive.decoding.json.bounds import End, find_end, find_scalar_end, is_object
from event_assets.archive.decoding.json.junk import JunkSearch, scan_long, take_long
from event_assets.archive.decoding.json.window import Window
from event_assets.archive.decoding.lines import LINE_LIMIT
from event_assets.events.chunk import Block, Oversized

_NEXT_OBJECT: Final = re.compile(rb"\}(?=[ \t\r\n]*+\{)")
_NEXT_ELEMENT: Final = re.compile(rb"\}(?=[ \t\r\n]*+,[ \t\r\n]*+\{)")
_GAP: Final = re.compile(rb"[ \t\r]*+")
_OPENING_SIZE: Final = 4096
_OPENING: Final = re.compile(rb'(?:\{[ \t\r\n]*+"Records"[ \t\r\n]*+:[ \t\r\n]*+)?+\[')

UNDECIDED_LIMIT: Final = 4 * LINE_LIMIT
"""Bytes that are held while the end of a value is unknown."""


def frame_concatenated(file: str, raw: Iterator[bytes]) -> Iterator[Block | Oversized]:
    """Yield concatenated JSON objects, with or without white space; a line is that of the first byte.

    Text that is no object becomes a value of its own, so that nothing is lost: up to the last line feed before the
    position where its form breaks, else up to the next line feed, `}` followed by `{`, or the end of the file, but not
    within a complete object. An array is one, and so is a line of a log that begins like one: `[2026-01-31 07:00:00]
    INFO`. Where that is more than a value may have, it ends at its first object that may be a value.
    """
    window = Window(file, raw)
    while window.byte():
        verdict, found = find_end(window.data, window.position, _NEXT_OBJECT)
        end = _text_end(window, verdict, found)
        size = (len(window.data) if end is None else end) - window.position
        if size > LINE_LIMIT and not (verdict is End.FOUND and end == found):
            take_long(window, verdict, found)
        elif end is None:
            window.read_more()
        else:
            window.take(end)
        if window.full:
            yield from window.parts()
    yield from window.parts()


def _text_end(window: Window, verdict: End, found: int) -> int | None:
    """Return the end of a value or of text that is none, None if more must be read to decide.

    A value ends at `found` if it is an object, and wherever an object, a line end or nothing follows. Else other text
    is of one line with what is no object, and both are one value.
    """
    data = window.data
    if verdict is End.MORE:
        return len(data) if window.ended else None
    if verdict is End.FOUND:
        gap = _GAP.match(data, found)
        after = gap.end() if gap else found
        if after == len(data) and not window.ended:
            return None if window.undecided <= LINE_LIMIT else found
        if data[after : after + 1] in (b"{", b"\n", b"") or is_object(data[window.position : found]):
            return found
    elif (line_end := data.rfind(b"\n", window.position, found)) >= 0:
        return line_end
    junk = JunkSearch(window.position, found)
    junk.go_on(data, ended=window.ended)
    return junk.end


def frame_array(file: str, raw: Iterator[bytes]) -> Iterator[Block | Oversized]:
    """Yield the elements of the one JSON array of a file, or of its `{"Records": [...]}`.

    The line of an element is that of its first byte. An element that is not valid JSON stays one value. A file whose
    outer frame is broken (no array, no end, something after it, no comma between elements) is a `BadFile` as a whole. A
    blank file is valid.
    """
    window = Window(file, raw)
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


def _open_array(window: Window) -> bytes:
    """Step into the array and return the bytes that close the frame."""
    while not (opening := _OPENING.match(window.data, window.position)):
        if window.ended or window.undecided > _OPENING_SIZE:
            raise BadFile('not a JSON array and not {"Records": [...]}')
        window.read_more()
    window.position = opening.end()
    return b"]}" if opening.group().startswith(b"{") else b"]"


def _take_element(window: Window) -> None:
    while window.byte():
        if window.byte() in b"{[":
            verdict, found = find_end(window.data, window.position, _NEXT_ELEMENT)
        else:
            verdict, found = find_scalar_end(window.data, window.position, ended=window.ended)
        if verdict is End.MORE and window.undecided > LINE_LIMIT and window.byte() in b"{[":
            verdict, found = scan_long(window)
        if verdict is End.FOUND:
            window.take(found)
            return
        if verdict is End.NONE or window.ended or window.undecided > UNDECIDED_LIMIT:
            break
        window.read_more()
    raise BadFile(f"the array is broken at byte {window.offset:,}")
