"""What a database administrator does to tables, and what the operator of a load reads (docs/postgresql.md)."""

from __future__ import annotations

import threading
from pathlib import Path

import psycopg
import pytest

from loaders.connection.warehouse import Warehouse
from loaders.interface.errors import Busy, Terminal
from loaders.load.load import load_hour
from tests.loaders.lake import MIDNIGHT, MemoryLake, event
from tests.loaders.tables import Files, check_sums
from tests.postgres import Database, Server

TRIGGER = """
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no rows today'; END $$;
    CREATE TRIGGER refuse BEFORE INSERT ON events._order FOR EACH ROW EXECUTE FUNCTION refuse()
"""


@pytest.fixture
def lake() -> MemoryLake:
    return MemoryLake()


@pytest.fixture
def loaded(postgres: Server, tmp_path: Path, lake: MemoryLake) -> Files:
    """A database with one hour."""
    files = Files(tmp_path / "mirror.duckdb", postgres.new_database())
    load_hour(files.warehouse, lake.put(0, [event(f"a{n}", properties={"price": n}) for n in range(3)]))
    return files


def database_of(files: Files) -> Database:
    assert files.database is not None
    return files.database


@pytest.mark.parametrize(
    ("change", "message", "remedy"),
    [
        (
            "ALTER TABLE events._order ADD COLUMN shop text NOT NULL DEFAULT 'x';"
            "ALTER TABLE events._order ALTER COLUMN shop DROP DEFAULT",
            'null value in column "shop"',
            'ALTER TABLE "events"."_order" ALTER COLUMN "shop" DROP NOT NULL',
        ),
        (
            "CREATE UNIQUE INDEX one_price ON events._order (price)",
            'violates unique constraint "one_price"',
            'DROP INDEX "events"."one_price"',
        ),
        (
            "ALTER TABLE events._order ADD CONSTRAINT cheap CHECK (price < 3)",
            'violates check constraint "cheap"',
            'ALTER TABLE "events"."_order" DROP CONSTRAINT "cheap"',
        ),
        (
            "CREATE TABLE events.prices (price bigint PRIMARY KEY); INSERT INTO events.prices VALUES (0), (1), (2);"
            "ALTER TABLE events._order ADD CONSTRAINT priced FOREIGN KEY (price) REFERENCES events.prices",
            'violates foreign key constraint "priced"',
            'ALTER TABLE "events"."_order" DROP CONSTRAINT "priced"',
        ),
        (TRIGGER, "no rows today", "DROP TRIGGER refuse ON events._order"),
        (
            "ALTER TABLE tideline.columns RENAME TO others",
            'relation "tideline.columns" does not exist',
            "ALTER TABLE tideline.others RENAME TO columns",
        ),
    ],
    ids=["not null", "unique", "check", "foreign key", "trigger", "ledger"],
)
def test_what_refuses_rows_is_named_with_its_remedy(
    loaded: Files, lake: MemoryLake, change: str, message: str, remedy: str
) -> None:
    loaded.execute(change)
    hour = lake.put(1, [event("b0", properties={"price": 2}), event("b1", properties={"price": 3})])
    with pytest.raises(Terminal) as refused:
        load_hour(loaded.warehouse, hour)
    message_shown = str(refused.value)
    assert message in message_shown
    assert "\n" not in message_shown
    if remedy not in message_shown:  # of a change that the server's message does not describe
        assert "a trigger or function of the warehouse raised it" in message_shown or "rename" in message_shown
    loaded.execute(remedy)
    assert load_hour(loaded.warehouse, hour).loaded
    assert loaded.ids("_order") == ["a0", "a1", "a2", "b0", "b1"]


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE events._order ADD COLUMN mine text",
        "CREATE INDEX ON events._order (price)",
        "CREATE UNIQUE INDEX ON events.tracks (id)",
        "ALTER TABLE events._order RENAME TO o;"
        "CREATE TABLE events._order (LIKE events.o) PARTITION BY RANGE (event_date);"
        "ALTER TABLE events._order ATTACH PARTITION events.o DEFAULT",
        "ALTER TABLE events._order ALTER COLUMN price TYPE numeric",
        'DROP INDEX events."tracks.id"',
    ],
    ids=["column", "index", "unique id", "partitions", "type", "no index"],
)
def test_what_an_administrator_may_add_changes_no_load(loaded: Files, lake: MemoryLake, change: str) -> None:
    loaded.execute(change)
    load_hour(loaded.warehouse, lake.put(1, [event("b", properties={"price": 7})]))
    loaded.execute("CREATE SCHEMA shown; CREATE TABLE shown.orders AS SELECT id, price::bigint FROM events._order")
    rows = loaded.query("SELECT id, price FROM shown.orders ORDER BY id")
    assert [(row["id"], row["price"]) for row in rows] == [("a0", 0), ("a1", 1), ("a2", 2), ("b", 7)]


