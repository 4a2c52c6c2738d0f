"""One table of both schemas: the days that differ, and their rows one by one.

Covered by tests/compare/test_planted.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from event_assets.health.compare.evidence import CompareEvidence
from event_assets.health.compare.pairing import LOADERS_OWN, PairedTable, explain_column
from event_assets.health.compare.rescued import rescued_columns
from event_assets.health.compare.result import ComparedTable, LonelyColumn
from event_assets.health.compare.rows import (
    ARCHIVE_HOUR,
    RESCUED,
    differing_cells,
    is_earlier_copy,
    unexplained,
)
from event_assets.health.compare.tally import RowTally
from event_assets.health.compare.unmatched import Unmatched, match_rows
from event_assets.health.compare.values import same
from loaders.queries.compare.columns import TablePair, Typed
from loaders.queries.compare.rows import (
    SIDES,
    DaySum,
    DifferingId,
    Side,
    Values,
    Window,
    count_values,
    day_sums,
    differing_ids,
    read_holders,
    read_rows,
)
from loaders.queries.listed_ids import batches

LEAST_PER_DAY: Final = 1_000
"""Ids of a day that are looked at, however many days differ."""
HOLDERS: Final = 1_000
"""Rows that are looked at for a column which is missing here."""


@dataclass(frozen=True)
class TableExamination:
    """One table while it is compared."""

    evidence: CompareEvidence
    table: PairedTable
    pair: TablePair
    window: Window
    tally: RowTally
    unmatched: Unmatched = field(default_factory=Unmatched)

    def columns(self, side: Side) -> list[Typed]:
        """The columns that are read of one side."""
        if side == "here":
            known = [pair.here for pair in self.pair.columns]
            ours = [] if self.table.table == "users" else [RESCUED, ARCHIVE_HOUR]
            kinds = {RESCUED: "json", ARCHIVE_HOUR: "timestamp with time zone"}
            return [*known, *(Typed(name, kinds[name]) for name in ours)]
        stamps = self.evidence.there_tables[self.table.there_table]
        own = [Typed(name, stamps[name]) for name in sorted(LOADERS_OWN & stamps.keys())]
        return [*(pair.there for pair in self.pair.columns), *own]


def compare_table(evidence: CompareEvidence, table: PairedTable, window: Window, *, rows: int) -> ComparedTable:
    """Compare a table; about `rows` rows that differ are looked at, the others are counted."""
    if table.pair is None:
        return ComparedTable(table.table, table.there_table, types=table.types, error=table.error)
    window = Window() if table.pair.clock is None else window
    here, there = (day_sums(evidence.session, table.pair, side, window) for side in SIDES)
    days = sorted(day for day in here.keys() | there.keys() if here.get(day) != there.get(day))
    examination = TableExamination(evidence, table, table.pair, window, RowTally(table, here, there))
    _examine_days(examination, days, rows)
    tally = examination.tally
    return ComparedTable(
        table.table,
        table.there_table,
        here=_held(here),
        there=_held(there),
        equal_days=len(here.keys() | there.keys()) - len(tally.days),
        days=tally.day_differences(),
        columns=tally.column_differences(),
        lonely=tuple(_lonely_columns(examination)),
        types=table.types,
        rules=dict(tally.rules.most_common()),
        examples=tuple(tally.examples),
    )


def _held(days: dict[int, DaySum]) -> int:
    return sum(day.held for day in days.values())


def _examine_days(examination: TableExamination, days: Sequence[int], rows: int) -> None:
    most = max(LEAST_PER_DAY, rows // max(1, len(days)))
    session, pair, window = examination.evidence.session, examination.pair, examination.window
    differing = differing_ids(session, pair, window, days, most)
    for listed in batches(differing.ids):
        _examine_ids(examination, listed)
    match_rows(examination.evidence, examination.table, examination.unmatched, examination.tally)
    examined = Counter(one.day for one in differing.ids)
    for day, number in differing.by_day.items():
        examination.tally.leave(day, number - examined[day])


def _examine_ids(examination: TableExamination, listed: Sequence[DifferingId]) -> None:
    evidence, pair = examination.evidence, examination.pair
    ids = [one.id for one in listed if one.id is not None]
    here, there = (read_rows(evidence.session, pair, side, examination.columns(side), ids) for side in SIDES)
    copied = evidence.copied(ids) if examination.table.table != "users" else set()
    columns = [one.there for one in pair.columns]
    users = evidence.by_arrival(ids, columns) if examination.table.table == "users" else {}
    for one in listed:
        mine, others = here.get(one.id or "", []), there.get(one.id or "", [])
        if one.id is None:
            examination.tally.count_lonely(
                "only_there" if one.there else "only_here", "", one.day, rows=one.there or one.here
            )
        elif mine and others:
            _examine_pair(examination, one, mine[0], others, copied=one.id in copied, by_arrival=users.get(one.id))
        else:
            for row in mine:
                examination.unmatched.here.append((one.id, one.day, row))
            for row in others:
                examination.unmatched.there.append((one.id, one.day, row))


def _examine_pair(
    examination: TableExamination,
    one: DifferingId,
    mine: Values,
    others: list[Values],
    *,
    copied: bool,
    by_arrival: Values | None,
) -> None:
    tally, table, id = examination.tally, examination.table, one.id or ""
    cells = [differing_cells(table, mine, other, by_arrival) for other in others]
    best = min(range(len(others)), key=lambda number: len(unexplained(cells[number])))
    found = cells[best]
    if unexplained(found) and _is_copy(examination, mine, others[best], copied=copied):
        found = [replace(cell, rule=cell.rule or "copies") for cell in found]
    tally.count_pair(id, one.day, found)
    seen = [others[best]]
    for number, other in enumerate(others):
        if number != best:
            rule = "copies" if _arrived_apart(other, seen, copied=copied) else None
            tally.count_lonely("only_there", id, one.day, rule=rule)
            seen.append(other)


def _is_copy(examination: TableExamination, mine: Values, other: Values, *, copied: bool) -> bool:
    """Return whether the row there is another copy of the id, which arrived before the one that we keep."""
    if copied:
        return is_earlier_copy(mine, other, strictly=False)
    if not is_earlier_copy(mine, other, strictly=True):
        return False
    hour = mine.get(ARCHIVE_HOUR)
    return hour is not None and examination.evidence.take_duplicate(examination.table.table, hour)


def _arrived_apart(row: Values, others: Sequence[Values], *, copied: bool) -> bool:
    """Return whether a further row of an id is a copy that was sent again, not one that was doubled there."""
    stamps = LOADERS_OWN & row.keys()
    return all(
        row.get("received_at") != other.get("received_at")
        or (copied and bool(stamps) and any(row[stamp] != other[stamp] for stamp in stamps))
        for other in others
    )


def _lonely_columns(examination: TableExamination) -> Iterator[LonelyColumn]:
    table = examination.table
    for side, columns in zip(SIDES, (table.only_here, table.only_there), strict=True):
        names = [column.name for column in columns]
        counts = count_values(examination.evidence.session, examination.pair, side, names, examination.window)
        for column in columns:
            if counts[column.name]:
                rule = explain_column(table, column.name, here=side == "here")
                if rule is None and side == "there" and _is_rescued_here(examination, column):
                    rule = "rescued"
                if rule is None and _is_of_copies(examination, side, column, counts[column.name]):
                    rule = "copies"
                yield LonelyColumn(column.name, side, counts[column.name], rule)


def _is_of_copies(examination: TableExamination, side: Side, column: Typed, values: int) -> bool:
    """Return whether only rows have values in a column that the other side has not, or has another copy of."""
    if values > HOLDERS:
        return False
    session, pair, window = examination.evidence.session, examination.pair, examination.window
    holders = read_holders(session, pair, side, column, window, HOLDERS)
    return all(id in examination.tally.apart for id, _ in holders)


def _is_rescued_here(examination: TableExamination, column: Typed) -> bool:
    """Return whether the values of a column that is missing here are in `_rescued`, as far as was looked."""
    session, pair, window = examination.evidence.session, examination.pair, examination.window
    if examination.table.table == "users":
        return False
    holders = read_holders(session, pair, "there", column, window, HOLDERS)
    ids = [id for id, _ in holders if id is not None]
    rows = read_rows(session, pair, "here", [Typed(RESCUED, "json")], ids)
    return bool(holders) and all(
        any(
            same(value, "text", held, column.family)
            for row in rows.get(id, [])
            for value in rescued_columns(row[RESCUED], examination.table.event_type).get(column.name, ())
        )
        for id, held in holders
    )
