"""A type changed on purpose: afterwards the tables are those of a fresh load with the column pinned to that type."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from loaders.catalog.file import Entry
from loaders.catalog.import_types import import_types
from loaders.interface.hour import Hour
from loaders.load.load import load_hour
from loaders.rewrite import rewrite as module
from loaders.rewrite.retype import Retype, Retyped, retype_column
from loaders.rewrite.rewrite import RewriteInputs
from loaders.transform.catalog import Budgets
from tests.loaders.lake import Event, MemoryLake, event, hour_at
from tests.loaders.tables import Files, check_sums
from tests.promises.compare import differences

DATE = "2026-01-31T10:00:00.123456Z"
NUMBERS = [*range(30), 2**53, 2**53 + 1, -(2**62)]
MIXED = [*range(40), "word", True, DATE, 1.5, -0.25, 2**60, "0012", [1, 2], "2026-01-31"]
TEXTS = [*(f"w{number}" for number in range(30)), 7, 1.50, True, DATE, 10**30, {"deep": 1}, "x"]
TIMES = [DATE] * 30 + ["soon", 5, "2026-01-31"]
FLAGS = [True, False] * 20 + ["yes", 1]
CHANGES = [
    pytest.param(NUMBERS, ["string", "float", "int"], id="ints"),
    pytest.param(MIXED, ["boolean", "float", "datetime"], id="mixed"),
    pytest.param(TEXTS, ["int", "datetime", "string"], id="texts"),
    pytest.param(TIMES, ["string", "boolean", "datetime"], id="times"),
    pytest.param(FLAGS, ["datetime", "float", "boolean"], id="flags"),
]
"""Values, and the types that their column is given one after the other."""


def orders(values: list[Any], *, prefix: str = "e", late: str = "", **more: Any) -> list[Event]:  # noqa: ANN401  members
    return [
        event(f"{prefix}{number}", at=number, properties={"other": "o", "late": late, "theValue": value}, **more)
        for number, value in enumerate(values)
    ]


def real_now() -> datetime:
    return datetime.now(UTC)


def no_progress(done: int, hours: int) -> None:
    """Progress that nobody looks at."""


def retype(
    files: Files,
    lake: MemoryLake,
    to: str,
    column: str = "the_value",
    *,
    table: str = "_order",
    pin: bool = False,
    dry_run: bool = False,
    budgets: Budgets = Budgets(),
    now: Callable[[], datetime] = real_now,
    on_progress: Callable[[int, int], None] = no_progress,
) -> Retyped:
    inputs = RewriteInputs(lake.source, lake.schema, lake.lookup, budgets, on_progress=on_progress)
    return retype_column(files.warehouse, inputs, Retype(table, column, to, pin), dry_run=dry_run, now=now)


def fresh(tmp_path: Path, hours: list[Hour], to: str, *, table: str = "_order", column: str = "the_value") -> Files:
    """The same hours in a new warehouse, with the column pinned before the first of them."""
    other = Files(tmp_path / "fresh.duckdb")
    entries = [Entry(table, column, to)]  # type: ignore[arg-type]  # a parameter of the test
    import_types(other.warehouse, entries, source="default", schema="events", pin=True)
    for hour in hours:
        load_hour(other.warehouse, hour)
    return other


def cells(files: Files, column: str = "the_value", table: str = "_order") -> dict[str, tuple[Any, Any]]:
    rows = files.query(f'SELECT id, "{column}" AS value, _rescued FROM events."{table}" ORDER BY id')
    return {row["id"]: (row["value"], row["_rescued"]) for row in rows}


def catalog_row(files: Files, column: str = "the_value", table: str = "_order") -> dict[str, Any]:
    (row,) = files.query("SELECT * FROM tideline.columns WHERE table_name = ? AND column_name = ?", table, column)
    return row


def load_mixed(files: Files, lake: MemoryLake, values: list[Any]) -> list[Hour]:
    """Three hours: most of the values, the rest of them with a copy that loses, and a page that has none."""
    cut = 25
    hours = [
        lake.put(0, orders(values[:cut])),
        lake.put(1, [*orders(values[cut:], prefix="f", late="here"), *orders(values[:2], received=-5)]),
        lake.put(2, [event("p", type="page", at=200), event("n", at=3)]),
    ]
    for hour in hours:
        load_hour(files.warehouse, hour)
    return hours


@pytest.mark.parametrize(("values", "types"), CHANGES)
def test_a_retyped_column_is_that_of_a_fresh_load_with_the_type_pinned(
    files: Files, tmp_path: Path, values: list[Any], types: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_BATCH_ROWS", 30)
    monkeypatch.setattr(module, "_LOOKUP_ROWS", 17)
    lake = MemoryLake()
    hours = load_mixed(files, lake, values)
    for to in types:
        retype(files, lake, to)
        check_sums(files)
        other = fresh(tmp_path, hours, to)
        assert differences(files.path, other.path) == []
        other.path.unlink()
        row = catalog_row(files)
        assert (row["type"], row["provisional"], row["pinned"]) == (to, False, False)


def test_there_and_back_again_loses_nothing(files: Files, tmp_path: Path) -> None:
    lake = MemoryLake()
    hours = load_mixed(files, lake, MIXED)
    for to in ("string", "datetime", "float", "boolean", "int", "float"):
        retype(files, lake, to)
    check_sums(files)
    assert differences(files.path, fresh(tmp_path, hours, "float").path) == []


def test_texts_are_as_they_were_sent(files: Files) -> None:
    lake = MemoryLake()
    load_hour(files.warehouse, lake.put(0, orders([1, 2, 1e3, 1.5, True, [1, {"a": "é"}]])))
    retype(files, lake, "string")
    assert [value for value, _ in cells(files).values()] == ["1", "2", "1000.0", "1.5", "true", '[1,{"a":"é"}]']


def test_rewritten_rows_get_a_later_uuid_ts_and_stand_in_arrivals_as_updated(files: Files) -> None:
    lake = MemoryLake()
    load_hour(files.warehouse, lake.put(0, orders(list(range(20)))))
    load_hour(files.warehouse, lake.put(1, [event("n", at=90)]))
    before = {row["id"]: row["uuid_ts"] for row in files.query("SELECT id, uuid_ts FROM events._order")}
    stopped = datetime(2020, 1, 1, tzinfo=UTC)
    done = retype(files, lake, "string", now=lambda: stopped)
    after = {row["id"]: row["uuid_ts"] for row in files.query("SELECT id, uuid_ts FROM events._order")}
    assert {id for id in after if after[id] != before[id]} == set(before) - {"n"}
    assert min(after[id] for id in after if id != "n") > max(before.values())
    assert (done.rows, done.hours, done.rescued) == (20, 1, 0)
    arrived = files.query(
        "SELECT source, archive_hour, table_name, inserted, updated, deleted FROM tideline.arrivals WHERE load_id = ?",
        done.load_id,
    )
    assert arrived == [
        {
            "source": "default",
            "archive_hour": hour_at(1),
            "table_name": "_order",
            "inserted": 0,
            "updated": 20,
            "deleted": 0,
        }
    ]
    assert done.load_id == max(row["load_id"] for row in files.query("SELECT load_id FROM tideline.loads"))
    load_hour(files.warehouse, lake.put(2, orders([5], prefix="z")), now=lambda: stopped)
    newest = files.query("SELECT max(uuid_ts) AS newest, max(id) AS id FROM events._order WHERE id = 'z0'")
    assert newest[0]["newest"] > max(after.values())


def test_hours_that_are_loaded_stay_loaded(files: Files) -> None:
    lake = MemoryLake()
    hours = load_mixed(files, lake, NUMBERS)
    retype(files, lake, "string")
    assert [load_hour(files.warehouse, hour).loaded for hour in hours] == [False] * 3
    again = load_hour(files.warehouse, hours[1], reload=True)
    assert again.counts["inserted"] == 0
    check_sums(files)


def test_widening_writes_only_the_rows_that_a_cast_would_spoil(files: Files, tmp_path: Path) -> None:
    lake = MemoryLake()
    hours = [lake.put(0, orders(NUMBERS)), lake.put(1, orders(["1,5", 0.5, 2**53 + 3], prefix="f"))]
    import_types(files.warehouse, [Entry("_order", "the_value", "int")], source="default", schema="events", pin=True)
    for hour in hours:
        load_hour(files.warehouse, hour)
    done = retype(files, lake, "float")
    assert (done.rows, done.rescued_before, done.rescued, done.pinned) == (5, 2, 4, True)
    assert cells(files)["f1"] == (0.5, None)
    assert cells(files)["e31"] == (None, '{"properties":{"theValue":9007199254740993}}')
    check_sums(files)
    assert differences(files.path, fresh(tmp_path, hours, "float").path) == []


def test_users_follow_identifies(files: Files, tmp_path: Path) -> None:
    lake = MemoryLake()
    people = [
        event(f"i{n}", type="identify", at=n, user_id=f"u{n % 7}", traits={"theValue": value, "plan": "p"})
        for n, value in enumerate(MIXED)
    ]
    hours = [lake.put(0, people[:30]), lake.put(1, [*people[30:], *orders([1, 2])])]
    for hour in hours:
        load_hour(files.warehouse, hour)
    for to in ("string", "float", "int"):
        retype(files, lake, to, table="identifies")
        check_sums(files)
        other = fresh(tmp_path, hours, to, table="identifies")
        assert differences(files.path, other.path) == []
        other.path.unlink()
    assert catalog_row(files)["type"] == "int"
    assert catalog_row(files)["ints"] == 2


def test_a_context_column_is_retyped_in_its_own_table_alone(files: Files) -> None:
    lake = MemoryLake()
    load_hour(files.warehouse, lake.put(0, orders(list(range(30)), context={"app": {"build": 7}})))
    retype(files, lake, "string", "context_app_build", table="tracks")
    check_sums(files)
    assert cells(files, "context_app_build", "tracks")["e1"] == ("7", None)
    assert cells(files, "context_app_build")["e1"] == (7, None)


def test_values_of_odd_keys_come_out_of_rescue(files: Files) -> None:
    lake = MemoryLake()
    keys = ["THE value", "the-value", "the\tvalue", 'the "value"', "the.value", "éthe value", "The\u0000Value"]
    rows = [event(f"k{n}", at=n, properties={key: "text"}) for n, key in enumerate(keys)]
    load_hour(files.warehouse, lake.put(0, [*orders(list(range(200))), *rows]))
    retype(files, lake, "string")
    found = {id: cell for id, cell in cells(files).items() if id.startswith("k")}
    assert found == {f"k{n}": ("text", None) for n in range(len(keys))}


def test_rows_that_are_too_full_stay_rescued(files: Files, tmp_path: Path) -> None:
    lake, budgets = MemoryLake(), Budgets(values=25)
    wide = {f"c{n}": n for n in range(20)}
    hour = lake.put(0, [event(f"e{n}", at=n, properties=wide | {"theValue": n}) for n in range(3)])
    load_hour(files.warehouse, hour, budgets=budgets)
    retype(files, lake, "string", "c2", budgets=budgets)
    check_sums(files)
    other = Files(tmp_path / "other.duckdb")
    import_types(other.warehouse, [Entry("_order", "c2", "string")], source="default", schema="events", pin=True)
    load_hour(other.warehouse, hour, budgets=budgets)
    assert differences(files.path, other.path) == []


def test_a_dry_run_tells_the_same_and_changes_nothing(files: Files) -> None:
    lake = MemoryLake()
    load_mixed(files, lake, MIXED)
    before = (files.table("_order"), files.table("columns", "tideline"), files.table("loads", "tideline"))
    reported = retype(files, lake, "string", dry_run=True)
    assert (files.table("_order"), files.table("columns", "tideline"), files.table("loads", "tideline")) == before
    done = retype(files, lake, "string")
    assert replace(done, load_id="") == reported
    assert done.rows == len(MIXED)


def test_the_present_type_is_settled_and_pinned_without_writing_a_row(files: Files) -> None:
    lake = MemoryLake()
    load_hour(files.warehouse, lake.put(0, orders([1, 2])))
    assert catalog_row(files)["provisional"]
    done = retype(files, lake, "int", pin=True)
    assert (done.rows, done.load_id) == (0, "")
    assert (catalog_row(files)["provisional"], catalog_row(files)["pinned"]) == (False, True)
    load_hour(files.warehouse, lake.put(1, orders([0.5], prefix="f")))
    assert cells(files)["f0"] == (None, '{"properties":{"theValue":0.5}}')


def test_progress_is_reported_by_hours(files: Files) -> None:
    lake = MemoryLake()
    load_mixed(files, lake, MIXED)
    heard: list[tuple[int, int]] = []
    retype(files, lake, "string", on_progress=lambda done, hours: heard.append((done, hours)))
    assert heard == [(1, 2), (2, 2)]