@pytest.mark.parametrize(
    ("change", "back"),
    [
        (
            "CREATE FUNCTION skip() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;"
            "CREATE TRIGGER skip BEFORE INSERT ON events._order FOR EACH ROW EXECUTE FUNCTION skip()",
            "DROP TRIGGER skip ON events._order",
        ),
        ("CREATE RULE skip AS ON INSERT TO events._order DO INSTEAD NOTHING", "DROP RULE skip ON events._order"),
    ],
    ids=["trigger", "rule"],
)
def test_rows_that_a_table_drops_in_silence_are_noticed(
    loaded: Files, lake: MemoryLake, change: str, back: str
) -> None:
    loaded.execute(change)
    hour = lake.put(1, [event("b", properties={"price": 7}), event("a0", received=3, properties={"price": 8})])
    with pytest.raises(Terminal, match=r"events\._order took 0 of 2 rows: a trigger or a rule"):
        load_hour(loaded.warehouse, hour)
    check_sums(loaded)
    loaded.execute(back)
    load_hour(loaded.warehouse, hour)
    assert loaded.ids("_order") == ["a0", "a1", "a2", "b"]
    check_sums(loaded)


@pytest.mark.parametrize(
    ("change", "back"),
    [
        ("ALTER TABLE events.tracks RENAME COLUMN id TO key", "ALTER TABLE events.tracks RENAME COLUMN key TO id"),
        (
            "ALTER TABLE events._order ALTER COLUMN timestamp TYPE timestamp",
            "ALTER TABLE events._order ALTER COLUMN timestamp TYPE timestamptz",
        ),
    ],
    ids=["renamed", "type"],
)
def test_a_column_that_decides_between_rows_is_never_added_or_changed(
    loaded: Files, lake: MemoryLake, change: str, back: str
) -> None:
    loaded.execute(change)
    hour = lake.put(1, [event("b", properties={"price": 7})])
    with pytest.raises(Terminal, match="give the column its name and type back"):
        load_hour(loaded.warehouse, hour)
    loaded.execute(back)
    load_hour(loaded.warehouse, hour)
    check_sums(loaded)


def test_a_policy_that_hides_rows_is_refused(loaded: Files, lake: MemoryLake) -> None:
    """A load that does not see a row would write it a second time."""
    database = database_of(loaded)
    loaded.execute(
        "DROP ROLE IF EXISTS plain; CREATE ROLE plain LOGIN;"
        "GRANT ALL ON SCHEMA events, tideline TO plain; GRANT ALL ON ALL TABLES IN SCHEMA events, tideline TO plain;"
        "ALTER TABLE events.tracks ENABLE ROW LEVEL SECURITY"
    )
    url = database.warehouse_url.replace("//postgres:", "//plain:", 1)
    hour = lake.put(1, [event("a0", received=5, properties={"price": 9})])
    with pytest.raises(Terminal, match=r'row-level security policy for table "tracks"; .*BYPASSRLS'):
        load_hour(Warehouse.open(url), hour)
    loaded.execute("ALTER ROLE plain BYPASSRLS")
    load_hour(Warehouse.open(url), hour)
    assert loaded.ids("tracks") == ["a0", "a1", "a2"]
    loaded.execute("DROP OWNED BY plain; DROP ROLE plain")


