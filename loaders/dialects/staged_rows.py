"""Staged rows as a stream of batches that an engine reads through the Arrow C interface, any number of times.

Covered by tests/loaders/staging/test_staged.py.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import polars as pl
import pyarrow as pa

from loaders.staging.staged import StagedTable
from loaders.transform.convert_columns import ARROW_TYPES
from loaders.transform.table_rows import RECEIVED_SENT


@dataclass(frozen=True)
class StagedRows:
    """The rows of a staged table in their order, each with every column of the table, or with some of them.

    One file at a time is mapped, and only the columns that are read are loaded, a batch at a time: the memory of a scan
    is bounded by the largest batch, not by the hour.
    """

    table: StagedTable
    columns: frozenset[str] | None = None
    """The columns that are read; None for all."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Return a new stream from the first row on (Arrow PyCapsule interface)."""
        return self.reader().__arrow_c_stream__(requested_schema)

    def reader(self) -> pa.RecordBatchReader:
        """Return a reader of the batches from the first row on."""
        return pa.RecordBatchReader.from_batches(self._schema, self._batches())

    @cached_property
    def _schema(self) -> pa.Schema:
        types = {**self.table.columns, RECEIVED_SENT: "datetime"}
        read = {column: types[column] for column in types if self.columns is None or column in self.columns}
        return pa.schema([pa.field(column, ARROW_TYPES[logical]) for column, logical in read.items()])  # type: ignore[index]

    def _batches(self) -> Iterator[pa.RecordBatch]:
        schema = self._schema
        for path in self.table.files:
            with path.open("rb") as content:
                mapped = mmap.mmap(content.fileno(), 0, prot=mmap.PROT_READ)
            with pa.ipc.open_file(pa.py_buffer(mapped)) as file:
                for number in range(file.num_record_batches):
                    yield _widened(file.get_batch(number), schema)
                    mapped.madvise(mmap.MADV_DONTNEED)  # a page that a reader still uses is read from the file again
        if self.table.held is not None:
            yield from (_widened(batch, schema) for batch in self.table.held.to_batches())


def frame_reader(frame: pl.DataFrame) -> pa.RecordBatchReader:
    """Return a reader of the rows of a frame, with texts as every engine reads them."""
    arrow = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
    return pa.RecordBatchReader.from_batches(arrow.schema, arrow.to_batches())


def _widened(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """Return the batch with every column of the table: a file leaves out columns that none of its rows has."""
    if batch.schema.equals(schema):
        return batch
    names = batch.schema.names
    columns = [
        batch.column(field.name).cast(field.type) if field.name in names else pa.nulls(batch.num_rows, field.type)
        for field in schema
    ]
    return pa.record_batch(columns, schema=schema)
