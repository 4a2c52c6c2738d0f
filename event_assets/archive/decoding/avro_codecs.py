"""Codecs of Avro blocks that fastavro leaves to other packages: snappy and zstandard."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable
from typing import Final, Protocol

import pyarrow as pa
import zstandard

_EXPANSION: Final = 64
"""Snappy expands a byte to about twenty at most: a block that declares more is damaged."""


class Readable(Protocol):
    """A stream that a block is read from."""

    def read(self, size: int) -> bytes: ...


def read_snappy(stream: Readable) -> io.BytesIO:
    """Return a block of snappy, stored as its length, its bytes, and the CRC-32 of their content."""
    block = _read_sized(stream)
    data, checksum = block[:-4], block[-4:]
    size = _read_varint(io.BytesIO(data))
    if size > _EXPANSION * len(data):
        raise ValueError("the declared size of a snappy block is too large")
    content: bytes = pa.Codec("snappy").decompress(data, decompressed_size=size, asbytes=True)
    if zlib.crc32(content) != int.from_bytes(checksum, "big"):
        raise ValueError("wrong checksum of a snappy block")
    return io.BytesIO(content)


def read_zstandard(stream: Readable) -> io.BytesIO:
    """Return a block of zstandard, stored as its length and one frame."""
    frame = zstandard.ZstdDecompressor().decompressobj()
    content = frame.decompress(_read_sized(stream))
    if not frame.eof or frame.unused_data:
        raise ValueError("a zstandard block has no end")
    return io.BytesIO(content)


BLOCKS: Final[dict[str, Callable[[Readable], io.BytesIO]]] = {"snappy": read_snappy, "zstandard": read_zstandard}


def _read_sized(stream: Readable) -> bytes:
    raw = _read_varint(stream)
    size = (raw >> 1) ^ -(raw & 1)
    data = stream.read(size) if size >= 0 else b""
    if len(data) != size:
        raise EOFError("a block is cut short")
    return data


def _read_varint(stream: Readable) -> int:
    number = shift = 0
    while shift < 64:
        byte = stream.read(1)
        if not byte:
            raise EOFError("a number is cut short")
        number |= (byte[0] & 127) << shift
        if byte[0] < 128:
            return number
        shift += 7
    raise ValueError("a number of more than 64 bits")
