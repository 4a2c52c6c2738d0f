"""Names that version 0.1 gave, kept by the tables and columns that have them already (contract §5, Names)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

from loaders.transform.catalog import WHOLE, Catalog, DropTarget
from loaders.transform.names import MAX_LENGTH, RESERVED, event_name, event_table, join_words

_FORMER_WORD: Final = re.compile(r"[0-9]*(?:[A-Z]+(?![a-z])|[A-Z]?[a-z]+)[0-9]*|[0-9]+")
_DIGITS_FIRST: Final = re.compile(r"(?:^|_)[0-9]+[a-z]")

Kept = Mapping[str, frozenset[str]]
"""Table -> its columns whose names are kept, and ``*`` if the table's own name is."""


@lru_cache(maxsize=65_536)
def former_name(text: str) -> str:
    """Return the column name that version 0.1 gave a text: digits joined to all letters around them, cut at 63."""
    plain = _former_event_name(text)
    return f"_{plain}" if plain in RESERVED else plain


@lru_cache(maxsize=65_536)
def event_name_in(tables: frozenset[str], text: str) -> str:
    """Return the value of the column ``event`` where these tables keep their names."""
    former = _former_event_name(text) if tables else ""
    return former if former and event_table(former) in tables else event_name(text)


def _former_event_name(text: str) -> str:
    cut = join_words(_FORMER_WORD, text)[:MAX_LENGTH]
    return cut if cut.strip("_") else ""


def find_kept(catalog: Catalog, columns_of: Mapping[str, Iterable[str]]) -> Kept:
    """Return the names to keep of the tables that exist, and of what was dropped; none if no event table exists.

    Only names that another rule gives to some text are listed: those of 63 characters, and with digits before letters.
    """
    if not catalog.tables.keys() & columns_of.keys():
        return {}
    kept: dict[str, set[str]] = {}
    for table in catalog.tables.keys() & columns_of.keys():
        existing = catalog.table(table).keys() & set(columns_of[table])
        for target in (DropTarget(table), *(DropTarget(table, column) for column in existing)):
            _keep(kept, target)
    for target in catalog.dropped:
        _keep(kept, target)
    return {table: frozenset(names) for table, names in kept.items()}


def _keep(kept: dict[str, set[str]], target: DropTarget) -> None:
    name = target.table if target.column == WHOLE else target.column
    if len(name) == MAX_LENGTH or _DIGITS_FIRST.search(name):
        kept.setdefault(target.table, set()).add(target.column)
