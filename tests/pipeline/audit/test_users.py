"""A row of `users` changed by hand is found when an hour with an identify of that user is drawn (contract §13)."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from event_assets.pipeline.audit.draw import Draw
from event_assets.pipeline.retention import drop_days
from loaders.transform.catalog import Budgets
from tests.conftest import on_both_in_time
from tests.drive import Place, place
from tests.pipeline.audit.test_audit import event, found_in, load_all
from tests.postgres import Database
from tests.promises.archives import hour_number, write_archive


def identify(id: str, number: int, user: object, **traits: object) -> bytes:
    """An identify that arrived in the n-th hour; `before` is how many hours earlier it happened."""
    before = traits.pop("before", 0)
    moment = hour_number(number - int(str(before))).strftime("%Y-%m-%dT%H:00:07Z")
    return event(id, number, type="identify", userId=user, traits=traits, timestamp=moment)


def write_users(folder: Path) -> Path:
    """Users of several hours, late identifies, a lost copy, no users, and an hour without any."""
    hours = {
        0: [
            identify("a", 0, "ann", plan="free", city="Oslo", seats=1),
            identify("b", 0, "bob", plan="free", tags=["x", {"y": 1}]),
            identify("c", 0, " \u2003 ", plan="blank"),
            identify("d", 0, "Nobody ", plan="none"),
            identify("e", 0, "eve's \\ :id", plan="odd"),
        ],
        1: [identify("f", 1, "ann", plan="paid", seats=2.5), identify("g", 1, "ann", plan="old", age=7, before=4)],
        2: [identify("b", 2, "ben", plan="free"), identify("h", 2, "", plan="nobody at all"), event("t", 2)],
        3: [event("u", 3, userId="ann"), event("v", 3, userId="nobody")],
    }
    return write_archive(folder, {hour_number(number): [lines] for number, lines in hours.items()})


def loaded(folder: Path, database: Database | None = None) -> Place:
    """The archive, loaded without a user of several cases of letters."""
    where = place(write_users(folder / "archive"), folder / "place", database=database)
    where = replace(where, source=replace(where.source, not_users=("nobody",)))
    load_all(where)
    return where


CHANGES = {
    "a value of the latest identify": (
        "UPDATE {users} SET plan = 'gold' WHERE id = 'ann'",
        {0, 1},
        "users: values differ from the identifies in plan (1), such as of 'ann'",
    ),
    "a value of an early identify": (
        "UPDATE {users} SET city = 'Bergen' WHERE id = 'ann'",
        {0, 1},
        "users: values differ from the identifies in city (1), such as of 'ann'",
    ),
    "a value that is NULL now": ("UPDATE {users} SET age = NULL WHERE id = 'ann'", {0, 1}, "in age (1)"),
    "a value that was NULL": ("UPDATE {users} SET age = 8 WHERE id = 'ben'", {2}, "in age (1), such as of 'ben'"),
    "a clock": (
        "UPDATE {users} SET received_at = received_at + INTERVAL '1 microsecond' WHERE id = 'ben'",
        {2},
        "in received_at (1)",
    ),
    "an older identify": (
        "UPDATE {users} SET plan = 'old', \"timestamp\" = \"timestamp\" - INTERVAL '4 hours' WHERE id = 'ann'",
        {0, 1},
        "in plan (1), timestamp (1)",
    ),
    "an id": ("UPDATE {users} SET id = 'amy' WHERE id = 'ann'", {0, 1}, "users: 1 row is missing, such as 'ann'"),
    "an odd id": ("DELETE FROM {users} WHERE id LIKE 'eve%'", {0}, "users: 1 row is missing, such as \"eve's"),
    "a row that is doubled": (
        "INSERT INTO {users} SELECT * FROM {users} WHERE id = 'ben'",
        {2},
        "users: 1 row is there twice, such as 'ben'",
    ),
    "a user that is none": (
        "UPDATE {users} SET id = 'Nobody ' WHERE id = 'ben'",
        {0, 2},
        "users: 1 row is of no identify, such as 'Nobody '",
    ),
    "the table": ("DROP TABLE {users}", {0, 1, 2}, "users: the table is missing, and 1 row with it"),
}
"""What was changed by hand, the hours that show it, and what the last of them reports."""


def changed(where: Place, folder: Path, name: str) -> tuple[Place, set[int], str]:
    """A copy with a change, the hours that show it, and a message of one of them."""
    statement, hours, message = CHANGES[name]
    copied = where.copy_to(folder / name)
    shutil.copytree(where.folder / "lake", copied.folder / "lake")
    copied.execute(statement.format(users="events.users"))
    return copied, hours, message


@pytest.fixture(scope="module")
def users(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The archive, loaded into a DuckDB file once."""
    return loaded(tmp_path_factory.mktemp("users"))


def test_users_as_they_were_loaded_have_no_difference(users: Place) -> None:
    assert found_in(users) == {}


def test_a_change_is_found_in_every_hour_of_the_user(users: Place, tmp_path: Path) -> None:
    where, hours, message = changed(users, tmp_path, "a user that is none")
    found = found_in(where)
    assert found.keys() == hours
    assert any(message in finding for findings in found.values() for finding in findings), found


@pytest.mark.slow
@on_both_in_time
def test_every_change_is_found_in_every_hour_of_the_user_and_in_no_other(
    tmp_path: Path, database: Database | None
) -> None:
    where = loaded(tmp_path, database)
    assert found_in(where) == {}
    for name in CHANGES:
        copied, hours, message = changed(where, tmp_path / "changed", name)
        found = found_in(copied)
        assert found.keys() == hours, (name, found)
        assert any(message in finding for findings in found.values() for finding in findings), (name, found)


def test_a_change_is_found_by_the_draw_of_one_hour_whose_values_have_lost(users: Place, tmp_path: Path) -> None:
    where, _, message = changed(users, tmp_path, "a value of the latest identify")
    (findings,) = found_in(where, Draw(None, 0, start=hour_number(0), end=hour_number(0))).values()
    assert message in findings[0]
    assert found_in(where, Draw(None, 0, start=hour_number(2), end=hour_number(3))) == {}


def test_values_past_the_limit_of_a_row_are_no_difference(tmp_path: Path) -> None:
    lines = [identify("a", 0, "ann", before=1, **{f"t{number}": number for number in range(12)})]
    lines += [identify("b", 0, "ann", **{f"t{number}": number for number in range(20, 31)})]
    where = place(write_archive(tmp_path / "archive", {hour_number(0): [lines]}), tmp_path / "place")
    where = replace(where, budgets=Budgets(values=25))
    load_all(where)
    assert found_in(where) == {}
    assert where.execute("UPDATE events.users SET t30 = 30 WHERE id = 'ann' AND t30 IS NULL") == 1
    assert found_in(where) == {0: ["warehouse: users: values differ from the identifies in t30 (1), such as of 'ann'"]}


def test_days_that_are_dropped_are_no_difference(users: Place, tmp_path: Path) -> None:
    where = users.copy_to(tmp_path / "dropped")
    shutil.copytree(users.folder / "lake", where.folder / "lake")
    short = replace(where, source=replace(where.source, retain_days=1))
    drop_days(short.settings, [short.source], now=lambda: hour_number(0) + timedelta(days=9))
    assert found_in(where) == {}
