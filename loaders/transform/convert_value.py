"""The kind of one JSON value and its conversion to a column's type: the exact rules (contract §6).

Covered by tests/loaders/transform/test_fast_equals_exact.py.
"""

from __future__ import annotations

from decimal import Decimal
from enum import IntEnum
from functools import lru_cache
from typing import Final

from loaders.formats.json_values import Json, Number, write
from loaders.formats.timestamps import read_timestamp
from loaders.transform.standard_columns import LogicalType

EXACT: Final = 2**53
"""Every integer up to this is exactly a float64."""
_INT64: Final = 2**63
_LONGEST_INT64: Final = 20
_DAY: Final = 86_400_000_000

Scalar = bool | int | float | str | None


class Kind(IntEnum):
    """The kind of a value before conversion; its number is its index in every list of counts."""

    BOOLEAN = 0
    INT = 1
    FLOAT = 2
    STRING = 3
    DATETIME = 4


@lru_cache(maxsize=65_536)
def number(digits: str) -> int | float | None:
    """Return a JSON number as int or float, or None if neither can hold it and it stays a string (contract §6)."""
    if not any(mark in digits for mark in ".eE"):
        whole = int(digits) if len(digits) <= _LONGEST_INT64 else _INT64
        return whole if -_INT64 <= whole < _INT64 else None
    near = float(digits)
    if near == 0:
        return None if any("1" <= digit <= "9" for digit in digits.lower().partition("e")[0]) else 0
    if abs(near) == float("inf"):
        return None
    if abs(near) <= EXACT:
        over, under = Decimal(digits).as_integer_ratio()
        if under == 1 and abs(over) <= EXACT:
            return over
    return near


def kind(value: Json) -> Kind:
    """Return the kind of a scalar or an array; an object has none."""
    if isinstance(value, bool):
        return Kind.BOOLEAN
    if isinstance(value, Number):
        read = number(value)
        return Kind.STRING if read is None else Kind.INT if isinstance(read, int) else Kind.FLOAT
    if isinstance(value, str) and read_timestamp(value) is not None:
        return Kind.DATETIME
    return Kind.STRING


def is_wide(value: Json) -> bool:
    """Return whether a value is an int that no float64 can hold, so that a float column rescues it."""
    read = number(value) if isinstance(value, Number) else None
    return isinstance(read, int) and abs(read) > EXACT


def text(value: Json) -> str:
    """Return a value for a string column: a string as it is, anything else as its JSON text as sent."""
    return value if isinstance(value, str) else write(value)


def convert(value: Json, to: LogicalType) -> Scalar:
    """Return the value as its column holds it, or None if it has to be rescued (contract §6).

    A datetime is microseconds since 1970, a date is days since 1970.
    """
    if to == "string":
        return text(value)
    if to == "json":
        return write(value)
    if to == "boolean":
        return value if isinstance(value, bool) else None
    if to in {"datetime", "date"}:
        micros = read_timestamp(value) if isinstance(value, str) and not isinstance(value, Number) else None
        if to == "datetime" or micros is None:
            return micros
        return micros // _DAY if isinstance(value, str) and len(value) == len("2026-01-31") else None
    read = number(value) if isinstance(value, Number) else None
    if to == "int":
        return read if isinstance(read, int) else None
    if isinstance(read, int):
        return float(read) if abs(read) <= EXACT else None
    return read
