"""What a server adds: readers that look on, other loads at the same time, views, and its own end (contract §8)."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psycopg
import pytest
import sqlalchemy as sa
from psycopg import sql

from loaders.connection.warehouse import Warehouse
from loaders.interface.errors import Busy, Terminal, Transient
from loaders.load.load import load_hour
from loaders.load.online_ddl import find_waiting
from tests.loaders.lake import Event, MemoryLake, event
from tests.loaders.tables import Files, check_sums, snapshot
from tests.postgres import Database, Server, start_server

ROOT: Final = Path(__file__).resolve().parents[4]
HOURS: Final = 8

LOADER: Final = """
import random, sys
from loaders.load.load import load_hour
from loaders.connection.warehouse import Warehouse
from tests.loaders.dialects.postgresql.test_postgresql import HOURS, shared_lake
lake, hours = shared_lake(), list(range(HOURS))
random.Random(int(sys.argv[2])).shuffle(hours)
for number in hours:
    load_hour(Warehouse.open(sys.argv[1], wait=120), lake.hour(number))
"""


@pytest.fixture
def loaded(postgres: Server, tmp_path: Path) -> Files:
    """An empty database of the server."""
    return Files(tmp_path / "mirror.duckdb", postgres.new_database())


def database(files: Files) -> Database:
    assert files.database is not None
    return files.database


def shared_lake() -> MemoryLake:
    """Hours that bring the same ids, each in a copy of its own, and new columns and tables all the time."""
    lake = MemoryLake()
    for number in range(HOURS):
        shared = [event(f"s{n}", received=number * (-1) ** n, name=f"Name {number % 3}", n=n) for n in range(40)]
        own = [event(f"{number}-{n}", properties={f"p{number}": n, "v": n + 0.5 * (number > 4)}) for n in range(40)]
        people = [
            event(f"i{n}", type="identify", at=number, received=number, user_id=f"u{n}", traits={f"t{number}": n})
            for n in range(10)
        ]
        lake.put(number, [*shared, *own, *people])
    return lake


@dataclass
class Polling:
    """A reader that looks at every table all the time: how many rows each archive hour had, and how long it took."""

    database: Database
    seen: dict[tuple[str, object], set[int]] = field(default_factory=lambda: defaultdict(set))
    slowest: float = 0.0
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Look until asked to stop."""
        with self.database.connect() as connection:
            connection.autocommit = True
            while not self.stop.is_set():
                for table in self._tables(connection):
                    counting = sql.SQL("SELECT _archive_hour, count(*) FROM events.{} GROUP BY 1")
                    start = time.monotonic()
                    for hour, rows in connection.execute(counting.format(sql.Identifier(table))).fetchall():
                        self.seen[table, hour].add(rows)
                    self.slowest = max(self.slowest, time.monotonic() - start)

    def _tables(self, connection: psycopg.Connection) -> list[str]:
        query = "SELECT tablename FROM pg_tables WHERE schemaname = 'events' AND tablename <> 'users'"
        return [name for (name,) in connection.execute(query).fetchall()]


@contextmanager
def polled(files: Files) -> Iterator[Polling]:
    """A reader looks on during the block."""
    polling = Polling(database(files))
    reader = threading.Thread(target=polling.run)
    reader.start()
    try:
        yield polling
    finally:
        polling.stop.set()
        reader.join()


def orders(*values: object, prefix: str = "e") -> list[Event]:
    return [event(f"{prefix}{n}", at=n, properties={"price": value}) for n, value in enumerate(values)]


def test_four_loaders_at_once_make_the_tables_that_one_makes(
    loaded: Files, file: Files, record_property: Callable[[str, object], None]
) -> None:
    """With ids in common, in any order, and a reader that never sees a part of an hour."""
    lake = shared_lake()
    for number in range(HOURS):
        load_hour(file.warehouse, lake.hour(number))
    with polled(loaded) as polling:
        command = [sys.executable, "-c", LOADER, loaded.url]
        loaders = [subprocess.Popen([*command, str(seed)], cwd=ROOT) for seed in range(4)]
        assert [loader.wait(300) for loader in loaders] == [0] * 4
    check_sums(loaded)
    one, four = snapshot(file), snapshot(loaded)
    assert (four["copies"], four["arrivals"]) == (one["copies"], one["arrivals"])
    for table, rows in one["tables"].items():  # type: ignore[attr-defined]  # a dict of tables
        assert four["tables"][table] == rows, table  # type: ignore[index]
    assert len(loaded.table("loads", "tideline")) == HOURS
    record_property("slowest query of the reader, seconds", polling.slowest)
    assert polling.slowest < 2.5


def test_a_reader_never_sees_a_part_of_a_load(loaded: Files) -> None:
    """Nothing competes for these ids, so an hour has no rows or all of them."""
    lake = MemoryLake()
    hours = [
        lake.put(n, [event(f"{n}-{k}", name=f"Name {k % 4}", properties={f"p{n}": k}) for k in range(200)])
        for n in range(6)
    ]
    with polled(loaded) as polling:
        for hour in hours:
            load_hour(loaded.warehouse, hour)
    assert polling.seen
    for (table, _), counts in polling.seen.items():
        assert counts == {200 if table == "tracks" else 50}
    assert polling.slowest < 2.5


