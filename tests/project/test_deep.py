"""The list of deep tests names tests that exist, and for every one a fast test that stays in `make test`."""

from __future__ import annotations

import ast
from functools import cache

import pytest

from tests.conftest import ROOT
from tests.deep import Deep, read_deep


@cache
def slow_of(file: str) -> dict[str, bool]:
    """Every test of a file, and whether it has the mark itself."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return {
        node.name: any(
            "mark.slow" in ast.unparse(mark) for mark in node.decorator_list if isinstance(mark, ast.Attribute)
        )
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


@pytest.mark.parametrize("entry", read_deep(), ids=lambda entry: f"{entry.test} {entry.parameters}")
def test_a_deep_test_leaves_a_fast_one(entry: Deep) -> None:
    file, _, test = entry.test.partition("::")
    assert test in slow_of(file)
    kept_in, _, kept = entry.fast.partition("::")
    assert slow_of(kept_in)[kept] is False
    assert not [other for other in read_deep() if other.test == entry.fast and other.parameters == "*"]


def test_parameters_are_chosen_by_a_pattern() -> None:
    entry = Deep("tests/test_a.py::test_b", "*postgresql*", "tests/test_a.py::test_b")
    assert entry.fits("tests/test_a.py::test_b[folder-postgresql-small]")
    assert not entry.fits("tests/test_a.py::test_b[folder-duckdb-small]")
    assert not entry.fits("tests/test_a.py::test_c[folder-postgresql-small]")
    assert Deep("tests/test_a.py::test_b", "*", "").fits("tests/test_a.py::test_b")
