"""A load writes to as many tables as its events have, with the memory that the settings give."""

from __future__ import annotations

from pathlib import Path

from loaders.connection.warehouse import Warehouse
from loaders.load.load import load_hour
from tests.loaders.lake import MemoryLake, event
from tests.loaders.tables import Files, check_sums

TABLES, COLUMNS = 25, 40


def test_the_memory_of_the_engine_has_room_for_the_columns_of_every_table(tmp_path: Path) -> None:
    """DuckDB counts 32 KiB for every column of a table that a transaction writes to: here 45 MiB for 25 rows."""
    files = Files(tmp_path / "w.duckdb")
    warehouse = Warehouse.open(f"duckdb:///{files.path}", memory_bytes=24 << 20)
    values = {f"column_{number}": f"value {number}" for number in range(COLUMNS)}
    for hour in (0, 1):
        events = [event(f"{hour}-{n}", name=f"Event {n}", properties=values) for n in range(TABLES)]
        assert load_hour(warehouse, MemoryLake().put(hour, events)).loaded
    assert len(files.ids("tracks")) == 2 * TABLES
    assert len(files.ids("event_7")) == 2
    check_sums(files)