def test_a_column_is_added_when_the_reader_that_holds_the_table_has_left(loaded: Files) -> None:
    lake = MemoryLake()
    load_hour(loaded.warehouse, lake.put(0, [event("a", properties={"n": 1})]))
    waited: list[float] = []
    with database(loaded).connect() as reader:
        reader.execute("SELECT count(*) FROM events._order").fetchall()
        loader = threading.Thread(
            target=lambda: load_hour(loaded.warehouse, lake.put(1, [event("b", properties={"other": 2})]))
        )
        loader.start()
        for _ in range(4):
            time.sleep(0.4)
            with database(loaded).connect() as other:
                start = time.monotonic()
                other.execute("SELECT count(*) FROM events._order").fetchall()
                waited.append(time.monotonic() - start)
        assert loader.is_alive()
    loader.join(60)
    assert max(waited) < 2.5
    assert loaded.ids("_order") == ["a", "b"]


def test_a_reader_that_never_leaves_ends_the_load_with_its_tables_name(loaded: Files) -> None:
    lake = MemoryLake()
    load_hour(loaded.warehouse, lake.put(0, [event("a", properties={"n": 1})]))
    with database(loaded).connect() as reader:
        reader.execute("SELECT count(*) FROM events._order").fetchall()
        with pytest.raises(Busy, match=r"events\._order"):
            load_hour(Warehouse.open(loaded.url, wait=0.5), lake.put(1, [event("b", properties={"other": 2})]))
    assert loaded.ids("_order") == ["a"]
    check_sums(loaded)


def test_a_load_waits_for_another_of_its_schema_and_then_says_so(loaded: Files) -> None:
    with loaded.warehouse.loading("events"):
        with pytest.raises(Busy, match="another load of schema 'events' is merging"):
            load_hour(Warehouse.open(loaded.url, wait=0.3), MemoryLake().put(0, [event()]))
        other = MemoryLake(schema="other", source="other")
        assert load_hour(loaded.warehouse, other.put(0, [event()])).loaded


@pytest.mark.parametrize("statement", ["INSERT INTO load_winners", "DELETE FROM", "INSERT INTO tideline.loads"])
def test_a_load_whose_connection_is_ended_by_the_server_comes_again(loaded: Files, statement: str) -> None:
    lake = MemoryLake()
    load_hour(loaded.warehouse, lake.put(0, [event("a"), event("b", name="Two")]))
    ended: list[str] = []

    def end_once(connection: sa.Connection, _cursor: object, text: str, *_rest: object) -> None:
        if text.lstrip().startswith(statement) and not ended:
            ended.append(text)
            process = connection.connection.driver_connection.info.backend_pid  # type: ignore[union-attr]
            with database(loaded).connect() as other:
                other.execute("SELECT pg_terminate_backend(%s)", [process])

    sa.event.listen(sa.Engine, "before_cursor_execute", end_once)
    try:
        result = load_hour(loaded.warehouse, lake.put(0, [event("a", received=1, properties={"n": 1}), event("c")]))
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", end_once)
    assert ended
    assert result.loaded
    assert loaded.ids("tracks") == ["a", "c"]
    check_sums(loaded)


def test_a_load_outlives_a_crash_of_the_server(tmp_path: Path) -> None:
    lake, killed = MemoryLake(), list[str]()
    with start_server() as server:
        files = Files(tmp_path / "mirror.duckdb", server.new_database())
        load_hour(files.warehouse, lake.put(0, [event("a"), event("b", name="Two")]))

        def kill_once(_connection: sa.Connection, _cursor: object, text: str, *_rest: object) -> None:
            if text.lstrip().startswith("INSERT INTO tideline.loads") and not killed:
                killed.append(text)
                server.kill()

        sa.event.listen(sa.Engine, "before_cursor_execute", kill_once)
        try:
            result = load_hour(files.warehouse, lake.put(0, [event("a", received=1, properties={"n": 1}), event("c")]))
        finally:
            sa.event.remove(sa.Engine, "before_cursor_execute", kill_once)
        assert killed
        assert result.loaded
        assert files.ids("tracks") == ["a", "c"]
        assert len(files.table("loads", "tideline")) == 2
        check_sums(files)


