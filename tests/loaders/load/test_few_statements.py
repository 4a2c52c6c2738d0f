"""What a load does not ask: of ids no other hour has, of types without a rival, of columns that decide nothing."""

from __future__ import annotations

import re

import pytest

from loaders.connection.warehouse import Warehouse
from loaders.load.load import load_hour
from tests.loaders.lake import Event, MemoryLake, event
from tests.loaders.load.test_small_loads import Counted
from tests.loaders.tables import Files, check_sums


@pytest.fixture
def lake(file: Files) -> MemoryLake:
    """An hour with an event of every kind that the tests send again."""
    lake = MemoryLake()
    known = [event("track"), event("page", type="page", name=None), event("person", type="identify")]
    load_hour(file.warehouse, lake.put(0, known))
    return lake


def asked(file: Files, lake: MemoryLake, number: int, *events: Event) -> list[str]:
    """The statements of a load of an hour, names not quoted, without those that only create an empty table."""
    counted = Counted(file.path, 640 << 20)
    assert load_hour(Warehouse(counted, 20), lake.put(number, events)).loaded
    check_sums(file)
    plain = [text.replace('"', "") for text in counted.asked]
    return [text for text in plain if not re.match(r"CREATE TEMPORARY TABLE \w+ \(", text)]


def having(statements: list[str], *patterns: str) -> list[str]:
    """The statements with all of these patterns."""
    return [text for text in statements if all(re.search(pattern, text) for pattern in patterns)]


def test_new_ids_ask_nothing_of_a_contest_and_no_identify_nothing_of_users(file: Files, lake: MemoryLake) -> None:
    statements = asked(file, lake, 1, event("new"), event("other", type="page", name=None))
    assert having(statements, r"load_(winners|leaving|losing|contenders)\b") == []
    assert having(statements, "INSERT INTO load_stored", "load_id_hours") == []
    assert len(having(statements, "^SELECT", "FROM load_stored")) == 1
    assert having(statements, r"load_(users|changed_users|no_users)\b") == []


def test_only_the_types_that_have_rivals_are_looked_at(file: Files, lake: MemoryLake) -> None:
    page = event("page", type="page", name=None, received=-9)
    statements = asked(file, lake, 1, event("new"), page, event("man", type="identify", user_id="u2"))
    assert len(having(statements, "INSERT INTO load_stored", "load_id_hours")) == 1
    assert len(having(statements, "INSERT INTO load_contenders")) == 1
    assert len(having(statements, "INSERT INTO load_entering", "load_losing")) == 1
    assert having(statements, "INSERT INTO load_returning") == []
    losing = [text.split()[2] for text in having(statements, "INSERT INTO events", "load_losing")]
    assert losing == ["events.pages"]
    assert file.ids("pages") == ["page"]
    assert having(statements, r"load_(no_users|fitting_users)\b") == []


def test_a_row_that_returns_is_looked_for_in_its_own_type_alone(file: Files, lake: MemoryLake) -> None:
    page = event("page", type="page", name=None, received=9)
    statements = asked(file, lake, 1, event("new"), page)
    assert len(having(statements, "INSERT INTO load_returning")) == 1
    assert len(having(statements, "DELETE FROM events")) == 1


def test_of_a_home_table_only_its_rows_are_read_with_every_column(file: Files, lake: MemoryLake) -> None:
    statements = asked(file, lake, 1, event("track", received=9), event("new"))
    for table in ("tracks", "_order"):
        (insert,) = having(statements, rf"INSERT INTO events\.{table} ")
        (whole,) = re.findall(r"FROM (staged_\d+)", insert)
        assert having(statements, rf"\b{whole}\b") == [insert], table
