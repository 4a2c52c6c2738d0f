"""Types said by an operator, written into the catalog before or beside what events have brought (contract §6)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from loaders.catalog.file import DROPPED, Entry, tell_some
from loaders.catalog.store import read_catalog, write_catalog
from loaders.connection.session import Session
from loaders.connection.warehouse import Warehouse
from loaders.interface.errors import Terminal
from loaders.ledger.loads import check_schema, create_ledger, has_ledger
from loaders.schema.introspect import read_layout
from loaders.transform.catalog import UNSEEN, WHOLE, Catalog, Column, DropTarget
from loaders.transform.standard_columns import LogicalType

Told = LogicalType | Literal["dropped"]


@dataclass(frozen=True)
class Change:
    """What an import does to one column; `former` is None where the catalog did not have it."""

    table: str
    column: str
    former: Told | None
    type: Told
    was_pinned: bool
    pinned: bool

    def __str__(self) -> str:
        place, marks = f"{self.table}.{self.column}", " pinned" if self.pinned else ""
        if self.former is None:
            return f"new {place} {self.type}{marks}"
        if self.former != self.type:
            return f"changed {place} {self.former} -> {self.type}{marks}"
        if self.was_pinned != self.pinned:
            return f"{'pinned' if self.pinned else 'unpinned'} {place} {self.type}"
        return f"settled {place} {self.type}"


def read_types(warehouse: Warehouse, *, source: str, schema: str) -> Catalog:
    """The catalog of a source's schema; empty where no load has been."""
    with warehouse.reading() as session:
        return _read(session, source, schema) if has_ledger(session) else Catalog()


def import_types(
    warehouse: Warehouse, entries: Iterable[Entry], *, source: str, schema: str, pin: bool, dry_run: bool = False
) -> tuple[Change, ...]:
    """Settle columns to the types of a file, all of them or none; what that changes.

    A column is pinned as the file says, and by `pin` where it does not say. Raises Terminal, naming `tideline retype`,
    where a column that has values has another type. With `dry_run` nothing is written.
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


def plan_import(before: Catalog, entries: Iterable[Entry], *, pin: bool) -> tuple[Catalog, tuple[Change, ...]]:
    """The catalog after an import, and what is new in it; raises Terminal as `import_types` does.

    What the file calls dropped stays away from then on; it must not be there. What it gives a type may come again.
    """
    tables = {table: dict(columns) for table, columns in before.tables.items()}
    dropped = set(before.dropped)
    changes: list[Change] = []
    refused: list[str] = []
    for entry in entries:
        place = DropTarget(entry.table, entry.column)
        known = before.table(entry.table).get(entry.column)
        if entry.type == DROPPED:
            if known is not None or (place.column == WHOLE and place.table in before.tables):
                refused.append(f"{place} is there: `tideline catalog drop {place}` drops it")
            elif place not in dropped:
                dropped.add(place)
                changes.append(Change(*place, None, DROPPED, was_pinned=False, pinned=False))
            continue
        column = _imported(entry, entry.type, known, pin=pin)
        if known is not None and known.type != entry.type and (values := sum(known.counts[:5])):
            refused.append(
                f"{place} is {known.type} and has {values} values, not {entry.type}: "
                f"`tideline retype {entry.table} {entry.column} {entry.type}` changes it"
            )
        if column != known:
            tables.setdefault(entry.table, {})[entry.column] = column
            changes.append(_change(column, known, again=not dropped.isdisjoint({place, DropTarget(entry.table)})))
            dropped -= {place, DropTarget(entry.table)}
    if refused:
        raise Terminal(f"nothing was imported: {tell_some(refused)}")
    return Catalog(tables, frozenset(dropped)), tuple(changes)


def _imported(entry: Entry, kind: LogicalType, known: Column | None, *, pin: bool) -> Column:
    pinned = pin if entry.pinned is None else entry.pinned
    if known is not None:
        return replace(known, type=kind, pinned=pinned, provisional=False)
    first, last = UNSEEN
    return Column(entry.table, entry.column, kind, entry.path, False, first, last, pinned=pinned)


def _change(column: Column, known: Column | None, *, again: bool) -> Change:
    if known is None:
        return Change(column.table, column.name, DROPPED if again else None, column.type, False, column.pinned)
    return Change(column.table, column.name, known.type, column.type, known.pinned, column.pinned)


def _read(session: Session, source: str, schema: str) -> Catalog:
    check_schema(session, source=source, schema=schema)
    return read_catalog(session, schema, read_layout(session, schema))