def test_a_view_on_a_column_keeps_its_type_and_the_load_goes_on(loaded: Files) -> None:
    lake = MemoryLake()
    load_hour(loaded.warehouse, lake.put(0, orders(*range(30))))
    loaded.execute('CREATE SCHEMA dash; CREATE VIEW dash."the view" AS SELECT sum(price) AS total FROM events._order')
    result = load_hour(loaded.warehouse, lake.put(1, orders(0.5, 7, prefix="f")))
    check_sums(loaded)
    assert any(
        '_order.price stays as it is: dash."the view" depends on it' in change for change in result.schema_changes
    )
    rows = {row["id"]: (row["price"], row["_rescued"]) for row in loaded.table("_order")}
    assert (rows["f0"], rows["f1"]) == ((None, '{"properties":{"price":0.5}}'), (7, None))
    with loaded.warehouse.reading() as session:
        (waiting,) = find_waiting(session, "events")
    assert str(waiting) == '_order.price is int and should be float: dash."the view" depends on it'
    assert waiting.remedy == (
        'Run: DROP VIEW dash."the view"; tideline retype _order price float then create the views again'
    )
    assert {row["rescued"] for row in loaded.table("columns", "tideline") if row["column_name"] == "price"} == {1}

    loaded.execute('DROP VIEW dash."the view"')
    load_hour(loaded.warehouse, lake.put(2, orders(1.5, prefix="g")))
    check_sums(loaded)
    rows = {row["id"]: (row["price"], row["_rescued"]) for row in loaded.table("_order")}
    assert (rows["f0"], rows["g0"], rows["e3"]) == ((0.5, None), (1.5, None), (3.0, None))
    with loaded.warehouse.reading() as session:
        assert find_waiting(session, "events") == []


def test_a_view_on_users_keeps_the_type_of_the_trait(loaded: Files) -> None:
    lake = MemoryLake()
    people = [event(f"i{n}", type="identify", user_id=f"u{n}", traits={"age": n}) for n in range(30)]
    load_hour(loaded.warehouse, lake.put(0, people))
    loaded.execute("CREATE VIEW adults AS SELECT id FROM events.users WHERE age >= 18")
    load_hour(loaded.warehouse, lake.put(1, [event("half", type="identify", user_id="x", traits={"age": 1.5})]))
    check_sums(loaded)
    (row,) = [row for row in loaded.table("identifies") if row["id"] == "half"]
    assert (row["age"], row["_rescued"]) == (None, '{"traits":{"age":1.5}}')


def test_the_schema_looks_as_a_bi_developer_would_like(loaded: Files) -> None:
    """Types, comments, indexes for people; nothing of the loads' own is left."""
    lake = MemoryLake()
    context = {"page": {"url": "https://x/%s"}}
    load_hour(
        loaded.warehouse,
        lake.put(0, [event("a", context=context, properties={"Net Price": 1.5, "50 %% off; it's": 1})]),
    )
    load_hour(loaded.warehouse, lake.put(1, [event("i", type="identify", traits={"it's": "x"})]))
    engine = sa.create_engine(loaded.url)
    inspector = sa.inspect(engine)
    assert sorted(inspector.get_table_names("events")) == ["_order", "identifies", "tracks", "users"]
    assert inspector.get_table_names("public") == []
    columns = {column["name"]: column for column in inspector.get_columns("_order", "events")}
    assert isinstance(columns["timestamp"]["type"], sa.TIMESTAMP)
    assert columns["timestamp"]["type"].timezone
    assert isinstance(columns["net_price"]["type"], sa.Double)
    assert columns["net_price"]["comment"] == "properties.Net Price"
    assert columns["_50_off_it_s"]["comment"] == "properties.50 %% off; it's"
    assert columns["context_page_url"]["comment"] == "context.page.url"
    assert {column["name"]: column["comment"] for column in inspector.get_columns("users", "events")}["it_s"] == (
        "traits.it's"
    )
    assert str(inspector.get_table_comment("tracks", "events")["text"]).startswith("Every track event")
    indexed = {index["column_names"][0] for index in inspector.get_indexes("tracks", "events")}
    assert indexed >= {"id", "timestamp", "user_id"}
    assert all(name.startswith(table) for table in ("tracks",) for name in _index_names(inspector, table))
    engine.dispose()


def _index_names(inspector: sa.Inspector, table: str) -> list[str]:
    return [str(index["name"]) for index in inspector.get_indexes(table, "events")]


def test_a_refused_connection_is_reported_in_one_line_without_the_password(postgres: Server) -> None:
    missing = postgres.url.replace("postgresql://postgres:", "postgresql+psycopg://postgres:secret").replace(
        "/postgres?", "/nowhere?"
    )
    with pytest.raises(Terminal, match="refuses the connection") as refused:
        load_hour(Warehouse.open(missing), MemoryLake().put(0, [event()]))
    assert "nowhere" in str(refused.value)
    assert "secret" not in str(refused.value)
    with pytest.raises(Transient, match="does not answer"), Warehouse.open("postgresql://u:p@127.0.0.1:1/d").reading():
        pass


def test_uuid_ts_only_grows(loaded: Files) -> None:
    lake, last = MemoryLake(), None
    for number in random.Random(3).sample(range(6), 6):
        load_hour(loaded.warehouse, lake.put(number, [event(f"e{number}"), event("same", received=number)]))
        (row,) = loaded.query("SELECT max(uuid_ts) AS newest FROM events.tracks")
        assert last is None or row["newest"] > last
        last = row["newest"]
