"""Names of tables and columns, the same for every warehouse (contract §5, Names)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

import xxhash

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
CLASHING: Final = RESERVED | TAKEN_TABLES
"""Names that no event table may have: it gets a leading ``_``."""

_WORD: Final = re.compile(r"[0-9]+(?:[A-Z]?[a-z]+|[A-Z]+)|(?:[A-Z]+(?![a-z])|[A-Z]?[a-z]+)[0-9]*|[0-9]+")
"""A word: the letters of one camel-case hump with the digits after it; or digits with the lower-case letters after
them, one capital before those included, else with all the capitals after them."""
_HEAD: Final = 27
_TAIL: Final = 26
_DIGITS: Final = 8
_HASH: Final = re.compile("[a-p]{8}")
_LETTERS: Final = str.maketrans("0123456789", "ghijklmnop")
"""Hexadecimal digits become letters: one word, which naming again leaves as it is."""


def has_name(text: str) -> bool:
    """Return whether a key or event name leaves a table or column name."""
    return event_name(text) != ""


@lru_cache(maxsize=65_536)
def name(text: str) -> str:
    """Return the table or column name of a text; ``""`` if that has no ASCII letter or digit."""
    plain = event_name(text)
    return f"_{plain}" if plain in RESERVED else plain


@lru_cache(maxsize=65_536)
def event_name(text: str) -> str:
    """Return the value of the column ``event``: the name before any ``_`` that avoids a clash."""
    return shorten(join_words(_WORD, text))


def join_words(word: re.Pattern[str], text: str) -> str:
    """Return the words of a text as a name of any length; leading underscores are kept, a leading digit gets one."""
    words = word.findall(text)
    if not words:
        return ""
    joined = "_" * (len(text) - len(text.lstrip("_"))) + "_".join(words).lower()
    return f"_{joined}" if joined[0].isdigit() else joined


def shorten(joined: str) -> str:
    """Return a name as it is if it is not too long; else its first and last characters and a hash of all of it.

    The name alone decides, not the names beside it: names that arrive in another order are the same names.
    """
    if len(joined) <= MAX_LENGTH:
        return joined
    digest = xxhash.xxh3_64_hexdigest(joined.encode())[:_DIGITS].translate(_LETTERS)
    return "_".join((joined[:_HEAD].rstrip("_"), joined[-_TAIL:].strip("_"), digest))


def sent_words(shortened: str) -> list[str]:
    """Return the words of a name that its text must contain, in this order: all but one that may be a hash."""
    words = [word for word in shortened.split("_") if word]
    return words[:-1] if _HASH.fullmatch(words[-1]) else words


def event_table(event: str) -> str:
    """Return the table of an event, given its value of the column ``event``."""
    return f"_{event}" if event in CLASHING else event


def events_of(table: str) -> tuple[str, ...]:
    """Return the values of the column ``event`` whose rows are in this event table."""
    clashing = table.removeprefix("_")
    return (table, clashing) if clashing != table and clashing in CLASHING else (table,)
