"""One function names every table and column, the same for every warehouse (contract §5, Names)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from loaders.transform.standard_columns import TAKEN_TABLES

MAX_LENGTH: Final = 63

_WORDS_OF_WAREHOUSES: Final = """
all analyse analyze and any array as asc asymmetric authorization between binary both case cast check cmax cmin
collate column constraint create cross ctid current_date current_role current_time current_timestamp current_user
default deferrable desc distinct do else end except false for foreign freeze from full grant group having ilike in
initially inner intersect into is isnull join leading left like limit localtime localtimestamp natural new not
notnull null off offset old on only or order outer overlaps placing primary references right select session_user
similar some symmetric table tableoid then to trailing true union unique user using verbose when where xmax xmin
"""
RESERVED: Final = frozenset(_WORDS_OF_WAREHOUSES.split())
"""Words that a warehouse takes for itself; a name among them gets a leading ``_``."""

_WORD: Final = re.compile(r"[0-9]*(?:[A-Z]+(?![a-z])|[A-Z]?[a-z]+)[0-9]*|[0-9]+")
"""A word: letters of one camel-case hump with the digits that follow them, or that lead where no word came before."""
_LETTER_OR_DIGIT: Final = re.compile(r"[A-Za-z0-9]")


def has_name(text: str) -> bool:
    """Whether any letter or digit of ASCII is left of this key or event name."""
    return _LETTER_OR_DIGIT.search(text) is not None


@lru_cache(maxsize=65_536)
def name(text: str) -> str:
    """The table or column name of a text; ``""`` when no letter or digit is left."""
    words = _WORD.findall(text)
    if not words:
        return ""
    joined = "_" * (len(text) - len(text.lstrip("_"))) + "_".join(words).lower()
    if joined[0].isdigit() or joined in RESERVED:
        joined = f"_{joined}"
    return joined[:MAX_LENGTH]


def event_table(event: str) -> str:
    """The table of an event by its name as it stands in the column ``event``; never one that exists by itself."""
    return f"_{event}" if event in TAKEN_TABLES else event


def events_of(table: str) -> tuple[str, ...]:
    """The names in the column ``event`` whose rows stand in this event table."""
    clashing = table.removeprefix("_")
    return (table, clashing) if clashing != table and clashing in TAKEN_TABLES else (table,)
