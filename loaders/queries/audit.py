"""The rows of an archive hour in the warehouse, compared with those that its events in the lake make (contract §13).

Covered by tests/pipeline/audit/test_audit.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import polars as pl

from loaders.catalog.store import read_catalog
from loaders.connection.session import Name, Session, in_utc
from loaders.connection.warehouse import Warehouse
from loaders.interface.errors import Transient
from loaders.interface.hour import Hour
from loaders.interface.limits import Limits
from loaders.ledger.loads import PreviousLoad, read_previous_loads
from loaders.queries.listed_ids import rows_of_ids
from loaders.queries.reconciliation import dropped_ids
from loaders.schema.introspect import Layout, read_layout
from loaders.staging.stage import StagingOptions, stage_rows
from loaders.staging.staged import StagedTable
from loaders.transform.catalog import Budgets, Catalog
from loaders.transform.standard_columns import HOME_TYPES
from loaders.transform.table_rows import with_archive_hour

ROWS_AT_ONCE: Final = 4_000
"""Events that are compared together; the warehouse is open for reading meanwhile."""
_NOT_COMPARED: Final = frozenset({"uuid_ts"})
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


def audit_rows(warehouse: Warehouse, hour: Hour, *, budgets: Budgets, limits: Limits, folder: Path) -> RowsAudit:
    """Compare the hour's rows in every event table with its events, column by column; nothing is written.

    Raises Transient if the hour or a type was loaded meanwhile.
    """
    with warehouse.reading() as session:
        state = _read_state(session, hour)
    tables: dict[str, _Table] = {}
    for number, part in enumerate(_slices(hour)):
        options = StagingOptions(folder / str(number), budgets, limits)
        staged = stage_rows([part], state.catalog, options)
        with warehouse.reading() as session:
            _require_same(session, hour, state)
            _compare_slice(session, hour, state, staged, tables)
    with warehouse.reading() as session:
        _require_same(session, hour, state)
        found = list(_differences(session, hour, state, tables))
    return RowsAudit(sum(table.matched for table in tables.values()), tuple(found))


def _slices(hour: Hour) -> Iterator[pl.DataFrame]:
    """Yield the events that have rows, a bounded number at a time."""
    for frame in hour.events(None):
        for part in frame.iter_slices(ROWS_AT_ONCE):
            selected = hour.select(with_archive_hour(part, hour.archive_hour))
            if selected.height:
                yield selected


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
    rows = list(rows_of_ids(session, "queries/audit/rows", names, wanted["id"].to_list(), hour=hour.archive_hour))
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


def _is_same(stored: Any, made: Any) -> bool:  # noqa: ANN401  a value of any column
    if isinstance(stored, datetime) and isinstance(made, datetime):
        return in_utc(stored) == in_utc(made)
    return type(stored) is type(made) and bool(stored == made)


def _lost(session: Session, hour: Hour, kind: str, ids: Sequence[str]) -> set[str]:
    of_hour = {"schema": hour.schema, "source": hour.source, "type": kind, "hour": hour.archive_hour}
    return {row.id for row in rows_of_ids(session, "queries/audit/copies", {}, ids, **of_hour)}


def _differences(
    session: Session, hour: Hour, state: LoadedState, tables: Mapping[str, _Table]
) -> Iterator[RowDifference]:
    for name in sorted(table for table in state.layout if table != "users"):
        held = session.rows("queries/audit/count", {"table": (hour.schema, name)}, hour=hour.archive_hour)[0].held
        found = tables.get(name, _Table())
        dropped = 0
        if name in HOME_TYPES and found.missing:
            dropped = sum(
                dropped_ids(session, hour.source, hour.schema, HOME_TYPES[name], [hour.archive_hour]).values()
            )
        if found.missing > dropped:
            yield RowDifference(name, f"{found.missing - dropped} rows are missing, such as {found.named('missing')}")
        if found.doubled:
            yield RowDifference(name, f"{found.doubled} rows are there twice, such as {found.named('doubled')}")
        if held > found.matched + found.doubled:
            yield RowDifference(name, f"{held - found.matched - found.doubled} rows are of no event of the hour")
        if found.differing:
            columns = ", ".join(f"{column} ({number})" for column, number in sorted(found.differing.items()))
            yield RowDifference(name, f"values differ in {columns}, such as of {found.named('differing')}")
    for name in sorted(tables.keys() - state.layout.keys()):
        if tables[name].missing:
            yield RowDifference(name, f"the table is missing, and {tables[name].missing} rows with it")


def read_staged(table: StagedTable) -> pl.DataFrame:
    """Return the rows of a staged table."""
    frames = [pl.read_ipc(path) for path in table.files]
    if table.held is not None:
        frames.append(pl.DataFrame(table.held))
    return pl.concat(frames, how="diagonal")
