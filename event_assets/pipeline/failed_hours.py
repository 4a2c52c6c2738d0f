"""A bad hour stays one bad hour (contract §11): the others are done, unless what fails is not the hours' fault."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Generic, TypeVar

from event_assets.archive.errors import TransientArchiveError
from event_assets.lake.errors import TransientLakeError
from loaders.interface.errors import Transient

T = TypeVar("T")

TRANSIENT: Final = (Transient, TransientArchiveError, TransientLakeError, ConnectionError, TimeoutError)
"""Errors after which the same call may succeed without any change."""
FAILURES_IN_A_ROW: Final = 3
"""After as many transient failures in a row the remaining hours are not tried: they would wait for the same service."""


@dataclass(frozen=True)
class HourResults(Generic[T]):
    """The results of hours by archive hour, and the errors of those that failed. Hours in neither were not tried."""

    done: dict[datetime, T] = field(default_factory=dict)
    failed: dict[datetime, Exception] = field(default_factory=dict)


def is_transient(error: BaseException) -> bool:
    """Return whether the same call may succeed later, by the class of the error or of one of its causes."""
    while True:
        if isinstance(error, TRANSIENT):
            return True
        if error.__cause__ is None:
            return False
        error = error.__cause__


def try_hours(
    hours: Iterable[datetime], work: Callable[[datetime], T], on_failure: Callable[[datetime, Exception], None]
) -> HourResults[T]:
    """Call `work` for each hour in order; stop after three transient failures in a row."""
    results: HourResults[T] = HourResults()
    in_a_row: list[Exception] = []
    for hour in hours:
        newest = in_a_row[-FAILURES_IN_A_ROW:]
        if len(newest) == FAILURES_IN_A_ROW and all(map(is_transient, newest)):
            break
        try:
            results.done[hour] = work(hour)
            in_a_row.clear()
        except Exception as error:  # noqa: BLE001  an error of one hour must not stop the others; the caller reports it
            on_failure(hour, error)
            results.failed[hour] = error
            in_a_row.append(error)
    return results
