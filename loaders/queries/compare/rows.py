"""Rows of two tables: counted and hashed by day in the warehouse, and read by id where they differ.

Covered by tests/compare/test_planted.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

import sql
from loaders.connection.session import Name, Quoted, Row, Session
from loaders.queries.compare.columns import (
    TablePair,
    Typed,
    day_expression,
    hashed_row,
    id_expression,
    part,
    read_expressions,
)
from loaders.queries.listed_ids import rows_of_ids

NO_DAY: Final = -1_000_000
"""The day of a row without a clock that a day could be of, and of a table that is compared without days."""

Side = Literal["here", "there"]
SIDES: Final[tuple[Side, Side]] = ("here", "there")
Values = dict[str, Any]
"""Column -> value; instants are microseconds since 1970."""


@dataclass(frozen=True)
class Window:
    """The instants that are compared: from `start`, before `end`; all rows if both are None."""

    start: datetime | None = None
    end: datetime | None = None

    @property
    def bound(self) -> dict[str, object]:
        """The values that statements bind."""
        return {
            "whole": self.start is None and self.end is None,
            "start": self.start or datetime(1, 1, 2, tzinfo=UTC),
            "end": self.end or datetime(9999, 12, 30, tzinfo=UTC),
        }


@dataclass(frozen=True)
class DaySum:
    """The rows of one day of a table."""

    held: int
    digest: int


@dataclass(frozen=True)
class DifferingId:
    """An id whose rows are not the same on both sides, and how many rows each has. NULL ids are one."""

    id: str | None
    day: int
    here: int
    there: int


@dataclass(frozen=True)
class DifferingIds:
    """The ids that differ, bounded per day, and by day how many there are."""

    ids: tuple[DifferingId, ...]
    by_day: Mapping[int, int]


def day_sums(session: Session, pair: TablePair, side: Side, window: Window) -> dict[int, DaySum]:
    """Return rows and digest of every day of one side; equal digests are equal rows."""
    row_hash = hashed_row(session, _oriented(pair, side))
    names: dict[str, Name] = {
        "table": _table(pair, side),
        "day": day_expression(session, _clock(pair, side)),
        "digest": Quoted(_summed(session, row_hash)),
        "clock": _clock_name(pair, side),
    }
    rows = session.rows("queries/compare/days", names, **window.bound)
    return {int(row.day): DaySum(int(row.held), int(row.digest)) for row in rows}


def differing_ids(session: Session, pair: TablePair, window: Window, days: Sequence[int], most: int) -> DifferingIds:
    """Return the ids that differ on some days, at most so many per day."""
    if not days:
        return DifferingIds((), {})
    names: dict[str, Name] = {}
    for side in SIDES:
        names |= {
            f"{side}_table": _table(pair, side),
            f"{side}_id": id_expression(session, _id(pair, side)),
            f"{side}_day": day_expression(session, _clock(pair, side)),
            f"{side}_clock": _clock_name(pair, side),
            f"{side}_hash": hashed_row(session, _oriented(pair, side)),
            f"{side}_sum": Quoted(_summed(session, Quoted("row_hash"))),
        }
    rows = session.rows("queries/compare/differing", names, days=list(days), most=most, **window.bound)
    found = tuple(DifferingId(row.id, int(row.day), int(row.here_held), int(row.there_held)) for row in rows)
    return DifferingIds(found, {int(row.day): int(row.differing_ids) for row in rows})


def read_rows(
    session: Session, pair: TablePair, side: Side, columns: Sequence[Typed], ids: Sequence[str]
) -> dict[str, list[Values]]:
    """Return the rows of some ids, by id; an id may have several there."""
    return read_table_rows(session, _table(pair, side), _id(pair, side), columns, ids)


def read_table_rows(
    session: Session, table: tuple[str, str], id: Typed, columns: Sequence[Typed], ids: Sequence[str]
) -> dict[str, list[Values]]:
    """Return the rows of some ids in a table, by id."""
    names: dict[str, Name] = {
        "table": table,
        "id": id_expression(session, id),
        "columns": read_expressions(session, columns),
    }
    return _by_id(rows_of_ids(session, "queries/compare/rows", names, ids), columns)


def count_values(
    session: Session, pair: TablePair, side: Side, columns: Sequence[str], window: Window
) -> dict[str, int]:
    """Return how many values each of some columns has."""
    if not columns:
        return {}
    counts = Quoted(", ".join(part(session, "queries/compare/cells/count", column) for column in columns))
    names: dict[str, Name] = {"table": _table(pair, side), "counts": counts, "clock": _clock_name(pair, side)}
    (row,) = session.rows("queries/compare/filled", names, **window.bound)
    return dict(zip(columns, map(int, row), strict=True))


def read_holders(
    session: Session, pair: TablePair, side: Side, column: Typed, window: Window, most: int
) -> list[tuple[str, Any]]:
    """Return ids and values of some rows that have a value in a column."""
    names: dict[str, Name] = {
        "table": _table(pair, side),
        "id": id_expression(session, _id(pair, side)),
        "columns": read_expressions(session, [column]),
        "column": column.name,
        "clock": _clock_name(pair, side),
    }
    return [tuple(row) for row in session.rows("queries/compare/holders", names, most=most, **window.bound)]


def present_ids(session: Session, table: tuple[str, str], id: Typed, ids: Sequence[str]) -> set[str]:
    """Return which of some ids a table has."""
    names: dict[str, Name] = {"table": table, "id": id_expression(session, id)}
    return {row[0] for row in rows_of_ids(session, "queries/compare/present", names, ids)}


def read_by_user(
    session: Session, table: tuple[str, str], user: Typed, clock: Typed, columns: Sequence[Typed], ids: Sequence[str]
) -> dict[str, list[Values]]:
    """Return the rows of some users in the order of a clock."""
    names: dict[str, Name] = {
        "table": table,
        "user": id_expression(session, user),
        "columns": read_expressions(session, columns),
        "clock": clock.name,
    }
    return _by_id(rows_of_ids(session, "queries/compare/by_user", names, ids), columns)


def count_rows_of(session: Session, table: tuple[str, str], clock: str | None, window: Window) -> int:
    """Return how many rows a table has, of a window if it has a clock."""
    window = Window() if clock is None else window
    names: dict[str, Name] = {
        "table": table, "counts": Quoted("COUNT(*)"), "clock": Quoted("NULL") if clock is None else clock
    }  # fmt: skip
    return int(session.rows("queries/compare/filled", names, **window.bound)[0][0])


def some_ids(session: Session, table: tuple[str, str], id: Typed, most: int) -> list[str]:
    """Return at most so many ids of a table."""
    names: dict[str, Name] = {"table": table, "id": id_expression(session, id)}
    return [row[0] for row in session.rows("queries/compare/some_ids", names, most=most)]


def lost_copies(session: Session, schema: str, ids: Sequence[str]) -> set[str]:
    """Return which of some ids have copies in several archive hours."""
    return {row.id for row in rows_of_ids(session, "queries/compare/copies", {}, ids, schema=schema)}


def _by_id(rows: Iterable[Row], columns: Sequence[Typed]) -> dict[str, list[Values]]:
    """Return rows that begin with an id as values by column."""
    found: dict[str, list[Values]] = {}
    for id, *values in rows:
        found.setdefault(id, []).append(dict(zip((column.name for column in columns), values, strict=True)))
    return found


def _oriented(pair: TablePair, side: Side) -> list[tuple[Typed, Typed]]:
    columns = (pair.id, *pair.columns)
    return [(one.here, one.there) if side == "here" else (one.there, one.here) for one in columns]


def _table(pair: TablePair, side: Side) -> tuple[str, str]:
    return pair.here if side == "here" else pair.there


def _id(pair: TablePair, side: Side) -> Typed:
    return pair.id.here if side == "here" else pair.id.there


def _clock(pair: TablePair, side: Side) -> Typed | None:
    if pair.clock is None:
        return None
    return pair.clock.here if side == "here" else pair.clock.there


def _clock_name(pair: TablePair, side: Side) -> Name:
    """Return the column that a window is of; tables without days are always compared whole."""
    clock = _clock(pair, side)
    return Quoted("NULL") if clock is None else clock.name


def _summed(session: Session, expression: Quoted) -> str:
    return sql.statement("queries/compare/cells/sum", session.dialect.name).format(column=expression)
