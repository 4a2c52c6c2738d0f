"""What is not proved of a warehouse, read from `not_proved.toml`: by it tests are left out, and the docs show it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Final

_FILE: Final = Path(__file__).with_suffix(".toml")


@dataclass(frozen=True)
class NotProved:
    """One thing that no test proves of a warehouse."""

    what: str
    why: str
    tests: tuple[str, ...] = ()
    """Patterns of the tests that are left out, without their parameters."""
    listed: str | None = None
    """The list of the tests that run, beside this module; all others of every database are left out."""

    def names(self, test: str) -> bool:
        """Whether a pattern fits this test."""
        return any(fnmatchcase(test, pattern) for pattern in self.tests)


@cache
def read_not_proved() -> Mapping[str, tuple[NotProved, ...]]:
    """The declarations by the name of the warehouse's fixture, in the order of the file."""
    tables = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return {
        warehouse: tuple(NotProved(**{**table, "tests": tuple(table.get("tests", ()))}) for table in declared)
        for warehouse, declared in tables.items()
    }
