"""Column types of ClickHouse.

Covered by tests/loaders/dialects/clickhouse/test_clickhouse.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pyarrow as pa

from loaders.dialects.arrow_types import logical_type_of

COLUMN_TYPES: Final[Mapping[str, str]] = {
    "boolean": "Nullable(Bool)",
    "int": "Nullable(Int64)",
    "float": "Nullable(Float64)",
    "string": "Nullable(String)",
    "datetime": "Nullable(DateTime64(6, 'UTC'))",
    "date": "Nullable(Date32)",
    "json": "Nullable(String)",
}
"""Logical type (contract §6) -> type, as `system.columns` spells it."""


def arrow_column_type(kind: pa.DataType) -> str:
    """Return the type of a column that holds values of an Arrow type."""
    return COLUMN_TYPES[logical_type_of(kind)]
