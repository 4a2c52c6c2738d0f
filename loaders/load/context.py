"""One call of `load_hour`: what was asked for, and what it has used so far."""

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
from loaders.transform.catalog import Budgets


@dataclass(frozen=True)
class LoadContext:
    """One call of `load_hour`."""

    hour: Hour
    reload: bool
    budgets: Budgets
    run_id: str
    now: Callable[[], datetime]
    folder: Path
    limits: Limits
    seconds: dict[str, float] = field(default_factory=dict)
    _folders: count[int] = field(default_factory=count)

    def new_folder(self) -> Path:
        """A folder for staged rows that nothing has been staged in."""
        return self.folder / str(next(self._folders))

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        """Add the seconds of a block to a step's."""
        start = time.perf_counter()
        yield
        self.seconds[step] = self.seconds.get(step, 0.0) + time.perf_counter() - start
