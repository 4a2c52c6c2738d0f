"""What another loader makes of the same events by its documented rules is explained by that rule, and by no other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pytest

from event_assets.cli.output.compare.report import meaning_of
from tests.compare.side_by_side import (
    VENDOR,
    Events,
    clock,
    compare_both,
    event,
    load_both,
    rules_of,
    rules_of_table,
    unexplained,
)
from tests.postgres import Database
from tests.promises.archives import hour_number

STAMP: Final = hour_number(0).strftime("%Y-%m-%dT%H:%M:%S")
WEEK: Final = 24 * 8


def ordinary(*properties: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A track per object of properties."""
    return [event(f"o-{number}", 0, properties=one) for number, one in enumerate(properties)]


def without(one: dict[str, Any], member: str) -> dict[str, Any]:
    """The event without a member."""
    return {key: value for key, value in one.items() if key != member}


CASES: Final[dict[str, tuple[Events, set[str]]]] = {
    "nothing": ({0: [event("1", 0, properties={"n": 1, "s": "x", "at": "2026-01-31", "list": [1, 2]})]}, set()),
    "properties named like standard columns": (
        {0: ordinary({"timestamp": "x", "id": 7, "user_id": "y", "event_date": "z", "plain": 1})},
        {"reserved"},
    ),
    "one of two colliding keys": ({0: ordinary({"A b": "first", "a_b": "last"}, {"a_b": "alone"})}, {"collisions"}),
    "keys without letters": ({0: ordinary({"日本": 1, "n": 1}, {"$": 2, "n": 2})}, set()),
    "events without a name": ({0: [event("1", 0, event="日本", properties={"n": 1}), event("2", 0)]}, {"unnameable"}),
    "a fraction in an int column": ({0: ordinary({"n": 1}, {"n": 2.5}, {"n": -2.5}, {"n": 3})}, {"truncated"}),
    "misfits": ({0: ordinary({"n": 1}, {"n": "free"}, {"n": True}, {"n": [1]})}, {"misfits"}),
    "integers over 2^53": ({0: ordinary({"n": 9007199254740993}, {"n": 5})}, {"rounded"}),
    "integers over 2^53 in arrays": (
        {0: ordinary({"n": [9007199254740993, {"a": 1.0}]}, {"n": [2.0]})},
        {"rounded", "numbers"},
    ),
    "microseconds": (
        {0: [event("1", 0, sentAt=f"{STAMP}.123456Z", properties={"at": "2026-01-31T07:00:00.000999+02:00"})]},
        {"microseconds"},
    ),
    "a day that no month has": (
        {0: [event("1", 0, sentAt="2023-02-30T10:00:00Z", properties={"on": "2023-02-30", "at": "2023-04-31T25:00"})]},
        {"calendar"},
    ),
    "the first value settles the type": (
        {0: ordinary({"n": "free"}, *({"n": number} for number in range(25)), {"n": 2.5})},
        {"first_value"},
    ),
    "users by arrival": (
        {
            0: [event("1", 0, type="identify", traits={"plan": "new", "seats": 5})],
            1: [event("2", 1, type="identify", traits={"plan": "old"}, timestamp=clock(hour_number(-30)))],
        },
        {"users"},
    ),
    "events without an id": ({0: [event(None, 0, properties={"n": 1}), event(None, 0, minute=9)]}, {"ids"}),
    "events without an id, replayed": (
        {0: [event(None, 0)], 1: [event(None, 0)], 3: [event(None, 0, type="page", name="Home")] * 2},
        {"ids"},
    ),
    "ids that are none": (
        {0: [event("undefined", 0, minute=minute, userId=str(minute)) for minute in range(3)]},
        {"ids"},
    ),
    "ids that are too long": ({0: [event("x" * 600, 0), event("y" * 600, 0, userId="u-2")]}, {"ids"}),
    "clocks of 2099": ({0: [event("1", 0, timestamp="2099-01-01T00:00:00Z"), event("2", 0)]}, {"clocks"}),
    "arrival clocks of 2099": ({0: [event("1", 0, receivedAt="2099-01-01T00:00:00Z")]}, {"clocks"}),
    "no arrival clock": ({0: [without(event("1", 0), "receivedAt"), event("2", 0)]}, {"arrival"}),
    "neither arrival nor event clock": (
        {0: [without(without(event("1", 0), "receivedAt"), "timestamp"), event("2", 0)]},
        {"arrival"},
    ),
    "copies that differ, far apart": (
        {0: [event("1", 0, userId="u-1")], WEEK: [event("1", WEEK, userId="u-2")]},
        {"copies"},
    ),
    "copies that differ, in one hour": (
        {0: [event("1", 0, userId="u-1"), event("1", 0, minute=9, userId="u-2"), event("2", 0)]},
        {"copies"},
    ),
    "copies that differ in the event's name": (
        {0: [event("1", 0, event="Old name")], 2: [event("1", 2, event="New name"), event("2", 2, event="Old name")]},
        {"copies"},
    ),
    "one id of two types": (
        {0: [event("1", 0), event("1", 0, type="page", minute=9), event("2", 0, type="page")]},
        {"copies"},
    ),
    "numbers in a text column": ({0: ordinary({"n": "a"}, {"n": 1e3}, {"n": 1.0}, {"n": True})}, {"numbers"}),
    "a number too large for an int column": ({0: ordinary({"n": 1}, {"n": 1e300}, {"n": -2e19})}, {"misfits"}),
    "a day that no month has, in a text column": ({0: ordinary({"s": "free"}, {"s": "2023-02-30"})}, {"calendar"}),
    "the other of two values of a column, cut": (
        {0: ordinary({"at": "2026-02-01"}, {"At": f"{STAMP}.123456Z", "at": "2026-02-03"})},
        {"microseconds"},
    ),
    "the other of two values of a column, of another type": (
        {0: ordinary({"n": 3}, {"N": "free", "n": 5}, {"N": 2e19, "n": 6}, {"N": [1], "n": 7})},
        {"misfits"},
    ),
    "identifies that arrived together": (
        {0: [event(f"i-{plan}", 0, type="identify", traits={"plan": plan}) for plan in ("c", "a", "b")]},
        {"users"},
    ),
    "users of lost copies": (
        {
            0: [
                event("1", 0, type="identify", userId="u-1"),
                event("2", 0, type="identify", userId="u-2"),
                event("2", 0, type="identify", userId="u-3", minute=9),
                event("3", 0, minute=10),
                event("3", 0, type="identify", userId="u-4", traits={"alone": 1}, minute=11),
            ],
            1: [event("1", 1, type="identify", userId="u-5")],
        },
        {"copies"},
    ),
    "users of an id that is none": (
        {0: [event("undefined", 0, type="identify", userId=f"u-{n}", minute=n) for n in range(3)]},
        {"ids"},
    ),
    "copies without an arrival clock": (
        {0: [without(event("1", 0, minute=minute, userId=f"u-{minute}"), "receivedAt") for minute in (1, 9, 30)]},
        {"copies", "arrival"},
    ),
    "a time derived by a day that no month has": (
        {0: [without(event("1", 0, originalTimestamp="2026-02-30T10:00:00Z"), "timestamp"), event("2", 0)]},
        {"calendar"},
    ),
    "event names that are too long": ({0: [event("1", 0, event="long " * 20, properties={"n": 1})]}, {"names"}),
    "names that are too long": ({0: ordinary({f"{'long ' * 20}key": "x"}, {"n": 1})}, set()),
}

