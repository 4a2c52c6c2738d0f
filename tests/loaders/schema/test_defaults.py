"""Types change under defaults, and under what else somebody has made of a column: the load goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from loaders.interface.errors import Terminal
from loaders.load.load import load_hour
from loaders.load.online_ddl import find_waiting
from tests.loaders.lake import Event, MemoryLake, event
from tests.loaders.tables import Files, check_sums
from tests.postgres import Server


@pytest.fixture
def loaded(postgres: Server, tmp_path: Path) -> Files:
    """An empty database of the server."""
    return Files(tmp_path / "mirror.duckdb", postgres.new_database())


def orders(prefix: str, *values: object) -> list[Event]:
    return [event(f"{prefix}{n}", properties={"price": value}) for n, value in enumerate(values)]


def default_of(files: Files, table: str = "_order", column: str = "price") -> str | None:
    """The value of the column in a new row that gives none."""
    names = "id, timestamp, received_at, _archive_hour" if table != "users" else "id"
    values = "'new', now(), now(), now()" if table != "users" else "'new'"
    files.execute(f'INSERT INTO events."{table}" ({names}) VALUES ({values})')
    (row,) = [row for row in files.table(table) if row["id"] == "new"]
    return None if row[column] is None else str(row[column])


@pytest.mark.parametrize(
    ("default", "first", "then", "kept"),
    [
        ("7", [7], ["a"] * 19, "7"),
        ("'a:b'", ["a"], list(range(19)), None),
        ("'12'", ["a"], list(range(19)), "12"),
        ("false", [True], ["yes"] * 19, "false"),
        ("5", [1], [0.5], "5.0"),
    ],
    ids=["int to text", "a text that is no int", "a text that is an int", "bool to text", "widened"],
)
def test_a_default_is_kept_where_it_casts_to_the_new_type(
    files: Files, default: str, first: list[object], then: list[object], kept: str | None
) -> None:
    lake = MemoryLake()
    load_hour(files.warehouse, lake.put(0, orders("a", *first)))
    files.execute(f"ALTER TABLE events._order ALTER COLUMN price SET DEFAULT {default}")
    result = load_hour(files.warehouse, lake.put(1, orders("b", *then)))
    check_sums(files)
    assert any("_order.price" in change for change in result.schema_changes)
    assert default_of(files) == kept


def test_a_default_of_a_trait_is_kept_in_users(files: Files) -> None:
    lake = MemoryLake()
    load_hour(files.warehouse, lake.put(0, [event("a", type="identify", traits={"plan": 1})]))
    files.execute("ALTER TABLE events.users ALTER COLUMN plan SET DEFAULT 1")
    people = [event(f"b{n}", type="identify", user_id=f"v{n}", traits={"plan": "pro"}) for n in range(19)]
    load_hour(files.warehouse, lake.put(1, people))
    assert {row["id"]: row["plan"] for row in files.table("users")}["v3"] == "pro"
    assert default_of(files, "users", "plan") == "1"


NOTHING = "CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (
            "ALTER TABLE events._order ADD COLUMN twice bigint GENERATED ALWAYS AS (price * 2) STORED",
            "default value for column twice of table events._order",
        ),
        (
            f"{NOTHING} CREATE TRIGGER dear AFTER UPDATE OF price ON events._order FOR EACH ROW "
            "EXECUTE FUNCTION nothing()",
            "trigger dear on table events._order",
        ),
        ("CREATE POLICY cheap ON events._order USING (price < 9)", "policy cheap on table events._order"),
        (
            "CREATE INDEX narrow ON events._order USING brin (price int8_minmax_multi_ops)",
            "index events.narrow",
        ),
    ],
    ids=["generated column", "trigger", "policy", "operators of one type"],
)
def test_what_needs_a_column_keeps_its_type_and_the_load_goes_on(loaded: Files, change: str, named: str) -> None:
    lake = MemoryLake()
    load_hour(loaded.warehouse, lake.put(0, orders("a", *range(30))))
    loaded.execute(change)
    result = load_hour(loaded.warehouse, lake.put(1, orders("b", 0.5)))
    check_sums(loaded)
    assert f"_order.price stays as it is: {named} depends on it" in result.schema_changes
    assert {row["id"]: row["_rescued"] for row in loaded.table("_order")}["b0"] == '{"properties":{"price":0.5}}'
    with loaded.warehouse.reading() as session:
        (waiting,) = find_waiting(session, "events")
    assert waiting.remedy == f"Drop {named}. Run: tideline retype _order price float then create {named} again"


def test_an_index_that_cannot_have_the_new_type_is_named_with_its_remedy(loaded: Files) -> None:
    lake = MemoryLake()
    load_hour(loaded.warehouse, lake.put(0, orders("a", 1)))
    loaded.execute("CREATE INDEX odd ON events._order (id) WHERE price % 2 = 1")
    hour = lake.put(1, orders("b", *["x"] * 19))
    with pytest.raises(Terminal, match=r"_order\.price cannot become string, nothing was loaded: .*drop what needs"):
        load_hour(loaded.warehouse, hour)
    loaded.execute("DROP INDEX events.odd")
    assert load_hour(loaded.warehouse, hour).loaded
