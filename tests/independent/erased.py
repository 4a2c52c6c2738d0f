"""Persons who are erased, by the contract alone (contract §13)."""

from __future__ import annotations

from dataclasses import dataclass

from tests.independent.event import Event

_PERSONS = ("user_id", "anonymous_id", "previous_id")


@dataclass(frozen=True)
class Erased:
    """Ids of persons, and of single events."""

    persons: frozenset[str] = frozenset()
    events: frozenset[str] = frozenset()

    def has(self, event: Event) -> bool:
        """Whether it is an event of theirs."""
        return event.id in self.events or any(event.texts.get(column) in self.persons for column in _PERSONS)

    def names(self, line: bytes) -> bool:
        """Whether a line that is no event holds one of the ids."""
        return any(id.encode() in line for id in self.persons | self.events)
