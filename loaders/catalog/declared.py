"""Tables and columns that are declared: they exist before any event has them (contract §5)."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Final

from loaders.catalog.file import DROPPED, Entry, parse_catalog
from loaders.catalog.names import check_table
from loaders.interface.errors import Terminal
from loaders.transform.catalog import Catalog, Column, Declaration, DropTarget
from loaders.transform.standard_columns import HOME_TABLES

_SHIPPED: Final = resources.files("loaders.catalog") / "shipped"


def shipped_names() -> list[str]:
    """Return the names of the files that are part of Tideline, in order."""
    return sorted(file.name.removesuffix(".toml") for file in _SHIPPED.iterdir() if file.name.endswith(".toml"))


def read_declaration(names: Sequence[str]) -> Declaration:
    """Return what some files declare together: each is the name of a shipped one, or a path.

    Raise Terminal for a file that cannot be read or has errors, and where two of them give a column different types.
    """
    tables: dict[str, dict[str, Column]] = {}
    for name in names:
        for table, columns in parse_declared(_read(name), file=name).items():
            known = tables.setdefault(table, {})
            for column in columns.values():
                if (other := known.setdefault(column.name, column)).type != column.type:
                    raise Terminal(
                        f"{name} declares {table}.{column.name} as {column.type}, another file as {other.type}: give "
                        "it one type"
                    )
    return Declaration(tuple(names), tables)


def parse_declared(text: str, *, file: str) -> dict[str, dict[str, Column]]:
    """Return the tables of a file, also those without a column; raise Terminal with `file` and its errors."""
    entries = parse_catalog(text, file=file)
    tables: dict[str, dict[str, Column]] = {}
    for table in tomllib.loads(text):
        try:
            check_table(table)
            tables[table] = {entry.column: _empty_column(entry) for entry in entries if entry.table == table}
        except Terminal as error:
            raise Terminal(f"{file}: [{table}]: {error}") from None
    return tables


def _read(name: str) -> str:
    if name in shipped_names():
        return (_SHIPPED / f"{name}.toml").read_text(encoding="utf-8")
    try:
        return Path(name).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise Terminal(f"there is no file {name}; write a path, or one of {', '.join(shipped_names())}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise Terminal(f"{name} cannot be read as text: {error}") from None


def declare(catalog: Catalog, declaration: Declaration) -> Catalog:
    """Return the catalog with the declared tables and columns; what is dropped, or has a taken name, is left out.

    A column that the catalog has already stays as it is. The type of another one is settled: no value changes it, but
    for int, which any float widens (contract §6).
    """
    tables = {table: dict(columns) for table, columns in catalog.tables.items()}
    for table, columns in declaration.tables.items():
        if _may_exist(catalog, table):
            known = tables.setdefault(table, {})
            known |= {
                name: column
                for name, column in columns.items()
                if name not in known and DropTarget(table, name) not in catalog.dropped
            }
    return replace(catalog, tables=tables)


def _may_exist(catalog: Catalog, table: str) -> bool:
    return not catalog.has_dropped(table) and (table in HOME_TABLES.values() or table not in catalog.taken)


def _empty_column(entry: Entry) -> Column:
    if entry.type == DROPPED:
        raise Terminal(f"{entry.column} is declared, so it cannot be dropped: give it a type")
    return entry.empty_column(entry.type, pin=False)


def warn_of_types(catalog: Catalog, declaration: Declaration) -> tuple[str, ...]:
    """Return a line per declared column that has values of another type, with what to do."""
    return tuple(
        f"{table}.{name} is declared as {column.type} and has been {known.type} since its first values: `tideline "
        f"retype {table} {name} {column.type}` changes it, or declare it as {known.type}"
        for table, columns in declaration.tables.items()
        for name, column in columns.items()
        if (known := catalog.table(table).get(name)) and not _agrees(column, known)
    )


def _agrees(declared: Column, known: Column) -> bool:
    return known.type == declared.type or (declared.type == "int" and known.type == "float")
