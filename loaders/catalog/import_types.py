"""Types that an operator sets, imported into the catalog before or after events have the columns (contract §6).

Covered by tests/loaders/catalog/test_file.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from loaders.catalog.file import DROPPED, Entry, list_some
from loaders.catalog.store import read_catalog, write_catalog
from loaders.connection.session import Session
from loaders.connection.warehouse import Warehouse
from loaders.interface.errors import Terminal
from loaders.ledger.loads import check_schema, create_ledger, has_ledger
from loaders.schema.introspect import read_layout
from loaders.transform.catalog import WHOLE, Catalog, Column, DropTarget
from loaders.transform.standard_columns import LogicalType

SetType = LogicalType | Literal["dropped"]


@dataclass(frozen=True)
class ImportChange:
    """What an import does to one column; `previous` is None if the catalog did not have it."""

    table: str
    column: str
    previous: SetType | None
    type: SetType
    was_pinned: bool
    pinned: bool

    def __str__(self) -> str:
        name, marks = f"{self.table}.{self.column}", " pinned" if self.pinned else ""
        if self.previous is None:
            return f"new {name} {self.type}{marks}"
        if self.previous != self.type:
            return f"changed {name} {self.previous} -> {self.type}{marks}"
        if self.was_pinned != self.pinned:
            return f"{'pinned' if self.pinned else 'unpinned'} {name} {self.type}"
        return f"settled {name} {self.type}"


def read_types(warehouse: Warehouse, *, source: str, schema: str) -> Catalog:
    """Return the catalog of a source's schema; an empty one if nothing is loaded yet."""
    with warehouse.reading() as session:
        return _read(session, source, schema) if has_ledger(session) else Catalog()


def import_types(
    warehouse: Warehouse, entries: Iterable[Entry], *, source: str, schema: str, pin: bool, dry_run: bool = False
) -> tuple[ImportChange, ...]:
    """Settle columns to the types of a file, all of them or none; return the changes.

    A column is pinned as the file sets it, else by `pin`. Raise Terminal, with the command `tideline retype`, if a
    column that has values has another type. With `dry_run` nothing is written.
    """
    entries = tuple(entries)
    if dry_run:
        return plan_import(read_types(warehouse, source=source, schema=schema), entries, pin=pin)[1]
    with warehouse.loading(schema) as session:
        create_ledger(session)
        before = _read(session, source, schema)
        after, changes = plan_import(before, entries, pin=pin)
        write_catalog(session, schema, before, after)
    return changes


def plan_import(before: Catalog, entries: Iterable[Entry], *, pin: bool) -> tuple[Catalog, tuple[ImportChange, ...]]:
    """Return the catalog after an import, and its changes; raise Terminal as `import_types` does.

    A column or table that the file drops is never added again; it must not exist. One with a type may be added again.
    """
    tables = {table: dict(columns) for table, columns in before.tables.items()}
    dropped = set(before.dropped)
    changes: list[ImportChange] = []
    refused: list[str] = []
    for entry in entries:
        target = DropTarget(entry.table, entry.column)
        known = before.table(entry.table).get(entry.column)
        if entry.type == DROPPED:
            if known is not None or (target.column == WHOLE and target.table in before.tables):
                refused.append(f"{target} exists: `tideline catalog drop {target}` drops it")
            elif target not in dropped:
                dropped.add(target)
                changes.append(ImportChange(*target, None, DROPPED, was_pinned=False, pinned=False))
            continue
        column = _imported(entry, entry.type, known, pin=pin)
        if known is not None and known.type != entry.type and (values := sum(known.counts[:5])):
            refused.append(
                f"{target} is {known.type} and has {values} values, not {entry.type}: "
                f"`tideline retype {entry.table} {entry.column} {entry.type}` changes it"
            )
        if column != known:
            tables.setdefault(entry.table, {})[entry.column] = column
            changes.append(_change(column, known, again=not dropped.isdisjoint({target, DropTarget(entry.table)})))
            dropped -= {target, DropTarget(entry.table)}
    if refused:
        raise Terminal(f"nothing was imported: {list_some(refused)}")
    return replace(before, tables=tables, dropped=frozenset(dropped)), tuple(changes)


def _imported(entry: Entry, kind: LogicalType, known: Column | None, *, pin: bool) -> Column:
    empty = entry.empty_column(kind, pin=pin)
    return empty if known is None else replace(known, type=kind, pinned=empty.pinned, provisional=False)


def _change(column: Column, known: Column | None, *, again: bool) -> ImportChange:
    if known is None:
        return ImportChange(column.table, column.name, DROPPED if again else None, column.type, False, column.pinned)
    return ImportChange(column.table, column.name, known.type, column.type, known.pinned, column.pinned)


def _read(session: Session, source: str, schema: str) -> Catalog:
    check_schema(session, source=source, schema=schema)
    return read_catalog(session, schema, read_layout(session, schema))
