"""Rows of one table that differ, read from both sides and compared one by one.

Covered by tests/compare/test_planted.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from event_assets.health.compare.configured.erased import is_of_erased
from event_assets.health.compare.evidence import CompareEvidence, Newest
from event_assets.health.compare.pairing import LOADERS_OWN, PairedTable
from event_assets.health.compare.rows import ARCHIVE_HOUR, RESCUED, differing_cells, is_earlier_copy, unexplained
from event_assets.health.compare.tally import RowTally
from event_assets.health.compare.unmatched import Unmatched
from loaders.queries.compare.columns import TablePair, Typed
from loaders.queries.compare.rows import SIDES, DifferingId, Side, Values, Window, read_rows


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
        stamps = self.evidence.tables("there")[self.table.there_table]
        own = [Typed(name, stamps[name]) for name in sorted(LOADERS_OWN & stamps.keys())]
        return [*(pair.there for pair in self.pair.columns), *own]


def examine_ids(examination: TableExamination, listed: Sequence[DifferingId]) -> None:
    """Count the rows of some ids that both sides have, and collect those that one side lacks."""
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
    by_arrival: Newest | None,
) -> None:
    tally, table, id = examination.tally, examination.table, one.id or ""
    evidence = examination.evidence
    cells = [differing_cells(table, evidence.masks, mine, other, by_arrival) for other in others]
    best = min(range(len(others)), key=lambda number: len(unexplained(cells[number])))
    found = cells[best]
    if unexplained(found):
        rule = _explain_row(examination, id, mine, others[best], copied=copied)
        found = [replace(cell, rule=cell.rule or rule) for cell in found]
    tally.count_pair(id, one.day, found)
    seen = [others[best]]
    for number, other in enumerate(others):
        if number != best:
            rule = "copies" if _arrived_apart(other, seen, copied=copied) else None
            rule = "erased" if is_of_erased(evidence.schemas.erased, id, other) else rule
            tally.count_lonely("only_there", id, one.day, rule=rule)
            seen.append(other)


def _explain_row(examination: TableExamination, id: str, mine: Values, other: Values, *, copied: bool) -> str | None:
    """Return the rule by which the row there is another one than that which we keep."""
    if is_of_erased(examination.evidence.schemas.erased, id, other):
        return "erased"
    return "copies" if _is_copy(examination, mine, other, copied=copied) else None


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
