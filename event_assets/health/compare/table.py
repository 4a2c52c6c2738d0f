"""One table of both schemas: the days that differ, and their rows one by one.

Covered by tests/compare/test_planted.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from event_assets.health.compare.evidence import CompareEvidence
from event_assets.health.compare.examination import TableExamination, examine_ids
from event_assets.health.compare.pairing import PairedTable, explain_column
from event_assets.health.compare.rescued import rescued_columns
from event_assets.health.compare.result import ComparedTable, LonelyColumn
from event_assets.health.compare.rows import RESCUED
from event_assets.health.compare.rules import Cell
from event_assets.health.compare.tally import RowTally
from event_assets.health.compare.unmatched import match_rows
from event_assets.health.compare.users import count_users
from event_assets.health.compare.values import same
from loaders.queries.compare.columns import Typed
from loaders.queries.compare.rows import (
    SIDES,
    DaySum,
    Side,
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
        examine_ids(examination, listed)
    if examination.table.table == "users":
        count_users(examination)
    else:
        match_rows(examination.evidence, examination.table, examination.unmatched, examination.tally)
    examined = Counter(one.day for one in differing.ids)
    for day, number in differing.by_day.items():
        examination.tally.leave(day, number - examined[day])


def _lonely_columns(examination: TableExamination) -> Iterator[LonelyColumn]:
    table = examination.table
    for side, columns in zip(SIDES, (table.only_here, table.only_there), strict=True):
        names = [column.name for column in columns]
        counts = count_values(examination.evidence.session, examination.pair, side, names, examination.window)
        for column in columns:
            if counts[column.name]:
                rule = _explain_column(examination, side, column, counts[column.name])
                yield LonelyColumn(column.name, side, counts[column.name], rule)


def _explain_column(examination: TableExamination, side: Side, column: Typed, values: int) -> str | None:
    if rule := explain_column(examination.table, column.name, here=side == "here"):
        return rule
    if examination.table.table == "users":
        return examination.evidence.schemas.identify_columns.get((side, column.name))
    if side == "there" and _is_rescued_here(examination, column):
        return "rescued"
    if side == "there" and _is_masked_here(examination, column):
        return "masked"
    return _explain_holders(examination, side, column) if values <= HOLDERS else None


def _explain_holders(examination: TableExamination, side: Side, column: Typed) -> str | None:
    """Return the rule of a column in which only rows have values that the other side has not, or another copy of."""
    session, pair, window = examination.evidence.session, examination.pair, examination.window
    ids = [id for id, _ in read_holders(session, pair, side, column, window, HOLDERS)]
    if not all(id in examination.tally.apart for id in ids):
        return None
    rules = Counter(examination.tally.explained_ids.get(id, "copies") for id in ids)
    return rules.most_common(1)[0][0]


def _is_masked_here(examination: TableExamination, column: Typed) -> bool:
    """Return whether masking leaves nothing of the values of a column that is missing here, as far as was looked."""
    session, pair, window = examination.evidence.session, examination.pair, examination.window
    masks, event_type = examination.evidence.masks, examination.table.event_type
    if not masks:
        return False
    holders = read_holders(session, pair, "there", column, window, HOLDERS)
    return bool(holders) and all(
        masks.explains(event_type, Cell(column.name, None, held, "text", column.family)) for _, held in holders
    )


def _is_rescued_here(examination: TableExamination, column: Typed) -> bool:
    """Return whether the values of a column that is missing here are in `_rescued`, as far as was looked."""
    session, pair, window = examination.evidence.session, examination.pair, examination.window
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
