"""Names of tables and columns, the same for every warehouse (contract §5, Names)."""

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
"""Words that warehouses reserve; such a name gets a leading ``_``."""

_WORD: Final = re.compile(r"[0-9]*(?:[A-Z]+(?![a-z])|[A-Z]?[a-z]+)[0-9]*|[0-9]+")
"""A word: the letters of one camel-case hump with the digits after it, and digits before it if no word precedes."""


def has_name(text: str) -> bool:
    """Return whether a key or event name leaves a table or column name."""
    return name(text) != ""


@lru_cache(maxsize=65_536)
def name(text: str) -> str:
    """Return the table or column name of a text; ``""`` if that has no ASCII letter or digit."""
    words = _WORD.findall(text)
    if not words:
        return ""
    joined = "_" * (len(text) - len(text.lstrip("_"))) + "_".join(words).lower()
    if joined[0].isdigit() or joined in RESERVED:
        joined = f"_{joined}"
    cut = joined[:MAX_LENGTH]
    return cut if cut.strip("_") else ""


def event_table(event: str) -> str:
    """Return the table of an event, given its value of the column ``event``; never a home table, users or accounts."""
    return f"_{event}" if event in TAKEN_TABLES else event


def events_of(table: str) -> tuple[str, ...]:
    """Return the values of the column ``event`` whose rows are in this event table."""
    clashing = table.removeprefix("_")
    return (table, clashing) if clashing != table and clashing in TAKEN_TABLES else (table,)
