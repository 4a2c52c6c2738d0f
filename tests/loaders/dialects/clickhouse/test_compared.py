"""Rows of two schemas are compared in the engine: equal ones have equal sums, others are found by their ids."""

from __future__ import annotations

from pathlib import Path

import pytest

from loaders.load.load import load_hour
from loaders.queries.compare.columns import ColumnPair, TablePair, Typed
from loaders.queries.compare.rows import Window, day_sums, differing_ids, read_rows
from loaders.schema.introspect import read_columns
from tests.clickhouse import Folders
from tests.loaders.lake import MemoryLake, event
from tests.loaders.tables import Files

pytestmark = pytest.mark.slow


def test_only_the_rows_that_differ_are_found(tmp_path: Path, clickhouse: Folders) -> None:
    files = Files(tmp_path / "mirror.duckdb", clickhouse.new_database())
    load_hour(
        files.warehouse,
        MemoryLake().put(0, [event("a", properties={"n": 1}), event("b", properties={"n": 1}), event("c")]),
    )
    other = MemoryLake(schema="other", source="other")
    load_hour(
        files.warehouse, other.put(0, [event("a", properties={"n": 1}), event("b", properties={"n": 2}), event("d")])
    )
    with files.warehouse.reading() as session:
        kinds = read_columns(session, "events", "_order")
        pairs = {name: ColumnPair(Typed(name, kind), Typed(name, kind)) for name, kind in kinds.items()}
        compared = tuple(pairs[name] for name in ("n", "user_id", "received_at", "event_date", "anonymous_id"))
        pair = TablePair(("events", "_order"), ("other", "_order"), pairs["id"], pairs["timestamp"], compared)
        here, there = (day_sums(session, pair, side, Window()) for side in ("here", "there"))
        assert here.keys() == there.keys()
        assert here != there
        found = differing_ids(session, pair, Window(), list(here), 5)
        assert [(row.id, row.here, row.there) for row in found.ids] == [("b", 1, 1), ("c", 1, 0), ("d", 0, 1)]
        read = read_rows(session, pair, "there", [pairs["n"].there], ["a", "b", "c"])
    assert read == {"a": [{"n": 1}], "b": [{"n": 2}]}