HOME_ALONE: Final = (
    *("events without a name", "users by arrival", "copies that differ in the event's name", "one id of two types"),
    *("identifies that arrived together", "users of lost copies", "users of an id that is none"),
    "event names that are too long",
)
"""Cases whose differences are in no event table of their own."""


def test_the_rules_of_the_other_loader_are_these() -> None:
    """Every case is of a rule, and most rules have one."""
    assert {rule for _, rules in CASES.values() for rule in rules} >= {
        *("reserved", "collisions", "unnameable", "truncated", "misfits", "rounded", "microseconds", "calendar"),
        *("first_value", "users", "ids", "clocks", "arrival", "copies", "numbers", "names"),
    }
    assert all(meaning_of(rule) for _, rules in CASES.values() for rule in rules)


def together() -> dict[int, list[dict[str, Any]]]:
    """All cases in one archive: each with its own event name, ids and users."""
    hours: dict[int, list[dict[str, Any]]] = {}
    for number, (events, _) in enumerate(CASES.values()):
        for hour, some in events.items():
            hours.setdefault(hour, []).extend(_apart(dict(one), number) for one in some)
    return hours


TURNED: Final = (
    f"CREATE TABLE turned AS SELECT * FROM {VENDOR}.identifies",
    f"DELETE FROM {VENDOR}.identifies",
    f"INSERT INTO {VENDOR}.identifies SELECT * FROM turned ORDER BY id DESC",
    "DROP TABLE turned",
)
"""Turns round the order in which a database gives rows that have arrived together."""


def _apart(one: dict[str, Any], number: int) -> dict[str, Any]:
    if one["event"] == "Order Done":
        one["event"] = f"Case {number}"
    one["userId"] = f"{number} {one['userId']}"
    if len(one.get("messageId", "undefined")) < len("undefined"):
        one["messageId"] = f"{number} {one['messageId']}"
    return one


@pytest.mark.slow
def test_a_difference_by_a_rule_is_explained_by_it(tmp_path: Path, database: Database | None) -> None:
    where = load_both(together(), tmp_path, database)
    for statement in TURNED:
        where.execute(statement)
    found = compare_both(where)
    assert (unexplained(found), found.findings) == ([], 0)
    by_table = {table.table: rules_of_table(table) for table in found.tables}
    own = {f"case_{number}": rules for number, (_, rules) in enumerate(CASES.values())}
    for number, name in enumerate(CASES):
        if name in HOME_ALONE:
            del own[f"case_{number}"]
    assert {table: by_table[table] for table in own} == own
    assert rules_of(found) == {rule for _, rules in CASES.values() for rule in rules}


@pytest.mark.slow
def test_equal_schemas_are_equal(tmp_path: Path, database: Database | None) -> None:
    some: Sequence[dict[str, Any]] = [event(f"{number}", 0, properties={"n": number}) for number in range(20)]
    people = [
        event(f"i-{number}", 1, type="identify", userId=f"u-{number}", traits={"a": number}) for number in range(5)
    ]
    found = compare_both(load_both({0: some, 1: people}, tmp_path, database))
    assert [(table.table, table.here, table.there, table.days) for table in found.tables] == [
        ("identifies", 5, 5, ()),
        ("order_done", 20, 20, ()),
        ("tracks", 20, 20, ()),
        ("users", 5, 5, ()),
    ]
    assert (found.findings, found.explained) == (0, 0)
