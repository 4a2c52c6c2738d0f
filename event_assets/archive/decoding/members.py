"""Compressions of members: gzip, zlib, zstd, bz2 and xz, each member checked to its end (contract §2).

Covered by tests/archive/decoding/test_decompress.py.
"""

from __future__ import annotations

import bz2
import lzma
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol, cast

import zstandard
from isal import igzip_lib

from event_assets.archive.decoding.pieces import BadFile
from event_assets.archive.decoding.refused import is_text

PIECE: Final = 256 << 10
"""Bytes of a block: fits the cache, so that the framing reads warm memory."""

_MEMORY: Final = 256 << 20
_LONGEST_HEADER: Final = 1 << 20
_ISAL_ERROR: Final = cast("type[Exception]", igzip_lib.error)
_ERRORS: Final = (_ISAL_ERROR, zstandard.ZstdError, lzma.LZMAError, OSError, EOFError, ValueError)


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
class MemberCodec:
    """A compression whose files are members, one after another: the first bytes of each, and its decompressor."""

    name: str
    magics: tuple[bytes, ...]
    member: Callable[[], Decompressor]
    header_ended: Callable[[bytes], bool] = lambda data: True
    may_be_text: bool = False
    """Whether text can begin with the same bytes, so that more of them decide."""

    def begins(self, head: bytes) -> bool:
        """Return whether a file with these first bytes is of this compression."""
        return head.startswith(self.magics) and not (self.may_be_text and is_text(head))

    def blocks(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Yield the content, with zero bytes allowed after each member. Raises `BadFile`."""
        return _members(self, pieces)


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


def _zlib_member() -> Decompressor:
    member: Decompressor = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_ZLIB)
    return member


def _members(codec: MemberCodec, pieces: Iterator[bytes]) -> Iterator[bytes]:
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


def _begins(codec: MemberCodec, data: bytes) -> bool:
    """Return whether a whole member header is present, False if more bytes are needed. Raise for anything else."""
    if not any(magic.startswith(data[: len(magic)]) for magic in codec.magics):
        raise BadFile(f"garbage after the end of the {codec.name} stream")
    if len(data) > _LONGEST_HEADER:
        return True
    return any(data.startswith(magic) for magic in codec.magics) and codec.header_ended(data)


def _drain(codec: MemberCodec, member: Decompressor, data: bytes) -> Iterator[bytes]:
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


GZIP: Final = MemberCodec("gzip", (b"\x1f\x8b",), _gzip_member, _gzip_header_ended)
ZLIB: Final = MemberCodec("zlib", (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda"), _zlib_member, may_be_text=True)
ZSTD: Final = MemberCodec(
    "zstd", (b"\x28\xb5\x2f\xfd", *(bytes((n, 0x2A, 0x4D, 0x18)) for n in range(0x50, 0x60))), _ZstdFrame
)
BZ2: Final = MemberCodec("bz2", (b"BZh",), bz2.BZ2Decompressor)
XZ: Final = MemberCodec("xz", (b"\xfd7zXZ\0",), lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MEMORY))
