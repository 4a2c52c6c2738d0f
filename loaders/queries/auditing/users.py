"""The rows of `users`, compared with those that all identifies of the same users make (contract §5, §13).

Covered by tests/pipeline/audit/test_users.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from loaders.connection.session import Name, Row, Session
from loaders.interface.words import counted
from loaders.load.users import latest_rows, real_users
from loaders.queries.listed_ids import listed_ids, rows_of_ids
from loaders.schema.evolve import IDENTIFIES, USERS, user_columns
from loaders.schema.introspect import Layout
from loaders.transform.catalog import Catalog

_NAMED: Final = 3
"""Ids that a difference names."""


@dataclass(frozen=True)
class UsersSchema:
    """What the rows of users are made by: tables and catalog of the schema, the most values of a row, and no users."""

    schema: str
    layout: Layout
    catalog: Catalog
    values: int
    not_users: tuple[str, ...]

    @property
    def columns(self) -> list[str]:
        """The compared columns, in order of first seen: those past the most values of a row have none."""
        known, made = self.layout.get(USERS, {}), {"id", *self.layout.get(IDENTIFIES, {})}
        return [name for name in user_columns(self.catalog) if name != "uuid_ts" and name in known and name in made]


@dataclass
class UsersAudit:
    """What was found of the users so far. A user of several identifies counts once."""

    missing: set[str] = field(default_factory=set)
    doubled: set[str] = field(default_factory=set)
    unfounded: set[str] = field(default_factory=set)
    """Users that have a row and should have none."""
    differing: dict[str, frozenset[str]] = field(default_factory=dict)
    """User -> the columns that differ."""

    def messages(self, *, is_table_missing: bool) -> Iterator[str]:
        """Yield a sentence for each kind of difference."""
        if is_table_missing and self.missing:
            yield f"the table is missing, and {counted(len(self.missing), 'row')} with it"
        elif self.missing:
            yield f"{counted(len(self.missing), 'row is', 'rows are')} missing, such as {_name(self.missing)}"
        if self.doubled:
            yield f"{counted(len(self.doubled), 'row is', 'rows are')} there twice, such as {_name(self.doubled)}"
        if self.unfounded:
            unfounded = counted(len(self.unfounded), "row is", "rows are")
            yield f"{unfounded} of no identify, such as {_name(self.unfounded)}"
        if self.differing:
            numbers = Counter(column for columns in self.differing.values() for column in columns)
            columns = ", ".join(f"{column} ({number})" for column, number in sorted(numbers.items()))
            yield f"values differ from the identifies in {columns}, such as of {_name(self.differing)}"


def compare_users(session: Session, schema: UsersSchema, ids: Collection[str], found: UsersAudit) -> None:
    """Compare the rows of some users with those that their identifies make, all identifies of any hour."""
    if IDENTIFIES not in schema.layout:
        return  # a missing table is reported with its rows
    wanted = real_users(ids, ())
    if USERS not in schema.layout:
        found.missing |= real_users(wanted, schema.not_users)
        return
    columns = schema.columns
    names: dict[str, Name] = {
        "columns": session.columns(columns),
        "latest": latest_rows(session, (schema.schema, IDENTIFIES), columns, listed_ids(session)),
        "users": (schema.schema, USERS),
    }
    made: dict[str, Row] = {}
    stored: dict[str, list[Row]] = {}
    for row in rows_of_ids(session, "queries/audit/users", names, sorted(wanted)):
        id = row[1 + columns.index("id")]
        if row.computed:
            made[id] = row
        else:
            stored.setdefault(id, []).append(row)
    users = real_users(made, schema.not_users)
    _compare(columns, schema.values, {id: made[id] for id in users}, stored, found)


def _compare(
    columns: list[str], values: int, made: Mapping[str, Row], stored: Mapping[str, list[Row]], found: UsersAudit
) -> None:
    found.missing |= made.keys() - stored.keys()
    found.unfounded |= stored.keys() - made.keys()
    found.doubled |= {id for id, rows in stored.items() if len(rows) > 1}
    for id in made.keys() & stored.keys():
        expected = _fitting(made[id][1:], values)
        differing = {
            column
            for row in stored[id]
            for column, value, other in zip(columns, row[1:], expected, strict=True)
            if type(value) is not type(other) or value != other
        }
        if differing:
            found.differing[id] = frozenset(differing)


def _fitting(row: tuple[Any, ...], values: int) -> list[Any]:
    """Return the values of a computed row without those past the limit: `uuid_ts` is the last value of a row."""
    room, kept = values - 1, []
    for value in row:
        room -= value is not None
        kept.append(value if room >= 0 else None)
    return kept


def _name(ids: Collection[str]) -> str:
    return ", ".join(map(repr, sorted(ids)[:_NAMED]))
