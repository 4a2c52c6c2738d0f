"""What an operator keeps out of a warehouse, read a second time: events by type, name, user, values and user agent, ids
that are no users, and tables and columns that were dropped."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING

import duckdb
from crawleruseragents import is_crawler
from jsonschema import Draft202012Validator

from tests.independent.json_text import Json, NoNumber, Number
from tests.independent.tables import Difference

if TYPE_CHECKING:
    from tests.independent.event import Event

Asked = tuple[tuple[str, ...], tuple[str | int | float | bool, ...]]
"""A path and the values that are meant."""
TEXT_MEMBERS = {
    "anonymousId": "anonymous_id",
    "userId": "user_id",
    "groupId": "group_id",
    "previousId": "previous_id",
    "event": "event",
    "name": "name",
    "channel": "channel",
    "request_ip": "request_ip",
}

UNICODE_WHITE = (
    "\t\n\x0b\x0c\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006"
    "\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)
EXCLUDED = "SELECT epoch_us(archive_hour), type, event, events FROM tideline.excluded WHERE source = ?"
REFUSED = (
    "SELECT epoch_us(archive_hour), type, quarantined FROM tideline.contract_events "
    "WHERE source = ? AND quarantined > 0"
)
DROPPED = "SELECT table_name, column_name FROM tideline.columns WHERE schema_name = ? AND type = 'dropped'"


@dataclass(frozen=True)
class Kept:
    """The tables and columns that version 0.1 named; `events` is whether it wrote the values of `event`, too.

    Of `strict_hours` it read the lines: one with NaN or a raw control character was no JSON to it. It counted none of
    their duplicates by library.
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
    include_users: tuple[str, ...] = ()
    exclude_users: tuple[str, ...] = ()
    include_paths: tuple[Asked, ...] = ()
    exclude_paths: tuple[Asked, ...] = ()
    bots: bool = False
    not_bots: tuple[str, ...] = ()
    not_users: tuple[str, ...] = ()
    dropped: frozenset[tuple[str, str]] = frozenset()
    kept: Kept = Kept()
    contracts: tuple[tuple[str, str], ...] = ()
    """Names of tracks with the schema of their properties, as JSON: what violates it has no row."""

    def violates(self, event: Event) -> bool:
        """Whether a contract quarantines the event (contract §13, Contracts)."""
        if event.type != "track":
            return False
        schema = dict(self.contracts).get(event.texts.get("event", ""))
        properties = json_value(event.blocks.get("properties", {}))
        return schema is not None and not Draft202012Validator(json.loads(schema)).is_valid(properties)

    def leaves_out(self, event: Event) -> bool:
        """Whether the warehouse takes no such event (contract §13, Selection)."""
        kind, name, user = event.type, event.texts.get("event", ""), event.texts.get("user_id")
        wanted, unwanted = [], [kind in self.exclude_types]
        wanted += [kind in self.include_types] if self.include_types else []
        if kind == "track":
            unwanted += [fits(glob, name) for glob in self.exclude_events]
            wanted += [any(fits(glob, name) for glob in self.include_events)] if self.include_events else []
        unwanted += [user is not None and fits(glob, user) for glob in self.exclude_users]
        if self.include_users:
            wanted.append(user is not None and any(fits(glob, user) for glob in self.include_users))
        unwanted += [has_value(asked, event) for asked in self.exclude_paths]
        wanted += [has_value(asked, event) for asked in self.include_paths]
        if self.bots:
            agent = event.blocks.get("context", {}).get("userAgent")
            is_text = isinstance(agent, str) and not isinstance(agent, (Number, NoNumber))
            unwanted.append(is_text and is_crawler(str(agent)) and not any(fits(g, str(agent)) for g in self.not_bots))
        return any(unwanted) or not all(wanted)

    def is_no_user(self, user_id: str) -> bool:
        """Whether this id gets no row in `users`."""
        return plain(user_id) in map(plain, self.not_users)


def json_value(value: Json) -> object:
    """The value as Python's json would have read it."""
    if isinstance(value, dict):
        return {key: json_value(member) for key, member in value.items()}
    if isinstance(value, list):
        return [json_value(item) for item in value]
    return json.loads(value) if isinstance(value, Number) else value


def has_value(asked: Asked, event: Event) -> bool:
    """Whether the event has one of the values at the path, as it was sent."""
    (first, *rest), values = asked
    if first == "messageId" or first in TEXT_MEMBERS:
        text = event.id if first == "messageId" else event.texts.get(TEXT_MEMBERS[first])
        lost = event.rescued.get(first)
        spelled = [value if isinstance(value, str) else str(value).lower() for value in values]
        sent = [text, lost if isinstance(lost, str) else str(lost).lower() if isinstance(lost, bool) else None]
        return any(one is not None and fits(glob, one) for glob in spelled for one in sent)
    found: Json = event.blocks.get(first)
    for key in rest:
        if not isinstance(found, dict) or key not in found:
            return False
        found = found[key]
    if isinstance(found, list):
        return any(equals(item, value) for item in found for value in values)
    return any(equals(found, value) for value in values)


def equals(sent: Json, value: str | int | float | bool) -> bool:
    """Whether a sent text, number or boolean is the value that is meant; of texts, `*` and `?` are wild."""
    if isinstance(sent, Number):
        return isinstance(value, (int, float)) and not isinstance(value, bool) and same_number(sent, value)
    if isinstance(sent, bool) or isinstance(value, bool):
        return sent is value
    return isinstance(sent, str) and isinstance(value, str) and fits(value, sent)


def same_number(digits: str, value: float) -> bool:
    """Whether digits of JSON are exactly this decimal number."""
    mantissa, _, exponent = digits.lower().partition("e")
    if len(exponent) > 4:
        return not mantissa.strip("-0.") and value == 0
    return Fraction(mantissa) * Fraction(10) ** int(exponent or 0) == Fraction(repr(value))


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


def knows_contracts(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether the warehouse was last loaded by a version that has contracts."""
    return bool(connection.execute("FROM duckdb_tables() WHERE table_name = 'contract_events'").fetchall())


def check_junk(
    connection: duckdb.DuckDBPyConnection,
    junk: Junk,
    left_out: dict[tuple[int, str, str | None], int],
    refused: dict[tuple[int, str], int],
    *,
    schema: str,
    source: str,
) -> Iterator[Difference]:
    """Differences in the events that the warehouse lists as left out, and in dropped columns."""
    stored = {row[:3]: row[3] for row in connection.execute(EXCLUDED, [source]).fetchall()}
    for key in stored.keys() | left_out.keys():
        if stored.get(key) != left_out.get(key):
            yield Difference("excluded", str(key[0]), f"{key[1]} {key[2]}", left_out.get(key), stored.get(key))
    refusals = connection.execute(REFUSED, [source]).fetchall() if knows_contracts(connection) else []
    held = {row[:2]: row[2] for row in refusals}
    for place in held.keys() | refused.keys():
        if held.get(place) != refused.get(place):
            yield Difference("contract_events", str(place[0]), place[1], refused.get(place), held.get(place))
    dropped = set(connection.execute(DROPPED, [schema]).fetchall())
    for table, column in dropped ^ junk.dropped:
        found = (table, column)
        yield Difference("columns", table, column, found in junk.dropped, found in dropped)
