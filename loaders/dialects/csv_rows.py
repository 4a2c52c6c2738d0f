"""A server's CSV rows as typed Arrow batches.

Covered by tests/loaders/dialects/postgresql/test_postgresql.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import pyarrow as pa
import pyarrow.csv as pc

from loaders.dialects.read_request import READ_TYPES, ReadRequest

_BLOCK_BYTES: Final = 8 << 20
"""Bytes of text per batch; a larger row is a batch of its own."""


def parse_rows(rows: Iterable[bytes | bytearray | memoryview], request: ReadRequest) -> Iterator[pa.RecordBatch]:
    """Yield rows of text, one or more whole rows per item, in the schema of `request`; instants are microseconds."""
    waiting, size = list[bytes | bytearray | memoryview](), 0
    for row in rows:
        waiting.append(row)
        size += len(row)
        if size >= _BLOCK_BYTES:
            yield from _parse(b"".join(waiting), request)
            waiting, size = [], 0
    if waiting:
        yield from _parse(b"".join(waiting), request)


def _parse(text: bytes, request: ReadRequest) -> Iterator[pa.RecordBatch]:
    names = [str(number) for number in range(len(request.columns))]
    kinds = (
        pa.int64() if kind == "datetime" else READ_TYPES.get(kind, pa.string()) for kind in request.columns.values()
    )
    table = pc.read_csv(
        pa.BufferReader(text),
        read_options=pc.ReadOptions(column_names=names, use_threads=False, block_size=len(text) + 1),
        parse_options=pc.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
        convert_options=pc.ConvertOptions(
            column_types=dict(zip(names, kinds, strict=True)),
            null_values=[""],
            true_values=["t"],
            false_values=["f"],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )
    yield from table.rename_columns(list(request.columns)).cast(request.arrow_schema).to_batches()
