"""The room that a warehouse takes grows with its rows, on every warehouse."""

from __future__ import annotations

from loaders.load.load import load_hour
from loaders.queries.volume import bills_bytes, stored_bytes
from tests.loaders.lake import MemoryLake, event
from tests.loaders.tables import Files


def measured(files: Files) -> int:
    with files.warehouse.reading() as session:
        assert not bills_bytes(session)
        return stored_bytes(session, ["events", "no such schema"])


def test_more_rows_take_more_bytes(files: Files) -> None:
    lake = MemoryLake()
    load_hour(files.warehouse, lake.put(0, [event("a")]))
    before = measured(files)
    many = [event(f"m-{number}", at=60, properties={"text": f"{number} " * 50}) for number in range(3_000)]
    load_hour(files.warehouse, lake.put(1, many))
    assert before > 0
    assert measured(files) > before + 100_000
