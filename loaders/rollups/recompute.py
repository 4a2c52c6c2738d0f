"""Rollups: tables per day that SQL derives from event tables, recomputed for days that loads changed (contract §8)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import Final

from loaders.connection.session import Name, Quoted, Session
from loaders.connection.warehouse import Warehouse
from loaders.interface.errors import Terminal
from loaders.interface.words import counted
from loaders.ledger.loads import count_loads
from loaders.rollups.day_records import (
    DayTotals,
    forget_days,
    is_erasing,
    prepare_records,
    record_day,
)
from loaders.rollups.due_days import (
    DayChange,
    DueDay,
    RollupState,
    Schemas,
    Why,
    day_bounds,
    find_due,
    read_loads,
    read_state,
)
from loaders.rollups.errors import translating_errors
from loaders.rollups.files import Rollup, WrongFile, find_rollups, is_name, read_rollup
from loaders.rollups.tables import has_table, placeholders
from loaders.rollups.totals import Totals, read_totals
from loaders.schema.evolve import index_name
from loaders.schema.introspect import read_columns
from loaders.schema.ledger_tables import create_schema

__all__ = [
    "DayChange",
    "DayDone",
    "DueDay",
    "Rollup",
    "RollupResult",
    "Schemas",
    "Why",
    "WrongFile",
    "find_due",
    "find_rollups",
    "is_name",
    "read_rollup",
    "recompute_days",
    "recompute_due",
]  # fmt: skip

DAYS_PER_TRANSACTION: Final = 31
"""Days per transaction, for which a load waits. Only a table whose columns change is rebuilt in one transaction."""
FAILURES: Final = 3
"""Failed days after which the rest of a rollup is left due: the cause is not the data of one day."""

Begin = Callable[[], AbstractContextManager[Session]]
"""Begins a transaction under the merge lock."""

_ROWS: Final = "tideline rows"
"""The temporary table of one day's rows. No event table can have this name: it contains a space."""

_REBUILT: Final = "tideline rebuilt"
"""The temporary table of all days of a rollup whose columns have changed."""


@dataclass(frozen=True)
class DayDone:
    """A day that was recomputed."""

    date: date
    rows: int
    why: Why
    loads: tuple[DayChange, ...]
    """The loads that changed the day since it was last computed; all of them if it is new or edited."""
    before: Totals | None = None
    """What the day added up to; None if it is new, the columns were others, or an erasure is under way."""
    after: Totals | None = None


@dataclass(frozen=True)
class RollupResult:
    """The result of one rollup. `errors` are those of days that could not be computed; they stay due."""

    rollup: str
    days: tuple[DayDone, ...] = ()
    errors: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """Rows of the days that were recomputed."""
        return sum(day.rows for day in self.days)


def recompute_due(
    warehouse: Warehouse,
    schemas: Schemas,
    files: Mapping[str, Path],
    *,
    now: Callable[[], datetime],
    loaded: bool = False,
) -> Iterator[RollupResult]:
    """Recompute due days; yield a result per rollup that has due days or a wrong file, which does not stop the others.

    A day that many loads changed is computed once. Few days are computed under one hold of the merge lock, each
    rollup in its own transaction. With `loaded` the caller has just loaded hours: the check for due days is skipped.
    Raise Transient if another process holds the warehouse.
    """
    rollups = []
    for path in files.values():
        try:
            rollups.append(read_rollup(path))
        except WrongFile as error:
            yield RollupResult(path.stem, errors=(str(error),))
    due: Mapping[str, Collection[date]] = {}
    if not loaded:
        with warehouse.reading() as session:
            due = find_due(session, schemas, rollups)
        if not due:
            return
    if _are_few(due):
        with warehouse.holding(schemas.events) as begin:
            with begin() as session:
                state = read_state(session, schemas)
            due = state.due_of(rollups)
            if _are_few(due):
                for rollup in (known for known in rollups if known.name in due):
                    yield recompute_days(begin, schemas, rollup, due[rollup.name], now=now, state=state)
                return
    begin = partial(warehouse.loading, schemas.events)
    for rollup in (known for known in rollups if known.name in due):
        yield recompute_days(begin, schemas, rollup, due[rollup.name], now=now)


def _are_few(due: Mapping[str, Collection[date]]) -> bool:
    return sum(map(len, due.values())) <= DAYS_PER_TRANSACTION


def recompute_days(
    begin: Begin,
    schemas: Schemas,
    rollup: Rollup,
    days: Collection[date],
    *,
    now: Callable[[], datetime],
    asked: bool = False,
    state: RollupState | None = None,
) -> RollupResult:
    """Recompute these days of one rollup if they are still due; with `asked`, also those that are not.

    `begin` opens a transaction under the merge lock of the schema, such as `Warehouse.loading`. `state` was read under
    a lock that is held until the end; by default every transaction reads it.
    """
    done: list[DayDone] = []
    errors: list[str] = []
    ordered = sorted(days)
    starts = range(0, len(ordered), DAYS_PER_TRANSACTION)
    left = deque(ordered[start : start + DAYS_PER_TRANSACTION] for start in starts)
    while left and len(errors) < FAILURES:
        batch = left.popleft()
        try:
            with begin() as session:
                known = read_state(session, schemas) if state is None else state
                done += _RollupTransaction(session, schemas, rollup, known, now()).recompute(batch, asked=asked)
        except WrongFile as error:
            return RollupResult(rollup.name, tuple(done), (str(error),))
        except Terminal as error:
            if len(batch) == 1:
                errors.append(str(error))
            else:
                left.extendleft([day] for day in reversed(batch))
    return RollupResult(rollup.name, tuple(done), tuple(errors))


