"""Rows of a warehouse's tables as typed Arrow batches, streamed in bounded memory.

Covered by tests/loaders/dialects/postgresql/test_postgresql.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import pyarrow as pa

from loaders.transform.convert_columns import ARROW_TYPES

READ_TYPES: Final[Mapping[str, pa.DataType]] = {str(kind): arrow for kind, arrow in ARROW_TYPES.items()}
"""Logical type of a column -> its type in Arrow and Parquet."""

BATCH_ROWS: Final = 16_384


@dataclass(frozen=True)
class ReadRequest:
    """The rows of a table to read: all of them, or those of one `event_date`."""

    schema: str
    table: str
    columns: Mapping[str, str]
    """Column -> logical type; `other` is read as text."""
    day: date | None = None

    @property
    def arrow_schema(self) -> pa.Schema:
        """The columns as an Arrow schema."""
        return pa.schema([pa.field(name, READ_TYPES.get(kind, pa.string())) for name, kind in self.columns.items()])
