"""The changes of a load, read back from its rows of `arrivals`.

Covered by tests/loaders/load/test_rerun.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, date

from loaders.connection.session import Session
from loaders.interface.result import Changes, TableCounts
from loaders.staging.staged import StagedTable


def count_staged(tables: Iterable[StagedTable]) -> Counter[str]:
    """Return how many rows were staged per table."""
    rows: Counter[str] = Counter()
    for table in tables:
        rows[table.name] += table.rows
    return rows


def read_changes(session: Session, load_id: str, staged: Mapping[str, int]) -> Changes:
    """Return what this load has recorded in `arrivals`, with the rows staged per table."""
    changed: dict[str, Counter[str]] = {table: Counter() for table in staged}
    touched: set[date] = set()
    for row in session.rows("ledger/arrivals", load_id=load_id):
        counter = changed.setdefault(row.table_name, Counter())
        counter.update(inserted=row.inserted, updated=row.updated, deleted=row.deleted)
        touched.add(row.event_hour.astimezone(UTC).date())
    tables = {table: _table_counts(staged.get(table, 0), counter) for table, counter in sorted(changed.items())}
    return Changes(tables, tuple(sorted(touched)))


def _table_counts(staged: int, changed: Counter[str]) -> TableCounts:
    ignored = staged - changed["inserted"] - changed["updated"]
    return TableCounts(staged, changed["inserted"], changed["updated"], ignored, changed["deleted"])
