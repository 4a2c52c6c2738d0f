"""The tables of a DuckDB schema as plain values: instants in microseconds, dates as text, everything else as it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import duckdb

TYPES = {
    "VARCHAR": "string",
    "BIGINT": "int",
    "DOUBLE": "float",
    "BOOLEAN": "boolean",
    "TIMESTAMP WITH TIME ZONE": "datetime",
    "DATE": "date",
    "JSON": "string",
}


class Difference(NamedTuple):
    """Something that the archive and the contract do not explain."""

    table: str
    ident: str
    column: str
    expected: object
    got: object


@dataclass(frozen=True)
class Table:
    """One table and the logical types of its columns, in order."""

    connection: duckdb.DuckDBPyConnection
    name: str
    types: dict[str, str]

    def rows(self, where: str = "", *values: object) -> list[dict[str, object]]:
        """The rows, each as its columns."""
        columns = ", ".join(_read(column, kind) for column, kind in self.types.items())
        found = self.connection.execute(f"SELECT {columns} FROM {self.name} {where}", list(values))
        return [dict(zip(self.types, row, strict=True)) for row in found.fetchall()]

    def rows_of(self, hour: int) -> dict[str, dict[str, object]]:
        """The rows that an archive hour brought, by id."""
        rows = self.rows("WHERE epoch_us(_archive_hour) = ?", hour)
        return {str(row["id"]): row for row in rows}

    def hours(self) -> list[int]:
        """The archive hours that rows name."""
        found = self.connection.execute(f"SELECT DISTINCT epoch_us(_archive_hour) FROM {self.name}")
        return [row[0] for row in found.fetchall()]

    def doubled(self) -> int:
        """How many rows share their id with another one."""
        found = self.connection.execute(f"SELECT count(*) - count(DISTINCT id) FROM {self.name}").fetchone()
        return int(found[0]) if found else 0


def quoted(name: str) -> str:
    """An identifier in DuckDB's quotes."""
    return '"' + name.replace('"', '""') + '"'


def _read(column: str, kind: str) -> str:
    if kind == "datetime":
        return f"epoch_us({quoted(column)})"
    return f"CAST({quoted(column)} AS VARCHAR)" if kind == "date" else quoted(column)


def open_tables(connection: duckdb.DuckDBPyConnection, schema: str) -> dict[str, Table]:
    """Every event table of a schema and `users`, by name; a column of a type that no logical type has fails."""
    return {
        name: Table(
            connection,
            f"{quoted(schema)}.{quoted(name)}",
            {column: TYPES[kind] for column, kind in columns.items()},
        )
        for name, columns in _read_columns(connection, schema).items()
        if _is_ours(name, columns)
    }


def taken_names(connection: duckdb.DuckDBPyConnection, schema: str) -> frozenset[str]:
    """The names of a schema that no event table can have: what is there and is none (contract §5)."""
    found = _read_columns(connection, schema)
    return frozenset(name for name, columns in found.items() if not _is_ours(name, columns))


def _is_ours(name: str, columns: dict[str, str]) -> bool:
    return ("uuid_ts" if name == "users" else "_archive_hour") in columns


def _read_columns(connection: duckdb.DuckDBPyConnection, schema: str) -> dict[str, dict[str, str]]:
    found = connection.execute(
        "SELECT table_name, column_name, data_type FROM information_schema.columns"
        " WHERE table_schema = ? ORDER BY table_name, ordinal_position",
        [schema],
    )
    columns: dict[str, dict[str, str]] = {}
    for table, column, kind in found.fetchall():
        columns.setdefault(table, {})[column] = kind
    return columns
