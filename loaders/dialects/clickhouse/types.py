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


def arrow_column_type(kind: pa.DataType) -> str:
    """Return the type of a column that holds values of an Arrow type."""
    if pa.types.is_boolean(kind):
        return "Nullable(Bool)"
    if pa.types.is_integer(kind):
        return "Nullable(Int64)"
    if pa.types.is_floating(kind):
        return "Nullable(Float64)"
    if pa.types.is_timestamp(kind):
        return "Nullable(DateTime64(6, 'UTC'))"
    if pa.types.is_date(kind):
        return "Nullable(Date32)"
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind):
        return "Nullable(String)"
    raise TypeError(f"no column type for {kind}")
