"""Text of a decompressed file as UTF-8: UTF-16 and UTF-32 are decoded by their byte order mark (contract §2).

Covered by tests/archive/decoding/test_unicode.py.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import Final

from event_assets.archive.decoding.pieces import BadFile, peek

_MARKS: Final = {
    codecs.BOM_UTF32_LE: "utf-32-le",  # before UTF-16, whose mark it begins with
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
_LONGEST: Final = max(map(len, _MARKS))


def as_utf8(raw: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the content as UTF-8 without a byte order mark where it has one of UTF-16 or UTF-32, else as it is.

    Lone surrogates become bytes that are no UTF-8, so that they cost their line. Raises `BadFile` for a file that ends
    inside a character, and for a number that is no character of UTF-32.
    """
    head, whole = peek(raw, _LONGEST)
    found = next((mark for mark in _MARKS if head.startswith(mark)), None)
    return whole if found is None else _decode(_MARKS[found], len(found), whole)


def _decode(encoding: str, skip: int, raw: Iterator[bytes]) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)("surrogatepass")
    try:
        yield decoder.decode(next(raw)[skip:]).encode(errors="surrogatepass")
        for piece in raw:
            yield decoder.decode(piece).encode(errors="surrogatepass")
        yield decoder.decode(b"", final=True).encode(errors="surrogatepass")
    except UnicodeDecodeError as error:
        raise BadFile(f"damaged {encoding[:6].upper()} text: {error.reason}") from error
