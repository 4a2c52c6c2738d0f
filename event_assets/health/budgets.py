"""The budgets of columns and tables that are used up (contract §5). Covered by tests/defs/checks/test_counts.py."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from loaders.transform.catalog import Budgets
from loaders.transform.standard_columns import HOME_TABLES

_OWN_TABLES = frozenset({*HOME_TABLES.values(), "users"})


def full_budgets(columns: Iterable[tuple[str, str]], budgets: Budgets) -> list[str]:
    """Return a message per budget that is used up, from the (table, column) pairs of a schema.

    Values beyond a budget are rescued.
    """
    held = Counter(table for table, _ in columns)
    full = [
        f"{table} has {count} of {budgets.columns} columns: new properties of its events are kept in _rescued"
        for table, count in sorted(held.items())
        if count >= budgets.columns
    ]
    events = len(held.keys() - _OWN_TABLES)
    if events >= budgets.tables:
        full.append(f"there are {events} of {budgets.tables} event tables: properties of new events are kept in tracks")
    return full
