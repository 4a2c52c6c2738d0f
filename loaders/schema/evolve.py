"""Changes of tables for the rows of a load: new tables, new columns, newly settled types (contract §6, §8)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import xxhash
from sqlalchemy.exc import DBAPIError

from loaders.connection.session import Name, Quoted, Session
from loaders.dialects.base import Index
from loaders.interface.errors import Terminal
from loaders.schema.defaults import keeping_default
from loaders.schema.introspect import Layout
from loaders.schema.taken_names import NameRefusedError, refuse_taken
from loaders.staging.staged import Staged, StagedTable
from loaders.transform.catalog import Catalog, empty_columns
from loaders.transform.names import MAX_LENGTH
from loaders.transform.standard_columns import HOME_TABLES, USER_STANDARD

USERS = "users"
_KEYS: Final = ("id", "timestamp", "received_at", "_archive_hour", "_fingerprint")
"""Columns by which loads find rows and decide between them (contract §7): they are never added or changed."""
IDENTIFIES = HOME_TABLES["identify"]
_REQUIRED: Final = frozenset({*HOME_TABLES.values(), USERS})
"""Tables whose rows have no other table."""


@dataclass(frozen=True)
class NewTable:
    """A table to create, with the logical types of its columns."""

    table: str
    columns: Mapping[str, str]

    def __str__(self) -> str:
        return f"created {self.table}"


@dataclass(frozen=True)
class NewColumn:
    """A column to add to its table."""

    table: str
    column: str
    type: str

    def __str__(self) -> str:
        return f"added {self.table}.{self.column} {self.type}"


@dataclass(frozen=True)
class NewType:
    """A column with a new type; `widened` is int -> float, which keeps every value that a float represents."""

    table: str
    column: str
    type: str
    widened: bool

    def __str__(self) -> str:
        return f"{'widened' if self.widened else 'retyped'} {self.table}.{self.column} to {self.type}"


Change = NewTable | NewColumn | NewType


def plan_changes(session: Session, layout: Layout, staged: Staged, others: Iterable[StagedTable]) -> list[Change]:
    """Return the changes that the staged rows need, and `others`: rows restored or rebuilt from other hours.

    Raise Terminal if something else has the name of a home table or of `users`.
    """
    wanted: dict[str, dict[str, str]] = {}
    for table in (*staged.tables, *others):
        empty = empty_columns(staged.catalog.table(table.name).values())
        wanted.setdefault(table.name, {}).update(whole_table(table.columns, empty))
    for name, column, _, kind in staged.retyped:  # a type may change by values that are gone, without staged rows
        if name in layout:
            wanted.setdefault(name, {})[column] = kind
    if IDENTIFIES in wanted:
        wanted[USERS] = users_of(staged.catalog, layout.get(IDENTIFIES, {}).keys() | wanted[IDENTIFIES].keys())
    return find_differences(session, layout, staged.catalog.taken, wanted)


def find_differences(
    session: Session, layout: Layout, taken: Mapping[str, str], wanted: Mapping[str, Mapping[str, str]]
) -> list[Change]:
    """Return the changes that give tables these columns: table -> column -> type.

    Raise Terminal where loads depend on a column that differs.
    """
    return [
        change for table, columns in wanted.items() for change in _differences(session, layout, taken, table, columns)
    ]


def users_of(catalog: Catalog, existing: Collection[str]) -> dict[str, str]:
    """Return the columns of `users` where `identifies` has these columns."""
    users = user_columns(catalog)
    return {name: kind for name, kind in users.items() if name in USER_STANDARD or name in existing}


def user_columns(catalog: Catalog) -> dict[str, str]:
    """Return the columns of users with their logical types: the clocks, the columns of identifies, `uuid_ts` last."""
    event_columns = {name: column.type for name, column in catalog.table(IDENTIFIES).items()}
    standard = {name: kind for name, kind in USER_STANDARD.items() if name != "uuid_ts"}
    return {**standard, **event_columns, "uuid_ts": USER_STANDARD["uuid_ts"]}


def whole_table(columns: Mapping[str, str], empty: Mapping[str, str]) -> dict[str, str]:
    """Return the columns of a new event table: those staged, the empty ones after them, and ours at the end."""
    named: dict[str, str] = {}
    for name, kind in columns.items():
        if name == "event_date":
            named |= empty
        named[name] = kind
        if name == "event_date":
            named["uuid_ts"] = "datetime"
    return named


def apply_changes(session: Session, schema: str, changes: Iterable[Change]) -> None:
    """Change the tables. Runs before the first DELETE: DuckDB refuses ALTER TABLE after it in the same transaction."""
    for change in changes:
        table = (schema, change.table)
        if isinstance(change, NewTable):
            _create_table(session, schema, change)
        elif isinstance(change, NewColumn):
            definition = _definition(session, change.column, change.type)
            session.run("schema/evolve/add_column", {"table": table, "definition": definition})
        else:
            kind = Quoted(session.dialect.column_type(change.type))
            statement = "schema/evolve/widen" if change.widened else "schema/evolve/change_type"
            names: dict[str, Name] = {"table": table, "column": change.column, "type": kind}
            with keeping_default(session, table, change.column, names):
                session.run(statement, names)


def _create_table(session: Session, schema: str, change: NewTable) -> None:
    if session.dialect.indexes_share_names:
        _rename_index(session, schema, change.table)
    definitions = [_definition(session, name, kind) for name, kind in change.columns.items()]
    names: dict[str, Name] = {
        "table": (schema, change.table),
        "definitions": Quoted(", ".join(definitions)),
        "storage": Quoted(session.dialect.storage(change.columns)),
    }
    try:
        session.run("schema/evolve/create_table", names)
    except DBAPIError as error:
        if error.orig is None or change.table in _REQUIRED or not session.dialect.refuses_name(error.orig):
            raise
        raise NameRefusedError(change.table, str(error.orig).splitlines()[0]) from error


def index_tables(session: Session, schema: str, changes: Iterable[Change]) -> None:
    """Create the indexes of new tables. Runs after their first rows: sorting those once is cheaper."""
    for change in changes:
        if isinstance(change, NewTable):
            make_indexes(session, (schema, change.table), session.dialect.indexes(change.table))


def make_indexes(session: Session, table: tuple[str, str], indexes: Iterable[Index]) -> None:
    """Create these indexes of a table."""
    for index in indexes:
        names: dict[str, Name] = {
            "index": _free_name(session, table[0], index_name(table[1], index.column)),
            "table": table,
            "column": index.column,
            "method": Quoted(index.method),
        }
        session.run("schema/evolve/index", names)


def index_name(table: str, column: str) -> str:
    """Return the name of an index: `table.column`, which no table can have; a name too long is cut and hashed."""
    name = f"{table}.{column}"
    if len(name) <= MAX_LENGTH:
        return name
    digest = xxhash.xxh3_64_hexdigest(name.encode())
    return f"{name[: MAX_LENGTH - len(digest) - 1]}.{digest}"


def _free_name(session: Session, schema: str, name: str) -> str:
    """Return the name, or a longer one if something has it, such as the index of a table that was renamed."""
    number, free = 1, name
    while session.dialect.indexes_share_names and session.rows("schema/evolve/find_relation", schema=schema, name=free):
        number += 1
        free = f"{name[: MAX_LENGTH - 4]}.{number}"
    return free


def _rename_index(session: Session, schema: str, table: str) -> None:
    """Rename an index that has the name of a new table: an older version let the server name indexes."""
    if session.rows("schema/evolve/find_index", schema=schema, name=table):
        free = _free_name(session, schema, index_name(table, "index"))
        names: dict[str, Name] = {"index": (schema, table), "name": free}
        session.run("schema/evolve/rename_index", names)


def layout_after(session: Session, layout: Layout, changes: Iterable[Change]) -> Layout:
    """Return the tables after these changes."""
    after = {table: dict(columns) for table, columns in layout.items()}
    for change in changes:
        columns = change.columns if isinstance(change, NewTable) else {change.column: change.type}
        physical = {name: session.dialect.column_type(kind) for name, kind in columns.items()}
        after.setdefault(change.table, {}).update(physical)
    return after


def _differences(
    session: Session, layout: Layout, taken: Mapping[str, str], table: str, columns: Mapping[str, str]
) -> Iterator[Change]:
    if table not in layout:
        refuse_taken(table, taken)
        yield NewTable(table, columns)
        return
    existing = layout[table]
    for name, kind in columns.items():
        physical = session.dialect.column_type(kind)
        if name in _KEYS and table != USERS and existing.get(name) != physical:
            raise Terminal(
                f"the table {table} has {name} as {existing.get(name, 'no column')}, and loads decide by it as "
                f"{physical}: give the column its name and type back, or drop the table and load its hours again "
                "with --reload"
            )
        if name not in existing:
            yield NewColumn(table, name, kind)
        elif existing[name] != physical:
            widened = kind == "float" and existing[name] == session.dialect.column_type("int")
            yield NewType(table, name, kind, widened)


def _definition(session: Session, column: str, kind: str) -> Quoted:
    return Quoted(f"{session.quote(column)} {session.dialect.column_type(kind)}")
