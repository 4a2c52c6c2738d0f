"""Compares two loaded warehouses: event tables and users (but `uuid_ts`), sums of arrivals, copies, and the catalog.

A column or table that only one of them has and that holds nothing there is no difference: its only values were taken
back by a later load of their hour, and a load takes no column away (docs/adr/0008).
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from tests.independent.tables import quoted

LEFT_OUT = frozenset({"uuid_ts"})
ARRIVALS = """
    SELECT schema_name, table_name, event_hour, sum(inserted) - sum(deleted) AS rows FROM {side}.tideline.arrivals
    GROUP BY ALL HAVING sum(inserted) <> sum(deleted)
"""
COPIES = "SELECT schema_name, type, id, source, archive_hour FROM {side}.tideline.copies"
CATALOG = """
    SELECT schema_name, table_name, column_name, type, booleans, ints, floats, strings, datetimes, rescued
    FROM {side}.tideline.columns AS c
    WHERE booleans + ints + floats + strings + datetimes + rescued > 0 OR EXISTS (
        SELECT 1 FROM {other}.tideline.columns AS o
        WHERE (o.schema_name, o.table_name, o.column_name) = (c.schema_name, c.table_name, c.column_name)
    )
"""
DUPLICATES = "SELECT source, archive_hour, library, duplicates FROM {side}.tideline.duplicates"
LEDGERS = {"arrivals": ARRIVALS, "copies": COPIES, "columns": CATALOG, "duplicates": DUPLICATES}


def differences(left: Path, right: Path, schema: str = "events") -> list[str]:
    """What differs between two DuckDB files, as sentences; empty when they have the same rows."""
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{left}' AS one (READ_ONLY)")
        connection.execute(f"ATTACH '{right}' AS two (READ_ONLY)")
        shapes = [_shapes(connection, side, schema) for side in ("one", "two")]
        _leave_out_empty(connection, schema, shapes)
        found = [f"table {name} is only in one" for name in sorted(shapes[0].keys() ^ shapes[1].keys())]
        for table in sorted(shapes[0].keys() & shapes[1].keys()):
            if shapes[0][table] != shapes[1][table]:
                found.append(f"{table}: columns {sorted(set(shapes[0][table]) ^ set(shapes[1][table]))}")
            else:
                columns = ", ".join(quoted(name) for name, _ in shapes[0][table] if name not in LEFT_OUT)
                text = f"SELECT {columns} FROM {{side}}.{quoted(schema)}.{quoted(table)}"
                found += _compare(connection, table, text)
        for name, text in LEDGERS.items():
            found += _compare(connection, name, text)
    return found


def _shapes(connection: duckdb.DuckDBPyConnection, side: str, schema: str) -> dict[str, list[tuple[str, str]]]:
    found = connection.execute(
        "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE database_name = ? AND schema_name = ?"
        " ORDER BY table_name, column_name",
        [side, schema],
    )
    shapes: dict[str, list[tuple[str, str]]] = {}
    for table, column, kind in found.fetchall():
        shapes.setdefault(table, []).append((column, kind))
    return shapes


def _leave_out_empty(
    connection: duckdb.DuckDBPyConnection, schema: str, shapes: list[dict[str, list[tuple[str, str]]]]
) -> None:
    """Take out of both shapes the tables and columns that one side lacks and that are empty on the other."""
    for side, own, other in (("one", shapes[0], shapes[1]), ("two", shapes[1], shapes[0])):
        for table, columns in list(own.items()):
            relation = f"{side}.{quoted(schema)}.{quoted(table)}"
            if table not in other and not _holds(connection, relation, "TRUE"):
                del own[table]
                continue
            known = {name for name, _ in other.get(table, columns)}
            own[table] = [
                (name, kind)
                for name, kind in columns
                if name in known or _holds(connection, relation, f"{quoted(name)} IS NOT NULL")
            ]


def _holds(connection: duckdb.DuckDBPyConnection, relation: str, condition: str) -> bool:
    return connection.execute(f"SELECT 1 FROM {relation} WHERE {condition} LIMIT 1").fetchone() is not None


def _compare(connection: duckdb.DuckDBPyConnection, name: str, text: str) -> list[str]:
    if _is_equal(connection, text):
        return []
    found = []
    for here, there in (("one", "two"), ("two", "one")):
        only = f"{text.format(side=here, other=there)} EXCEPT ALL {text.format(side=there, other=here)}"
        rows = connection.execute(f"SELECT count(*) FROM ({only})").fetchone()
        if rows and rows[0]:
            found.append(f"{name}: {rows[0]} rows only in {here}, such as {_sample(connection, only)}")
    return found


def _is_equal(connection: duckdb.DuckDBPyConnection, text: str) -> bool:
    """Whether both sides give the same rows, value by value, in the order of their hashes.

    A set operation over hundreds of columns costs ten times as much; it decides, and reports, where this finds a
    difference, which an order of rows of one hash or a NaN may be.
    """
    one, two = (
        connection.execute(f"SELECT r.* FROM ({query}) AS r ORDER BY hash(r)").to_arrow_table()
        for query in (text.format(side="one", other="two"), text.format(side="two", other="one"))
    )
    return bool(one.equals(two))


def _sample(connection: duckdb.DuckDBPyConnection, query: str) -> list[str]:
    found = connection.execute(f"SELECT to_json(r)::VARCHAR FROM ({query} LIMIT 2) r").fetchall()
    return [row[0] for row in found]
