"""Logical types of Arrow's, for dialects that create a table for staged rows or a small frame.

Covered by tests/loaders/load/test_rerun.py.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa

_LOGICAL: Final = (
    (pa.types.is_string, "string"),
    (pa.types.is_large_string, "string"),
    (pa.types.is_integer, "int"),
    (pa.types.is_floating, "float"),
    (pa.types.is_boolean, "boolean"),
    (pa.types.is_timestamp, "datetime"),
    (pa.types.is_date, "date"),
    (pa.types.is_null, "string"),
)
"""Tests of an Arrow type, and the logical type of its values."""


def logical_type_of(kind: pa.DataType) -> str:
    """Return the logical type (contract §6) of values of an Arrow type."""
    for matches, logical in _LOGICAL:
        if matches(kind):
            return logical
    raise TypeError(f"no column type for {kind}")  # no staged column has another type
