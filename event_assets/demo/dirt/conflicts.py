"""Conflicts: values that do not fit their column, such as price "free", too few to change its type.

Covered by tests/demo/test_generate.py.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from event_assets.demo.sessions import DemoEvent
from event_assets.demo.subject import Json, lexeme, write_event

RATE = 0.010
"""Share of misfits among a column's values in an hour: far below the 5 % that change its type (contract §6)."""
ENOUGH = 200
"""Fewest values in an hour for which the rate holds, even in a third of it. One smaller hour gets one misfit."""


@dataclass(frozen=True, slots=True)
class Target:
    """A column that gets misfits: the events, the path, and the values."""

    event_name: str
    path: tuple[str, ...]
    misfits: tuple[object, ...]

    @property
    def name(self) -> str:
        """The column, as it is reported."""
        return f"{self.event_name}: {'.'.join(self.path)}"


TARGETS = (
    Target("Product Viewed", ("properties", "price"), ("free", "12,50 €", lexeme("1e400"), True, [1, 2], "n/a")),
    Target("Product Viewed", ("context", "sessionId"), (lexeme("123456789012345678901"), "none")),
    Target("page", ("context", "screen", "width"), ("wide", 1440.5)),
    Target("page", ("context", "screen", "height"), ("tall", False)),
    Target("Products Searched", ("properties", "results"), ("many", "2026-03-02", None)),
    Target("Product Added", ("properties", "gift"), ("yes", 1)),
    Target("identify", ("traits", "birthday"), ("2001-02-30", 19900101, "spring")),
    Target("identify", ("traits", "age"), ("unknown", 33.0, lexeme("4e1"))),
)


@dataclass(slots=True)
class Conflicts:
    """Writes misfits into one hour after another, and remembers the columns that had one in a small hour."""

    spent: set[str] = field(default_factory=set)
    counts: dict[str, int] = field(default_factory=dict)

    def spoil(self, events: Sequence[DemoEvent]) -> dict[int, bytes]:
        """Return position in the hour -> the line that replaces it; positions are distinct."""
        spoilt: dict[int, bytes] = {}
        for target in TARGETS:
            fitting = [n for n, event in enumerate(events) if event.name == target.event_name and n not in spoilt]
            lines = [(n, json.loads(events[n].line)) for n in self._choose(target, fitting)]
            spoilt |= {n: self._put(target, event) for n, event in lines if _has_path(event, target.path)}
        return spoilt

    def _choose(self, target: Target, fitting: Sequence[int]) -> list[int]:
        """Return evenly spread positions, so that no part of the hour has more than its share."""
        if len(fitting) >= ENOUGH:
            count = int(len(fitting) * RATE)
            return [fitting[int((n + 0.5) * len(fitting) / count)] for n in range(count)]
        if not fitting or target.name in self.spent:
            return []
        self.spent.add(target.name)
        return [fitting[len(fitting) // 2]]

    def _put(self, target: Target, event: Json) -> bytes:
        number = self.counts.get(target.name, 0)
        self.counts[target.name] = number + 1
        _parent(event, target.path)[target.path[-1]] = target.misfits[number % len(target.misfits)]
        return write_event(event)


def _parent(event: Json, path: tuple[str, ...]) -> dict[str, Any]:
    for name in path[:-1]:
        event = event[name]
    return event


def _has_path(event: Json, path: tuple[str, ...]) -> bool:
    """Return whether an event has the path; server lines have no session or screen."""
    for name in path:
        if not isinstance(event, dict) or name not in event:
            return False
        event = event[name]
    return True
