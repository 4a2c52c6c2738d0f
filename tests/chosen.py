"""Which tests of every database run on those that only some run on: a list of each beside this module."""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Final

import pytest

LISTED: Final = ("ducklake", "clickhouse")
"""Databases with a list, by the name of their fixture and of the list."""


@cache
def read_chosen(database: str) -> tuple[dict[str, str], frozenset[str]]:
    """The tests that run on a database with a pattern of their parameters, and those of them that are fast."""
    chosen, fast = {}, set()
    for line in Path(__file__).with_name(f"{database}.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            test, _, parameters = line.removeprefix("fast ").partition(" | ")
            chosen[test] = parameters or "*"
            if line.startswith("fast "):
                fast.add(test)
    return chosen, frozenset(fast)


def choose_tests(items: list[pytest.Item]) -> list[pytest.Item]:
    """Mark the tests on listed databases slow, but for the fast ones; return those that no list has."""
    left_out = []
    for item in items:
        spec = getattr(item, "callspec", None)
        used = (spec.params.get("files"), spec.params.get("server")) if spec is not None else ()
        database = next((known for known in LISTED if known in used), None)
        if database is None:
            continue
        chosen, fast = read_chosen(database)
        test, _, parameters = item.nodeid.partition("[")
        if test not in chosen or not fnmatchcase(parameters.removesuffix("]"), chosen[test]):
            left_out.append(item)
        elif test not in fast:
            item.add_marker(pytest.mark.slow)
    return left_out
