"""Tables that one of two schemas lacks.

Covered by tests/compare/test_planted.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from event_assets.health.compare.evidence import CompareEvidence
from event_assets.health.compare.lonely_rows import explain_lonely, read_lonely
from event_assets.health.compare.pairing import CLOCKS, WITHOUT_DAYS, Columns, PairedSchemas
from event_assets.health.compare.result import LonelyTable
from event_assets.health.compare.users import explain_users
from loaders.queries.compare.columns import Typed
from loaders.queries.compare.rows import SIDES, Side, Window, count_rows_of, some_ids
from loaders.transform.names import event_name, event_table

FEW: Final = 1_000
"""Rows of a table that are looked at one by one."""


def lonely_tables(evidence: CompareEvidence, paired: PairedSchemas, window: Window) -> tuple[LonelyTable, ...]:
    """Return the tables that have rows on one side only, with the reason where there is one."""
    return tuple(_find(evidence, paired, window))


def _find(evidence: CompareEvidence, paired: PairedSchemas, window: Window) -> Iterator[LonelyTable]:
    for side, names in zip(SIDES, (paired.only_here, paired.only_there), strict=True):
        schema, tables = evidence.schema(side), evidence.tables(side)
        for name in names:
            clocks = () if name in WITHOUT_DAYS else CLOCKS
            clock = next((clock for clock in clocks if clock in tables[name]), None)
            rows = count_rows_of(evidence.session, (schema, name), clock, window)
            if rows:
                rule = _explain(evidence, side, name, tables[name], rows)
                yield LonelyTable(name, side, rows, rule)


def _explain(evidence: CompareEvidence, side: Side, table: str, columns: Columns, rows: int) -> str | None:
    if side == "there" and table in {event_table(event_name(event)) for event in evidence.left_out}:
        return "selection"
    if rows > FEW or "id" not in columns:
        return None
    ids = some_ids(evidence.session, (evidence.schema(side), table), Typed("id", columns["id"]), FEW)
    if table == "users":
        rules = explain_users(evidence, side, ids)
    else:
        rules = explain_lonely(evidence, side, table, read_lonely(evidence, side, table, columns, ids))
    if len(ids) != rows or rules.keys() != set(ids):
        return None
    return Counter(rules.values()).most_common(1)[0][0]
