"""Names that a new event table cannot have: a view, a type or a table of somebody else has it already.

Such a name costs its event the table of its own: the event keeps its row of `tracks`, with its properties in `_rescued`
(contract §5).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from loaders.connection.session import Session
from loaders.interface.errors import Terminal
from loaders.interface.hour import Hour
from loaders.schema.introspect import SchemaTables, read_schema

_FOREIGN: Final = "a table that is not Tideline's"


class NameRefusedError(Exception):
    """The database has refused to create an event table of this name."""

    def __init__(self, table: str, reason: str) -> None:
        super().__init__(table, reason)
        self.table = table
        self.reason = reason


def find_taken(session: Session, schema: str, tables: SchemaTables | None = None) -> dict[str, str]:
    """Return the names that a new event table of a schema cannot have, with the reason.

    `tables` are those of the schema, where they are known.
    """
    foreign = (tables or read_schema(session, schema)).foreign
    others = {row.name: row.kind for row in session.rows("schema/taken_names", schema=schema)}
    return {
        name: f"{kind} has its name" for name, kind in {**dict.fromkeys(sorted(foreign), _FOREIGN), **others}.items()
    }


def refuse_taken(table: str, taken: Mapping[str, str]) -> None:
    """Raise Terminal if a home table or `users` cannot be created: its rows have no other table."""
    if table in taken:
        raise Terminal(
            f"{table} cannot be created in the schema of the events: {taken[table]}; rename that, or set "
            "another schema for the source"
        )


def warn_of_taken(hours: Sequence[Hour], taken: Mapping[str, str], tables: Iterable[str]) -> Iterator[str]:
    """Yield a line per event table that was not created although the hours of a load have events of its name."""
    hour, last = hours[0], hours[-1].archive_hour
    again = f"tideline load --reload --from {hour.archive_hour:%Y-%m-%dT%H} --to {last:%Y-%m-%dT%H}"
    for table in tables:
        yield (
            f"{hour.schema}.{table} was not created: {taken[table]}. Its events are in {hour.schema}.tracks, with "
            f"their properties in _rescued; rename or drop what has the name, then load the hour again: {again}"
        )
