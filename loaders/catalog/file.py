"""The catalog as a file for people and git: one line a column, sorted, the same text as long as no type has changed."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from loaders.catalog.names import check_target, find_type
from loaders.interface.errors import Terminal
from loaders.transform.catalog import KINDS, UNSEEN, WHOLE, Catalog, Column
from loaders.transform.standard_columns import LogicalType

_KEYS: Final = ("type", "pinned", "provisional", "path", "counts")
_SHOWN: Final = 3
_HEADER: Final = """\
# The types of the columns that events bring to schema {schema}: a table, then a line per column.
# `tideline catalog import` pins every column that is named here to its type.
"""
DROPPED: Final = "dropped"
"""Written instead of a type: no event adds this column, or with ``*`` this table, again."""


@dataclass(frozen=True)
class Entry:
    """One column of a file. `pinned` is None if the file does not set it; path and counts are for the reader."""

    table: str
    column: str
    """``*`` for the whole table, which can only be dropped."""
    type: LogicalType | Literal["dropped"]
    path: str = ""
    pinned: bool | None = None

    def empty_column(self, kind: LogicalType, *, pin: bool) -> Column:
        """Return the column as no event has had a value for it; pinned by `pin` if the file does not set it."""
        first, last = UNSEEN
        pinned = pin if self.pinned is None else self.pinned
        return Column(self.table, self.column, kind, self.path, False, first, last, pinned=pinned)


def format_catalog(catalog: Catalog, *, schema: str, counts: bool = False) -> str:
    """Return the catalog as TOML; with `counts`, also the values by kind, which change with every load."""
    parts = [_HEADER.format(schema=_text(schema))]
    shown: dict[str, dict[str, Column | None]] = {table: dict(columns) for table, columns in catalog.tables.items()}
    for target in catalog.dropped:
        shown.setdefault(target.table, {})[target.column] = None
    for table, columns in sorted(shown.items()):
        if columns:
            lines = [f"{_key(name)} = {_line(columns[name], counts=counts)}\n" for name in sorted(columns)]
            parts.append("".join([f"[{table}]\n", *lines]))
    return "\n".join(parts)


def parse_catalog(text: str, *, file: str) -> tuple[Entry, ...]:
    """Return the columns of a file by table and name. Raise Terminal with `file` and its errors if it has any."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Terminal(f"{file} is not valid TOML: {error}") from None
    entries: list[Entry] = []
    wrong: list[str] = []
    for table, column, setting in _settings(document):
        try:
            entries.append(_entry(table, column, setting))
        except Terminal as error:
            wrong.append(f"[{table}] {column}: {error}" if column else f"[{table}]: {error}")
    if wrong:
        raise Terminal(f"{file}: {list_some(wrong)}")
    whole = {entry.table for entry in entries if entry.column == WHOLE}
    if both := [f"[{entry.table}] {entry.column}" for entry in entries if entry.table in whole and _comes(entry)]:
        raise Terminal(f"{file}: {list_some(both)}: the table is dropped, so it has no columns")
    return tuple(sorted(entries, key=lambda entry: (entry.table, entry.column)))


def entries_of(catalog: Catalog) -> tuple[Entry, ...]:
    """Return the columns of a catalog as entries of a file."""
    return tuple(
        Entry(table, name, column.type, column.path, column.pinned or None)
        for table, columns in sorted(catalog.tables.items())
        for name, column in sorted(columns.items())
    )


def list_some(wrong: list[str]) -> str:
    """Return the first few errors in one line, and how many more there are."""
    more = f"; and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
    return "; ".join(wrong[:_SHOWN]) + more


def _settings(document: Mapping[str, Any]) -> Iterator[tuple[str, str, object]]:
    for table, columns in document.items():
        if isinstance(columns, dict):
            yield from ((table, column, setting) for column, setting in columns.items())
        else:
            yield table, "", columns


def _comes(entry: Entry) -> bool:
    return entry.type != DROPPED


def _entry(table: str, column: str, setting: object) -> Entry:
    if not column:
        raise Terminal("a table of columns is wanted here, such as [order_completed]")
    check_target(table, column)
    values = {"type": setting} if isinstance(setting, str) else setting
    if not isinstance(values, dict) or not isinstance(values.get("type"), str):
        raise Terminal('a type is wanted, such as { type = "float" }')
    for key in values:
        if key not in _KEYS:
            raise Terminal(f"unknown key {key!r}; a column has {', '.join(_KEYS)}")
    pinned, path = values.get("pinned"), values.get("path", "")
    if not (pinned is None or isinstance(pinned, bool)) or not isinstance(path, str):
        raise Terminal("pinned is true or false, path a text in quotes")
    if values["type"] == DROPPED:
        return Entry(table, column, DROPPED)
    if column == WHOLE:
        raise Terminal('a table as a whole can only be dropped: { type = "dropped" }')
    return Entry(table, column, find_type(values["type"]), path, pinned)


def _key(name: str) -> str:
    return _text(name) if name == WHOLE else name


def _line(column: Column | None, *, counts: bool) -> str:
    if column is None:
        return f"{{ type = {_text(DROPPED)} }}"
    parts = [f"type = {_text(column.type)}"]
    parts += ["pinned = true"] if column.pinned else []
    parts += ["provisional = true"] if column.provisional else []
    parts += [f"path = {_text(column.path)}"] if column.path else []
    if counts:
        numbers = ", ".join(f"{kind} = {number}" for kind, number in zip(KINDS, column.counts, strict=False))
        parts.append(f"counts = {{ {numbers} }}")
    return f"{{ {', '.join(parts)} }}"


def _text(text: str) -> str:
    """Return a text in TOML's quotes: with JSON's escapes, and DEL, which TOML requires to be escaped too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
