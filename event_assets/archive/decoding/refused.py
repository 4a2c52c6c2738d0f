"""Content that is recognised by its first bytes and not read: one bad file that names it, never lines (contract §2).

Covered by tests/archive/decoding/test_decompress.py.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Final

import cramjam

_LOOKED_AT: Final = 64
_EXPANSION: Final = 32
_MOST: Final = 128 << 20
_TEXT: Final = frozenset(b"\t\n\r") | frozenset(range(32, 256))
"""Bytes of texts, of which UTF-8 is one: no control characters but those of lines."""

_FORMATS: Final[Mapping[bytes, str]] = {
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"Rar!\x1a\x07": "a RAR archive",
    b"\x1f\x9d": "a file of compress (.Z)",
    b"\x1f\xa0": "a file of compress (.Z)",
    b"LZIP\x01": "an lzip file",
    b"\x5d\0\0": "a file of lzma without a checksum (.lzma)",
    b"\x89LZO\0": "an lzop file",
    b"\x02\x21\x4c\x18": "a file of lz4's old framing",
    b"\x89PNG\r\n": "a picture (PNG)",
    b"\xff\xd8\xff": "a picture (JPEG)",
    b"GIF87a": "a picture (GIF)",
    b"GIF89a": "a picture (GIF)",
    b"\x7fELF": "a program (ELF)",
    b"MZ": "a program (Windows)",
    b"\xfe\xed\xfa\xcf": "a program (Mach-O)",
    b"\xcf\xfa\xed\xfe": "a program (Mach-O)",
    b"%PDF-": "a PDF document",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "an old Office document",
    b"SQLite format 3\0": "an SQLite database",
    b"ORC": "an ORC file",
    b"ARROW1": "an Arrow file",
    b"!<arch>\n": "an ar archive",
    b"\xed\xab\xee\xdb": "an RPM package",
    b"SEQ\x06": "a Hadoop sequence file",
}
"""First bytes -> the format. Those that could begin a text count only with a NUL byte behind them."""

_POINTER: Final = b"version https://git-lfs.github.com/spec/v1\noid "
"""Begins what is in the position of a file whose content is in Git's large file storage."""

_BASE64: Final[Mapping[bytes, str]] = {
    b"H4sI": "gzip as base64 text",
    b"KLUv/": "zstd as base64 text",
    b"QlpoO": "bz2 as base64 text",
    b"/Td6WFoA": "xz as base64 text",
    b"UEsDB": "zip as base64 text",
}


def is_text(head: bytes) -> bool:
    """Return whether content has no control characters but those of lines in its first bytes."""
    return _TEXT.issuperset(head[:_LOOKED_AT])


def name_refused(head: bytes) -> str | None:
    """Return the name of a format that is not read, by the first 512 bytes of a file; None for any other content."""
    if head[257:262] == b"ustar":
        return "a tar archive"
    for magic, name in _FORMATS.items():
        if head.startswith(magic) and not (head.isascii() and b"\0" not in head):
            return name
    if head.startswith(_POINTER):
        return "a Git LFS pointer in the position of a file"
    return next((name for magic, name in _BASE64.items() if head.startswith(magic)), None)


def name_unframed(content: bytes) -> str | None:
    """Return the compression of a whole file that has no magic: brotli, deflate, or snappy without a framing.

    Such content decompresses without an error to text that could be events; nothing else is named.
    """
    for name, begin in _UNFRAMED:
        try:
            decompressed = begin(content)
        except (cramjam.DecompressionError, OverflowError, zlib.error):
            continue
        if decompressed and is_text(decompressed):
            return name
    return None


def _unsnap(content: bytes) -> bytes:
    if cramjam.snappy.decompress_raw_len(content) > _EXPANSION * len(content):
        return b""
    return bytes(cramjam.snappy.decompress_raw(content))


def _unbrotli(content: bytes) -> bytes:
    """Return the content; raise DecompressionError where it would take more memory than is given to it."""
    room = bytearray(min(_EXPANSION * len(content) + _LOOKED_AT, _MOST))
    size = cramjam.brotli.decompress_into(content, room)
    return bytes(room[:size])


def _inflate(content: bytes) -> bytes:
    """Return the content, or its beginning where it would take more memory than is given to it; empty if it is cut."""
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    found = stream.decompress(content, min(_EXPANSION * len(content) + _LOOKED_AT, _MOST))
    return found if stream.eof and not stream.unused_data else b""


_UNFRAMED: Final = (
    ("snappy without a framing", _unsnap),
    ("brotli", _unbrotli),
    ("deflate without a header", _inflate),
)