@dataclass(frozen=True)
class _RollupTransaction:
    """One transaction under the merge lock for days of one rollup."""

    session: Session
    schemas: Schemas
    rollup: Rollup
    state: RollupState
    now: datetime

    @property
    def table(self) -> tuple[str, str]:
        return self.schemas.rollups, self.rollup.name

    def recompute(self, days: list[date], *, asked: bool) -> list[DayDone]:
        """Recompute the days, or every day if the columns of the rollup differ from those of its table."""
        due = self.state.due(self.rollup)
        wanted = [day for day in days if asked or day in due]
        if not wanted:
            return []
        prepare_records(self.session)
        self.session.dialect.maintain(self.session.connection, loads=count_loads(self.session))
        in_events = self.session.dialect.use_schema(self.session.connection, self.schemas.events)
        missing = placeholders(self.session, self.schemas.events)
        with in_events, missing, self._target() as target:
            if target == _REBUILT:
                wanted = sorted({*wanted, *self.state.touched})
            loads = read_loads(self.session, self.schemas.events, wanted)
            return [self._recompute_day(target, day, due.get(day), loads[day]) for day in wanted]

    @contextmanager
    def _target(self) -> Iterator[Name]:
        """Yield the table that the block fills with rows.

        If the SELECT has other columns than the table, the block fills a temporary table, which replaces it afterwards:
        readers wait for the table only from then to the commit.
        """
        session, columns = self.session, self._create_rows()
        exists = has_table(session, self.schemas, self.rollup)
        same = exists and session.describe("rollups/days/columns", {"table": self.table}) == columns
        if not exists:  # before any row changes: where a change of a table commits, a new table is no part of it
            self._create_table(_ROWS)
        if not same:
            forget_days(session, self.schemas.entry(self.rollup.name))
        if exists and not same:
            session.run("rollups/days/copy_rows", {"copy": _REBUILT, "rows": _ROWS})
            yield _REBUILT
            with translating_errors(session, self.rollup, "rollups/days/drop_table"):
                session.run("rollups/days/drop_table", {"table": self.table})
            self._create_table(_REBUILT)
            session.run("rollups/days/drop_rows", {"rows": _REBUILT})
        else:
            yield self.table
        session.run("rollups/days/drop_rows", {"rows": _ROWS})

    def _create_table(self, rows: str) -> None:
        create_schema(self.session, self.schemas.rollups)
        self.session.run("rollups/days/create_table", {"table": self.table, "rows": rows})
        if self.session.dialect.indexes_rollups:
            index = index_name(self.rollup.name, "date")
            self.session.run("rollups/days/create_index", {"index": index, "table": self.table})

    def _create_rows(self) -> list[tuple[str, str]]:
        """Create the temporary table of a day's rows; return its columns. Raise WrongFile for errors of the file."""
        session, select = self.session, {"rows": _ROWS, "select": Quoted(self.rollup.select)}
        with translating_errors(session, self.rollup, "rollups/days/create_rows"):
            session.run("rollups/days/create_rows", select, **day_bounds(self.now.date()))
        columns = session.describe("rollups/days/columns", {"table": _ROWS})
        if "date" not in {name for name, _ in columns}:
            raise WrongFile(f"{self.rollup.path}, line 1: the SELECT gives no column `date`; add one with the UTC day")
        return columns

    def _recompute_day(self, target: Name, day: date, due: DueDay | None, loads: list[DayChange]) -> DayDone:
        entry, computed = self.schemas.entry(self.rollup.name), self.state.computed.get(self.rollup.name, {}).get(day)
        comparable = computed is not None and target != _REBUILT and not self._erasing
        before = self._totals(target, day) if comparable else None
        rows = self._replace_rows(target, day)
        after = None if before is None else self._totals(target, day)
        why: Why = "asked" if due is None else due.why
        totals = DayTotals(why, before, {"rows": rows} if after is None else after)
        record_day(self.session, entry, day, self.state.goal(day, self.rollup), totals, self.now)
        since = computed.load_id if computed is not None and why == "touched" else ""
        return DayDone(day, rows, why, tuple(load for load in loads if load.load_id > since), before, after)

    def _totals(self, target: Name, day: date) -> Totals:
        return read_totals(self.session, target, self._columns, day_bounds(day))

    @cached_property
    def _erasing(self) -> bool:
        return is_erasing(self.session)

    @cached_property
    def _columns(self) -> dict[str, str]:
        return read_columns(self.session, self.schemas.rollups, self.rollup.name)

    def _replace_rows(self, target: Name, day: date) -> int:
        """Replace the rows of a day by those of the SELECT; return their number."""
        session, bounds = self.session, day_bounds(day)
        session.run("rollups/days/empty_rows", {"rows": _ROWS})
        select = {"rows": _ROWS, "select": Quoted(self.rollup.select)}
        with translating_errors(session, self.rollup, "rollups/days/fill_rows", day):
            session.run("rollups/days/fill_rows", select, **bounds)
            count = session.rows("rollups/days/count_rows", {"rows": _ROWS}, **bounds)[0]
        if count.given != count.inside:
            strangers = counted(count.given - count.inside, "row") + " of another date, or of none"
            raise Terminal(f"{self.rollup.path}: {day} has {strangers}: give rows of :start to :end only")
        columns = session.columns(name for name, _ in session.describe("rollups/days/columns", {"table": _ROWS}))
        session.run("rollups/days/delete", {"table": target}, **bounds)
        session.run("rollups/days/insert", {"table": target, "rows": _ROWS, "columns": columns})
        return int(count.given)
