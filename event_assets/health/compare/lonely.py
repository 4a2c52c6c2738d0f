"""Tables that one of two schemas lacks.

Covered by tests/compare/test_planted.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from event_assets.health.compare.evidence import CompareEvidence
from event_assets.health.compare.pairing import CLOCKS, WITHOUT_DAYS, Columns, PairedSchemas
from event_assets.health.compare.result import LonelyTable
from loaders.queries.compare.columns import Typed
from loaders.queries.compare.rows import SIDES, Window, count_rows_of, some_ids
from loaders.transform.names import event_name, event_table

FEW: Final = 1_000
"""Rows of a table that are looked at one by one."""


def lonely_tables(
    evidence: CompareEvidence, paired: PairedSchemas, here_tables: Mapping[str, Columns], window: Window
) -> tuple[LonelyTable, ...]:
    """Return the tables that have rows on one side only, with the reason where there is one."""
    return tuple(_find(evidence, paired, here_tables, window))


def _find(
    evidence: CompareEvidence, paired: PairedSchemas, here_tables: Mapping[str, Columns], window: Window
) -> Iterator[LonelyTable]:
    for side, names in zip(SIDES, (paired.only_here, paired.only_there), strict=True):
        schema = evidence.here if side == "here" else evidence.there
        tables = here_tables if side == "here" else evidence.there_tables
        for name in names:
            clocks = () if name in WITHOUT_DAYS else CLOCKS
            clock = next((clock for clock in clocks if clock in tables[name]), None)
            rows = count_rows_of(evidence.session, (schema, name), clock, window)
            if rows:
                rule = _explain(evidence, (schema, name), tables[name], rows, is_here=side == "here")
                yield LonelyTable(name, side, rows, rule)


def _explain(
    evidence: CompareEvidence, table: tuple[str, str], columns: Columns, rows: int, *, is_here: bool
) -> str | None:
    if not is_here and table[1] in {event_table(event_name(event)) for event in evidence.left_out}:
        return "selection"
    if rows > FEW or "id" not in columns or table[1] == "users":
        return None
    ids = some_ids(evidence.session, table, Typed("id", columns["id"]), FEW)
    known = evidence.copied(ids) | evidence.renamed(ids)
    return "copies" if known == set(ids) and len(ids) == rows else None
