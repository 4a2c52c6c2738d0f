"""Rows whose id the other side lacks: id-less events there have random ids, and are found by what they hold.

Covered by tests/compare/test_rules_of_vendors.py.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Final

from event_assets.health.compare.configured.masked import MaskedColumns
from event_assets.health.compare.evidence import CompareEvidence
from event_assets.health.compare.lonely_rows import HASHED, explain_lonely
from event_assets.health.compare.pairing import PairedTable
from event_assets.health.compare.rows import DifferingCell, differing_cells, unexplained
from event_assets.health.compare.rules import MILLISECOND
from event_assets.health.compare.tally import RowTally
from loaders.queries.compare.rows import Side, Values
from loaders.transform.names import event_name

CANDIDATES: Final = 50
"""Rows there that are looked at for one row here."""

Lonely = tuple[str, int, Values]
"""Id, day and row."""


@dataclass
class Unmatched:
    """Rows that only one side has, by id."""

    here: list[Lonely] = field(default_factory=list)
    there: list[Lonely] = field(default_factory=list)

    def of(self, side: Side) -> list[Lonely]:
        """Return the rows of a side."""
        return self.here if side == "here" else self.there


def match_rows(evidence: CompareEvidence, table: PairedTable, unmatched: Unmatched, tally: RowTally) -> None:
    """Count every row: with the one it is the same event as, or alone."""
    matched, here, there = _match_hashed(evidence.masks, table, unmatched)
    for mine, other, cells in matched:
        tally.count_pair(mine[0], mine[1], [DifferingCell("id", mine[0], other[0], rule="ids"), *cells])
    repeated = dict.fromkeys(_find_repeated(evidence.masks, table, matched, there), "ids")
    rules = explain_lonely(evidence, "here", table.table, [(id, row) for id, _, row in here])
    for id, day, _ in here:
        tally.count_lonely("only_here", id, day, rule=rules.get(id))
    rules = {**explain_lonely(evidence, "there", table.table, [(id, row) for id, _, row in there]), **repeated}
    for id, day, _ in there:
        tally.count_lonely("only_there", id, day, rule=rules.get(id))


Match = tuple[Lonely, Lonely, list[DifferingCell]]


def _match_hashed(
    masks: MaskedColumns, table: PairedTable, unmatched: Unmatched
) -> tuple[list[Match], list[Lonely], list[Lonely]]:
    """Return the rows that are the same event under two ids, and those that are left of both sides."""
    by_moment: dict[object, list[int]] = defaultdict(list)
    by_sender: dict[object, list[int]] = defaultdict(list)
    for number, (_, _, row) in enumerate(unmatched.there):
        by_moment[_moment(row, masks)].append(number)
        by_sender[_sender(row, masks)].append(number)
    matched: list[Match] = []
    left: list[Lonely] = []
    taken: set[int] = set()
    for mine in unmatched.here:
        found = None
        if mine[0].startswith(HASHED):
            near = chain(by_moment[_moment(mine[2])], by_sender[_sender(mine[2])])
            found = _find_match(masks, table, mine, unmatched.there, (number for number in near if number not in taken))
        if found is None:
            left.append(mine)
        else:
            number, match = found
            taken.add(number)
            matched.append(match)
    there = [one for number, one in enumerate(unmatched.there) if number not in taken]
    return matched, left, there


def _find_match(
    masks: MaskedColumns, table: PairedTable, mine: Lonely, there: Sequence[Lonely], candidates: Iterable[int]
) -> tuple[int, Match] | None:
    for number in islice(candidates, CANDIDATES):
        cells = differing_cells(table, masks, mine[2], there[number][2])
        if not unexplained(cells):
            return number, (mine, there[number], cells)
    return None


def _find_repeated(masks: MaskedColumns, table: PairedTable, matched: list[Match], there: list[Lonely]) -> set[str]:
    """Return ids of rows that are further copies of an event without an id, each with a random id of its own."""
    by_sender: dict[object, list[Lonely]] = defaultdict(list)
    for mine, _, _ in matched:
        by_sender[_sender(mine[2])].append(mine)
    taken = Counter([*(other[0] for _, other, _ in matched), *(one[0] for one in there)])
    return {
        id
        for id, _, row in there
        if taken[id] == 1
        and any(
            not unexplained(differing_cells(table, masks, mine[2], row))
            for mine in by_sender.get(_sender(row, masks), [])[:CANDIDATES]
        )
    }


def _moment(row: Values, masks: MaskedColumns | None = None) -> object:
    clocks = (row.get(clock) for clock in ("received_at", "original_timestamp"))
    return _sender(row, masks), *(None if clock is None else clock // MILLISECOND for clock in clocks)


def _sender(row: Values, masks: MaskedColumns | None = None) -> object:
    """Return who has sent which event; a nameless one has an empty name there, and a long name is not shortened.

    `masks` are those of a row there: it has the ids as they were sent.
    """
    user, anonymous = row.get("user_id"), row.get("anonymous_id")
    if masks is not None:
        user, anonymous = masks.mask_person("userId", user), masks.mask_person("anonymousId", anonymous)
    return user, anonymous, event_name(row.get("event") or "")