def test_a_table_that_is_locked_is_named_with_its_holder(loaded: Files, lake: MemoryLake) -> None:
    """As VACUUM FULL, CLUSTER and ALTER TABLE lock it."""
    hour = lake.put(1, [event("b", properties={"price": 7})])
    with database_of(loaded).connect() as other:
        other.execute("SET application_name = 'psql'")
        other.execute("LOCK TABLE events._order IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(
            Busy, match=rf"events\._order is held for \d+ s by postgres \(pid {other.info.backend_pid}, "
        ):
            load_hour(Warehouse.open(loaded.url, wait=0.5), hour)
    assert load_hour(loaded.warehouse, hour).loaded
    check_sums(loaded)


@pytest.mark.slow
def test_a_load_waits_for_vacuum_full(loaded: Files, lake: MemoryLake) -> None:
    hour, ended = lake.put(1, [event("b", properties={"price": 7})]), list[bool]()
    with psycopg.connect(database_of(loaded).url, autocommit=True) as other:
        loader = threading.Thread(target=lambda: ended.append(load_hour(loaded.warehouse, hour).loaded))
        loader.start()
        while loader.is_alive():
            other.execute("VACUUM FULL events.tracks")
            other.execute("VACUUM FULL events._order")
        loader.join()
    assert ended == [True]
    check_sums(loaded)


def test_a_serializable_reader_and_loads_leave_each_other_alone(loaded: Files, lake: MemoryLake) -> None:
    count = "SELECT count(*) FROM events._order"
    with database_of(loaded).connect() as reader:
        reader.isolation_level = psycopg.IsolationLevel.SERIALIZABLE
        assert reader.execute(count).fetchone() == (3,)
        for number in (1, 2):
            load_hour(loaded.warehouse, lake.put(number, [event(f"b{number}", properties={"price": number})]))
            assert reader.execute(count).fetchone() == (3,)
        reader.execute("CREATE TEMPORARY TABLE seen AS SELECT id FROM events.tracks")
        reader.commit()
        assert reader.execute(count).fetchone() == (5,)
    check_sums(loaded)


@pytest.mark.parametrize("between", [True, False], ids=["after a load", "at once"])
@pytest.mark.parametrize(
    "change",
    ["ALTER TABLE events._order RENAME TO orders_2025", "DROP TABLE events._order"],
    ids=["renamed", "dropped"],
)
def test_a_table_that_is_gone_is_created_again_and_reload_fills_it(
    loaded: Files, lake: MemoryLake, change: str, between: bool
) -> None:
    """The counts show what is missing until then. Indexes of a renamed table keep the names of the new one's."""
    loaded.execute(change)
    if between:
        assert "created _order" in load_hour(loaded.warehouse, lake.put(1, [event("b")])).schema_changes
        assert loaded.ids("_order") == ["b"]
        assert loaded.arrivals() != {("tracks", MIDNIGHT): 4, ("_order", MIDNIGHT): 1}
    loaded.execute("DROP TABLE IF EXISTS events.orders_2025")
    load_hour(loaded.warehouse, lake.hour(0), reload=True)
    assert loaded.ids("_order") == ["a0", "a1", "a2", *(["b"] if between else [])]
    check_sums(loaded)
    load_hour(loaded.warehouse, lake.hour(0), reload=True)
    check_sums(loaded)


def test_a_dropped_column_is_added_again_and_reload_fills_it(loaded: Files, lake: MemoryLake) -> None:
    loaded.execute("ALTER TABLE events._order DROP COLUMN price")
    load_hour(loaded.warehouse, lake.put(1, [event("b", properties={"price": 7})]))
    assert [row["price"] for row in loaded.table("_order")].count(None) == 3
    load_hour(loaded.warehouse, lake.hour(0), reload=True)
    assert sorted(row["price"] for row in loaded.table("_order")) == [0, 1, 2, 7]
    check_sums(loaded)
