"""One call of `load_hours`: its arguments, a folder per staging, and the seconds of its steps.

Covered by tests/loaders/load/test_rerun.py.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from pathlib import Path

from loaders.interface.hour import Hour
from loaders.interface.limits import Limits
from loaders.staging.stage import StagingOptions
from loaders.transform.catalog import Budgets


@dataclass(frozen=True)
class LoadContext:
    """The arguments of one call of `load_hours`, passed whole to its steps."""

    hours: tuple[Hour, ...]
    """At least one, of one source, in the order of time."""
    reload: bool
    refresh: bool
    budgets: Budgets
    run_id: str
    now: Callable[[], datetime]
    folder: Path
    """Removed at the end of the call."""
    limits: Limits
    seconds: dict[str, float] = field(default_factory=dict)
    """Step -> seconds spent in it so far."""
    refused: dict[str, str] = field(default_factory=dict)
    """Event tables that the database has refused to create in this call, with the reason."""
    created: list[str] = field(default_factory=list)
    """Declared tables and columns that were created in this call."""
    _folders: count[int] = field(default_factory=count)

    @property
    def lead(self) -> Hour:
        """The first hour: its source, settings and readers of other hours are those of all."""
        return self.hours[0]

    @property
    def source(self) -> str:
        """The source of the hours."""
        return self.lead.source

    @property
    def schema(self) -> str:
        """The warehouse schema of the event tables."""
        return self.lead.schema

    @property
    def archive_hours(self) -> list[datetime]:
        """The archive hours, in order."""
        return [hour.archive_hour for hour in self.hours]

    def without(self, archive_hours: Collection[datetime]) -> LoadContext:
        """Return the context of the other hours."""
        return replace(self, hours=tuple(hour for hour in self.hours if hour.archive_hour not in archive_hours))

    def staging_options(self) -> StagingOptions:
        """Return options for one staging, with a folder of its own."""
        return StagingOptions(self.folder / str(next(self._folders)), self.budgets, self.limits, self.lead.contracts)

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        """Add the seconds of the block to those of a step."""
        start = time.perf_counter()
        yield
        self.seconds[step] = self.seconds.get(step, 0.0) + time.perf_counter() - start


@dataclass(frozen=True)
class LoadStamp:
    """The identity of one hour's load in the warehouse: `load_id` sorts by time, and by hour within a shared load."""

    archive_hour: datetime
    load_id: str
