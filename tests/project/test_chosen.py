"""What runs on some databases, and what `not_proved` leaves out on them, are tests that are there."""

from __future__ import annotations

import re

import pytest

from tests.chosen import LISTED, is_left_out, read_chosen
from tests.conftest import ROOT
from tests.not_proved import NotProved, read_not_proved


@pytest.mark.parametrize("test", sorted({test for database in LISTED for test in read_chosen(database)[0]}))
def test_a_test_of_the_list_runs_on_every_database(test: str) -> None:
    path, _, name = test.partition("::")
    text = (ROOT / path).read_text(encoding="utf-8")
    (found,) = re.findall(rf"^def {name}\(([^)]*)\)", text, re.MULTILINE)
    fixtures = set(re.findall(r"(\w+):", found))
    assert fixtures & {"files", "database", "server", "loaded"}


@pytest.mark.parametrize("database", LISTED)
def test_no_test_is_both_listed_and_left_out(database: str) -> None:
    chosen, _ = read_chosen(database)
    assert [test for test, parameters in chosen.items() if is_left_out(database, f"{test}[{parameters}]")] == []


def test_what_is_not_proved_names_tests_that_are_there() -> None:
    patterns = {pattern for declared in read_not_proved().values() for one in declared for pattern in one.tests}
    assert patterns
    assert [pattern for pattern in patterns if not any(ROOT.glob(pattern.partition("::")[0]))] == []


def test_a_test_is_left_out_by_its_name_or_by_the_list_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = "tests/loaders/load/test_rerun.py::test_a_changed_hour_replaces_exactly_its_own_rows[clickhouse]"
    assert not is_left_out("clickhouse", listed)
    assert is_left_out("clickhouse", "tests/loaders/load/test_rerun.py::test_of_no_list[clickhouse]")
    assert not is_left_out("postgresql", "tests/loaders/load/test_rerun.py::test_of_no_list[postgresql]")
    declared = {"clickhouse": (NotProved("reruns", "of no reason", ("tests/loaders/load/test_rerun.py::*",)),)}
    monkeypatch.setattr("tests.chosen.read_not_proved", lambda: declared)
    assert is_left_out("clickhouse", listed)
    assert not is_left_out("postgresql", listed)
