"""Sums of rows are equal where the rows are, in whatever order and database, and no others."""

from __future__ import annotations

import pytest

from loaders.load.load import load_hour
from loaders.queries.row_sums import TableSums, read_logical, sum_rows
from loaders.schema.introspect import read_layout
from tests.loaders.lake import MemoryLake, event
from tests.loaders.tables import Files

EVENTS = [
    event(f"m{number}", name="Sale", at=number * 60, properties={"n": number, "t": "é" * number})
    for number in range(30)
]


def sums_of(files: Files, table: str, *others: str) -> TableSums:
    with files.warehouse.reading() as session, session.transaction():
        columns = read_logical(session, read_layout(session, "events")[table])
        return sum_rows(session, "events", table, columns, others)


def test_the_same_rows_have_the_same_sums_in_every_database(files: Files, file: Files) -> None:
    lake = MemoryLake()
    load_hour(files.warehouse, lake.put(0, EVENTS))
    other = Files(file.path.with_name("other.duckdb"))
    for number, part in enumerate((EVENTS[20:], EVENTS[:20])):
        load_hour(other.warehouse, MemoryLake().put(number, part))
    assert sums_of(files, "tracks", "_archive_hour").days == sums_of(other, "tracks", "_archive_hour").days
    assert sums_of(files, "tracks").days != sums_of(other, "tracks").days
    assert (sums_of(files, "sale").rows, len(sums_of(files, "sale").days)) == (30, 2)
    assert sums_of(files, "sale", "n").filled == {"n"}


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE events.sale SET n = n + 1 WHERE id = 'm7'",
        "UPDATE events.sale SET t = NULL WHERE id = 'm3'",
        "DELETE FROM events.sale WHERE id = 'm7'",
        "INSERT INTO events.sale SELECT * FROM events.sale WHERE id = 'm7'",
        "UPDATE events.sale SET n = 15 - n WHERE id IN ('m7', 'm8')",
        "UPDATE events.sale SET timestamp = timestamp + INTERVAL 1 MICROSECOND WHERE id = 'm7'",
    ],
)
def test_another_value_or_row_is_another_sum_of_its_day(change: str, file: Files) -> None:
    load_hour(file.warehouse, MemoryLake().put(0, EVENTS))
    before = sums_of(file, "sale").days
    file.execute(change)
    after = sums_of(file, "sale").days
    assert [day for day in before if after.get(day) != before[day]] == [min(filter(None, before))]


def test_when_a_row_was_written_does_not_count(file: Files) -> None:
    load_hour(file.warehouse, MemoryLake().put(0, EVENTS))
    before = sums_of(file, "sale").days
    file.execute("UPDATE events.sale SET uuid_ts = uuid_ts + INTERVAL 1 DAY")
    assert sums_of(file, "sale").days == before
