"""The deliberate differences of contract §12, each a rule that explains one value there by the one here.

Covered by tests/health/compare/test_rules.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from event_assets.health.compare.values import EXACT, Value, is_integral, number_of, same
from loaders.formats.json_values import Json, Number, read
from loaders.formats.timestamps import DAY, read_timestamp
from loaders.queries.compare.columns import Family
from loaders.transform.names import MAX_LENGTH, event_name

RULES: Final = {
    "reserved": "They drop properties named like standard columns; we keep them under `_name`.",
    "collisions": "one of two colliding keys",
    "rescued": "we rescue all of them",
    "truncated": "They truncate 1.5 to 1 in an int column",
    "misfits": "null other misfits",
    "rounded": "They round integers over 2^53",
    "microseconds": "cut microseconds",
    "calendar": "turn 2023-02-30 into March",
    "first_value": "They let the first value settle a type",
    "users": "They keep users by arrival",
    "ids": "Their random id for events without one doubles on replay; ours is a hash.",
    "clocks": "They believe clocks of the year 2099; we do not.",
    "unnameable": "They give `''` as `event` of unnameable events; we give NULL.",
    "names": "never cut `event`",
    "spread": "They join traits that look like a spread string",
    "json_paths": "They have options for JSON",
    "transport": "Their `context_source_*` and `context_destination_*` columns are filled only",
    "arrival": "where they take a missing `receivedAt` from the server, we take the archive hour",
    "copies": "Of several copies of an id they keep the first",
    "numbers": "They write a number in a text column as JavaScript does",
    "nul": "They take U+0000 out of texts",
    "derived": "Where no `timestamp` was sent, they have none; we derive it",
}
"""Rule -> the words of contract §12 that it is about."""
SETTINGS_RULES: Final = {
    "selection": "The settings of the source leave these events out.",
    "masked": "A rule of the source masks these values.",
    "erased": "These events are of erased persons.",
}
"""Rules that are no difference of the contract, with their meaning."""

MILLISECOND: Final = 1_000
_TYPED: Final = frozenset({"boolean", "int", "float", "time"})
"""Families of columns that not every value fits."""
_INTEGERS: Final = 1 << 63
"""Integers of 64 bits are below this, without their sign."""
_REPLACED: Final = "\N{REPLACEMENT CHARACTER}"
_DATED: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(.*)", re.DOTALL)


@dataclass(frozen=True)
class Cell:
    """A column of two rows with one id. `rescued` are the values here that could not take the column's place."""

    column: str
    here: Value
    there: Value
    here_is: Family
    there_is: Family
    rescued: Sequence[Json] = ()

    @property
    def sent(self) -> list[Value]:
        """What the event had, as far as the row here knows."""
        return [*([] if self.here is None else [self.here]), *self.rescued]


def is_equal(cell: Cell) -> bool:
    """Return whether both sides have the same value, whatever its type."""
    return same(cell.here, cell.here_is, cell.there, cell.there_is)


def explain_cell(cell: Cell) -> str | None:
    """Return the rule that makes this value of the one here; None if it is to be looked at."""
    return next((rule for rule, holds in _CELL_RULES.items() if holds(cell)), None)


def _is_cut(cell: Cell) -> bool:
    there = _instant_there(cell)
    held = cell.here if cell.here_is == "time" else _instant(cell.here)
    return there is not None and any(
        isinstance(one, int) and one // MILLISECOND * MILLISECOND == there
        for one in (held, *map(_instant, cell.rescued))
    )


def _is_truncated(cell: Cell) -> bool:
    numbers = [number_of(value) for value in cell.sent]
    return cell.there_is == "int" and any(
        number is not None and Decimal(number).is_finite() and not is_integral(number) and int(number) == cell.there
        for number in numbers
    )


def _is_rounded(cell: Cell) -> bool:
    return cell.there is not None and any(_rounds(value, cell.there) for value in cell.sent)


def _rounds(sent: Value, there: Value) -> bool:
    number, other = number_of(sent), number_of(there)
    if number is None or other is None:
        return _rounds_inside(sent, there)
    if not Decimal(number).is_finite() or not Decimal(other).is_finite():
        return False
    return is_integral(number) and abs(Decimal(number)) > EXACT and float(number) == float(other)


def _rounds_inside(sent: Value, there: Value) -> bool:
    """Return whether two JSON texts are the same but for integers over 2^53."""
    return is_same_array(sent, there, float)


def _is_written_otherwise(cell: Cell) -> bool:
    """Return whether a text there is the same number, or array of numbers, in other digits."""
    if cell.there_is != "text" or cell.there is None:
        return False
    number = number_of(cell.there)
    return any(
        (number is not None and Decimal(number).is_finite() and number == number_of(value))
        or is_same_array(value, cell.there, Decimal)
        for value in cell.sent
    )


