"""The name function and the types of single values, from contract sections 5 and 6."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import lru_cache
from itertools import takewhile
from typing import Final

from tests.independent.clocks import read_text
from tests.independent.json_text import Json, Number, dump
from tests.independent.xxh3 import xxh3_64

LONGEST = 63
WORD = re.compile("[A-Za-z0-9]+")
HUMP = re.compile("(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
NUMBERED = re.compile("([A-Za-z][0-9]+)(?=[A-Za-z])")
HEAD, TAIL = 27, 26
EXACT: Final = 1 << 53
_RESERVED = (
    "all analyse analyze and any array as asc asymmetric authorization between binary both case cast check cmax "
    "cmin collate column constraint create cross ctid current_date current_role current_time current_timestamp "
    "current_user default deferrable desc distinct do else end except false for foreign freeze from full grant "
    "group having ilike in initially inner intersect into is isnull join leading left like limit localtime "
    "localtimestamp natural new not notnull null off offset old on only or order outer overlaps placing primary "
    "references right select session_user similar some symmetric table tableoid then to trailing true union "
    "unique user using verbose when where xmax xmin"
)
RESERVED: Final = frozenset(_RESERVED.split())


@lru_cache(maxsize=1 << 18)
def name_of(text: str) -> str:
    """The table or column name of a text; empty where it leaves no letter or digit."""
    name = event_of(text)
    return "_" + name if name in RESERVED else name


@lru_cache(maxsize=1 << 18)
def event_of(text: str) -> str:
    """The value of `event`: the table's name before any `_` that avoids a clash."""
    name = whole_name_of(text)
    if len(name) <= LONGEST:
        return name
    digits = f"{xxh3_64(name.encode()):016x}"[:8]
    mark = "".join(chr(ord(digit) - ord("0") + ord("g")) if digit.isdigit() else digit for digit in digits)
    return f"{name[:HEAD].rstrip('_')}_{name[-TAIL:].strip('_')}_{mark}"


def whole_name_of(text: str) -> str:
    """The words of a text as a name of any length."""
    return _lead(text, [part for word in WORD.findall(text) for part in _parts(word)])


def _parts(run: str) -> Iterator[str]:
    """The words of a run of letters and digits, read from the left."""
    while run:
        digits = _span(run, str.isdigit)
        letters = run[len(digits) :]
        capitals = _span(letters, str.isupper)
        small = _span(letters[len(capitals) :], str.islower)
        if len(capitals) <= 1 and small:
            word = digits + capitals + small
        elif small and not digits:
            word = capitals[:-1]
        else:
            word = digits + capitals
        word += "" if digits else _span(run[len(word) :], str.isdigit)
        yield word
        run = run[len(word) :]


def _span(text: str, fits: Callable[[str], bool]) -> str:
    return "".join(takewhile(fits, text))


def _lead(text: str, words: list[str]) -> str:
    if not words:
        return ""
    name = "_" * (len(text) - len(text.lstrip("_"))) + "_".join(words).lower()
    return "_" + name if name[0].isdigit() else name


@lru_cache(maxsize=1 << 18)
def former_event_of(text: str) -> str:
    """The value that version 0.1 gave: digits stay with the letters on both sides, and the cut is a cut."""
    name = _lead(text, [NUMBERED.sub(r"\1_", HUMP.sub("_", word)) for word in WORD.findall(text)])
    return name[:LONGEST] if WORD.search(name[:LONGEST]) else ""


def former_name_of(text: str) -> str:
    """The name that version 0.1 gave."""
    name = former_event_of(text)
    return "_" + name if name in RESERVED else name


@lru_cache(maxsize=1 << 18)
def column_of(prefix: str, path: tuple[str, ...], kept: frozenset[str] = frozenset()) -> str:
    """The column of a path below a block; empty where any key of it leaves no name. Columns in `kept` keep theirs."""
    if not all(name_of(key) for key in path):
        return ""
    former = former_name_of(prefix + "_".join(path)) if kept else ""
    return former if former in kept else name_of(prefix + "_".join(path))


@lru_cache(maxsize=1 << 16)
def number_kind(digits: str) -> str:
    """`int`, `float` or `string`: what a JSON number is (contract §6)."""
    whole = not any(mark in digits for mark in ".eE")
    if whole:
        return "int" if len(digits) < 30 and -(1 << 63) <= int(digits) < 1 << 63 else "string"
    nearest = float(digits)
    if nearest in (float("inf"), float("-inf")):
        return "string"
    if nearest == 0:
        return "string" if re.search("[1-9]", re.split("[eE]", digits)[0]) else "int"
    exact = Decimal(digits)
    if abs(exact) <= EXACT and exact == exact.to_integral_value():
        return "int"
    return "float"


def kind_of(value: Json) -> str:
    """The logical type that a value has by itself."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, Number):
        return number_kind(value)
    if isinstance(value, str) and read_text(value) is not None:
        return "datetime"
    return "string"


def convert(value: Json, logical: str) -> object | None:
    """What a column of this type holds of the value; None where it has no place there and is rescued."""
    if logical == "string":
        return value if isinstance(value, str) else dump(value)
    kind = kind_of(value)
    if logical == "boolean":
        return value if kind == "boolean" else None
    if logical == "datetime":
        return read_text(value) if isinstance(value, str) and kind == "datetime" else None
    if not isinstance(value, Number) or kind not in ("int", "float"):
        return None
    if logical == "float":
        return float(value) if kind == "float" or abs(int(Decimal(value))) <= EXACT else None
    if logical == "int":
        return int(Decimal(value)) if kind == "int" else None
    return None
