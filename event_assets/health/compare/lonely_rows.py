"""Rows that one of two schemas lacks, and the rules that explain them.

Covered by tests/compare/test_lonely.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from event_assets.events.ids import stored_id
from event_assets.health.compare.configured.erased import is_of_erased
from event_assets.health.compare.evidence import CompareEvidence
from event_assets.health.compare.rows import RESCUED, rescued_id
from loaders.queries.compare.columns import Typed
from loaders.queries.compare.rows import Side, Values, read_table_rows
from loaders.transform.standard_columns import HOME_TYPES, PERSON_COLUMNS, event_type_of

HASHED: Final = ("auto-", "hash-")
"""How an id begins that is made here: of an event without one, or of an id that is too long."""

LonelyRow = tuple[str, Values]
"""Id and row."""


def explain_lonely(evidence: CompareEvidence, side: Side, table: str, rows: Sequence[LonelyRow]) -> dict[str, str]:
    """Return id -> rule of the rows of a table that only one side has; rows without a rule are to be looked at."""
    return _explain_here(evidence, table, rows) if side == "here" else _explain_there(evidence, table, rows)


def read_lonely(
    evidence: CompareEvidence, side: Side, table: str, columns: Mapping[str, str], ids: Sequence[str]
) -> list[LonelyRow]:
    """Return the rows of some ids with what explains them."""
    kinds = {RESCUED: "json"} if side == "here" else {}
    wanted = [Typed(name, kinds.get(name, columns[name])) for name in _NEEDED if name in columns]
    found = read_table_rows(evidence.session, (evidence.schema(side), table), Typed("id", columns["id"]), wanted, ids)
    return [(id, row) for id, some in found.items() for row in some]


_NEEDED: Final = (RESCUED, *PERSON_COLUMNS)


def _explain_here(evidence: CompareEvidence, table: str, rows: Sequence[LonelyRow]) -> dict[str, str]:
    ids = [id for id, _ in rows]
    known = evidence.copied(ids) | evidence.elsewhere(table, ids) | _renamed(evidence, table, ids)
    event_type = event_type_of(table)
    sent = {
        id: text for id, row in rows if id.startswith(HASHED) and (text := rescued_id(event_type, row.get(RESCUED)))
    }
    kept = evidence.anywhere(sorted(set(sent.values())))
    shared = {id for id, text in sent.items() if text in kept}
    return {id: "ids" if id in shared else "copies" for id in ids if id in shared or id in known}


def _explain_there(evidence: CompareEvidence, table: str, rows: Sequence[LonelyRow]) -> dict[str, str]:
    stored = {id: stored_id(id) for id, _ in rows}
    copied, renamed = evidence.copied(list(stored.values())), _renamed(evidence, table, list(stored))
    rules = {id: "copies" for id, here in stored.items() if here in copied or id in renamed}
    erased = evidence.schemas.erased
    return rules | {id: "erased" for id, row in rows if is_of_erased(erased, stored[id], row)}


def _renamed(evidence: CompareEvidence, table: str, ids: Sequence[str]) -> set[str]:
    return set() if table in HOME_TYPES else evidence.renamed(ids)
