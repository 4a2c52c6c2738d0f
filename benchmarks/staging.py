"""Bulk ways into PostgreSQL side by side: binary COPY by pgpq, text COPY of polars' CSV, and ADBC's ingest.

Each brings the same rows into an unlogged table without indexes; pgpq into a temporary one too, as a load does.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Final

import adbc_driver_postgresql.dbapi as adbc
import polars as pl
import psycopg
import pyarrow as pa
from pgpq import ArrowToPostgresBinaryEncoder

BATCH_ROWS: Final = 8_192
_CSV_ROWS: Final = 50_000

Way = Callable[[psycopg.Connection, pa.Table], None]


def measure_staging(url: str, like: str, rows: pa.Table, runs: int) -> dict[str, float]:
    """Medians of the seconds that each way takes for these rows, whose columns are those of the table `like`."""
    rows = with_plain_texts(rows)
    ways: dict[str, tuple[str, Way]] = {
        "binary COPY by pgpq, temporary table": ("TEMPORARY", copy_binary),
        "binary COPY by pgpq, unlogged table": ("UNLOGGED", copy_binary),
        "ADBC ingest, unlogged table": ("UNLOGGED", partial(_ingest, url)),
        "text COPY of polars' CSV, unlogged table": ("UNLOGGED", _copy_csv),
    }
    return {
        f"staging: {name}: seconds": median(_time_way(url, like, rows, *way) for _ in range(runs))
        for name, way in ways.items()
    }


def _time_way(url: str, like: str, rows: pa.Table, kind: str, way: Way) -> float:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE {kind} TABLE bare (LIKE {like})")
        connection.execute("CHECKPOINT")
        start = time.perf_counter()
        way(connection, rows)
        seconds = time.perf_counter() - start
        (count,) = connection.execute("SELECT COUNT(*) FROM bare").fetchone() or (0,)
        assert count == rows.num_rows
        connection.execute("DROP TABLE bare")
    return seconds


def copy_binary(connection: psycopg.Connection, rows: pa.Table) -> None:
    """Bring the rows into the table `bare` by binary COPY, in one transaction."""
    encoder = ArrowToPostgresBinaryEncoder(rows.schema)
    with connection.transaction(), connection.cursor().copy("COPY bare FROM STDIN (FORMAT BINARY)") as copy:
        copy.write(encoder.write_header())
        for batch in rows.to_batches(max_chunksize=BATCH_ROWS):
            copy.write(encoder.write_batch(batch))
        copy.write(encoder.finish())


def with_plain_texts(rows: pa.Table) -> pa.Table:
    """The rows with texts in the one form that pgpq knows."""
    fields = [pa.field(f.name, pa.string() if pa.types.is_large_string(f.type) else f.type) for f in rows.schema]
    return rows.cast(pa.schema(fields))


def _copy_csv(connection: psycopg.Connection, rows: pa.Table) -> None:
    frame = pl.DataFrame(rows)
    with connection.transaction(), connection.cursor().copy("COPY bare FROM STDIN (FORMAT CSV)") as copy:
        for part in frame.iter_slices(_CSV_ROWS):
            text = io.BytesIO()
            part.write_csv(text, include_header=False, quote_style="necessary")
            copy.write(text.getvalue())


def _ingest(url: str, _: psycopg.Connection, rows: pa.Table) -> None:
    with adbc.connect(url) as connection, connection.cursor() as cursor:
        cursor.adbc_ingest("bare", rows.to_reader(max_chunksize=BATCH_ROWS), mode="append")
        connection.commit()
