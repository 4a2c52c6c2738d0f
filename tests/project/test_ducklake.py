"""The list of tests that run on DuckLake names tests that are there and can run on it."""

from __future__ import annotations

import re

import pytest

from tests.conftest import ROOT
from tests.ducklake import read_chosen


@pytest.mark.parametrize("test", read_chosen()[0])
def test_a_test_of_the_list_runs_on_every_database(test: str) -> None:
    path, _, name = test.partition("::")
    text = (ROOT / path).read_text(encoding="utf-8")
    (found,) = re.findall(rf"^def {name}\(([^)]*)\)", text, re.MULTILINE)
    fixtures = set(re.findall(r"(\w+):", found))
    assert fixtures & {"files", "database", "server", "loaded"}
