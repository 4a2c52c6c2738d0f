"""Content: what the beginning of a file is, by its bytes: compression, kind, and how JSON values are framed in it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from event_assets.archive.decompress import CODECS, BadFile, decompress
from event_assets.archive.framing import WHITE, frame_lines
from event_assets.archive.scan import End, find_end
from event_assets.archive.values import frame_array, frame_concatenated
from event_assets.events.chunk import Block, Oversized

RAW_LIMIT: Final = 16 << 20
"""Bytes of decompressed content that are looked at in one file."""

_KINDS: Final = (
    ("JPEG images", rb"\xff\xd8\xff"),
    ("PNG images", rb"\x89PNG"),
    ("GIF images", rb"GIF8"),
    ("TIFF or raw images", rb"II\*\0|MM\0\*"),
    ("HEIC or MP4 media", rb"....ftyp"),
    ("PDF documents", rb"%PDF"),
    ("ZIP files", rb"PK\x03\x04"),
    ("Parquet files", rb"PAR1"),
    ("Avro files", rb"Obj\x01"),
    ("ORC files", rb"ORC"),
    ("SQLite databases", rb"SQLite format 3"),
    ("W3C logs such as CloudFront's (tab-separated text after #Version)", rb"#Version:"),
    ("XML or HTML", rb"\s*<[?!a-zA-Z]"),
)
_PATTERNS: Final = tuple((name, re.compile(pattern, re.DOTALL)) for name, pattern in _KINDS)
_RECORDS: Final = re.compile(rb'[ \t\r\n]*+(?:\{[ \t\r\n]*+"Records"[ \t\r\n]*+:[ \t\r\n]*+)?+\[')
_ELEMENT: Final = re.compile(rb"\}(?=[ \t\r\n]*+,[ \t\r\n]*+\{)")
_BETWEEN: Final = re.compile(rb"[ \t\r\n]*+,?[ \t\r\n]*+")
_TEXT: Final = re.compile(r"[^\x00-\x08\x0e-\x1f\ufffd]*")
_ENOUGH: Final = 0.98
"""Of the objects that the best framing finds, how many the layout's own must find to be kept."""


@dataclass(frozen=True)
class Head:
    """The beginning of a file, decompressed; `bad` is why a file that was read whole cannot be believed."""

    raw: bytes
    compression: str
    cut: bool
    bad: str | None


def open_head(content: bytes, size: int) -> Head:
    """The head of a file of `size` bytes as stored, of which `content` was read."""
    compression = next((codec.name for codec in CODECS if content.startswith(codec.magics)), "none")
    blocks: list[bytes] = []
    held, bad = 0, None
    try:
        for block in decompress(iter((content,)), size):
            blocks.append(block)
            held += len(block)
            if held > RAW_LIMIT:
                return Head(b"".join(blocks), compression, cut=True, bad=None)
    except BadFile as error:
        bad = str(error)
    cut = len(content) < size
    return Head(b"".join(blocks), compression, cut, None if cut else bad)


def name_kind(raw: bytes) -> str | None:
    """What content that is no JSON is, in words; None for what begins like JSON, and for nothing."""
    body = raw.removeprefix(b"\xef\xbb\xbf").lstrip(WHITE)
    if not body or body[:1] in (b"{", b"["):
        return None
    for name, pattern in _PATTERNS:
        if pattern.match(raw):
            return name
    start = raw[:1000].decode("utf-8", errors="replace")
    if not _TEXT.fullmatch(start):
        return "binary data"
    first = start.splitlines()[0]
    return next((name for mark, name in (("\t", "tab-separated text"), (",", "CSV")) if first.count(mark) > 1), "text")


def cut_values(framing: str, head: Head) -> list[bytes]:
    """The values of a head by a framing; of one that was cut, without the last, which may be cut too."""
    if framing == "array":
        return _cut_elements(head)
    frame = frame_lines if framing == "lines" else frame_concatenated
    values = _values(frame("", iter((head.raw,))))
    return values[:-1] if head.cut else values


def tell_framing(heads: Sequence[Head], usual: str) -> str:
    """The framing that finds the most JSON objects in the heads; `usual` if it finds nearly as many."""
    objects: Counter[str] = Counter()
    for framing in dict.fromkeys((usual, "lines", "concatenated", "array")):
        values = [value for head in heads for value in cut_values(framing, head)]
        objects[framing] = len(read_objects(values))
    best, most = objects.most_common(1)[0]
    return usual if objects[usual] >= _ENOUGH * most else best


def read_objects(values: Sequence[bytes]) -> list[dict[str, Any]]:
    """The JSON objects among values; an object that only wraps an array of records is none."""
    read = [_decode(value) for value in values]
    return [value for value in read if isinstance(value, dict) and value.keys() != {"Records"}]


def _decode(value: bytes) -> object:
    try:
        return msgspec.json.decode(value)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return None


def _values(parts: Iterator[Block | Oversized]) -> list[bytes]:
    return [value for part in parts if isinstance(part, Block) for value in part.values]


def _cut_elements(head: Head) -> list[bytes]:
    """The elements of an array; where the head was cut, those that stand whole in it."""
    if not head.cut:
        try:
            return _values(frame_array("", iter((head.raw,))))
        except BadFile:
            return []
    raw = head.raw.removeprefix(b"\xef\xbb\xbf")
    opening = _RECORDS.match(raw)
    values: list[bytes] = []
    at = opening.end() if opening else len(raw)
    while (between := _BETWEEN.match(raw, at)) and between.end() < len(raw):
        verdict, end = find_end(raw, between.end(), _ELEMENT)
        if verdict is not End.FOUND:
            break
        values.append(raw[between.end() : end])
        at = end
    return values
