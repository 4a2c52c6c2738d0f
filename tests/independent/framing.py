"""Files in, values out: decompression believed whole or not at all, and the framings (contract §2)."""

from __future__ import annotations

import bz2
import lzma
import re
import zlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

from tests.independent.csv_rows import read_table

WHITE = b" \t\r\n"
BOM = b"\xef\xbb\xbf"
PAIRS = {ord("{"): ord("}"), ord("["): ord("]")}
STRUCTURE = re.compile(rb'"(?:[^"\\]|\\.)*"|[{}\[\]]', re.S)


class BadFileError(Exception):
    """The file is bad; the message is the reason."""


class Value(NamedTuple):
    """One framed value: its physical line (from 1) and its bytes without BOM, line end and outer white space.

    `read` is the JSON text of a row of CSV, `refused` the reason for which one is none.
    """

    line: int
    data: bytes
    read: bytes | None = None
    refused: str | None = None


def decompress(raw: bytes, unzstd: Callable[[bytes], bytes] | None = None) -> bytes:
    """The file's content; `BadFileError` when any byte of it is damaged. zstd needs a function from outside."""
    if raw.startswith(b"\x1f\x8b"):
        return _members(raw, lambda: zlib.decompressobj(wbits=31), b"\x1f\x8b", "gzip")
    if raw.startswith(b"BZh"):
        return _members(raw, bz2.BZ2Decompressor, b"BZh", "bz2")
    if raw.startswith(b"\xfd7zXZ\x00"):
        return _members(raw, lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ), b"\xfd7zXZ\x00", "xz")
    if raw.startswith(b"\x28\xb5\x2f\xfd"):
        if unzstd is None:
            raise BadFileError("zstd, and no decompressor was handed in")
        return unzstd(raw)
    return raw


def _members(raw: bytes, start: Callable[[], object], magic: bytes, kind: str) -> bytes:
    parts: list[bytes] = []
    rest = raw
    while rest.strip(b"\x00"):
        if not rest.startswith(magic):
            raise BadFileError(f"{kind}: garbage after the end")
        member = start()
        try:
            parts.append(member.decompress(rest))  # type: ignore[attr-defined]  # three classes of one shape
        except (zlib.error, lzma.LZMAError, OSError, EOFError) as error:
            raise BadFileError(f"{kind}: {error}") from error
        if not member.eof:  # type: ignore[attr-defined]
            raise BadFileError(f"{kind}: truncated")
        rest = member.unused_data  # type: ignore[attr-defined]
    return b"".join(parts)


def in_utf8(content: bytes) -> bytes:
    """The content in UTF-8, where its first bytes say that it is UTF-32 or UTF-16."""
    marks = {b"\xff\xfe\0\0": "utf-32", b"\0\0\xfe\xff": "utf-32", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
    for mark, encoding in marks.items():
        if content.startswith(mark):
            try:
                return content.decode(encoding, "surrogatepass").encode("utf-8", "surrogatepass")
            except UnicodeDecodeError as error:
                raise BadFileError(f"{encoding}: {error}") from error
    return content


def split_values(content: bytes, framing: str) -> Iterator[Value]:
    """The non-blank values of a file, in order."""
    content = in_utf8(content)
    if content.startswith(BOM):
        content = content[3:]
    if framing == "lines":
        for number, line in enumerate(content.split(b"\n"), start=1):
            while line.startswith(BOM):
                line = line[len(BOM) :]
            if data := line.strip(WHITE):
                yield Value(number, data)
    elif framing == "concatenated":
        yield from _objects(content, 0, len(content))
    elif framing == "array":
        yield from _array(content)
    elif framing == "csv":
        for number, data, read, fits in read_table(content):
            yield Value(number, data, read, None if fits else "invalid_csv")
    else:
        raise ValueError(framing)


def _array(content: bytes) -> Iterator[Value]:
    start = content.find(b"[")
    records = re.match(rb'\s*\{\s*"Records"\s*:\s*\[', content)
    if records is None and content.strip(WHITE)[:1] != b"[":
        return
    yield from _objects(content, records.end() if records else start + 1, content.rfind(b"]"))


def _objects(content: bytes, start: int, end: int) -> Iterator[Value]:
    """The outermost objects and arrays between two places; scalars between them are not looked for."""
    depth, opened, line, counted = 0, 0, 1, 0
    for token in STRUCTURE.finditer(content, start, end):
        mark = content[token.start()]
        if mark in PAIRS:
            if depth == 0:
                opened = token.start()
            depth += 1
        elif mark != ord('"'):
            depth -= 1
            if depth == 0:
                line += content.count(b"\n", counted, opened)
                counted = opened
                yield Value(line, content[opened : token.end()])
