"""The lists of tests that run on some databases name tests that are there and can run on them."""

from __future__ import annotations

import re

import pytest

from tests.chosen import LISTED, read_chosen
from tests.conftest import ROOT


@pytest.mark.parametrize("test", sorted({test for database in LISTED for test in read_chosen(database)[0]}))
def test_a_test_of_the_list_runs_on_every_database(test: str) -> None:
    path, _, name = test.partition("::")
    text = (ROOT / path).read_text(encoding="utf-8")
    (found,) = re.findall(rf"^def {name}\(([^)]*)\)", text, re.MULTILINE)
    fixtures = set(re.findall(r"(\w+):", found))
    assert fixtures & {"files", "database", "server", "loaded"}
