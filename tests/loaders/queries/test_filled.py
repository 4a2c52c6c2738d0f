"""The share of rows with a value: exact where the look has every row, and bounded however many there are."""

from __future__ import annotations

import pytest

from loaders.load.load import load_hour
from loaders.queries import filled
from loaders.queries.filled import filled_shares
from tests.loaders.lake import MemoryLake, event
from tests.loaders.tables import Files


def test_every_column_has_its_share_whatever_its_name_is(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filled, "_COLUMNS", 2)
    lake = MemoryLake()
    people = [
        event(f"i{n}", type="identify", user_id=f"u{n}", traits={"plan": "pro", "Odd: %s": 1} if n % 4 else {"a": n})
        for n in range(8)
    ]
    load_hour(files.warehouse, lake.put(0, people))
    with files.warehouse.reading() as session:
        shares = filled_shares(session, "events", "users", ["plan", "odd_s", "a", "id"])
        assert shares == {"plan": 0.75, "odd_s": 0.75, "a": 0.25, "id": 1.0}
        assert filled_shares(session, "events", "users", []) == {}


def test_a_table_without_rows_has_no_shares(files: Files) -> None:
    lake = MemoryLake()
    load_hour(files.warehouse, lake.put(0, [event("i", type="identify", traits={"plan": 1})]))
    load_hour(files.warehouse, lake.put(0, []))
    with files.warehouse.reading() as session:
        assert filled_shares(session, "events", "users", ["plan"]) == {}


def test_only_some_rows_are_looked_at(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filled, "ROWS", 1)
    lake = MemoryLake()
    people = [
        event(f"i{n}", type="identify", user_id=f"u{n}", traits={"a": n} if n % 2 else {"b": n}) for n in range(9)
    ]
    load_hour(files.warehouse, lake.put(0, people))
    with files.warehouse.reading() as session:
        assert set(filled_shares(session, "events", "users", ["a", "b"]).values()) == {0.0, 1.0}