def is_same_array(one: Value, other: Value, number: Callable[[str], object]) -> bool:
    """Return whether two values are the same array, where numbers are read by a function."""
    try:
        left, right = (read(value) if isinstance(value, str) else value for value in (one, other))
    except ValueError:
        return False
    return isinstance(left, list) and isinstance(right, list) and _numbered(left, number) == _numbered(right, number)


def _numbered(value: Json, number: Callable[[str], object]) -> object:
    """Return a JSON value whose numbers are read by a function."""
    if isinstance(value, list):
        return [_numbered(one, number) for one in value]
    if isinstance(value, dict):
        return {key: _numbered(one, number) for key, one in value.items()}
    return number(value) if isinstance(value, Number) else value


def _is_rolled(cell: Cell) -> bool:
    there = _instant_there(cell)
    return there is not None and any(isinstance(value, str) and roll_date(value) == there for value in cell.sent)


def roll_date(text: str) -> int | None:
    """Return the instant that a lenient clock reads in a day that no month has, 2023-02-30; None for other texts."""
    parts = _DATED.fullmatch(text)
    if parts is None or not 1 <= int(parts[2]) <= 12 or not 1 <= int(parts[3]) <= 31 or int(parts[1]) == 0:
        return None
    if read_timestamp(text) is not None:
        return None
    first = read_timestamp(f"{parts[1]}-{parts[2]}-01{parts[4]}")
    return None if first is None else (first + (int(parts[3]) - 1) * DAY) // MILLISECOND * MILLISECOND


def _is_collision(cell: Cell) -> bool:
    """Return whether the other of two values of one column has won there."""
    return cell.here is not None and _is_rescued(cell)


def _is_rescued(cell: Cell) -> bool:
    sent: Family = "text"
    return cell.there is not None and any(same(value, sent, cell.there, cell.there_is) for value in cell.rescued)


def _is_other_type(cell: Cell) -> bool:
    """Return whether the value there is the one here in the type that the column has there."""
    return cell.here is None and cell.here_is != cell.there_is and _is_rescued(cell)


def _is_misfit(cell: Cell) -> bool:
    """Return whether the value here, or the other of two values of one column, is none of the column's type there."""
    if cell.there is not None or cell.here is None or cell.there_is not in _TYPED:
        return False
    if cell.here_is != cell.there_is and {cell.here_is, cell.there_is} != {"int", "float"}:
        return True
    return _is_too_large(cell.here, cell.there_is) or any(not _fits(one, cell.there_is) for one in cell.rescued)


def _is_too_large(value: Value, there_is: Family) -> bool:
    """Return whether a number has no place among integers of 64 bits."""
    number = number_of(value)
    if there_is != "int" or number is None:
        return False
    return not Decimal(number).is_finite() or abs(Decimal(number)) >= _INTEGERS


def _fits(value: Json, there_is: Family) -> bool:
    """Return whether a value that was rescued here could be one of a column there."""
    if isinstance(value, bool):
        return there_is == "boolean"
    if isinstance(value, Number):
        return there_is in {"int", "float"} and not _is_too_large(value, there_is)
    if isinstance(value, str):
        return there_is == "time" and (read_timestamp(value) is not None or roll_date(value) is not None)
    return value is None


def _is_unnameable(cell: Cell) -> bool:
    return cell.column == "event" and cell.here is None and cell.there == ""


def _is_long_name(cell: Cell) -> bool:
    """Return whether the name of an event there is the long one that was shortened here."""
    return (
        cell.column == "event"
        and isinstance(cell.there, str)
        and len(cell.there) > MAX_LENGTH
        and event_name(cell.there) == cell.here
    )


def _is_without_nul(cell: Cell) -> bool:
    """Return whether a text there lacks the characters that no warehouse stores, and a text here has them replaced."""
    return (
        isinstance(cell.here, str)
        and isinstance(cell.there, str)
        and _REPLACED in cell.here
        and cell.here.replace(_REPLACED, "") == cell.there.replace(_REPLACED, "")
    )


def _instant_there(cell: Cell) -> Value:
    return cell.there if cell.there_is == "time" else _instant(cell.there)


def _instant(value: Value) -> int | None:
    return read_timestamp(value) if isinstance(value, str) and not isinstance(value, Number) else None


_CELL_RULES: Final[dict[str, Callable[[Cell], bool]]] = {
    "unnameable": _is_unnameable,
    "names": _is_long_name,
    "nul": _is_without_nul,
    "microseconds": _is_cut,
    "truncated": _is_truncated,
    "numbers": _is_written_otherwise,
    "rounded": _is_rounded,
    "calendar": _is_rolled,
    "first_value": _is_other_type,
    "collisions": _is_collision,
    "rescued": _is_rescued,
    "misfits": _is_misfit,
}
"""Rules of one value, in the order in which they are asked."""
