"""Content: compression, kind and framing of a file, recognised from its first bytes.

Covered by tests/archive/inspection/test_recognize_envelope.py.
"""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from event_assets.archive.decoding.avro import read_avro
from event_assets.archive.decoding.csv_rows import frame_csv
from event_assets.archive.decoding.decompress import CODECS, RECORDS, BadFile, open_files
from event_assets.archive.decoding.json.bounds import End, find_end
from event_assets.archive.decoding.json.stream import frame_array, frame_concatenated
from event_assets.archive.decoding.lines import WHITE, frame_columns, frame_lines
from event_assets.archive.decoding.parquet import read_parquet
from event_assets.archive.decoding.unicode import as_utf8
from event_assets.events.chunk import Block, Oversized
from event_assets.events.json.lenient import strict_text
from event_assets.events.snowplow.bad_rows import find_bad_row
from event_assets.events.snowplow.enriched import read_enriched
from event_assets.events.wrapped_lines import object_of
from loaders.formats.strict_json import check_json

RAW_LIMIT: Final = 16 << 20
"""Bytes of decompressed content that are read of one file."""

PARQUET: Final = "Parquet files"
_KINDS: Final = (
    ("JPEG images", rb"\xff\xd8\xff"),
    ("PNG images", rb"\x89PNG"),
    ("GIF images", rb"GIF8"),
    ("TIFF or raw images", rb"II\*\0|MM\0\*"),
    ("HEIC or MP4 media", rb"....ftyp"),
    ("PDF documents", rb"%PDF"),
    ("ZIP files", rb"PK\x03\x04"),
    (PARQUET, rb"PAR1"),
    ("Avro files", rb"Obj\x01"),
    ("ORC files", rb"ORC"),
    ("SQLite databases", rb"SQLite format 3"),
    ("W3C logs such as CloudFront's (tab-separated text after #Version)", rb"#Version:"),
    ("XML or HTML", rb"\s*<[?!a-zA-Z]"),
)
KIND_NAMES: Final = frozenset(name for name, _ in _KINDS)
_PATTERNS: Final = tuple((name, re.compile(pattern, re.DOTALL)) for name, pattern in _KINDS)
_RECORDS_BEGIN: Final = (b"Obj\x01", b"PAR1")
_FRAMINGS: Final[dict[str, Callable[[str, Iterator[bytes]], Iterator[Block | Oversized]]]] = {
    "lines": frame_lines,
    "concatenated": frame_concatenated,
    "array": frame_array,
    "csv": frame_csv,
    "tsv": frame_columns,
}
_RECORDS: Final = re.compile(rb'[ \t\r\n]*+(?:\{[ \t\r\n]*+"Records"[ \t\r\n]*+:[ \t\r\n]*+)?+\[')
_ELEMENT: Final = re.compile(rb"\}(?=[ \t\r\n]*+,[ \t\r\n]*+\{)")
_BETWEEN: Final = re.compile(rb"[ \t\r\n]*+,?[ \t\r\n]*+")
_NAME: Final = re.compile(r"[\[{(]?[^\W\d][\w .:/$()\[\]{}-]{0,100}")
"""The name of a column: Adjust's are in braces and brackets."""

BAD_ROWS: Final = "failed events of Snowplow"
_TEXT: Final = re.compile(r"[^\x00-\x08\x0e-\x1f\ufffd]*")
_FAILURES: Final = (msgspec.MsgspecError, RecursionError, ValueError)
_CUT_OFF: Final = ("true", "false", "null", "-")
_ESCAPE_SIZE: Final = len("\\u0000")
_LINES_JUDGED: Final = 10
_JUDGED_BYTES: Final = 64 << 10
_REFUSED_BYTES: Final = 1 << 10
_NEXT_JUDGED: Final = 200
_ENOUGH: Final = 0.98
"""The share of the best framing's objects that the layout's own framing must find to be used."""


@dataclass(frozen=True)
class Head:
    """The beginning of a file, decompressed; `bad` is why a file that was read whole is a bad file.

    Of a bad file from which nothing can be decompressed, `raw` is the beginning as stored.
    """

    raw: bytes
    compression: str
    cut: bool
    bad: str | None


def open_head(content: bytes, size: int) -> Head:
    """Return the head of a file of `size` bytes as stored, of which `content` was read."""
    compression = next((codec.name for codec in CODECS if codec.begins(content[:512])), "none")
    blocks: list[bytes] = []
    held, bad = 0, None
    try:
        for _, file in open_files(iter((content,)), size):
            if blocks and blocks[0].startswith(RECORDS):
                break
            blocks += [b"\n"] if blocks and not blocks[-1].endswith(b"\n") else []
            for block in as_utf8(file):
                blocks.append(block)
                held += len(block)
                if held > RAW_LIMIT:
                    return Head(b"".join(blocks), compression, cut=True, bad=None)
    except BadFile as error:
        bad = str(error)
    cut = len(content) < size
    raw = b"".join(blocks) or (content[:_REFUSED_BYTES] if bad else b"")
    return Head(raw, compression, cut, None if cut else bad)


def name_kind(raw: bytes) -> str | None:
    """Return the kind of content that is no JSON, in words; None for the beginning of JSON, and for nothing."""
    body = raw.removeprefix(b"\xef\xbb\xbf").lstrip(WHITE)
    if find_bad_row(body) is not None:
        return BAD_ROWS
    if not body or any(map(begins_json, _line_starts(body))):
        return None
    for name, pattern in _PATTERNS:
        if pattern.match(raw) or pattern.match(body):
            return name
    start = body[:1000].decode("utf-8", errors="replace")
    if not _TEXT.fullmatch(start):
        return "binary data"
    first = start.splitlines()[0]
    if first.startswith(("{", "[")):
        return "text"
    return next((name for mark, name in (("\t", "tab-separated text"), (",", "CSV")) if first.count(mark) > 1), "text")


