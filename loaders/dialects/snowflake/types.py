"""Column types of Snowflake.

Covered by tests/loaders/dialects/snowflake/test_snowflake.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pyarrow as pa

from loaders.dialects.arrow_types import logical_type_of

COLUMN_TYPES: Final[Mapping[str, str]] = {
    "boolean": "BOOLEAN",
    "int": "NUMBER",
    "float": "FLOAT",
    "string": "TEXT",
    "datetime": "TIMESTAMP_TZ",
    "date": "DATE",
    "json": "TEXT",
}
"""Logical type (contract §6) -> type, as the information schema spells it.

JSON is text: a VARIANT would round its numbers and refuse what is no JSON to it
(docs/adr/0062-snowflake-begins-with-the-first-row.md).
"""


def arrow_column_type(kind: pa.DataType) -> str:
    """Return the type of a column that holds values of an Arrow type."""
    return COLUMN_TYPES[logical_type_of(kind)]


_DRIVER_TYPES: Final = {0: "NUMBER", 1: "FLOAT", 2: "TEXT", 3: "DATE", 7: "TIMESTAMP_TZ", 13: "BOOLEAN"}
"""Codes of types in the driver's description of a result: instants are TIMESTAMP_LTZ (6) only by CURRENT_TIMESTAMP."""


def described_type(code: int) -> str:
    """Return the type of a column of a query by its code in the driver's description."""
    return _DRIVER_TYPES.get(code, "TIMESTAMP_TZ" if code in (4, 6, 8) else "TEXT")
