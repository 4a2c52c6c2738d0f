"""Rows copied into a PostgreSQL server and out of it.

Covered by tests/loaders/dialects/postgresql/test_postgresql.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pyarrow as pa
from pgpq import ArrowToPostgresBinaryEncoder
from sqlalchemy.engine import Connection

import sql
from loaders.dialects.csv_rows import parse_rows
from loaders.dialects.identifiers import quote_identifier
from loaders.dialects.postgresql.session import driver_of
from loaders.dialects.postgresql.types import column_type_of, plain_field
from loaders.dialects.read_request import ReadRequest

KEYS: Final = ("type", "id")
"""Columns that staged rows are joined by."""

_BATCH_ROWS: Final = 8_192

_NAME: Final = "postgresql"


def copy_in(connection: Connection, relation: str, rows: pa.RecordBatchReader) -> None:
    """Copy rows, in binary form, into a new temporary table, and measure it by the columns that it is joined by."""
    dialect = connection.dialect
    schema = pa.schema([plain_field(field) for field in rows.schema])
    columns = [f"{quote_identifier(dialect, field.name)} {column_type_of(field.type)}" for field in schema]
    named = quote_identifier(dialect, relation)
    with driver_of(connection).cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE {named} ({', '.join(columns)})".encode())
        encoder = ArrowToPostgresBinaryEncoder(schema)
        with cursor.copy(f"COPY {named} FROM STDIN (FORMAT BINARY)".encode()) as copy:
            copy.write(encoder.write_header())
            for batch in rows:
                cast = batch.cast(schema)
                for start in range(0, cast.num_rows, _BATCH_ROWS):
                    copy.write(encoder.write_batch(cast.slice(start, _BATCH_ROWS)))
            copy.write(encoder.finish())
        keys = ", ".join(quote_identifier(dialect, name) for name in KEYS if name in schema.names)
        cursor.execute(f"ANALYZE {named} ({keys})".encode() if keys else f"ANALYZE {named}".encode())


def copy_out(connection: Connection, request: ReadRequest) -> Iterator[pa.RecordBatch]:
    """Yield the requested rows from the server's CSV."""
    with driver_of(connection).cursor() as cursor, cursor.copy(*_copy_out(connection, request)) as copy:
        yield from parse_rows(copy, request)


def _copy_out(connection: Connection, request: ReadRequest) -> tuple[bytes, dict[str, object] | None]:
    dialect = connection.dialect
    parts = {"datetime": "dialects/micros", "other": "dialects/text"}
    columns = []
    for name, kind in request.columns.items():
        named = quote_identifier(dialect, name)
        columns.append(sql.statement(parts[kind], _NAME).format(column=named) if kind in parts else named)
    table = f"{quote_identifier(dialect, request.schema)}.{quote_identifier(dialect, request.table)}"
    names = {"columns": ", ".join(columns), "table": table}
    if request.day is None:
        return sql.statement("dialects/read_table", _NAME).format(**names).encode(), None
    names = {key: name.replace("%", "%%") for key, name in names.items()}  # the driver binds the date
    return sql.statement("dialects/read_day", _NAME).format(**names).encode(), {"date": request.day}