def _line_starts(body: bytes) -> Iterator[bytes]:
    """Yield the content from its first lines on: one damaged line does not make JSON another kind."""
    for _ in range(_LINES_JUDGED):
        yield body
        body = body.partition(b"\n")[2].lstrip(WHITE)


def begins_json(content: bytes) -> bool:
    """Return whether content begins with an object or array of JSON, as far as its first bytes show.

    `[2026-01-31 07:00:00] INFO`, `{app="web"}` and `[1234] started` do not: the grammar breaks, or a text follows.
    """
    text = content[:_JUDGED_BYTES].decode("utf-8", errors="replace")
    if text.startswith('"'):
        return _open_text(text.partition("\n")[0].encode()).startswith(b"{")
    if text[:1] not in ("{", "["):
        return False
    try:
        check_json(text)
    except json.JSONDecodeError as error:
        rest, before = text[error.pos :], text[: error.pos].rstrip(" \t\r")
        if error.msg == "Extra data":
            return before.endswith("\n") or rest[0] == "," or begins_json(rest[:_NEXT_JUDGED].encode())
        cut = error.msg.startswith("Unterminated") or (error.msg.startswith("Invalid \\") and len(rest) < _ESCAPE_SIZE)
        return cut or any(word.startswith(rest) for word in _CUT_OFF)
    except ValueError:  # NaN or Infinity
        return True
    return True


def begins_table(raw: bytes) -> bool:
    """Return whether content begins with a header of CSV: several names, and no JSON, no times, no numbers."""
    if raw.startswith(_RECORDS_BEGIN) or begins_json(raw.removeprefix(b"\xef\xbb\xbf")):
        return False
    first = raw[:_JUDGED_BYTES].decode("utf-8-sig", errors="replace").lstrip().partition("\n")[0].rstrip("\r")
    try:
        cells = next(csv.reader([first]), [])
    except csv.Error:  # binary content
        return False
    return len(cells) > 1 and all(map(_NAME.fullmatch, cells))


def cut_values(framing: str, head: Head) -> list[bytes]:
    """Return the values of a head by a framing; of a head that was cut, only those that are surely whole.

    Records of Avro and Parquet are recognised by content. Raises `BadFile` for a whole file that is damaged.
    """
    if head.raw.startswith(_RECORDS_BEGIN):
        return _cut_records(head)
    if framing == "array" and head.cut:
        return _cut_elements(head.raw)
    values = list(map(_open_text, _values(_FRAMINGS[framing]("", iter((head.raw,))))))
    return values[:-1] if head.cut else values


def try_values(framing: str, heads: Sequence[Head]) -> list[bytes]:
    """Return the values of heads, none for damaged ones."""
    values: list[bytes] = []
    for head in heads:
        with suppress(BadFile):
            values += cut_values(framing, head)
    return values


def recognize_framing(heads: Sequence[Head], usual: str) -> str:
    """Return the framing that finds the most events in the heads; `usual` if it finds nearly as many."""
    found: Counter[str] = Counter()
    for framing in dict.fromkeys((usual, *_FRAMINGS)):
        values = try_values(framing, [head for head in heads if framing != "csv" or begins_table(head.raw)])
        found[framing] = _count_enriched(values) if framing == "tsv" else len(read_objects(values))
    best, most = found.most_common(1)[0]
    return usual if found[usual] >= _ENOUGH * most else best


def is_cut_parquet(head: Head) -> bool:
    """Return whether this is the beginning of a Parquet file, which cannot be read without its end."""
    return head.cut and head.raw.startswith(b"PAR1")


def read_objects(values: Sequence[bytes]) -> list[dict[str, Any]]:
    """Return the JSON objects among values, without objects that only wrap an array of records."""
    read = map(decode_object, values)
    return [value for value in read if value is not None and value.keys() != {"Records"}]


def decode_object(value: bytes) -> dict[str, Any] | None:
    """Return a JSON object, NaN and the like as texts, or None for anything else."""
    try:
        decoded = msgspec.json.decode(value)
    except _FAILURES:
        try:
            decoded = msgspec.json.decode(strict_text(value.decode()))
        except _FAILURES:
            return None
    return decoded if isinstance(decoded, dict) else None


def _open_text(value: bytes) -> bytes:
    """Return the object inside a line that is a JSON text, any other value unchanged."""
    found = object_of(value)
    return value if found is None else found[0]


def _count_enriched(values: Sequence[bytes]) -> int:
    return sum(b"\t" in value and isinstance(read_enriched(value), bytes) for value in values)


def _values(parts: Iterator[Block | Oversized]) -> list[bytes]:
    return [value for part in parts if isinstance(part, Block) for value in part.values]


def _cut_records(head: Head) -> list[bytes]:
    """Return the records of an Avro or Parquet file; of an Avro file that was cut, those before the cut."""
    if is_cut_parquet(head):
        return []
    values: list[bytes] = []
    try:
        for record in (read_avro if head.raw.startswith(b"Obj") else read_parquet)(iter((head.raw,))):
            values.append(record)
    except BadFile:
        if not head.cut:
            raise
    return values


def _cut_elements(raw: bytes) -> list[bytes]:
    """Return the elements of an array that are whole in its beginning."""
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    opening = _RECORDS.match(raw)
    values: list[bytes] = []
    position = opening.end() if opening else len(raw)
    while (between := _BETWEEN.match(raw, position)) and between.end() < len(raw):
        verdict, end = find_end(raw, between.end(), _ELEMENT)
        if verdict is not End.FOUND:
            break
        values.append(raw[between.end() : end])
        position = end
    return values
