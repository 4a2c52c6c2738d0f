"""PostgreSQL's column types, by logical type and by Arrow type.

Covered by tests/loaders/dialects/postgresql/test_postgresql.py.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from loaders.dialects.arrow_types import logical_type_of

COLUMN_TYPES: Final = {
    "boolean": "boolean",
    "int": "bigint",
    "float": "double precision",
    "string": "text",
    "datetime": "timestamp with time zone",
    "date": "date",
    "json": "text",
}
"""Logical type (contract §6) -> column type, as `format_type` spells it."""


def plain_field(field: pa.Field) -> pa.Field:
    """Return the field in a type that PostgreSQL's binary format supports."""
    if pa.types.is_large_string(field.type) or pa.types.is_string_view(field.type):
        return pa.field(field.name, pa.string())
    if pa.types.is_integer(field.type):
        return pa.field(field.name, pa.int64())
    return field


def column_type_of(kind: pa.DataType) -> str:
    """Return the column type for values of an Arrow type."""
    return COLUMN_TYPES[logical_type_of(kind)]
