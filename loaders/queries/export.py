"""Datasets of the export: event tables and users, their columns, and the days that loads changed.

Covered by tests/pipeline/test_export.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import pyarrow as pa

from loaders.connection.session import Session
from loaders.dialects.read_request import ReadRequest
from loaders.ledger.loads import has_ledger
from loaders.queries.row_sums import read_logical
from loaders.schema.evolve import IDENTIFIES, USERS
from loaders.schema.introspect import read_layout

NO_DAY: Final = "all"
"""The day of the rows of users, which have none."""


@dataclass(frozen=True)
class Dataset:
    """One table as files: one per day of event time, or one for `NO_DAY`."""

    schema: str
    table: str
    columns: Mapping[str, str]
    """Column -> logical type, in the table's order."""
    days: Mapping[str, str]
    """Day as `YYYY-MM-DD` -> the newest load that changed its rows."""

    @property
    def arrow_schema(self) -> pa.Schema:
        """The columns as an Arrow schema."""
        return ReadRequest(self.schema, self.table, self.columns).arrow_schema


def read_datasets(session: Session, schema: str) -> dict[str, Dataset]:
    """Return the existing event tables and users by name; empty if nothing is loaded yet."""
    if not has_ledger(session):
        return {}
    days: dict[str, dict[str, str]] = {}
    for row in session.rows("queries/export/touched_days", schema=schema):
        days.setdefault(row.table_name, {})[f"{row.date:%Y-%m-%d}"] = row.load_id
    if IDENTIFIES in days:
        days[USERS] = {NO_DAY: max(days[IDENTIFIES].values())}
    layout = read_layout(session, schema)
    return {
        table: Dataset(schema, table, read_logical(session, layout[table]), touched)
        for table, touched in sorted(days.items())
        if table in layout
    }


def read_rows(session: Session, dataset: Dataset, day: str) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a day in batches, typed by the dataset's columns; memory is bounded by a batch."""
    request = ReadRequest(
        dataset.schema, dataset.table, dataset.columns, None if day == NO_DAY else date.fromisoformat(day)
    )
    return session.dialect.read(session.connection, request)
