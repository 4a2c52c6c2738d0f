"""What an operator keeps out of a warehouse, read a second time: events by type and name, ids that are no users, and
tables and columns that were dropped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import duckdb

from tests.independent.tables import Difference

UNICODE_WHITE = (
    "\t\n\x0b\x0c\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006"
    "\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)
EXCLUDED = "SELECT epoch_us(archive_hour), type, event, events FROM tideline.excluded WHERE source = ?"
DROPPED = "SELECT table_name, column_name FROM tideline.columns WHERE schema_name = ? AND type = 'dropped'"


@dataclass(frozen=True)
class Kept:
    """The tables and columns that version 0.1 named; `events` is whether it wrote the values of `event`, too.

    Of `strict_hours` it read the lines: one with NaN or a raw control character was no JSON to it.
    """

    names: frozenset[tuple[str, str]] = frozenset()
    events: bool = False
    strict_hours: frozenset[datetime] = frozenset()

    def columns(self, table: str) -> frozenset[str]:
        """The columns of a table that keep their names."""
        return frozenset(column for name, column in self.names if name == table)


@dataclass(frozen=True)
class Junk:
    """Nothing is left out unless it is listed; a column ``*`` is the whole table."""

    include_types: tuple[str, ...] = ()
    include_events: tuple[str, ...] = ()
    exclude_types: tuple[str, ...] = ()
    exclude_events: tuple[str, ...] = ()
    not_users: tuple[str, ...] = ()
    dropped: frozenset[tuple[str, str]] = frozenset()
    kept: Kept = Kept()

    def leaves_out(self, kind: str, event: str | None) -> bool:
        """Whether the warehouse takes no such event."""
        name = event or ""
        if kind in self.exclude_types or (self.include_types and kind not in self.include_types):
            return True
        if kind != "track":
            return False
        named = any(fits(glob, name) for glob in self.exclude_events)
        return named or bool(self.include_events and not any(fits(glob, name) for glob in self.include_events))

    def is_no_user(self, user_id: str) -> bool:
        """Whether this id gets no row in `users`."""
        return plain(user_id) in map(plain, self.not_users)


def fits(glob: str, name: str) -> bool:
    """Whether a name is one that the glob means, character by character."""
    if not glob:
        return not name
    if glob[0] == "*":
        return any(fits(glob[1:], name[start:]) for start in range(len(name) + 1))
    return bool(name) and glob[0] in ("?", name[0]) and fits(glob[1:], name[1:])


def plain(user_id: str) -> str:
    """The id without white space around it, A to Z in lower case."""
    letters = {ord(upper): upper.lower() for upper in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
    return user_id.strip(UNICODE_WHITE).translate(letters)


def check_junk(
    connection: duckdb.DuckDBPyConnection,
    junk: Junk,
    left_out: dict[tuple[int, str, str | None], int],
    *,
    schema: str,
    source: str,
) -> Iterator[Difference]:
    """Differences in the events that the warehouse lists as left out, and in dropped columns."""
    stored = {row[:3]: row[3] for row in connection.execute(EXCLUDED, [source]).fetchall()}
    for key in stored.keys() | left_out.keys():
        if stored.get(key) != left_out.get(key):
            yield Difference("excluded", str(key[0]), f"{key[1]} {key[2]}", left_out.get(key), stored.get(key))
    dropped = set(connection.execute(DROPPED, [schema]).fetchall())
    for place in dropped ^ junk.dropped:
        yield Difference("columns", place[0], place[1], place in junk.dropped, place in dropped)
