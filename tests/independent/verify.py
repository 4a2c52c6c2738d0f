"""Proves a loaded DuckDB warehouse against the independent reader: every cell explained, every value found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import duckdb

from tests.independent.clocks import micros
from tests.independent.event import Event
from tests.independent.json_text import Json, NotJsonError, leaves, parse
from tests.independent.junk import check_junk
from tests.independent.ledgers import check_ledgers
from tests.independent.names import convert
from tests.independent.people import check_users
from tests.independent.reader import Archive, events_of
from tests.independent.rows import HOMES, OURS, PLACES, Row, fixed_names, rows_of
from tests.independent.tables import Difference, Table, open_tables, taken_names

ROW_VALUES = 300
TABLE_COLUMNS = 1000
EVENT_TABLES = 500


class Budget(NamedTuple):
    """contract §5's budgets, as the warehouse under proof was loaded with."""

    values: int = ROW_VALUES
    columns: int = TABLE_COLUMNS
    tables: int = EVENT_TABLES


@dataclass
class Proof:
    """One warehouse schema under proof."""

    archive: Archive
    tables: dict[str, Table]
    budget: Budget
    differences: list[Difference]
    taken: frozenset[str] = frozenset()
    """Names in the schema that no event table can have."""

    def report(self, table: str, ident: str, column: str, expected: object, got: object) -> None:
        """Record a difference."""
        self.differences.append(Difference(table, ident, column, expected, got))


def verify(
    archive: Archive, warehouse: Path, *, schema: str = "events", source: str = "default", budget: Budget | None = None
) -> list[Difference]:
    """Every difference between the archive and the tables that were loaded from it; an empty list is the proof."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        proof = Proof(archive, open_tables(connection, schema), budget or Budget(), [], taken_names(connection, schema))
        hours = set(archive.hours)
        for name, table in proof.tables.items():
            if name != "users":
                _check_hours(proof, name, table, hours)
        for hour in sorted(hours):
            _check_hour(proof, hour)
        proof.differences += check_users(proof.tables, proof.budget.values, archive.junk)
        proof.differences += check_junk(
            connection, archive.junk, archive.left_out, archive.refused, schema=schema, source=source
        )
        proof.differences += check_ledgers(connection, archive, proof.tables, schema=schema, source=source)
    return proof.differences


def _check_hours(proof: Proof, name: str, table: Table, hours: set[datetime]) -> None:
    known = {micros(hour) for hour in hours}
    for hour in table.hours():
        if hour not in known:
            proof.report(name, "", "_archive_hour", "an hour of the archive", hour)
    if (doubled := table.doubled()) != 0:
        proof.report(name, "", "id", "no id twice", doubled)


def _check_hour(proof: Proof, hour: datetime) -> None:
    stored = {name: table.rows_of(micros(hour)) for name, table in proof.tables.items() if name != "users"}
    for event in events_of(proof.archive, hour):
        pairs = []
        for row in rows_of(event, proof.archive.junk.kept):
            cells = stored.get(row.table, {}).pop(event.id, None)
            if cells is not None:
                pairs.append((row, cells))
            elif row.table in HOMES.values() or not _is_over_tables(proof, row.table):
                proof.report(row.table, event.id, "", "a row", None)
            else:
                pairs[0][0].either.update(_all_values(row))
        _check_event(proof, event, pairs)
    for name, left in stored.items():
        for ident in left:
            proof.report(name, ident, "", None, "a row that no winner explains")


def _is_over_tables(proof: Proof, table: str) -> bool:
    if (table, "*") in proof.archive.junk.dropped:
        return table not in proof.tables
    if table in proof.taken:
        return True
    own = proof.tables.keys() - {*HOMES.values(), "users"}
    return table not in own and len(own) >= proof.budget.tables


def _all_values(row: Row) -> dict[tuple[str, ...], Json]:
    """What an event table would have held, but for context, which the home row holds too."""
    values = dict(row.values.values()) | row.rescued | row.either
    return {path: value for path, value in values.items() if path[0] in ("properties", "userProperties")}


def _check_event(proof: Proof, event: Event, pairs: list[tuple[Row, dict[str, object]]]) -> None:
    either: dict[tuple[str, ...], Json] = {}
    found: set[tuple[str, ...]] = set()
    for row, _ in pairs:
        either |= row.either
    for row, cells in pairs:
        rescued = _rescued(proof, row, cells)
        _check_cells(proof, event, row, cells)
        for path, value in rescued.items():
            if path in either and either[path] == value and path not in row.rescued:
                found.add(path)
            elif row.rescued.get(path) != value:
                proof.report(row.table, event.id, f"_rescued {path}", row.rescued.get(path), value)
        for path in row.rescued.keys() - rescued.keys():
            proof.report(row.table, event.id, f"_rescued {path}", row.rescued[path], None)
    for path in either.keys() - found:
        proof.report(HOMES[event.type], event.id, f"_rescued {path}", either[path], None)


def _rescued(proof: Proof, row: Row, cells: dict[str, object]) -> dict[tuple[str, ...], Json]:
    text = cells.get("_rescued")
    if text is None:
        return {}
    try:
        tree, sanitized = parse(str(text))
    except NotJsonError:
        tree, sanitized = None, True
    if not isinstance(tree, dict) or sanitized:
        proof.report(row.table, str(cells["id"]), "_rescued", "a strict JSON object", text)
        return {}
    return dict(leaves(tree))


def _check_cells(proof: Proof, event: Event, row: Row, cells: dict[str, object]) -> None:
    """Compare each cell; what a value's column cannot hold is added to what the row must rescue."""
    types = proof.tables[row.table].types
    left_out = _left_out(proof, event, row)
    for column, (path, value) in row.values.items():
        wanted = convert(value, types[column]) if column in types and column not in left_out else None
        if column in left_out or (wanted is None and (column in types or _may_lack(proof, row.table, column))):
            row.rescued[path] = value
            wanted = None
        elif column not in types:
            proof.report(row.table, event.id, column, value, "no such column")
        if wanted != cells.get(column) or isinstance(wanted, bool) != isinstance(cells.get(column), bool):
            proof.report(row.table, event.id, column, wanted, cells.get(column))
    for column in cells:
        if column in row.fixed:
            if row.fixed[column] != cells[column]:
                proof.report(row.table, event.id, column, row.fixed[column], cells[column])
        elif column not in row.values and column not in OURS and cells[column] is not None:
            proof.report(row.table, event.id, column, None, cells[column])
    for column in fixed_names(event.type) - types.keys():
        proof.report(row.table, event.id, column, "a standard column", "no such column")


