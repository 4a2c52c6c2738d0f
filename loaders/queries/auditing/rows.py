"""The rows of an archive hour in the warehouse, compared with those that its events in the lake make (contract §13).

Covered by tests/pipeline/audit/test_audit.py.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import polars as pl

from loaders.catalog.store import read_catalog
from loaders.connection.session import Name, Row, Session, in_utc
from loaders.connection.warehouse import Warehouse
from loaders.interface.errors import Transient
from loaders.interface.hour import Hour
from loaders.interface.limits import Limits
from loaders.interface.words import counted
from loaders.ledger.loads import PreviousLoad, read_previous_loads
from loaders.queries.auditing.users import UsersAudit, UsersSchema, compare_users
from loaders.queries.listed_ids import rows_of_ids
from loaders.queries.reconciliation import dropped_ids
from loaders.schema.evolve import IDENTIFIES, USERS
from loaders.schema.introspect import Layout, read_layout
from loaders.staging.stage import StagingOptions, stage_rows
from loaders.staging.staged import StagedTable
from loaders.transform.catalog import Budgets, Catalog
from loaders.transform.standard_columns import HOME_TYPES
from loaders.transform.table_rows import with_archive_hour

ROWS_AT_ONCE: Final = 4_000
"""Events that are compared together; the warehouse is open for reading meanwhile."""
_NOT_COMPARED: Final = frozenset({"uuid_ts"})
_HOURS_AT_ONCE: Final = 1_000
_NAMED: Final = 3
"""Ids that a difference names."""


@dataclass(frozen=True)
class RowDifference:
    """Rows of one table that are not what the lake makes of the hour."""

    table: str
    message: str


@dataclass(frozen=True)
class RowsAudit:
    """How many rows of the warehouse were compared, and what differs."""

    compared: int
    differences: tuple[RowDifference, ...]


@dataclass(frozen=True)
class LoadedState:
    """The newest load of the hour, and what its rows are made by: the catalog and the tables of the schema."""

    load: PreviousLoad | None
    catalog: Catalog
    layout: Layout


@dataclass
class _Table:
    """What was found in one table so far; ids are examples."""

    matched: int = 0
    differing: Counter[str] = field(default_factory=Counter)
    missing: int = 0
    doubled: int = 0
    examples: dict[str, list[str]] = field(default_factory=dict)

    def note(self, kind: str, ids: Sequence[str]) -> None:
        self.examples[kind] = [*self.examples.get(kind, []), *ids][:_NAMED]

    def named(self, kind: str) -> str:
        return ", ".join(map(repr, self.examples.get(kind, [])))


def count_rows(session: Session, schema: str, hours: Sequence[datetime]) -> dict[datetime, dict[str, int]]:
    """Return how many rows every event table has of some archive hours: a scan of a table takes a thousand hours."""
    counts: dict[datetime, dict[str, int]] = {hour: {} for hour in hours}
    for table in read_layout(session, schema).keys() - {USERS}:
        for first in range(0, len(hours), _HOURS_AT_ONCE):
            for hour, held in count_table(session, (schema, table), hours[first : first + _HOURS_AT_ONCE]).items():
                counts[hour][table] = held
    return counts


def count_table(session: Session, table: Name, hours: Sequence[datetime]) -> dict[datetime, int]:
    """Return how many rows a table has of some archive hours; no zeros."""
    rows = session.rows("queries/audit/count", {"table": table}, hours=list(hours))
    return {in_utc(row.archive_hour): row.held for row in rows}


def audit_rows(
    warehouse: Warehouse,
    hour: Hour,
    counted: Mapping[str, int],
    *,
    budgets: Budgets,
    limits: Limits,
    folder: Path,
) -> RowsAudit:
    """Compare the hour's rows in every event table with its events, column by column; nothing is written.

    `counted` is how many rows the tables have of the hour: more than events are counted again, and a difference.

    Raises Transient if the hour or a type was loaded meanwhile.
    """
    with warehouse.reading() as session:
        state = _read_state(session, hour)
    tables, users = dict[str, _Table](), UsersAudit()
    for number, part in enumerate(_slices(hour)):
        options = StagingOptions(folder / str(number), budgets, limits)
        staged = stage_rows([part], state.catalog, options)
        with warehouse.reading() as session:
            _require_same(session, hour, state)
            _compare_slice(session, hour, state, staged, tables)
            rules = UsersSchema(hour.schema, state.layout, state.catalog, budgets.values, hour.not_users)
            compare_users(session, rules, _user_ids(staged), users)
    with warehouse.reading() as session:
        _require_same(session, hour, state)
        found = list(_differences(session, hour, state, tables, counted))
    found += [RowDifference(USERS, message) for message in users.messages(is_table_missing=USERS not in state.layout)]
    return RowsAudit(sum(table.matched for table in tables.values()), tuple(found))


def _slices(hour: Hour) -> Iterator[pl.DataFrame]:
    """Yield the events that have rows, a bounded number at a time."""
    for frame in hour.events(None):
        for part in frame.iter_slices(ROWS_AT_ONCE):
            selected = hour.select(with_archive_hour(part, hour.archive_hour))
            if selected.height:
                yield selected


def _user_ids(staged: Sequence[StagedTable]) -> set[str]:
    """Return the users of the staged identifies."""
    found: set[str] = set()
    for table in staged:
        if table.name == IDENTIFIES and "user_id" in table.columns:
            found.update(read_staged(table)["user_id"].drop_nulls())
    return found


def _read_state(session: Session, hour: Hour) -> LoadedState:
    load = read_previous_loads(session, hour.source, [hour.archive_hour]).get(hour.archive_hour.astimezone(UTC))
    layout = read_layout(session, hour.schema)
    return LoadedState(load, read_catalog(session, hour.schema, layout), layout)


def _require_same(session: Session, hour: Hour, state: LoadedState) -> None:
    now = _read_state(session, hour)
    if (now.load, now.catalog) != (state.load, state.catalog):
        raise Transient(f"{hour.archive_hour:%Y-%m-%dT%H} or its columns were loaded while they were compared")


def _compare_slice(
    session: Session, hour: Hour, state: LoadedState, staged: Sequence[StagedTable], tables: dict[str, _Table]
) -> None:
    present: set[str] = set()
    for table in sorted(staged, key=lambda table: not table.home):
        found = tables.setdefault(table.name, _Table())
        wanted = read_staged(table)
        if not table.home:  # where its event has no row in the home table, that is what differs
            wanted = wanted.filter(pl.col("id").is_in(list(present)))
        held = _compare_table(session, hour, state, table, wanted, found)
        absent = [id for id in wanted["id"] if id not in held]
        if table.home:
            present |= held if table.type == "track" else set()
            lost = _lost(session, hour, table.type, absent)
            absent = [id for id in absent if id not in lost]
        found.missing += len(absent)
        found.note("missing", absent)


def _compare_table(
    session: Session, hour: Hour, state: LoadedState, table: StagedTable, wanted: pl.DataFrame, found: _Table
) -> set[str]:
    """Compare the staged rows that the table has; return their ids."""
    layout = state.layout.get(table.name, {})
    known = {**table.columns, **state.catalog.table(table.name)}
    columns = [name for name in layout if name in known and name not in _NOT_COMPARED]
    for name in table.columns.keys() - layout.keys() - _NOT_COMPARED:
        if layout and name in wanted.columns and wanted[name].null_count() < wanted.height:
            found.differing[name] += 1
    if not columns or wanted.is_empty():
        return set()
    names: dict[str, Name] = {"table": (hour.schema, table.name), "columns": session.columns(columns)}
    rows = _read_rows(session, hour, table, names, wanted)
    expected = {row["id"]: row for row in wanted.iter_rows(named=True)}
    for id, *values in rows:
        differing = [
            name for name, value in zip(columns, values, strict=True) if not _is_same(value, expected[id].get(name))
        ]
        found.differing.update(differing)
        if differing:
            found.note("differing", [id])
    held = Counter(row[0] for row in rows)
    found.matched += len(held)
    found.doubled += len(rows) - len(held)
    found.note("doubled", [id for id, number in held.items() if number > 1])
    return set(held)


def _read_rows(
    session: Session, hour: Hour, table: StagedTable, names: Mapping[str, Name], wanted: pl.DataFrame
) -> list[Row]:
    """Return the rows that the table has of these; where ids have no index, first by clocks, which may have one."""
    rows: list[Row] = []
    left = wanted["id"].to_list()
    if not table.home and session.dialect.indexes(table.name):
        instants = json.dumps([instant.isoformat() for instant in wanted["timestamp"].unique()])
        rows += rows_of_ids(
            session, "queries/audit/rows_by_time", names, left, hour=hour.archive_hour, instants=instants
        )
        found = {row.audited_id for row in rows}
        left = [id for id in left if id not in found]
    rows += rows_of_ids(session, "queries/audit/rows", names, left, hour=hour.archive_hour)
    return rows


def _is_same(stored: Any, made: Any) -> bool:  # noqa: ANN401  a value of any column
    if isinstance(stored, datetime) and isinstance(made, datetime):
        return in_utc(stored) == in_utc(made)
    return type(stored) is type(made) and bool(stored == made)


def _lost(session: Session, hour: Hour, kind: str, ids: Sequence[str]) -> set[str]:
    of_hour = {"schema": hour.schema, "source": hour.source, "type": kind, "hour": hour.archive_hour}
    return {row.id for row in rows_of_ids(session, "queries/audit/copies", {}, ids, **of_hour)}


def _differences(
    session: Session, hour: Hour, state: LoadedState, tables: Mapping[str, _Table], stored: Mapping[str, int]
) -> Iterator[RowDifference]:
    for name in sorted(table for table in state.layout if table != USERS):
        found = tables.get(name, _Table())
        held = stored.get(name, 0)
        if held > found.matched + found.doubled:  # or rows have moved to other hours meanwhile
            held = count_table(session, (hour.schema, name), [hour.archive_hour]).get(hour.archive_hour, 0)
        dropped = 0
        if name in HOME_TYPES and found.missing:
            dropped = sum(
                dropped_ids(session, hour.source, hour.schema, HOME_TYPES[name], [hour.archive_hour]).values()
            )
        if found.missing > dropped:
            missing = counted(found.missing - dropped, "row is", "rows are")
            yield RowDifference(name, f"{missing} missing, such as {found.named('missing')}")
        if found.doubled:
            doubled = counted(found.doubled, "row is", "rows are")
            yield RowDifference(name, f"{doubled} there twice, such as {found.named('doubled')}")
        if held > found.matched + found.doubled:
            strangers = counted(held - found.matched - found.doubled, "row is", "rows are")
            yield RowDifference(name, f"{strangers} of no event of the hour")
        if found.differing:
            columns = ", ".join(f"{column} ({number})" for column, number in sorted(found.differing.items()))
            yield RowDifference(name, f"values differ in {columns}, such as of {found.named('differing')}")
    for name in sorted(tables.keys() - state.layout.keys()):
        if tables[name].missing:
            yield RowDifference(name, f"the table is missing, and {counted(tables[name].missing, 'row')} with it")


def read_staged(table: StagedTable) -> pl.DataFrame:
    """Return the rows of a staged table."""
    frames = [pl.read_ipc(path) for path in table.files]
    if table.held is not None:
        frames.append(pl.DataFrame(table.held))
    return pl.concat(frames, how="diagonal")
