"""The changes of loads, read back from its rows of `arrivals`.

Covered by tests/loaders/load/test_rerun.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime

from loaders.connection.session import Session
from loaders.interface.result import Changes, TableCounts
from loaders.staging.staged import StagedTable

StagedRows = dict[datetime, Counter[str]]
"""Archive hour -> table -> rows staged."""


def count_staged(tables: Iterable[StagedTable]) -> StagedRows:
    """Return how many rows of each archive hour were staged per table."""
    rows: dict[datetime, Counter[str]] = {}
    for table in tables:
        for hour, staged in table.hours.items():
            rows.setdefault(hour, Counter())[table.name] += staged
    return rows


def read_changes(session: Session, staged: Mapping[str, Mapping[str, int]]) -> dict[str, Changes]:
    """Return what some loads have recorded in `arrivals`; `staged` has the rows staged by load and table."""
    changed = {load: {table: Counter[str]() for table in tables} for load, tables in staged.items()}
    touched: dict[str, set[date]] = {load: set() for load in staged}
    for row in session.rows("ledger/arrivals", load_ids=list(staged)):
        counter = changed[row.load_id].setdefault(row.table_name, Counter())
        counter.update(inserted=row.inserted, updated=row.updated, deleted=row.deleted)
        touched[row.load_id].add(row.event_hour.astimezone(UTC).date())
    return {
        load: Changes(
            {table: _table_counts(staged[load].get(table, 0), counter) for table, counter in sorted(tables.items())},
            tuple(sorted(touched[load])),
        )
        for load, tables in changed.items()
    }


def _table_counts(staged: int, changed: Counter[str]) -> TableCounts:
    ignored = staged - changed["inserted"] - changed["updated"]
    return TableCounts(staged, changed["inserted"], changed["updated"], ignored, changed["deleted"])
