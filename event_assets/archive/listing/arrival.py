"""Arrival: the archive hour of a key, by the form of a layout that it fits and in the time zone of the source.

Covered by tests/archive/listing/test_arrival.py.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import cached_property

from event_assets.archive.listing.templates import HOUR, Arrives, Template, compile_template, span_of
from event_assets.events.mapping.path_members import Members


@dataclass(frozen=True)
class Arrival:
    """The archive hour of a key, and the end of the time that the key names: of an hour, or of a whole day."""

    hour: datetime
    end: datetime


@dataclass(frozen=True)
class Form:
    """A template of a layout, and what gives the archive hour of a key that fits it."""

    template: Template
    arrives: Arrives
    layout: Layout


@dataclass(frozen=True)
class Layout:
    """How the keys below a prefix give their archive hour; the first template that fits a key decides.

    `name` is the setting: a name, a template, or a list of both, of which `parts` are the layouts. `zone` is the time
    zone of dates and hours in keys.
    """

    name: str | tuple[str, ...]
    texts: tuple[str, ...]
    framing: str = "lines"
    by_modified: bool = False
    """Whether a key without a time in its name counts by its modification time."""
    mapping: str | None = None
    """The shipped mapping for a source of this layout without a mapping; None for events of our own envelope."""
    is_unmistakable: bool = False
    """Whether keys of this form can only be their producer's. Other forms are digits, which may mean something else."""

    zone: tzinfo = UTC
    parts: tuple[Layout, ...] = ()

    @cached_property
    def templates(self) -> tuple[Template, ...]:
        """The texts as patterns, compiled on first use: most commands need those of one layout."""
        return tuple(map(compile_template, self.texts))

    @cached_property
    def forms(self) -> tuple[Form, ...]:
        """The templates with what gives the hour, those of the parts in their order."""
        if self.parts:
            return tuple(form for part in self.parts for form in part.forms)
        return tuple(
            Form(template, template.arrives(by_modified=self.by_modified), self) for template in self.templates
        )

    @property
    def has_days(self) -> bool:
        """Whether keys may name a day without an hour, whose files arrive until the day ends."""
        return any(form.arrives == "day" for form in self.forms)

    @property
    def may_arrive_any_time(self) -> bool:
        """Whether a key of any day may count by when it was written, so that no hour can be listed by its folders."""
        return any(form.arrives == "modified" for form in self.forms)

    @property
    def has_members(self) -> bool:
        """Whether parts of keys are members of the events."""
        return any(form.template.members for form in self.forms)

    def read_members(self, key: str) -> Members:
        """Return the members that parts of a key are, by the form that it fits."""
        form = self.fit(key)
        return {} if form is None else form.template.read_members(key)

    def fit(self, key: str) -> Form | None:
        """Return the first form that a key fits, with a time that exists."""
        for form in self.forms:
            found = form.template.key.fullmatch(key)
            if found and (form.arrives == "modified" or span_of(tuple(found.groupdict().items()), self.zone)):
                return form
        return None

    def read_arrival(self, key: str, modified: Callable[[], datetime | None]) -> Arrival | None:
        """Return when a key arrived, by the first form that gives it a time that exists; None where none does."""
        for form in self.forms:
            if (found := form.template.key.fullmatch(key)) is None:
                continue
            if form.arrives != "modified":
                span = span_of(tuple(found.groupdict().items()), self.zone)
                if span is not None:
                    return Arrival(*span)
            elif (written := modified()) is not None:
                hour = written.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
                return Arrival(hour, hour + HOUR)
        return None

    def folder_hour(self, key: str) -> datetime | None:
        """Return the hour of the folder that contains a key which does not fit, or None if the folder names none."""
        for form in self.forms:
            folder = form.template.hour_folder if form.arrives != "modified" else None
            if folder and (found := folder.match(key)):
                span = span_of(tuple(found.groupdict().items()), self.zone)
                return span[0] if span else None
        return None
