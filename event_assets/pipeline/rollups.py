"""Recompute the rollups of every source where they are due, as `tideline rollups` does.

Covered by tests/defs/test_rollups.py.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

from event_assets.config.settings import Settings
from event_assets.config.source import Source
from event_assets.config.warehouse import open_warehouse
from event_assets.pipeline.publish import publish_change
from loaders.connection.warehouse import Warehouse
from loaders.interface.errors import WarehouseError
from loaders.rollups.day_records import ComputedDay, computed_days
from loaders.rollups.recompute import (
    DayDone,
    DueDay,
    Rollup,
    RollupResult,
    Schemas,
    WrongFile,
    find_due,
    find_rollups,
    read_rollup,
    recompute_days,
    recompute_due,
)
from loaders.schema.introspect import read_columns

RollupColumns = Mapping[str, Mapping[str, str]]
"""Rollup -> column -> type."""


@dataclass(frozen=True)
class Recomputed:
    """The result of a rollup of a source; one without a name is that of all rollups that were not begun."""

    source: str
    rollup: str
    days: tuple[DayDone, ...] = ()
    rows: int = 0
    seconds: float = 0.0
    errors: tuple[str, ...] = ()


@dataclass(frozen=True)
class Due:
    """The due days of a rollup of a source, with the reason of each; or the error of its file."""

    source: str
    rollup: str
    days: Mapping[date, DueDay]
    error: str | None = None


@dataclass(frozen=True)
class DayRange:
    """The days that can be requested by name, from `first` to `last` inclusive; events may fall outside of them."""

    first: date
    last: date

    def nearest(self, day: date) -> date:
        """Return the day itself, or the end of the range that is nearest to it."""
        return min(max(day, self.first), self.last)


@dataclass(frozen=True)
class RollupRequest:
    """Days of one rollup of a source; `forced` days are recomputed even where they are not due."""

    source: Source
    path: Path
    days: Sequence[date]
    bounds: DayRange
    forced: bool = False


@dataclass(frozen=True)
class RollupRun:
    """The result of `recompute_rollup`, and the columns of the rollup's table after it, by name with their types."""

    result: RollupResult
    columns: Mapping[str, str]


def schemas_of(source: Source) -> Schemas:
    """Return the schemas that the rollups of a source read and write."""
    return Schemas(source.schema, source.rollups_schema)


def find_due_days(settings: Settings, *, wait: float | None = None) -> list[Due]:
    """Return the rollups that have due days or a wrong file.

    `wait` is how many seconds to wait for a load that locks the ledger, before `Transient` is raised.
    """
    rollups: list[Rollup] = []
    wrong: dict[str, str] = {}
    for path in find_rollups(settings.rollups).values():
        try:
            rollups.append(read_rollup(path))
        except WrongFile as error:
            wrong[path.stem] = str(error)
    found: list[Due] = []
    with open_warehouse(settings).reading(wait=wait) as session:
        for source in settings.sources.values():
            due = find_due(session, schemas_of(source), rollups)
            found += [Due(source.name, name, days) for name, days in due.items()]
            found += [Due(source.name, name, {}, error) for name, error in wrong.items()]
    return found


def find_computed_days(
    settings: Settings, source: Source, names: Collection[str], *, since: datetime, wait: float
) -> list[ComputedDay]:
    """Return the days of a source's rollups that were computed since then, by the command or by Dagster, in order.

    Raises `Transient` if a load holds the ledger for more than `wait` seconds.
    """
    with open_warehouse(settings).reading(wait=wait) as session:
        return computed_days(session, schemas_of(source), names, since)


def read_rollup_columns(settings: Settings, source: Source, names: Iterable[str], *, wait: float) -> RollupColumns:
    """Return the columns of the tables of a source's rollups, by rollup and name, with their types.

    Raises `Transient` as `find_computed_days` does.
    """
    with open_warehouse(settings).reading(wait=wait) as session:
        return {name: read_columns(session, source.rollups_schema, name) for name in names}


def recompute_rollup(settings: Settings, request: RollupRequest) -> RollupRun:
    """Recompute the days, and with each the due days outside the bounds that it is the nearest to.

    Raises `WarehouseError`.
    """
    rollup, schemas = read_rollup(request.path), schemas_of(request.source)
    warehouse, nearest = open_warehouse(settings), request.bounds.nearest
    with warehouse.reading() as session:
        due = find_due(session, schemas, [rollup]).get(rollup.name, {})
    outside = [day for day in due if nearest(day) != day and nearest(day) in request.days]
    result = recompute_days(
        partial(warehouse.loading, schemas.events),
        schemas,
        rollup,
        [*request.days, *outside],
        now=_now,
        asked=request.forced,
    )
    with warehouse.reading() as session:
        columns = read_columns(session, schemas.rollups, rollup.name)
    return RollupRun(result, columns)


def recompute_sources(settings: Settings, loaded: Collection[str] = ()) -> Iterator[Recomputed]:
    """Recompute the due days, rollup by rollup; a refusal of the warehouse is a result, and the next source is begun.

    `loaded` are the sources of which the caller has just loaded hours.
    Raises Terminal where the folder of the user's own rollups does not exist.
    """
    warehouse, files = open_warehouse(settings), find_rollups(settings.rollups)
    for source in settings.sources.values():
        try:
            yield from _recompute_source(warehouse, source, files, loaded=source.name in loaded)
        except WarehouseError as error:
            yield Recomputed(source.name, "", errors=(str(error),))
    publish_change(settings, warehouse, now=_now())


def _recompute_source(
    warehouse: Warehouse, source: Source, files: Mapping[str, Path], *, loaded: bool
) -> Iterator[Recomputed]:
    started = time.monotonic()
    for result in recompute_due(warehouse, schemas_of(source), files, now=_now, loaded=loaded):
        yield _recomputed(source.name, result, time.monotonic() - started)
        started = time.monotonic()


def _recomputed(source: str, result: RollupResult, seconds: float) -> Recomputed:
    return Recomputed(source, result.rollup, result.days, result.rows, seconds, result.errors)


def _now() -> datetime:
    return datetime.now(UTC)
