"""Comments on tables and columns, and the order of the columns, as a BI tool reads them from either warehouse."""

from __future__ import annotations

from typing import Final

import pytest
import sqlalchemy as sa

from loaders.load.load import load_hour
from tests.loaders.lake import MemoryLake, event
from tests.loaders.tables import Files

HOSTILE: Final = 'it\'s 100 %% "off"; -- \\n :x {y} $1'
QUERIES: Final = {
    "duckdb": """
        SELECT t.table_name, c.column_name, c.comment, t.comment FROM duckdb_columns() AS c
        JOIN duckdb_tables() AS t USING (schema_name, table_name)
        WHERE schema_name = 'events' ORDER BY t.table_name, c.column_index
    """,
    "postgresql": """
        SELECT relname, attname, col_description(attrelid, attnum), obj_description(attrelid, 'pg_class')
        FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
        WHERE relnamespace = 'events'::regnamespace AND relkind = 'r' AND attnum > 0 ORDER BY relname, attnum
    """,
}
"""Table, column, its comment, and the comment of the table, in the order of the columns."""


Seen = dict[str, dict[str, tuple[str | None, str | None]]]
"""Table -> column -> its comment and the table's."""


@pytest.fixture
def seen(files: Files) -> Seen:
    lake = MemoryLake()
    load_hour(files.warehouse, lake.put(0, [event("a", properties={HOSTILE: 1}, context={"os": {"name": "x"}})]))
    load_hour(files.warehouse, lake.put(1, [event("i", type="identify", traits={HOSTILE: "x", "plan": "free"})]))
    load_hour(files.warehouse, lake.put(2, [event("b", properties={"late": 1})]))
    found: Seen = {}
    with files.warehouse.reading() as session:
        for table, column, text, title in session.connection.execute(
            sa.text(QUERIES[session.dialect.name].replace(":", "\\:"))
        ):
            found.setdefault(table, {})[column] = (text, title)
    return found


def test_every_column_has_a_comment_the_path_of_its_values_or_its_meaning(seen: Seen) -> None:
    texts = {table: {name: text for name, (text, _) in columns.items()} for table, columns in seen.items()}
    assert texts["_order"]["it_s_100_off_n_x_y_1"] == f"properties.{HOSTILE}"
    assert texts["_order"]["late"] == "properties.late"
    assert texts["users"]["plan"] == "traits.plan"
    assert texts["users"]["id"] == "Id of the user"
    assert texts["tracks"]["context_os_name"] == "context.os.name"
    assert "corrected" in (texts["tracks"]["timestamp"] or "")
    assert [name for columns in texts.values() for name, text in columns.items() if not text] == []


def test_every_table_has_a_comment(seen: Seen) -> None:
    titles = {table: {title for _, title in columns.values()} for table, columns in seen.items()}
    assert all(len(texts) == 1 and None not in texts for texts in titles.values())
    assert "One row per user" in str(titles["users"])


def test_the_first_column_with_a_time_is_the_time_of_the_event(seen: Seen) -> None:
    clocks = {"timestamp", "sent_at", "received_at", "original_timestamp", "uuid_ts", "_archive_hour"}
    assert {
        table: next(name for name in columns if name in clocks) for table, columns in seen.items()
    } == dict.fromkeys(("_order", "identifies", "tracks", "users"), "timestamp")