def _left_out(proof: Proof, event: Event, row: Row) -> set[str]:
    """The columns that a row has no room for: context comes first, then properties or traits, then userProperties.

    Within a block it is the line's order. A value without a column takes no room.
    """
    fixed = sum(row.fixed[column] is not None for column in row.fixed if column not in OURS)
    room = max(proof.budget.values - len(OURS) - fixed, 0)
    blocks = ("context", *PLACES[event.type])
    sent = [(block, *path) for block in blocks for path, _ in leaves(event.blocks.get(block, {}))]
    order = {path: number for number, path in enumerate(sent)}
    known = proof.tables[row.table].types
    held, left = 0, set()
    for _, column in sorted((order[path], column) for column, (path, _) in row.values.items()):
        if held == room:
            left.add(column)
        elif column in known:
            held += 1
    return left


def _may_lack(proof: Proof, table: str, column: str) -> bool:
    """Whether a column may be missing: its table is full, or it was dropped."""
    full = len(proof.tables[table].types) >= proof.budget.columns
    return full or (table, column) in proof.archive.junk.dropped


def describe(differences: list[Difference], most: int = 20) -> str:
    """The first differences as text, for an assertion's message."""
    return "\n".join(_lines(differences, most))


def _lines(differences: list[Difference], most: int) -> Iterator[str]:
    yield f"{len(differences)} differences"
    for one in differences[:most]:
        yield f"{one.table} {one.ident} {one.column}: expected {one.expected!r}, got {one.got!r}"
