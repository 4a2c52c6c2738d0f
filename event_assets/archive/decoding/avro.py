"""Avro object container files: records as JSON text, block by block; a damaged file is a `BadFile`.

Covered by tests/archive/decoding/test_avro_codecs.py.
"""

from __future__ import annotations

import lzma
import zlib
from collections.abc import Callable, Iterator
from typing import IO, Any, Final, Protocol, cast

import fastavro
import pyarrow as pa
import zstandard
from fastavro.read import BLOCK_READERS, LOGICAL_READERS

from event_assets.archive.decoding.avro_codecs import BLOCKS
from event_assets.archive.decoding.decompress import BadFile
from event_assets.archive.decoding.record_json import date_text, instant_text, plain_float, time_text, write_record
from event_assets.archive.errors import ArchiveError

_ERRORS: Final = (
    ArithmeticError, AttributeError, EOFError, LookupError, MemoryError, OSError, RecursionError, TypeError,
    ValueError, fastavro.schema.SchemaParseException, fastavro.schema.UnknownType, lzma.LZMAError, pa.ArrowException,
    zlib.error, zstandard.ZstdError,
)  # fmt: skip
"""Exceptions of fastavro and the codecs for damaged content."""


def read_avro(raw: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the records of a file that comes in pieces, a block at a time."""
    stream = _Stream(raw)
    try:
        yield from _read_blocks(stream)
    except ArchiveError:
        raise
    except _ERRORS as error:
        raise BadFile(f"damaged Avro file: {type(error).__name__}: {error}") from error


def _read_blocks(stream: _Stream) -> Iterator[bytes]:
    blocks = fastavro.block_reader(cast("IO[bytes]", stream))  # it needs no more of a file than `_Stream` has
    schema = str(blocks.writer_schema)
    floats = "'float'" in schema or "'double'" in schema
    for block in blocks:
        for record in block:
            yield write_record(_plain(record) if floats else record)
        if cast("AvroBlock", block).bytes_.read(1):
            raise BadFile("damaged Avro file: a block has more bytes than records")


class AvroBlock(Protocol):
    """The attribute of a block that the types of fastavro omit: the bytes that the records are read from."""

    bytes_: IO[bytes]


class _Stream:
    """Pieces of a file with the methods that fastavro calls."""

    def __init__(self, raw: Iterator[bytes]) -> None:
        self._raw = raw
        self._held = b""
        self._position = 0
        self._passed = 0

    def read(self, size: int) -> bytes:
        """Return the next `size` bytes, fewer only at the end."""
        while len(self._held) - self._position < size:
            pieces = [self._held[self._position :]]
            self._passed += self._position
            self._position = 0
            held = len(pieces[0])
            while held < size and (piece := next(self._raw, None)) is not None:
                pieces.append(piece)
                held += len(piece)
            self._held = b"".join(pieces)
            if held < size:
                break
        data = self._held[self._position : self._position + size]
        self._position += len(data)
        return data

    def tell(self) -> int:
        return self._passed + self._position


def _plain(value: object) -> object:
    """Return the value with texts for the floats that JSON cannot represent."""
    if isinstance(value, float):
        return plain_float(value)
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value


def _decimal(data: bytes, schema: dict[str, Any], _reader: object = None) -> str:
    scale = int(schema.get("scale", 0))
    number = int.from_bytes(data, "big", signed=True)
    digits = str(abs(number)).rjust(scale + 1, "0")
    sign = "-" if number < 0 else ""
    return f"{sign}{digits[:-scale]}.{digits[-scale:]}" if scale else f"{sign}{digits}"


def _ticks(write: Callable[..., Any], per_second: int, **how: bool) -> Callable[..., Any]:
    return lambda data, *_: write(data, per_second, **how)


_UNITS: Final = {"millis": 1_000, "micros": 1_000_000, "nanos": 1_000_000_000}

# fastavro takes codecs and readers of logical types from tables of the process; nothing else here reads Avro. Its own
# readers return datetimes, which hold neither every instant nor nanoseconds.
LOGICAL_READERS.update(
    {f"long-timestamp-{unit}": _ticks(instant_text, ticks, zoned=True) for unit, ticks in _UNITS.items()}
    | {f"long-local-timestamp-{unit}": _ticks(instant_text, ticks, zoned=False) for unit, ticks in _UNITS.items()}
    | {"int-time-millis": _ticks(time_text, 1_000), "long-time-micros": _ticks(time_text, 1_000_000)}
    | {"int-date": lambda data, *_: date_text(data), "string-uuid": lambda data, *_: data}
    | {"bytes-decimal": _decimal, "fixed-decimal": _decimal}
)
BLOCK_READERS.update(BLOCKS)
