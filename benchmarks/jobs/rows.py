"""How many events a warehouse has: the rows of its home tables."""

from pathlib import Path

import duckdb

from loaders.transform.standard_columns import HOME_TABLES


def count_rows(warehouse: Path, schema: str = "events") -> int:
    """The rows of all home tables of a DuckDB file: one per event."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        tables = connection.execute("SELECT table_name FROM duckdb_tables() WHERE schema_name = ?", [schema]).fetchall()
        homes = sorted({name for (name,) in tables} & set(HOME_TABLES.values()))
        counts = [connection.execute(f'SELECT count(*) FROM "{schema}"."{name}"').fetchone() or (0,) for name in homes]
    return sum(int(count) for (count,) in counts)
