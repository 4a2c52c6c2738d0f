"""One call of `load_hour`: its arguments, a folder per staging, and the seconds of its steps.

Covered by tests/loaders/load/test_rerun.py.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from pathlib import Path

from loaders.interface.hour import Hour
from loaders.interface.limits import Limits
from loaders.staging.stage import StagingOptions
from loaders.transform.catalog import Budgets


@dataclass(frozen=True)
class LoadContext:
    """The arguments of one call of `load_hour`, passed whole to its steps."""

    hour: Hour
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
    _folders: count[int] = field(default_factory=count)

    def staging_options(self) -> StagingOptions:
        """Return options for one staging, with a folder of its own."""
        return StagingOptions(self.folder / str(next(self._folders)), self.budgets, self.limits)

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        """Add the seconds of the block to those of a step."""
        start = time.perf_counter()
        yield
        self.seconds[step] = self.seconds.get(step, 0.0) + time.perf_counter() - start


@dataclass(frozen=True)
class LoadStamp:
    """The identity of a load in the warehouse: `load_id` sorts by `instant`, which is the `uuid_ts` of its rows."""

    load_id: str
    instant: datetime
