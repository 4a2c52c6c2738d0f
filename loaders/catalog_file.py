"""The catalog as a file for people and git: one line a column, sorted, the same text as long as no type has changed."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from event_assets.tables.catalog import KINDS, Catalog, Column
from event_assets.tables.columns import LogicalType
from loaders.catalog_names import check_place, find_type
from loaders.errors import Terminal

_KEYS: Final = ("type", "pinned", "provisional", "path", "counts")
_SHOWN: Final = 3
_HEADER: Final = """\
# The types of the columns that events bring to schema {schema}: a table, then a line per column.
# `tideline catalog import` pins every column that is named here to its type.
"""


@dataclass(frozen=True)
class Entry:
    """One column of a file. `pinned` is None where the file does not say; path and counts are the reader's."""

    table: str
    column: str
    type: LogicalType
    path: str = ""
    pinned: bool | None = None


def format_catalog(catalog: Catalog, *, schema: str, counts: bool = False) -> str:
    """The catalog as TOML; with `counts` the values by kind too, which change with every load."""
    parts = [_HEADER.format(schema=_text(schema))]
    for table, columns in sorted(catalog.tables.items()):
        if columns:
            lines = [f"{name} = {_line(columns[name], counts=counts)}\n" for name in sorted(columns)]
            parts.append("".join([f"[{table}]\n", *lines]))
    return "\n".join(parts)


def parse_catalog(text: str, *, file: str) -> tuple[Entry, ...]:
    """The columns of a file by table and name. Raises Terminal that names `file` and what is wrong in it."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Terminal(f"{file} is not valid TOML: {error}") from None
    entries: list[Entry] = []
    wrong: list[str] = []
    for table, column, told in _places(document):
        try:
            entries.append(_entry(table, column, told))
        except Terminal as error:
            wrong.append(f"[{table}] {column}: {error}" if column else f"[{table}]: {error}")
    if wrong:
        raise Terminal(f"{file}: {tell_some(wrong)}")
    return tuple(sorted(entries, key=lambda entry: (entry.table, entry.column)))


def entries_of(catalog: Catalog) -> tuple[Entry, ...]:
    """The columns of a catalog as a file would name them."""
    return tuple(
        Entry(table, name, column.type, column.path, column.pinned or None)
        for table, columns in sorted(catalog.tables.items())
        for name, column in sorted(columns.items())
    )


def tell_some(wrong: list[str]) -> str:
    """The first few of these as one line, and how many more there are."""
    more = f"; and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
    return "; ".join(wrong[:_SHOWN]) + more


def _places(document: Mapping[str, Any]) -> Iterator[tuple[str, str, object]]:
    for table, columns in document.items():
        if isinstance(columns, dict):
            yield from ((table, column, told) for column, told in columns.items())
        else:
            yield table, "", columns


def _entry(table: str, column: str, told: object) -> Entry:
    if not column:
        raise Terminal("a table of columns is wanted here, such as [order_completed]")
    check_place(table, column)
    values = {"type": told} if isinstance(told, str) else told
    if not isinstance(values, dict) or not isinstance(values.get("type"), str):
        raise Terminal('a type is wanted, such as { type = "float" }')
    for key in values:
        if key not in _KEYS:
            raise Terminal(f"unknown key {key!r}; a column has {', '.join(_KEYS)}")
    pinned, path = values.get("pinned"), values.get("path", "")
    if not (pinned is None or isinstance(pinned, bool)) or not isinstance(path, str):
        raise Terminal("pinned is true or false, path a text in quotes")
    return Entry(table, column, find_type(values["type"]), path, pinned)


def _line(column: Column, *, counts: bool) -> str:
    parts = [f"type = {_text(column.type)}"]
    parts += ["pinned = true"] if column.pinned else []
    parts += ["provisional = true"] if column.provisional else []
    parts += [f"path = {_text(column.path)}"] if column.path else []
    if counts:
        numbers = ", ".join(f"{kind} = {number}" for kind, number in zip(KINDS, column.counts, strict=False))
        parts.append(f"counts = {{ {numbers} }}")
    return f"{{ {', '.join(parts)} }}"


def _text(text: str) -> str:
    """A text in TOML's quotes: JSON's escapes, and DEL, which TOML wants escaped too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
