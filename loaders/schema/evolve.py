"""Tables made to fit what a load brings: new tables, new columns, and types that were settled anew (contract
§6, §8).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from loaders.connection.session import Quoted, Session
from loaders.dialects.base import Index
from loaders.schema.introspect import Layout
from loaders.staging.staged import Staged, StagedTable
from loaders.transform.catalog import Catalog
from loaders.transform.standard_columns import HOME_TABLES, USER_STANDARD

USERS = "users"
IDENTIFIES = HOME_TABLES["identify"]


@dataclass(frozen=True)
class NewTable:
    """A table that is not there yet, with the logical types of its columns."""

    table: str
    columns: Mapping[str, str]

    def __str__(self) -> str:
        return f"created {self.table}"


@dataclass(frozen=True)
class NewColumn:
    """A column that its table does not have yet."""

    table: str
    column: str
    type: str

    def __str__(self) -> str:
        return f"added {self.table}.{self.column} {self.type}"


@dataclass(frozen=True)
class NewType:
    """A column whose type was settled anew; `widened` is int -> float, which keeps every value that a float holds."""

    table: str
    column: str
    type: str
    widened: bool

    def __str__(self) -> str:
        return f"{'widened' if self.widened else 'retyped'} {self.table}.{self.column} to {self.type}"


Change = NewTable | NewColumn | NewType


def plan_changes(session: Session, layout: Layout, staged: Staged, put_back: Iterable[StagedTable]) -> list[Change]:
    """What must change before the staged rows, and those put back from other hours, fit."""
    wanted: dict[str, dict[str, str]] = {}
    for table in (*staged.tables, *put_back):
        wanted.setdefault(table.name, {}).update(with_uuid_ts(table.columns))
    for name, column, _, kind in staged.retyped:  # by values that are gone: such a table may have no staged rows
        if name in layout:
            wanted.setdefault(name, {})[column] = kind
    if IDENTIFIES in wanted:
        there = layout.get(IDENTIFIES, {}).keys() | wanted[IDENTIFIES].keys()  # a catalog may know more than has come
        users = user_columns(staged.catalog)
        wanted[USERS] = {name: kind for name, kind in users.items() if name in USER_STANDARD or name in there}
    return [change for table, columns in wanted.items() for change in _differences(session, layout, table, columns)]


def user_columns(catalog: Catalog) -> dict[str, str]:
    """The columns of users and their logical types: the clocks, what identifies brought, `uuid_ts` last."""
    brought = {name: column.type for name, column in catalog.table(IDENTIFIES).items()}
    standard = {name: kind for name, kind in USER_STANDARD.items() if name != "uuid_ts"}
    return {**standard, **brought, "uuid_ts": USER_STANDARD["uuid_ts"]}


def with_uuid_ts(columns: Mapping[str, str]) -> dict[str, str]:
    """The columns of a new event table: those staged, and `uuid_ts` behind `event_date`."""
    named: dict[str, str] = {}
    for name, kind in columns.items():
        named[name] = kind
        if name == "event_date":
            named["uuid_ts"] = "datetime"
    return named


def apply_changes(session: Session, schema: str, changes: Iterable[Change]) -> None:
    """Change the tables. Comes before the first row is deleted: DuckDB refuses ALTER after DELETE in a transaction."""
    for change in changes:
        table = (schema, change.table)
        if isinstance(change, NewTable):
            definitions = [_definition(session, name, kind) for name, kind in change.columns.items()]
            session.run("schema/evolve/create_table", {"table": table, "definitions": Quoted(", ".join(definitions))})
        elif isinstance(change, NewColumn):
            definition = _definition(session, change.column, change.type)
            session.run("schema/evolve/add_column", {"table": table, "definition": definition})
        else:
            kind = Quoted(session.dialect.column_type(change.type))
            statement = "schema/evolve/widen" if change.widened else "schema/evolve/change_type"
            session.run(statement, {"table": table, "column": change.column, "type": kind})


def index_tables(session: Session, schema: str, changes: Iterable[Change]) -> None:
    """Make the indexes of new tables. Comes after their first rows: sorting those once is cheaper than placing each."""
    for change in changes:
        if isinstance(change, NewTable):
            make_indexes(session, (schema, change.table), session.dialect.indexes(change.table))


def make_indexes(session: Session, table: tuple[str, str], indexes: Iterable[Index]) -> None:
    """Make these indexes of a table."""
    for index in indexes:
        session.run("schema/evolve/index", {"table": table, "column": index.column, "method": Quoted(index.method)})


def layout_after(session: Session, layout: Layout, changes: Iterable[Change]) -> Layout:
    """The tables as they are once these changes are made."""
    after = {table: dict(columns) for table, columns in layout.items()}
    for change in changes:
        brought = change.columns if isinstance(change, NewTable) else {change.column: change.type}
        physical = {name: session.dialect.column_type(kind) for name, kind in brought.items()}
        after.setdefault(change.table, {}).update(physical)
    return after


def _differences(session: Session, layout: Layout, table: str, columns: Mapping[str, str]) -> Iterator[Change]:
    if table not in layout:
        yield NewTable(table, columns)
        return
    standing = layout[table]
    for name, kind in columns.items():
        physical = session.dialect.column_type(kind)
        if name not in standing:
            yield NewColumn(table, name, kind)
        elif standing[name] != physical:
            widened = kind == "float" and standing[name] == session.dialect.column_type("int")
            yield NewType(table, name, kind, widened)


def _definition(session: Session, column: str, kind: str) -> Quoted:
    return Quoted(f"{session.quote(column)} {session.dialect.column_type(kind)}")
