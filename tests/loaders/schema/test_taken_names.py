"""A name that something else has, or that the database refuses, costs its event the table of its own (contract §11)."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from loaders.interface.errors import Terminal
from loaders.load.load import load_hour
from loaders.queries.tables import events_without_table
from tests.independent.names import name_of
from tests.loaders.lake import MemoryLake, event
from tests.loaders.tables import Files, check_sums, snapshot
from tests.postgres import Server

ON_BOTH: Final = {
    "view": "CREATE VIEW events.{} AS SELECT 1 AS x",
    "table": "CREATE TABLE events.{} (x INT)",
}
IN_DUCKDB: Final = ON_BOTH | {
    "sequence": "CREATE SEQUENCE events.{}",
    "enum": "CREATE TYPE events.{} AS ENUM ('x')",
    "macro": "CREATE MACRO events.{}(x) AS x",
    "index": "CREATE TABLE events.a_table (x INT); CREATE INDEX {} ON events.a_table (x)",
}
IN_POSTGRESQL: Final = ON_BOTH | {
    "sequence": "CREATE SEQUENCE events.{}",
    "materialized view": "CREATE MATERIALIZED VIEW events.{} AS SELECT 1 AS x",
    "foreign table": (
        "CREATE FOREIGN DATA WRAPPER elsewhere; CREATE SERVER elsewhere FOREIGN DATA WRAPPER elsewhere; "
        "CREATE FOREIGN TABLE events.{} (x INT) SERVER elsewhere"
    ),
    "enum": "CREATE TYPE events.{} AS ENUM ('x')",
    "composite": "CREATE TYPE events.{} AS (x INT)",
    "domain": "CREATE DOMAIN events.{} AS INT",
    "range": "CREATE TYPE events.{} AS RANGE (SUBTYPE = INT)",
    "partitioned": "CREATE TABLE events.{} (x INT) PARTITION BY RANGE (x)",
    "index": "CREATE TABLE events.a_table (x INT); CREATE INDEX {} ON events.a_table (x)",
    "key": "CREATE TABLE events.b_table (x INT, CONSTRAINT {} PRIMARY KEY (x))",
    "function": "CREATE FUNCTION events.{}() RETURNS INT LANGUAGE SQL AS 'SELECT 1'",
    "collation": "CREATE COLLATION events.{} (LOCALE = 'C')",
}
HARMLESS: Final = {"duckdb": {"sequence", "enum", "macro", "index"}, "postgresql": {"function", "collation"}}
"""What does not prevent a table of its name."""


def obstacle(files: Files, kind: str, table: str) -> str:
    statements = IN_POSTGRESQL if files.database else IN_DUCKDB
    return statements[kind].format('"' + table + '"')


def create_schema(files: Files) -> None:
    files.execute("CREATE SCHEMA IF NOT EXISTS events")


def rows(files: Files, table: str) -> list[dict[str, Any]]:
    return sorted(files.table(table), key=lambda row: str(row["id"]))


def test_whatever_has_a_name_costs_one_table(files: Files) -> None:
    lake, harmless = MemoryLake(), HARMLESS["postgresql" if files.database else "duckdb"]
    create_schema(files)
    events = [event("0", name="Other", properties={"price": 0})]
    taken: dict[str, str] = {}
    for number, kind in enumerate(IN_POSTGRESQL if files.database else IN_DUCKDB, 1):
        events.append(event(str(number), name=f"The {kind}", properties={"price": number}))
        table = name_of(f"The {kind}")
        files.execute(obstacle(files, kind, table))
        taken |= {} if kind in harmless else {table: str(number)}
    result = load_hour(files.warehouse, lake.put(0, events))
    assert [warning.partition(" ")[0] for warning in result.warnings] == [f"events.{table}" for table in sorted(taken)]
    for row in rows(files, "tracks"):
        if row["event"] in taken:
            assert json.loads(row["_rescued"]) == {"properties": {"price": int(row["id"])}}
        else:
            assert row["_rescued"] is None
            assert [(own["id"], own["price"]) for own in rows(files, row["event"])] == [(row["id"], int(row["id"]))]
    with files.warehouse.reading() as session:
        assert list(events_without_table(session, "events")) == sorted(taken)
    # Nothing is reported of a name that no event of the hour has.
    assert load_hour(files.warehouse, lake.put(1, [event("c", name="Other")])).warnings == ()


@pytest.mark.parametrize("obstacles", [("view", "VIEW"), ("table", "TABLE")], ids=lambda pair: pair[0])
def test_events_come_into_their_table_when_the_name_is_free(files: Files, obstacles: tuple[str, str]) -> None:
    lake, (kind, dropped) = MemoryLake(), obstacles
    create_schema(files)
    files.execute(obstacle(files, kind, "order_done"))
    lake.put(0, [event("a", name="Order Done", properties={"price": 1})])
    load_hour(files.warehouse, lake.hour(0))
    files.execute(f"DROP {dropped} events.order_done")
    result = load_hour(files.warehouse, lake.put(1, [event("b", name="Order Done", properties={"price": 2})]))
    assert (result.warnings, [row["id"] for row in rows(files, "order_done")]) == ((), ["b"])
    load_hour(files.warehouse, lake.hour(0), reload=True)
    assert [(row["id"], row["price"]) for row in rows(files, "order_done")] == [("a", 1), ("b", 2)]
    assert [row["_rescued"] for row in rows(files, "tracks")] == [None, None]
    check_sums(files)


def test_a_view_in_place_of_a_table_of_ours_costs_that_table(files: Files) -> None:
    lake = MemoryLake()
    load_hour(files.warehouse, lake.put(0, [event("a", name="Order Done", properties={"price": 1})]))
    files.execute("ALTER TABLE events.order_done RENAME TO old_orders")
    files.execute("CREATE VIEW events.order_done AS SELECT * FROM events.old_orders")
    result = load_hour(files.warehouse, lake.put(1, [event("b", name="Order Done", properties={"price": "x"})]))
    assert len(result.warnings) == 1
    assert [row["id"] for row in rows(files, "old_orders")] == ["a"]
    assert [row["id"] for row in rows(files, "tracks")] == ["a", "b"]


@pytest.mark.parametrize(("kind", "table"), [("table", "tracks"), ("table", "users"), ("view", "pages")])
def test_a_taken_home_table_ends_only_loads_that_need_it(files: Files, kind: str, table: str) -> None:
    lake = MemoryLake()
    create_schema(files)
    files.execute(obstacle(files, kind, table))
    kinds = {"tracks": "track", "users": "identify", "pages": "page"}
    with pytest.raises(Terminal, match=f"{table} cannot be created in the schema of the events: a .* has its name"):
        load_hour(files.warehouse, lake.put(0, [event("a", type=kinds[table])]))
    assert load_hour(files.warehouse, lake.put(1, [event("b", type="group")])).loaded


def test_names_in_duckdb_differ_in_more_than_case(file: Files) -> None:
    lake = MemoryLake()
    create_schema(file)
    file.execute('CREATE VIEW events."Order_DONE" AS SELECT 1 AS x')
    file.execute('CREATE TABLE events."OTHER" (x INT)')
    events = [event("a", name="Order Done"), event("b", name="Other"), event("c", name="Third")]
    assert len(load_hour(file.warehouse, lake.put(0, events)).warnings) == 2
    file.execute('ALTER TABLE events.third ADD COLUMN "Price" BIGINT')
    load_hour(file.warehouse, lake.put(1, [event("d", name="Third", properties={"price": 3})]))
    assert [row["Price"] for row in rows(file, "third")] == [None, 3]


def test_a_chosen_name_of_an_index_stays_and_costs_its_event_the_table(postgres: Server, files: Files) -> None:
    """On PostgreSQL only: DuckDB keeps indexes under names of their own."""
    if files.database is None:
        pytest.skip("indexes have their own names")
    lake = MemoryLake()
    load_hour(files.warehouse, lake.put(0, [event("a", name="Order Done")]))
    files.execute("CREATE INDEX by_user ON events.order_done (user_id)")
    assert len(load_hour(files.warehouse, lake.put(1, [event("b", name="By User")])).warnings) == 1
    files.execute("DROP INDEX events.by_user")


def test_what_has_the_name_of_an_index_of_ours_costs_nothing(postgres: Server, files: Files) -> None:
    """On PostgreSQL only: its indexes share the names of tables, and those of a renamed table keep theirs."""
    if files.database is None:
        pytest.skip("indexes have their own names")
    lake = MemoryLake()
    create_schema(files)
    for index in ("order_done.timestamp", "order_done.timestamp.2", "order_done_idx.index"):
        files.execute(f'CREATE VIEW events."{index}" AS SELECT 1 AS x')
    files.execute("CREATE TABLE events.a_table (x INT); CREATE INDEX order_done_idx ON events.a_table (x)")
    names = ("Order Done", "order done idx")
    result = load_hour(files.warehouse, lake.put(0, [event(name, name=name) for name in names]))
    assert (result.warnings, len(rows(files, "order_done")), len(rows(files, "order_done_idx"))) == ((), 1, 1)


def test_a_name_that_the_database_refuses_costs_one_table(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    """What appears between reading the state and creating the table, or what the catalog does not show."""
    lake = MemoryLake()
    create_schema(files)
    files.execute(obstacle(files, "view", "order_done"))
    monkeypatch.setattr("loaders.catalog.store.find_taken", lambda *_: {})
    monkeypatch.setattr("loaders.load.state.find_taken", lambda *_: {})
    result = load_hour(files.warehouse, lake.put(0, [event("a", name="Order Done"), event("b", name="Other")]))
    (warning,) = result.warnings
    assert "the database refuses its name" in warning
    assert [row["id"] for row in rows(files, "tracks")] == ["a", "b"]
    assert [row["id"] for row in rows(files, "other")] == ["b"]


def test_system_columns_and_words_are_names_of_properties(files: Files) -> None:
    names = ("ctid", "xmin", "xmax", "cmin", "cmax", "tableoid", "oid", "rowid", "filename", "xid", "ctid_")
    lake = MemoryLake()
    load_hour(files.warehouse, lake.put(0, [event("a", name="Odd", properties=dict.fromkeys(names, 7))]))
    (row,) = rows(files, "odd")
    assert [row[name_of(column)] for column in names] == [7] * len(names)


STEMS: Final = (
    "order done", "tracks", "users", "loads", "events daily", "lateness", "columns", "staged 0", "put 0", "load stored",
    "load users", "tideline rows", "pg class", "pg toast", "sqlite master", "duckdb tables", "information schema",
    "text", "record", "rowid", "ctid", "select", "_order done", "__order done", "x" * 62, "x" * 63, "_" * 61 + "a",
    "_" * 62 + "a", "_" * 63 + "a",
)  # fmt: skip
TAILS: Final = ("", "", "", " timestamp idx", " id idx", " pkey", " seq", " id seq", " key", " check", " array")
HOMES: Final = {"tracks", "identifies", "users", "pages", "screens", "groups", "aliases"}
drawn_names: Final = st.builds(str.__add__, st.sampled_from(STEMS), st.sampled_from(TAILS))


def _table_of(event_name: str) -> str:
    found = name_of(event_name)
    return f"_{found}" if found in {*HOMES, "accounts"} else found


@given(
    events=st.lists(drawn_names, min_size=2, max_size=4, unique_by=_table_of),
    taken=st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["", "_", "__"]), st.integers(0, 99)), max_size=2),
)
@example(events=["order done", "_order done"], taken=[(0, "", 0), (0, "_", 1)])
@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.slow
@pytest.mark.parametrize("kind_of_warehouse", ["duckdb", "postgresql"])
def test_any_names_and_obstacles_cost_only_tables(
    postgres: Server,
    tmp_path_factory: pytest.TempPathFactory,
    kind_of_warehouse: str,
    events: list[str],
    taken: list[tuple[int, str, int]],
) -> None:
    folder = tmp_path_factory.mktemp("names")
    on_server = kind_of_warehouse == "postgresql"
    files, clean = (
        Files(folder / f"{part}.duckdb", postgres.new_database() if on_server else None) for part in ("a", "b")
    )
    statements = sorted((IN_POSTGRESQL if on_server else IN_DUCKDB).keys() - {"index", "key", "foreign table"})
    create_schema(files)
    blocked: dict[str, str] = {}
    for number, prefix, kind in taken:
        table = f"{prefix}{_table_of(events[number % len(events)])}"[:63]
        if table not in {*blocked, *HOMES} and table.strip("_"):
            blocked[table] = statements[kind % len(statements)]
            files.execute(obstacle(files, blocked[table], table))
    lake = MemoryLake()
    for number, event_name in enumerate(events):
        lake.put(number, [event(f"m{number}", name=event_name, properties={"price": number})])
        load_hour(files.warehouse, lake.hour(number))
        load_hour(clean.warehouse, lake.hour(number))
    check_sums(clean)
    harmless = HARMLESS[kind_of_warehouse]
    tracks = {row["id"]: row for row in rows(files, "tracks")}
    assert list(tracks) == [f"m{number}" for number in range(len(events))]
    for number, event_name in enumerate(events):
        row, table = tracks[f"m{number}"], _table_of(event_name)
        assert row["event_text"] == event_name
        if not table or blocked.get(table, "function") not in {*harmless, "function"}:
            assert json.loads(row["_rescued"]) == {"properties": {"price": number}}
        else:
            assert row["_rescued"] is None
            assert [(own["id"], own["price"]) for own in rows(files, table)] == [(f"m{number}", number)]
    for table, what in blocked.items():
        drop = {"enum": "TYPE", "composite": "TYPE", "range": "TYPE", "partitioned": "TABLE"}.get(what, what.upper())
        files.execute(f'DROP {drop} events."{table}"')
    for number in range(len(events)):
        load_hour(files.warehouse, lake.hour(number), reload=True)
    assert snapshot(files)["tables"] == snapshot(clean)["tables"]
    check_sums(files)
    for warehouse in (files, clean):
        if warehouse.database:
            postgres.drop(warehouse.database)
