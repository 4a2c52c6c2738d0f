"""Users that one of two schemas lacks: they are made of identifies, and explained where all of those are.

Covered by tests/compare/test_lonely.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from event_assets.health.compare.evidence import CompareEvidence
from event_assets.health.compare.examination import TableExamination, examine_ids
from event_assets.health.compare.lonely_rows import explain_lonely, read_lonely
from event_assets.health.compare.result import ONLY
from event_assets.health.compare.rows import DifferingCell, differing_cells
from event_assets.health.compare.tally import RowTally
from event_assets.health.compare.unmatched import match_rows
from loaders.queries.compare.columns import Typed
from loaders.queries.compare.rows import NO_DAY, SIDES, DifferingId, Side, Window, read_by_user

IDENTIFIES: Final = "identifies"


def count_users(examination: TableExamination) -> None:
    """Count the rows of `users` that one side lacks: with the one of the masked id, or alone."""
    taken = _count_masked(examination)
    for side in SIDES:
        rows = [row for row in examination.unmatched.of(side) if row[0] not in taken]
        rules = explain_users(examination.evidence, side, [id for id, _, _ in rows])
        for id, day, _ in rows:
            examination.tally.count_lonely(ONLY[side], id, day, rule=rules.get(id))


def explain_users(evidence: CompareEvidence, side: Side, users: Sequence[str]) -> dict[str, str]:
    """Return user -> rule of users that only one side has.

    The user is erased, or the ids of users are masked so that no table has them; or the other side has no identify of
    the user, and every one of this side is only on this side, or another copy, by a rule.
    """
    if not users:
        return {}
    if side == "there":
        erased = evidence.schemas.erased.persons_among(users)
        hidden = [user for user in users if evidence.masks.mask_person("userId", user) is None]
        known = {**dict.fromkeys(hidden, "masked"), **dict.fromkeys(erased, "erased")}
        return known | _explain_by_identifies(evidence, side, [user for user in users if user not in known])
    return _explain_by_identifies(evidence, side, users)


def _count_masked(examination: TableExamination) -> set[str]:
    """Count the users whose id is masked here, and return the ids of both sides."""
    masks, evidence = examination.evidence.masks, examination.evidence
    masked = {masks.mask_person("userId", row[0]): row for row in examination.unmatched.there}
    pairs = [(row, masked[row[0]]) for row in examination.unmatched.here if row[0] in masked]
    columns = [one.there for one in examination.pair.columns]
    newest = evidence.by_arrival([other[0] for _, other in pairs], columns)
    for (id, day, mine), (other_id, _, other) in pairs:
        cells = differing_cells(examination.table, masks, mine, other, newest.get(other_id))
        examination.tally.count_pair(id, day, [DifferingCell("id", id, other_id, rule="masked"), *cells])
    return {row[0] for pair in pairs for row in pair}


def _explain_by_identifies(evidence: CompareEvidence, side: Side, users: Sequence[str]) -> dict[str, str]:
    own, others = (_ids_by_user(evidence, one, users) for one in (side, "there" if side == "here" else "here"))
    alone = {user: ids for user, ids in own.items() if user not in others}
    rules = _explain_identifies(evidence, side, sorted({id for ids in alone.values() for id in ids}))
    return {user: rules[ids[0]] for user, ids in alone.items() if rules.keys() >= set(ids)}


def _ids_by_user(evidence: CompareEvidence, side: Side, users: Sequence[str]) -> dict[str, list[str]]:
    columns = evidence.tables(side).get(IDENTIFIES, {})
    if not {"id", "user_id"} <= columns.keys():
        return {}
    id, user = Typed("id", columns["id"]), Typed("user_id", columns["user_id"])
    rows = read_by_user(evidence.session, (evidence.schema(side), IDENTIFIES), user, id, [id], users)
    return {user: [str(row["id"]) for row in found] for user, found in rows.items()}


def _explain_identifies(evidence: CompareEvidence, side: Side, ids: Sequence[str]) -> dict[str, str]:
    table = evidence.schemas.identifies
    if table is None or table.pair is None:
        columns = evidence.tables(side)[IDENTIFIES] if ids else {}
        rows = read_lonely(evidence, side, IDENTIFIES, columns, ids) if ids else []
        return explain_lonely(evidence, side, IDENTIFIES, rows)
    apart = replace(evidence, used=Counter())
    examination = TableExamination(apart, table, table.pair, Window(), RowTally(table, {}, {}))
    examine_ids(examination, [DifferingId(id, NO_DAY, 1, 1) for id in ids])
    match_rows(apart, table, examination.unmatched, examination.tally)
    return examination.tally.explained_ids
