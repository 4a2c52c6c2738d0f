"""Staged rows copied into a temporary table: one Parquet file, PUT into a temporary stage, and COPY INTO.

Covered by tests/loaders/dialects/snowflake/test_snowflake.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy.engine import Connection

from loaders.dialects.snowflake.scratch import HOME, SessionScratch, put_frame, run, scratch_of
from loaders.dialects.snowflake.statements import quoted
from loaders.dialects.snowflake.types import arrow_column_type


def copy_rows(connection: Connection, relation: str, rows: pa.RecordBatchReader) -> None:
    """Copy rows into a temporary table of the session; once a transaction has begun, hold them."""
    scratch = scratch_of(connection)
    if scratch.begun:  # a few rows of other hours, which a load rebuilds
        frame = pl.from_arrow(rows.read_all())
        put_frame(connection, relation, frame if isinstance(frame, pl.DataFrame) else frame.to_frame())
        return
    scratch.prepare_home()
    columns = ", ".join(f"{quoted(field.name)} {arrow_column_type(field.type)}" for field in rows.schema)
    table = scratch.table(relation)
    run(connection, "create_staged", table=table, columns=columns)
    scratch.temporary.add(relation)
    with _written(relation, rows) as file:
        if file is None:
            return
        stage = _stage(scratch)
        # The driver reads the path itself, between quotes in which a backslash is no escape.
        run(connection, "put_file", file="'" + f"file://{file}".replace("'", "\\'") + "'", stage=f"{stage}/{relation}")
        run(connection, "copy_file", table=table, stage=f"{stage}/{relation}")


def _stage(scratch: SessionScratch) -> str:
    """Return the session's stage, which goes with its files when the session ends."""
    name = f"{quoted(HOME)}.{quoted(f'staged_{scratch.suffix}')}"
    if not scratch.has_stage:
        run(scratch.connection, "create_stage", stage=name)
        scratch.has_stage = True
    return f"@{name}"


@contextmanager
def _written(relation: str, rows: pa.RecordBatchReader) -> Iterator[Path | None]:
    """Yield a Parquet file of the rows; None if there are none."""
    with TemporaryDirectory(prefix="tideline-snowflake-") as folder:
        file, count = Path(folder) / f"{relation}.parquet", 0
        schema = pa.schema([_named(field) for field in rows.schema])
        with pq.ParquetWriter(file, schema, compression="zstd", store_schema=False) as writer:
            for batch in rows:
                if batch.num_rows:
                    writer.write_batch(pa.record_batch(batch.columns, schema=schema))
                    count += batch.num_rows
        yield file if count else None


def _named(field: pa.Field) -> pa.Field:
    """Return the field with its name in upper case, by which COPY finds the column."""
    kind = pa.string() if pa.types.is_null(field.type) else field.type
    return pa.field(field.name.upper(), kind)
