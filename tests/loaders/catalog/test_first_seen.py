"""What the catalog shows of a column does not depend on the order of loads (contract §8)."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from pathlib import Path

import duckdb
import psycopg
import pytest

from loaders.transform.column_stats import ColumnStats, First
from tests.drive import Place, archive_hours, load_archive, place
from tests.postgres import Server
from tests.promises.archives import hour_number, write_archive

SHOWN = "table_name, column_name, path, first_archive_hour, first_file, last_archive_hour, booleans, ints, strings"


def line(number: int, second: int, properties: dict[str, object], **members: object) -> bytes:
    at = f"2026-11-23T00:00:{second:02}Z"
    event = {"type": "track", "event": "Sold", "messageId": f"m-{number}", "timestamp": at, "receivedAt": at}
    return json.dumps({**event, "properties": properties, **members}).encode()


PATHS: list[dict[str, object]] = [
    {"unitPrice": 1},
    {"unit_price": 2},
    {"unit": {"price": 3}},
    {"Unit Price": 4},
    {"unit-price": 5, "unit": {"Price": 6}},
    {"unit": {"price": 7}, "unit ": {"price": 8}, "unitPrice": None},
]


def write_hours(archive: Path, files: Sequence[int] = (0, 1)) -> Path:
    """Three hours of two files; two paths feed a column in every file, and others in every hour."""
    hours = {}
    for hour in range(3):
        parts = []
        for part in range(2):
            lines = []
            for n in range(6):
                chosen = 2 * hour + (part + n) % 2
                lines.append(line(100 * hour + 10 * part + n, (7 * n + 5 * part) % 12, PATHS[chosen]))
            lines.append(line(5, 50 - hour, {"unitPrice": 9}))
            parts.append(lines)
        hours[hour_number(hour)] = [parts[part] for part in files]
    return write_archive(archive, hours)


def catalog_of(where: Place) -> list[tuple[object, ...]]:
    with duckdb.connect(str(where.warehouse), read_only=True) as warehouse:
        return warehouse.execute(f"SELECT {SHOWN} FROM tideline.columns ORDER BY ALL").fetchall()


def comments_of(where: Place) -> dict[str, str]:
    """Column of `sold` -> its comment in the database."""
    if where.database is None:
        with duckdb.connect(str(where.warehouse), read_only=True) as warehouse:
            query = "SELECT column_name, comment FROM duckdb_columns() WHERE table_name = 'sold'"
            return dict(warehouse.execute(query).fetchall())
    with psycopg.connect(where.database.url) as connection:
        query = """
            SELECT attname, col_description(attrelid, attnum) FROM pg_attribute
            WHERE attrelid = 'events.sold'::regclass AND attnum > 0
        """
        return dict(connection.execute(query).fetchall())


def test_of_the_paths_of_an_hour_the_smallest_is_shown_in_any_order_of_rows() -> None:
    seen = [
        (("properties", "unitPrice"), "c"),
        (("properties", "unit", "price"), "a"),
        (("properties", "unit_price"), "b"),
    ]
    for order in itertools.permutations(seen):
        stats = ColumnStats("sold", {}, 10)
        assert all(stats.admit("unit_price", First(hour_number(1), path, file)) for path, file in order)
        assert stats.firsts == {"unit_price": (hour_number(1), ("properties", "unit", "price"), "a")}


SOME = [[2, 0, 1], [0, 2, 1, 0]]


@pytest.mark.parametrize(
    "orders", [SOME, pytest.param([*SOME, [1, 2, 0], [2, 1, 0]], marks=pytest.mark.slow)], ids=["some", "all"]
)
def test_a_column_has_the_same_path_and_first_file_in_every_order_of_loads(
    orders: list[list[int]], tmp_path: Path, server: Server | None
) -> None:
    archive = write_hours(tmp_path / "archive")
    where = place(archive, tmp_path / "in-order", database=server.new_database() if server else None)
    load_archive(where)
    expected, comments = catalog_of(where), comments_of(where)
    assert next(row[2] for row in expected if row[:2] == ("sold", "unit_price")) == "properties.unitPrice"
    hours = archive_hours(where)
    for number, order in enumerate(orders):
        other = where.elsewhere(tmp_path / str(number))
        load_archive(other, [hours[n] for n in order])
        assert catalog_of(other) == expected, order
        assert comments_of(other) == comments
    growing = write_hours(tmp_path / "growing", files=(1,))
    late = where.elsewhere(tmp_path / "late").with_archive(growing)
    load_archive(late, [hours[n] for n in (1, 0, 2)])
    write_hours(growing)
    load_archive(late, [hours[n] for n in (2, 0, 1)])
    assert catalog_of(late) == expected
    assert comments_of(late) == comments
