"""Event names that look like an index, a type or a sequence of another table cost no load (contract §11, promise 6)."""

from __future__ import annotations

from itertools import permutations
from typing import Final

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from loaders.load.load import load_hour
from loaders.schema.evolve import index_name
from loaders.transform.names import MAX_LENGTH, name
from tests.loaders.lake import MemoryLake, event
from tests.loaders.tables import Files, check_sums
from tests.postgres import Server

LIKE_INDEXES: Final = ("Order Done", "order done timestamp idx", "tracks id idx")
UNDERSCORES: Final = "_" * MAX_LENGTH

TAILS: Final = (
    "",
    " timestamp idx",
    " uuid ts idx",
    " id idx",
    " idx",
    " key",
    " pkey",
    " seq",
    " id seq",
    " check",
    " not null",
)
STEMS: Final = (
    "order done",
    "tracks",
    "users",
    "_order done",
    "_tracks",
    "__tracks",
    "x" * 62,
    "x" * 63,
    "_" * 61 + "a",
)
names_like_ours = st.builds(str.__add__, st.sampled_from(STEMS), st.sampled_from(TAILS))


def load_one_by_one(files: Files, events: tuple[str, ...]) -> None:
    """Load an hour per event name; every event must have a row in `tracks`."""
    lake = MemoryLake()
    for number, event_name in enumerate(events):
        lake.put(number, [event(f"m{number}", name=event_name)])
        load_hour(files.warehouse, lake.hour(number))
    with files.open() as connection:
        (rows,) = connection.execute("SELECT count(*) FROM events.tracks").fetchall()
        tables = {table for (table,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    assert rows == (len(events),)
    assert {name(event_name) for event_name in events if name(event_name) not in {"", "tracks", "users"}} <= tables
    check_sums(files)


@pytest.mark.parametrize("events", list(permutations(LIKE_INDEXES, 2)), ids=" then ".join)
def test_an_event_may_be_named_like_an_index(files: Files, events: tuple[str, ...]) -> None:
    load_one_by_one(files, events)


def test_an_index_that_the_server_named_makes_way_for_a_table(postgres: Server, files: Files) -> None:
    """Version 0.1 let PostgreSQL name the indexes."""
    load_one_by_one(files, ("Order Done",))
    if files.database:
        files.execute('ALTER INDEX events."order_done.timestamp" RENAME TO order_done_timestamp_idx')
    lake = MemoryLake()
    lake.put(9, [event("late", name="order done timestamp idx")])
    load_hour(files.warehouse, lake.hour(9))
    check_sums(files)


def test_an_event_of_underscores_and_a_letter_has_a_table_of_its_own(files: Files) -> None:
    load_one_by_one(files, (f"{UNDERSCORES}a", "Order Done"))
    with files.open() as connection:
        rows = connection.execute("SELECT event, event_text FROM events.tracks ORDER BY id").fetchall()
    table = name(f"{UNDERSCORES}a")
    assert rows == [(table, f"{UNDERSCORES}a"), ("order_done", "Order Done")]
    assert table in files.table_names()


@given(events=st.lists(names_like_ours, min_size=2, max_size=4, unique=True))
@example(events=["x" * 63, "x" * 62 + " timestamp idx"])
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_names_like_indexes_types_and_sequences_load_in_any_order(
    postgres: Server, tmp_path_factory: pytest.TempPathFactory, events: list[str]
) -> None:
    files = Files(tmp_path_factory.mktemp("names") / "mirror.duckdb", postgres.new_database())
    load_one_by_one(files, tuple(events))
    assert files.database is not None
    postgres.drop(files.database)


@given(table=st.from_regex(r"[a-z_][a-z0-9_]{0,62}", fullmatch=True))
def test_the_name_of_an_index_is_no_name_of_a_table(table: str) -> None:
    index = index_name(table, "timestamp")
    assert len(index) <= MAX_LENGTH
    assert name(index) != index
