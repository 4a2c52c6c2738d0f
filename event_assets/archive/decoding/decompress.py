"""Decompression by content, all or nothing: every checksum, length and end marker is checked (contract §2)."""

from __future__ import annotations

import bz2
import lzma
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol, cast

import zstandard
from isal import igzip_lib

PIECE: Final = 256 << 10
"""Bytes of a block: fits the cache, so that the framing reads warm memory."""

FREE_EXPANSION: Final = 1 << 30
MAX_EXPANSION: Final = 1_000
_MEMORY: Final = 256 << 20
_LONGEST_HEADER: Final = 1 << 20
_ISAL_ERROR: Final = cast("type[Exception]", igzip_lib.error)
_ERRORS: Final = (_ISAL_ERROR, zstandard.ZstdError, lzma.LZMAError, OSError, EOFError, ValueError)


class BadFile(Exception):
    """The content of a file is damaged or incomplete; the message is the reason."""


class Decompressor(Protocol):
    """One member (stream, frame) of a compressed file, with the interface of `bz2` and `lzma`."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


class _ZstdFrame:
    """A zstd frame as a `Decompressor`; reads small pieces, as its library cannot bound its output."""

    BITE = 1 << 10
    """A block of 128 KiB takes 4 bytes at least: 1 KiB never becomes more than 32 MiB."""

    def __init__(self) -> None:
        self._frame = zstandard.ZstdDecompressor().decompressobj()
        self._rest = b""
        self.eof = False

    @property
    def needs_input(self) -> bool:
        return not self.eof and not self._rest

    @property
    def unused_data(self) -> bytes:
        return self._rest

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        waiting = memoryview(self._rest + data)
        out: list[bytes] = []
        size = start = 0
        while start < len(waiting) and not self.eof and (max_length < 0 or size < max_length):
            out.append(self._frame.decompress(waiting[start : start + self.BITE]))
            size, start = size + len(out[-1]), start + self.BITE
            self.eof = bool(self._frame.eof)
        self._rest = (self._frame.unused_data if self.eof else b"") + bytes(waiting[start:])
        return b"".join(out)


@dataclass(frozen=True)
class Codec:
    """The first bytes of one compression, and the decompressor of its members."""

    name: str
    magics: tuple[bytes, ...]
    member: Callable[[], Decompressor]
    header_ended: Callable[[bytes], bool] = lambda data: True


def _gzip_header_ended(data: bytes) -> bool:
    """Return whether `data` contains a whole gzip header.

    isal misreads a header with extra fields that is split in two (seen with 1.9), so it never gets one in parts.
    """
    if len(data) < 10:
        return False
    flags, end = data[3], 10
    if flags & 4:
        end += 2 + int.from_bytes(data[10:12], "little")
    for flag in (8, 16):
        if flags & flag:
            end = data.find(b"\0", end) + 1
            if not end:
                return False
    return len(data) >= end + (2 if flags & 2 else 0)


def _gzip_member() -> Decompressor:
    member: Decompressor = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)
    return member


CODECS: Final = (
    Codec("gzip", (b"\x1f\x8b",), _gzip_member, _gzip_header_ended),
    Codec("zstd", (b"\x28\xb5\x2f\xfd", *(bytes((n, 0x2A, 0x4D, 0x18)) for n in range(0x50, 0x60))), _ZstdFrame),
    Codec("bz2", (b"BZh",), bz2.BZ2Decompressor),
    Codec("xz", (b"\xfd7zXZ\0",), lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MEMORY)),
)
_LONGEST_MAGIC: Final = max(len(magic) for codec in CODECS for magic in codec.magics)


def decompress(pieces: Iterator[bytes], size: int) -> Iterator[bytes]:
    """Yield the decompressed content of a file of `size` bytes that comes in `pieces`, in blocks of at most 256 KiB.

    Members may follow one another, with zero bytes after each. Raises `BadFile` for a wrong checksum or length, a
    truncated or damaged stream, anything else after the end, or an expansion over 1,000 : 1 past the first GiB; the
    blocks before it must then be dropped.
    """
    head = b""
    for piece in pieces:
        head += piece
        if len(head) >= _LONGEST_MAGIC:
            break
    codec = _recognise(head)
    pieces = _chain(head, pieces)
    yield from _cut(_limit(_members(codec, pieces), size) if codec else pieces)


def _recognise(head: bytes) -> Codec | None:
    for codec in CODECS:
        for magic in codec.magics:
            if head.startswith(magic):
                return codec
            if magic.startswith(head) and (head == b"\x1f" or not head.isascii()):
                raise BadFile(f"truncated: ends inside the first bytes of a {codec.name} file")
    return None


def _chain(head: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    if head:
        yield head
    yield from pieces


def _limit(blocks: Iterator[bytes], size: int) -> Iterator[bytes]:
    total = 0
    for block in blocks:
        total += len(block)
        if total > FREE_EXPANSION and total > size * MAX_EXPANSION:
            raise BadFile(f"expands to more than {MAX_EXPANSION:,} times its {size:,} bytes")
        yield block


def _cut(pieces: Iterator[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        for start in range(0, len(piece), PIECE):
            yield piece[start : start + PIECE]


def _members(codec: Codec, pieces: Iterator[bytes]) -> Iterator[bytes]:
    member: Decompressor | None = None
    data = b""
    for piece in pieces:
        data += piece
        while data:
            if member is None:
                data = data.lstrip(b"\0")
                if not _begins(codec, data):
                    break
                member = codec.member()
            yield from _drain(codec, member, data)
            data = member.unused_data if member.eof else b""
            member = None if member.eof else member
    if member is not None or data:
        raise BadFile(f"truncated: the {codec.name} stream has no end")


def _begins(codec: Codec, data: bytes) -> bool:
    """Return whether a whole member header is present, False if more bytes are needed. Raise for anything else."""
    if not any(magic.startswith(data[: len(magic)]) for magic in codec.magics):
        raise BadFile(f"garbage after the end of the {codec.name} stream")
    if len(data) > _LONGEST_HEADER:
        return True
    return any(data.startswith(magic) for magic in codec.magics) and codec.header_ended(data)


def _drain(codec: Codec, member: Decompressor, data: bytes) -> Iterator[bytes]:
    try:
        block = member.decompress(data, PIECE)
        while True:
            if block:
                yield block
            if member.eof or member.needs_input:
                return
            block = member.decompress(b"", PIECE)
    except _ERRORS as error:
        raise BadFile(f"damaged {codec.name} stream: {error}") from error
