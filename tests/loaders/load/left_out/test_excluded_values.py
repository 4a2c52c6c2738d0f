"""What a source leaves out by values, users and user agents: as if it had never been sent, in any order of hours."""

from __future__ import annotations

import itertools
from pathlib import Path

import polars as pl
import pytest

from loaders.interface.settings_hash import hash_settings
from loaders.load.load import load_hour, load_hours
from loaders.transform.rules.path_values import PathValues
from loaders.transform.selection import Rule, Selection
from tests.loaders.lake import Event, MemoryLake, event
from tests.loaders.load.left_out.orders import check_given_back
from tests.loaders.load.left_out.test_excluded import excluded
from tests.loaders.tables import Files, check_sums
from tests.promises.compare import differences

STAGING = {"app": {"env": "staging"}}
CURL = {"userAgent": "curl/8.5.0", "app": {"env": "live"}}
RULES = Selection(
    exclude=Rule(
        user_ids=("test-*",),
        paths=(PathValues(("context", "app", "env"), ("stag*",)), PathValues(("properties", "internal"), (True,))),
        bots=True,
    )
)


def events() -> list[list[Event]]:
    """Three hours in which wanted and unwanted copies of ids meet."""
    live = {"app": {"env": "live"}}
    return [
        [
            event("a", at=1, properties={"n": 1}, context=live),
            event("staged", name="Deploy", at=2, context=STAGING),
            event("turned", at=3, received=0, context=live, properties={"n": 2}),
            event("robot", type="page", name=None, at=4, context=CURL, properties={"title": "x"}),
            event("i", type="identify", name=None, at=5, traits={"plan": "pro"}, context=live),
            event("tester", type="identify", name=None, at=6, user_id="test-1", traits={"plan": "free"}),
        ],
        [
            event("turned", at=3, received=60, context=STAGING, properties={"n": 3}),
            event("cleared", at=61, received=61, properties={"internal": True}),
            event("a", at=1, received=62, context=live, properties={"n": 4, "internal": False}),
        ],
        [
            event("cleared", at=61, received=50, properties={"internal": "true", "n": 5}),
            event("robot", type="page", name=None, at=4, received=121, context=live),
        ],
    ]


def is_junk(one: Event) -> bool:
    unwanted = one.get("context") in (STAGING, CURL) or one.get("properties", {}).get("internal") is True
    return unwanted or str(one["user_id"]).startswith("test-")


ORDERS = tuple(itertools.permutations(range(3)))


@pytest.mark.parametrize("orders", [(None, ORDERS[3]), pytest.param(ORDERS, marks=pytest.mark.slow)])
def test_it_is_counted_and_the_tables_are_those_without_it(
    orders: tuple[tuple[int, ...] | None, ...], tmp_path: Path
) -> None:
    """Orders of single loads with one repeated; None is one load of all hours."""
    reference = Files(tmp_path / "reference.duckdb")
    for number, hour in enumerate(events()):
        load_hour(reference.warehouse, MemoryLake().put(number, [one for one in hour if not is_junk(one)]))
    lake = MemoryLake(selection=RULES)
    hours = [lake.put(number, hour) for number, hour in enumerate(events())]
    for name, order in enumerate(orders):
        warehouse = Files(tmp_path / f"{name}.duckdb")
        if order is None:
            load_hours(warehouse.warehouse, hours)
        else:
            for step in (*order, order[0]):
                load_hour(warehouse.warehouse, hours[step], reload=step == order[0])
        assert differences(warehouse.path, reference.path) == []
        check_sums(warehouse)
        assert excluded(warehouse) == {
            (0, "track", "Deploy"): 1,
            (0, "page", None): 1,
            (0, "identify", None): 1,
            (1, "track", "Order"): 2,
        }
        assert "deploy" not in warehouse.table_names()


@pytest.mark.slow
def test_changed_rules_take_loaded_hours_again_and_give_them_back(file: Files, tmp_path: Path) -> None:
    everything, chosen = (
        [lake.put(number, hour) for number, hour in enumerate(events())]
        for lake in (MemoryLake(), MemoryLake(selection=RULES))
    )
    check_given_back(file, tmp_path, everything, chosen)
    assert excluded(file) == {}


def test_a_copy_that_is_left_out_does_not_come_back_when_the_row_that_won_goes(files: Files) -> None:
    lake = MemoryLake()
    load_hour(files.warehouse, lake.put(0, [event("x", received=9), event("y")]))
    load_hour(files.warehouse, lake.put(1, [event("x", received=5, context=STAGING)]))
    lake.selection = RULES
    load_hour(files.warehouse, lake.put(0, [event("y")]))
    assert files.ids("tracks") == ["y"]
    check_sums(files)


@pytest.mark.parametrize(
    ("selection", "taken"),
    [
        (Selection(Rule(user_ids=("u?",))), ["known"]),
        (Selection(Rule(user_ids=("*",))), ["known", "other"]),
        (Selection(Rule(paths=(PathValues(("context", "app", "env"), ("live",)),))), ["known", "other"]),
        (
            Selection(Rule(user_ids=("u1",), paths=(PathValues(("context", "app", "env"), ("live", "staging")),))),
            ["known"],
        ),
        (
            Selection(Rule(paths=(PathValues(("context", "app", "env"), ("*",)),)), Rule(user_ids=("u1",))),
            ["other"],
        ),
        (Selection(exclude=Rule(user_ids=("",))), ["known", "nobody", "other"]),
    ],
)
def test_include_is_met_by_what_meets_all_of_it(selection: Selection, taken: list[str]) -> None:
    live = {"app": {"env": "live"}}
    sent = [
        event("known", context=live),
        event("other", user_id="someone", context=live),
        event("nobody", user_id=None),
    ]
    rows = pl.concat(MemoryLake().put(0, sent).events())
    assert sorted(selection.split(rows)[0]["id"]) == taken


def test_hours_of_an_older_ledger_keep_the_hash_of_their_settings() -> None:
    """The texts are those that the first version wrote; without new criteria they must not change."""
    old = Selection(Rule(types=("track",)), Rule(events=("debug*",)))
    text = '{"exclude": {"events": ["debug*"], "types": []}, "include": {"events": [], "types": ["track"]}}'
    assert old.text() == text
    assert hash_settings("c", selection=Selection(), not_users=()) == "c"
    rules = [
        Selection(exclude=Rule(user_ids=("u",))),
        Selection(Rule(user_ids=("u",))),
        Selection(exclude=Rule(paths=(PathValues(("channel",), ("1",)),))),
        Selection(exclude=Rule(paths=(PathValues(("channel",), (1,)),))),
        Selection(exclude=Rule(paths=(PathValues(("channel",), (True,)),))),
        Selection(exclude=Rule(bots=True)),
        Selection(exclude=Rule(bots=True, not_bots=("u",))),
        old,
    ]
    assert len({hash_settings("c", selection=rule, not_users=()) for rule in rules}) == len(rules)
