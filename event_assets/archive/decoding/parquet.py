"""Parquet files: rows as JSON text, some at a time; a damaged file is a `BadFile`.

Covered by tests/archive/decoding/test_records.py.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from typing import IO, Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from event_assets.archive.decoding.decompress import BadFile
from event_assets.archive.decoding.record_json import date_text, instant_text, plain_float, time_text, write_record

_ROWS: Final = 1_000
_IN_MEMORY: Final = 32 << 20
"""Bytes of a file held in memory. A larger file is read from disk, because its index is at its end."""

_READ: Final = 1 << 20
_ERRORS: Final = (pa.ArrowException, ArithmeticError, LookupError, MemoryError, OSError, TypeError, ValueError)
_TICKS: Final = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}


def read_parquet(raw: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the rows of a file that comes in pieces. Checksums of pages are verified where the file has them."""
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as spool:
        for piece in raw:
            spool.write(piece)
        spool.seek(0)
        try:
            yield from _read_rows(spool)
        except _ERRORS as error:
            raise BadFile(f"damaged Parquet file: {type(error).__name__}: {error}") from error


def _read_rows(spool: IO[bytes]) -> Iterator[bytes]:
    file = pq.ParquetFile(spool, buffer_size=_READ, pre_buffer=False, page_checksum_verification=True)
    rows = 0
    for batch in file.iter_batches(batch_size=_ROWS, use_threads=False):
        columns = [_values(column) for column in batch.columns]
        for row in zip(*columns, strict=True):
            yield write_record(dict(zip(batch.schema.names, row, strict=True)))
        rows += batch.num_rows
    if rows != file.metadata.num_rows:
        raise BadFile(f"damaged Parquet file: {rows} rows, not {file.metadata.num_rows}")


def _values(array: pa.Array) -> list[Any]:
    """Return the values of an array as JSON types: text for types that JSON lacks, None for null."""
    kind = array.type
    for fits, read in _READERS:
        if fits(kind):
            values: list[Any] = read(array)
            return values
    return list(array.to_pylist())


def _read_instants(array: pa.Array) -> list[Any]:
    ticks, zoned = _TICKS[array.type.unit], array.type.tz is not None
    return _map_values(array.cast(pa.int64()), lambda value: instant_text(value, ticks, zoned=zoned))


def _read_times(array: pa.Array) -> list[Any]:
    ticks = _TICKS[array.type.unit]
    whole = pa.int32() if pa.types.is_time32(array.type) else pa.int64()
    return _map_values(array.cast(whole), lambda value: time_text(value, ticks))


def _read_dates(array: pa.Array) -> list[Any]:
    return _map_values(array.cast(pa.date32()).cast(pa.int32()), date_text)


def _read_structs(array: pa.StructArray) -> list[Any]:
    names = [field.name for field in array.type]
    columns = [_values(column) for column in array.flatten()]
    rows = zip(*columns, strict=True) if columns else ((),) * len(array)
    valid = array.is_valid().to_pylist()
    return [dict(zip(names, row, strict=True)) if there else None for row, there in zip(rows, valid, strict=True)]


def _read_lists(array: pa.ListArray) -> list[Any]:
    return _slices(array, _values(array.values))


def _read_maps(array: pa.MapArray) -> list[Any]:
    keys = [key if isinstance(key, str) else str(key) for key in _values(array.keys)]
    pairs = list(zip(keys, _values(array.items), strict=True))
    return [None if some is None else dict(some) for some in _slices(array, pairs)]


def _slices(array: pa.ListArray, values: list[Any]) -> list[Any]:
    ends = array.offsets.to_pylist()
    valid = array.is_valid().to_pylist()
    return [values[start:end] if there else None for start, end, there in zip(ends, ends[1:], valid, strict=False)]


def _map_values(array: pa.Array, write: Callable[[Any], Any]) -> list[Any]:
    return [None if value is None else write(value) for value in array.to_pylist()]


def _is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind))


def _is_date(kind: pa.DataType) -> bool:
    return bool(pa.types.is_date(kind))


_READERS: Final[tuple[tuple[Callable[[pa.DataType], bool], Callable[[Any], list[Any]]], ...]] = (
    (pa.types.is_timestamp, _read_instants),
    (pa.types.is_time, _read_times),
    (_is_date, _read_dates),
    (pa.types.is_floating, lambda array: _map_values(array, plain_float)),
    (pa.types.is_decimal, lambda array: _map_values(array, lambda value: format(value, "f"))),
    (pa.types.is_duration, lambda array: array.cast(pa.int64()).to_pylist()),
    (pa.types.is_struct, _read_structs),
    (pa.types.is_map, _read_maps),
    (_is_list, _read_lists),
    (pa.types.is_dictionary, lambda array: _values(array.dictionary_decode())),
    (lambda kind: isinstance(kind, pa.BaseExtensionType), lambda array: _values(array.storage)),
)
