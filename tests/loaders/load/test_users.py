"""A user's row: each column the latest that any identify brought, whatever the order (contract §5)."""

from __future__ import annotations

import itertools

import pytest

from loaders.load.load import load_hour
from loaders.transform.catalog import Budgets
from tests.loaders.lake import Event, MemoryLake, event, hour_at
from tests.loaders.tables import Files, Rows, check_sums


def identify(id: str, at: float = 0, *, user_id: str | None = "u", **traits: object) -> Event:
    return event(id, type="identify", at=at, received=at, user_id=user_id, traits=traits)


def users(files: Files) -> Rows:
    return files.query("SELECT * FROM events.users ORDER BY id")


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_every_column_is_the_latest_that_is_not_null(files: Files, order: tuple[int, ...]) -> None:
    lake = MemoryLake()
    lake.put(0, [identify("a", 1, plan="pro", city="Bonn")])
    lake.put(1, [identify("b", 3, plan="free") | {"sent_at": hour_at(1)}])
    lake.put(2, [identify("c", 2, city="Köln", age=41)])
    for number in order:
        load_hour(files.warehouse, lake.hour(number))
    (user,) = users(files)
    assert (user["id"], user["plan"], user["city"], user["age"]) == ("u", "free", "Köln", 41)
    assert user["sent_at"] == hour_at(1)


def test_clocks_are_the_latest_identifys_even_where_it_has_none(files: Files) -> None:
    first, last = identify("a", 1, plan="pro") | {"sent_at": hour_at(0)}, identify("b", 2)
    load_hour(files.warehouse, MemoryLake().put(0, [first, last]))
    assert [(row["sent_at"], row["plan"]) for row in users(files)] == [(None, "pro")]


def test_equal_times_are_distinguished_by_id(files: Files) -> None:
    load_hour(files.warehouse, MemoryLake().put(0, [identify("b", plan="b"), identify("a", plan="a")]))
    assert [row["plan"] for row in users(files)] == ["b"]


def test_blank_user_ids_are_no_users(files: Files) -> None:
    blank = [identify(str(n), user_id=user_id) for n, user_id in enumerate((None, " ", "\t\u2003\u3000\xa0"))]
    load_hour(files.warehouse, MemoryLake().put(0, [*blank, identify("x", user_id=" u ")]))
    assert [row["id"] for row in users(files)] == [" u "]
    assert len(files.ids("identifies")) == 4


def test_a_user_whose_identifies_are_gone_is_gone(files: Files) -> None:
    lake = MemoryLake()
    load_hour(files.warehouse, lake.put(0, [identify("a", user_id="u"), identify("b", user_id="v")]))
    load_hour(files.warehouse, lake.put(1, [identify("a", 9, user_id="v")]))
    check_sums(files)
    assert [row["id"] for row in users(files)] == ["v"]
    load_hour(files.warehouse, lake.put(1, []))
    assert [row["id"] for row in users(files)] == ["u", "v"]


def test_a_row_that_would_not_change_is_left_alone(files: Files) -> None:
    lake = MemoryLake()
    load_hour(files.warehouse, lake.put(0, [identify("a", 5, plan="pro"), identify("v", user_id="v")]))
    before = users(files)
    load_hour(files.warehouse, lake.put(1, [identify("b", 1, plan="free")]))
    assert users(files) == before
    load_hour(files.warehouse, lake.put(2, [identify("c", 9, plan="gold")]))
    after = users(files)
    assert (after[0]["plan"], after[1]) == ("gold", before[1])
    assert after[0]["uuid_ts"] > before[0]["uuid_ts"]


def test_a_user_has_no_more_values_than_a_row_may_have(files: Files) -> None:
    lake, budgets = MemoryLake(), Budgets(values=12)  # id, two clocks and uuid_ts leave a user eight traits
    for number in range(3):
        traits = {f"t{number * 3 + n}": n for n in (1, 2, 3)}
        hour = lake.put(number, [event(f"a{number}", type="identify", user_id="u", at=number, traits=traits)])
        load_hour(files.warehouse, hour, budgets=budgets)
    load_hour(files.warehouse, lake.put(3, [identify("w", 2, user_id="w", t9=9)]), budgets=budgets)
    full, fits = users(files)
    assert [full[f"t{n}"] for n in range(1, 10)] == [1, 2, 3, 1, 2, 3, 1, 2, None]
    assert [fits[f"t{n}"] for n in range(1, 10)] == [None] * 8 + [9]
    assert sum(row["t9"] is not None for row in files.table("identifies")) == 2


NO_USERS = ("null", " Undefined", "00000000-0000-0000-0000-000000000000", "Ö")


def test_ids_that_are_called_no_users_have_no_row_and_stay_in_identifies(files: Files) -> None:
    """White space around them and the case of A to Z make no difference; the case of other letters does."""
    ids = ["null", "NULL", "Null ", "undefined", NO_USERS[2], "Ö", "ö", "nullable", "u"]
    lake = MemoryLake(not_users=NO_USERS)
    load_hour(files.warehouse, lake.put(0, [identify(str(n), user_id=user_id) for n, user_id in enumerate(ids)]))
    assert sorted(row["id"] for row in users(files)) == ["nullable", "u", "ö"]
    assert sorted(row["user_id"] for row in files.table("identifies")) == sorted(ids)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_whom_the_settings_call_no_user_does_not_depend_on_order(file: Files, order: tuple[int, ...]) -> None:
    lake = MemoryLake(not_users=("null",))
    hours = [
        lake.put(0, [identify("a", 1, user_id="null", plan="pro"), identify("b", 2, user_id="v", plan="pro")]),
        lake.put(1, [identify("a", 61, user_id="u", plan="free"), identify("b", 62, user_id="NULL")]),
        lake.put(2, [identify("c", 121, user_id="v", plan="gold")]),
    ]
    for number in (*order, order[0]):
        load_hour(file.warehouse, hours[number], reload=True)
        check_sums(file)
    assert [(row["id"], row["plan"]) for row in users(file)] == [("u", "free"), ("v", "gold")]


def test_a_changed_list_of_no_users_holds_once_their_hours_are_loaded_again(files: Files) -> None:
    lake = MemoryLake()
    events = [identify("a", user_id="null"), identify("b", user_id="u")]
    load_hour(files.warehouse, lake.put(0, events))
    assert [row["id"] for row in users(files)] == ["null", "u"]
    lake.not_users = ("null",)
    load_hour(files.warehouse, lake.put(0, events), reload=True)
    assert [row["id"] for row in users(files)] == ["u"]
    lake.not_users = ()
    load_hour(files.warehouse, lake.put(0, events), reload=True)
    assert [row["id"] for row in users(files)] == ["null", "u"]
