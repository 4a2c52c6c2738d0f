"""Whether two values of different types mean the same.

Covered by tests/health/compare/test_rules.py.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from math import isfinite
from typing import Final, TypeAlias

from loaders.formats.json_values import Json, Number, read, write
from loaders.formats.timestamps import read_timestamp
from loaders.queries.compare.columns import Family

Value: TypeAlias = "bool | int | float | Decimal | str | Json"
"""A value of a row, or one that was rescued; None is NULL."""

EXACT: Final = 1 << 53
"""Integers up to here are exact as float64."""


def same(one: Value, one_is: Family, other: Value, other_is: Family) -> bool:
    """Return whether two values mean the same: 1 and 1.0, an instant and its text, an array and its JSON text."""
    if one is None or other is None:
        return one is other
    if one_is == other_is == "time":
        return one == other
    if "time" in (one_is, other_is):
        instant, text = (one, other) if one_is == "time" else (other, one)
        return isinstance(text, str) and not isinstance(text, Number) and read_timestamp(text) == instant
    if isinstance(one, bool) or isinstance(other, bool):
        return _as_text(one) == _as_text(other)
    left, right = number_of(one), number_of(other)
    if left is not None and right is not None and not (_is_text(one) and _is_text(other)):
        return _same_number(left, right)
    return _as_text(one) == _as_text(other) or ("json" in (one_is, other_is) and _same_json(one, other))


def number_of(value: Value) -> int | float | Decimal | None:
    """Return a number, or the number that a text is; None for any other value."""
    if isinstance(value, bool) or value is None or isinstance(value, list | dict):
        return None
    if not isinstance(value, str):
        return value
    try:
        return Decimal(value)
    except InvalidOperation:
        return None


def is_integral(number: float | Decimal) -> bool:
    """Return whether a number has no fraction."""
    return Decimal(number).is_finite() and Decimal(number) == Decimal(number).to_integral_value()


def _is_text(value: Value) -> bool:
    return isinstance(value, str) and not isinstance(value, Number)


def _same_number(left: float | Decimal, right: float | Decimal) -> bool:
    if isinstance(left, float) != isinstance(right, float):
        exact, nearest = (right, left) if isinstance(left, float) else (left, right)
        if isfinite(nearest) and Decimal(exact).is_finite() and not is_integral(exact):
            return float(exact) == nearest
    return Decimal(left) == Decimal(right)


def _as_text(value: Value) -> str:
    if isinstance(value, bool | list | dict):
        return write(value)
    return str(value)


def _same_json(one: Value, other: Value) -> bool:
    try:
        return bool(read(_as_text(one)) == read(_as_text(other)))
    except ValueError:
        return False
