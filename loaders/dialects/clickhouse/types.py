"""Column types of ClickHouse.

Covered by tests/loaders/dialects/clickhouse/test_clickhouse.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pyarrow as pa

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


_LOGICAL: Final = (
    (pa.types.is_boolean, "boolean"),
    (pa.types.is_integer, "int"),
    (pa.types.is_floating, "float"),
    (pa.types.is_timestamp, "datetime"),
    (pa.types.is_date, "date"),
    (pa.types.is_string, "string"),
    (pa.types.is_large_string, "string"),
    (pa.types.is_null, "string"),
)
"""Tests of an Arrow type, and the logical type of its values."""


def arrow_column_type(kind: pa.DataType) -> str:
    """Return the type of a column that holds values of an Arrow type."""
    for is_kind, logical in _LOGICAL:
        if is_kind(kind):
            return COLUMN_TYPES[logical]
    raise TypeError(f"no column type for {kind}")
