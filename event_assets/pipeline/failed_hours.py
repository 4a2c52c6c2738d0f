"""A bad hour stays one bad hour (contract §10): the others are done, unless what fails is not the hours' fault."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Final, Generic, Literal, TypeVar

from event_assets.archive.errors import ArchiveError, TransientArchiveError
from event_assets.archive.listing.list_hours import list_hour
from event_assets.config.parse import redacted
from event_assets.config.settings import Settings
from event_assets.config.source import Source
from event_assets.config.warehouse import open_warehouse
from event_assets.lake.errors import LakeError, TransientLakeError, UnusableLake
from event_assets.lake.failures import clear_failure, failed_hours, record_failure
from event_assets.lake.store import Lake
from loaders.interface.errors import DiskFailure, Transient, WarehouseError

T = TypeVar("T")

OnFailure = Callable[[datetime, Exception], None]
IsShared = Callable[[datetime, Exception], bool]

TRANSIENT: Final = (Transient, TransientArchiveError, TransientLakeError, ConnectionError, TimeoutError)
"""Errors after which the same call may succeed without any change."""

Shared = Literal["source", "all"]
"""Whose hours would fail as well: those of the source, or of all sources."""


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


def shared_cause(settings: Settings, source: Source, hour: datetime, error: BaseException) -> Shared | None:
    """Return whose other hours would fail as well, or None where the hour fails for a reason of its own.

    Asks the service that failed once more, for something that has nothing to do with the hour's content: its archive
    for the hour's listing, the lake for a file, the warehouse for a connection. What answers is not the cause.
    """
    match error:
        case UnusableLake() | DiskFailure():
            return "all"
        case LakeError():
            return None if _answers(lambda: settings.lake.exists(".probe")) else "all"
        case WarehouseError():
            return None if _answers(lambda: _ask_warehouse(settings)) else "all"
        case ArchiveError():
            return None if _answers(lambda: list_hour(source, hour)) else "source"
        case _ if error.__cause__ is not None:
            return shared_cause(settings, source, hour, error.__cause__)
    return None


def find_shared(settings: Settings, source: Source) -> IsShared:
    """Return the question whether other hours of a source would fail as well as an hour with this error."""
    return lambda hour, error: shared_cause(settings, source, hour, error) is not None


@dataclass
class SharedFailures:
    """The same question, which remembers whether a failure was shared: hours that are left need not be tried then."""

    is_shared: IsShared
    found: bool = False

    def __call__(self, hour: datetime, error: Exception) -> bool:
        """Return whether other hours would fail as well as this one."""
        shared = self.is_shared(hour, error)
        self.found = self.found or shared
        return shared


def _ask_warehouse(settings: Settings) -> None:
    with replace(open_warehouse(settings), wait=0.0).writing():
        pass


def _answers(ask: Callable[[], object]) -> bool:
    try:
        ask()
    except (ArchiveError, LakeError, WarehouseError, OSError):
        return False
    return True


def try_hours(
    hours: Iterable[datetime],
    work: Callable[[datetime], T],
    on_failure: OnFailure,
    is_shared: IsShared,
) -> HourResults[T]:
    """Call `work` for each hour in order; stop after a failure that the hours which are left would share."""
    results: HourResults[T] = HourResults()
    for hour in hours:
        try:
            results.done[hour] = work(hour)
        except Exception as error:  # noqa: BLE001  an error of one hour must not stop the others; the caller reports it
            on_failure(hour, error)
            results.failed[hour] = error
            if is_shared(hour, error):
                break
    return results


@dataclass
class FailureLog:
    """The record of a source's failed hours in the lake. It never makes an hour fail."""

    lake: Lake
    source_name: str

    @cached_property
    def _recorded(self) -> frozenset[datetime]:
        with suppress(LakeError):
            return failed_hours(self.lake, self.source_name)
        return frozenset()

    def failed(self, hour: datetime, error: BaseException) -> None:
        """Record a failed attempt."""
        message = redacted(str(error) or type(error).__name__)
        with suppress(LakeError):
            record_failure(self.lake, self.source_name, hour, message, now=datetime.now(UTC))

    def loaded(self, hour: datetime) -> None:
        """Remove the record of an hour, where there is one."""
        if hour in self._recorded:
            with suppress(LakeError):
                clear_failure(self.lake, self.source_name, hour)
