"""Decompression by content, all or nothing: every checksum, length and end marker is checked (contract §2)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Protocol

from event_assets.archive.decoding.containers import FramedSnappy, HadoopSnappy, Lz4, Zip
from event_assets.archive.decoding.members import BZ2, GZIP, PIECE, XZ, ZLIB, ZSTD
from event_assets.archive.decoding.pieces import BadFile, peek
from event_assets.archive.decoding.refused import is_text, name_refused, name_unframed

__all__ = ["CODECS", "PIECE", "BadFile", "decompress"]

FREE_EXPANSION: Final = 1 << 30
MAX_EXPANSION: Final = 1_000
MAX_DEPTH: Final = 2
"""How often a file may be compressed."""
_HEAD: Final = 512
"""Bytes that every format is recognised by."""
RECORDS: Final = (b"Obj\x01", b"PAR1")
"""First bytes of Avro and Parquet, whose readers come later."""
_LARGEST_UNFRAMED: Final = 8 << 20
"""Bytes of a file without a magic that is tried whole as brotli and snappy."""


class Codec(Protocol):
    """A compression."""

    @property
    def name(self) -> str: ...

    def begins(self, head: bytes) -> bool:
        """Return whether a file with these first bytes is of this compression."""

    def blocks(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Yield the content. Raises `BadFile`."""


ZIP: Final = Zip()
CODECS: Final[tuple[Codec, ...]] = (GZIP, ZSTD, BZ2, XZ, ZIP, Lz4(), FramedSnappy(), ZLIB, HadoopSnappy())
_MAGICS: Final = {codec.name: codec.magics for codec in (GZIP, ZSTD, BZ2, XZ)}


def decompress(pieces: Iterator[bytes], size: int) -> Iterator[bytes]:
    """Yield the decompressed content of a file of `size` bytes that comes in `pieces`, in blocks of at most 256 KiB.

    What was compressed twice is decompressed twice. Raises `BadFile` for a wrong checksum or length, a truncated or
    damaged stream, anything else after the end, a format that is recognised and not read, or an expansion over
    1,000 : 1 past the first GiB; the blocks before it must then be dropped.
    """
    return _cut(_unpack(pieces, size, MAX_DEPTH))


def open_files(pieces: Iterator[bytes], size: int) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Yield the files in a file of `size` bytes, each with its decompressed content: of a zip file those in it, with
    their names, else the file itself, without a name. Read one before the next.

    Raises `BadFile`, where content is read, as `decompress` does: the limit of expansion is for all of them together.
    """
    head, pieces = peek(pieces, _HEAD)
    if not ZIP.begins(head):
        yield "", decompress(pieces, size)
        return
    limit = _Limit(size)
    empty = True
    for name, content in ZIP.files(pieces):
        empty = False
        yield name, _cut(limit.check(_unpack(content, size, MAX_DEPTH - 1)))
    if empty:
        raise BadFile("a zip file without a file")


def _unpack(pieces: Iterator[bytes], size: int, depth: int) -> Iterator[bytes]:
    head, pieces = peek(pieces, _HEAD)
    codec = recognise(head)
    if codec is None:
        yield from pieces if depth < MAX_DEPTH else _refuse_unframed(head, pieces, size)
        return
    if not depth:
        raise BadFile(f"compressed more than {MAX_DEPTH} times")
    yield from _unpack(_Limit(size).check(codec.blocks(pieces)), size, depth - 1)


def recognise(head: bytes) -> Codec | None:
    """Return the compression of a file by its first bytes, None for plain content.

    Raises `BadFile` for a format that is not read, and for a file that ends inside the first bytes of a compression.
    """
    for codec in CODECS:
        if codec.begins(head):
            return codec
    if refused := name_refused(head):
        raise BadFile(f"{refused}, which is not read")
    for name, magics in _MAGICS.items():
        if any(magic.startswith(head) and (head == b"\x1f" or not head.isascii()) for magic in magics):
            raise BadFile(f"truncated: ends inside the first bytes of a {name} file")
    return None


def _refuse_unframed(head: bytes, pieces: Iterator[bytes], size: int) -> Iterator[bytes]:
    """Yield the pieces of plain content; raise `BadFile` where a small file that is no text is brotli or snappy."""
    if size > _LARGEST_UNFRAMED or is_text(head) or head.startswith(RECORDS):
        yield from pieces
        return
    content = b"".join(pieces)
    if name := name_unframed(content):
        raise BadFile(f"{name}, which is not read")
    yield content


class _Limit:
    """What a file of `size` bytes may expand to."""

    def __init__(self, size: int) -> None:
        self._size, self._total = size, 0

    def check(self, blocks: Iterator[bytes]) -> Iterator[bytes]:
        """Yield the blocks; raise `BadFile` where they are too many, with those of earlier calls."""
        for block in blocks:
            self._total += len(block)
            if self._total > FREE_EXPANSION and self._total > self._size * MAX_EXPANSION:
                raise BadFile(f"expands to more than {MAX_EXPANSION:,} times its {self._size:,} bytes")
            yield block


def _cut(pieces: Iterator[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        for start in range(0, len(piece), PIECE):
            yield piece[start : start + PIECE]
