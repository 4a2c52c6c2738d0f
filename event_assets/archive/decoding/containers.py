"""Compressions that are read through other libraries: zip, lz4, and snappy in its two framings.

Covered by tests/archive/decoding/test_decompress.py.
"""

from __future__ import annotations

import io
import lzma
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Final

import cramjam
import pyarrow as pa

from event_assets.archive.decoding.members import PIECE
from event_assets.archive.decoding.pieces import BadFile
from event_assets.archive.listing.templates import looks_like_data

_IN_MEMORY: Final = 32 << 20
"""Bytes of a zip file that are held in memory; a larger one is copied to a temporary file without a name."""
_LARGEST_CHUNK: Final = 64 << 20
"""Bytes of a chunk of Hadoop's framing, which writers make of 256 KiB: more is no such file."""
_SNAPPY: Final = b"\xff\x06\x00\x00sNaPpY"
_ERRORS: Final = (OSError, EOFError, ValueError, RuntimeError, cramjam.DecompressionError)
_ZIP_ERRORS: Final = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error)


@dataclass(frozen=True)
class Zip:
    """A zip file; folders in it and names that no data file has (`__MACOSX/`, `_SUCCESS`) are not counted."""

    name: str = "zip"

    def begins(self, head: bytes) -> bool:
        """Return whether a file with these first bytes is a zip file."""
        return head.startswith((b"PK\x03\x04", b"PK\x05\x06"))

    def blocks(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Yield the content of the only file. Raises `BadFile`, also for several files, none, or an encrypted one."""
        files = self.files(pieces)
        first = next(files, None)
        if first is None:
            raise BadFile("a zip file without a file")
        yield from first[1]
        if next(files, None) is not None:
            raise BadFile("a zip file of several files in another file, which is not read")

    def files(self, pieces: Iterator[bytes]) -> Iterator[tuple[str, Iterator[bytes]]]:
        """Yield name and content of each file, in the order of the archive's directory; read one before the next.

        Raises `BadFile`, also for an encrypted file.
        """
        with tempfile.SpooledTemporaryFile(_IN_MEMORY) as copy:
            copy.writelines(pieces)
            try:
                with zipfile.ZipFile(copy) as archive:
                    for info in _list_files(archive):
                        yield info.filename, _read_zipped(archive, info)
            except (*_ERRORS, *_ZIP_ERRORS) as error:
                raise BadFile(f"damaged zip file: {error}") from error


def _list_files(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    files = [info for info in archive.infolist() if not info.is_dir()]
    return [info for info in files if looks_like_data(info.filename)] or files


def _read_zipped(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    if info.flag_bits & 1:
        raise BadFile("an encrypted zip file, which is not read")
    try:
        with archive.open(info) as content:
            yield from _read(content)
    except (*_ERRORS, *_ZIP_ERRORS) as error:
        raise BadFile(f"damaged zip file: {error}") from error


@dataclass(frozen=True)
class Lz4:
    """The frame format of lz4; frames may follow one another."""

    name: str = "lz4"

    def begins(self, head: bytes) -> bool:
        """Return whether a file with these first bytes is of lz4 frames."""
        return head.startswith(b"\x04\x22\x4d\x18")

    def blocks(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Yield the content. Raises `BadFile`."""
        try:
            with pa.CompressedInputStream(pa.PythonFile(_Pieces(pieces), mode="r"), "lz4") as content:
                yield from _read(content)
        except _ERRORS as error:
            raise BadFile(f"damaged lz4 stream: {error}") from error


@dataclass(frozen=True)
class FramedSnappy:
    """Snappy in its own framing: chunks of at most 64 KiB of content, each with a checksum.

    The framing has no end, so a file that was cut between two chunks looks like a whole one.
    """

    name: str = "snappy"

    def begins(self, head: bytes) -> bool:
        """Return whether a file with these first bytes is of snappy's framing."""
        return head.startswith(_SNAPPY)

    def blocks(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Yield the content. Raises `BadFile`."""
        source = io.BufferedReader(_Pieces(pieces), PIECE)
        while header := source.read(4):
            chunk = _exactly(source, int.from_bytes(header[1:], "little"), self.name)
            try:
                yield bytes(cramjam.snappy.decompress(_SNAPPY + header + chunk))
            except _ERRORS as error:
                raise BadFile(f"damaged snappy stream: {error}") from error


@dataclass(frozen=True)
class HadoopSnappy:
    """Snappy in Hadoop's framing, as Firehose writes it: blocks of a length and of chunks.

    It has no checksums and no end: lengths that differ are all that shows damage.
    """

    name: str = "snappy (Hadoop)"

    def begins(self, head: bytes) -> bool:
        """Return whether the lengths of the first block and its first chunk agree, as the framing has no magic."""
        if len(head) < 10:
            return False
        content, chunk = int.from_bytes(head[:4], "big"), int.from_bytes(head[4:8], "big")
        if not 0 < content <= _LARGEST_CHUNK or not 0 < chunk <= 32 + content + content // 6:
            return False
        try:
            return 0 < cramjam.snappy.decompress_raw_len(head[8 : 8 + chunk]) <= content
        except _ERRORS:
            return False

    def blocks(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Yield the content. Raises `BadFile`."""
        source = io.BufferedReader(_Pieces(pieces), PIECE)
        while header := source.read(4):
            left = int.from_bytes(header, "big") if len(header) == 4 else -1
            while left > 0:
                content = self._chunk(source)
                yield content
                left -= len(content)
            if left < 0:
                raise BadFile("damaged snappy stream: the lengths of a block and of its chunks differ")

    def _chunk(self, source: IO[bytes]) -> bytes:
        size = int.from_bytes(_exactly(source, 4, self.name), "big")
        if size > _LARGEST_CHUNK:
            raise BadFile(f"damaged snappy stream: a chunk of {size:,} bytes")
        chunk = _exactly(source, size, self.name)
        try:
            if cramjam.snappy.decompress_raw_len(chunk) > _LARGEST_CHUNK:
                raise BadFile("damaged snappy stream: a chunk expands too far")
            return bytes(cramjam.snappy.decompress_raw(chunk))
        except _ERRORS as error:
            raise BadFile(f"damaged snappy stream: {error}") from error


class _Pieces(io.RawIOBase):
    """The pieces of a file as a stream."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._left = pieces
        self._piece = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # any buffer would do
        while not self._piece:
            piece = next(self._left, None)
            if piece is None:
                return 0
            self._piece = memoryview(piece)
        size = min(len(buffer), len(self._piece))
        buffer[:size] = self._piece[:size]
        self._piece = self._piece[size:]
        return size


def _read(content: IO[bytes] | pa.NativeFile) -> Iterator[bytes]:
    while block := content.read(PIECE):
        yield block


def _exactly(source: IO[bytes], size: int, name: str) -> bytes:
    content = source.read(size)
    if len(content) != size:
        raise BadFile(f"truncated: the {name} stream has no end")
    return content
