"""The asset `lake` shows of every column its type and what it is."""

from __future__ import annotations

from event_assets.defs.tables.lake_columns import TEXTS, lake_columns
from event_assets.events.schema import LAKE_SCHEMA


def test_every_column_of_the_lake_has_a_type_and_a_text() -> None:
    shown = {column.name: (column.type, column.description) for column in lake_columns().columns}
    assert list(shown) == list(LAKE_SCHEMA)
    assert TEXTS.keys() == LAKE_SCHEMA.keys(), "a text of a column that is gone"
    assert shown["received_at"] == ("Datetime (UTC)", "When the gateway received it")
    assert shown["_line"][0] == "Int64"
