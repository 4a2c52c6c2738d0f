"""How the command prints: tables and JSON on standard output, one way for all its parts."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

WIDTH: Final = 60
"""Columns that a table has at least, so that its title stands on one line."""


def result_console() -> Console:
    """Standard output; Rich leaves colours out where it is no terminal."""
    return Console(highlight=False)


def new_table(title: str, *columns: str, header: bool = True) -> Table:
    """A table with these columns; one whose name ends in `>` is flushed right."""
    table = Table(title=title, title_justify="left", show_header=header, min_width=WIDTH)
    for column in columns:
        table.add_column(column.rstrip(">"), justify="right" if column.endswith(">") else "left", overflow="fold")
    return table


def cells(*values: object) -> list[Text]:
    """Cells whose text is only text, whatever markup or control characters events bring."""
    return [Text(_printable(f"{value:,}" if isinstance(value, int) else str(value))) for value in values]


def _printable(text: str) -> str:
    return "".join(each if each.isprintable() or each == "\n" else "\N{REPLACEMENT CHARACTER}" for each in text)


def print_json(document: Mapping[str, Any]) -> None:
    """One JSON document, alone on standard output; instants in UTC with a zone."""
    sys.stdout.write(json.dumps(document, default=_plain, indent=1) + "\n")


def _plain(value: object) -> object:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is not JSON")
