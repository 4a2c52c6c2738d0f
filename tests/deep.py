"""Tests that prove in depth what a faster test proves in breadth: `deep.txt` lists them, and they run as slow ones.

A test that takes more than about two seconds on a quiet machine belongs there, or has the mark `slow` itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Final

import pytest

LIST: Final = Path(__file__).with_suffix(".txt")


@dataclass(frozen=True)
class Deep:
    """A deep test, a pattern of its parameters, and the fast test of the same promise."""

    test: str
    parameters: str
    fast: str

    def fits(self, nodeid: str) -> bool:
        """Whether a test, named with its parameters, is this one."""
        test, _, parameters = nodeid.partition("[")
        return test == self.test and fnmatchcase(parameters.removesuffix("]"), self.parameters)


@cache
def read_deep() -> tuple[Deep, ...]:
    """The list."""
    lines = LIST.read_text(encoding="utf-8").splitlines()
    return tuple(_read(line) for line in lines if line and not line.startswith("#"))


def _read(line: str) -> Deep:
    deep, fast = line.split(" -> ")
    test, _, parameters = deep.partition(" | ")
    return Deep(test, parameters or "*", fast)


def mark_deep(items: list[pytest.Item]) -> None:
    """Mark the deep tests slow."""
    deep = {entry.test for entry in read_deep()}
    for item in items:
        if item.nodeid.partition("[")[0] in deep and any(entry.fits(item.nodeid) for entry in read_deep()):
            item.add_marker(pytest.mark.slow)
