"""Which tests of every database run on a warehouse: all that `not_proved` does not leave out, by a list or by name."""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from tests.not_proved import read_not_proved

LISTED: Final = tuple(
    warehouse for warehouse, declared in read_not_proved().items() if any(one.listed for one in declared)
)
"""Databases with a list, by the name of their fixture."""


@cache
def read_chosen(database: str) -> tuple[dict[str, str], frozenset[str]]:
    """The tests that run on a database with a pattern of their parameters, and those of them that are fast."""
    (listed,) = (one.listed for one in read_not_proved()[database] if one.listed)
    chosen, fast = {}, set()
    for line in Path(__file__).with_name(listed).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            test, _, parameters = line.removeprefix("fast ").partition(" | ")
            chosen[test] = parameters or "*"
            if line.startswith("fast "):
                fast.add(test)
    return chosen, frozenset(fast)


def is_left_out(database: str, nodeid: str) -> bool:
    """Whether a test, named with its parameters, is one that `not_proved` leaves out on a database."""
    test, _, parameters = nodeid.partition("[")
    if any(one.names(test) for one in read_not_proved().get(database, ())):
        return True
    if database not in LISTED:
        return False
    chosen, _ = read_chosen(database)
    return test not in chosen or not fnmatchcase(parameters.removesuffix("]"), chosen[test])


def choose_tests(items: list[pytest.Item]) -> list[pytest.Item]:
    """Mark the tests on listed databases slow, but for the fast ones; return those that are left out."""
    left_out = []
    for item in items:
        spec = getattr(item, "callspec", None)
        used = (spec.params.get("files"), spec.params.get("server")) if spec is not None else ()
        database = next((known for known in read_not_proved() if known in used), None)
        if database is None:
            continue
        if is_left_out(database, item.nodeid):
            left_out.append(item)
        elif database in LISTED and item.nodeid.partition("[")[0] not in read_chosen(database)[1]:
            item.add_marker(pytest.mark.slow)
    return left_out
