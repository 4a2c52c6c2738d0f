"""Statements of `sql/` as Snowflake reads them: names in upper case, bound values by position, types in its words.

Covered by tests/loaders/dialects/snowflake/test_statements.py.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Final

Relation = tuple[str, str]
"""A schema, empty if the statement names none, and a table; in lower case."""

TOKEN: Final = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|::|:[A-Za-z_]\w*|[A-Za-z_][\w$]*|\s+|.""", re.DOTALL)
_NAME: Final = re.compile(r'["A-Za-z_]')
_BEFORE_TABLE: Final = frozenset({"FROM", "JOIN", "INTO", "TABLE", "UPDATE", "USING", "VIEW", "EXISTS"})
_NO_TABLE: Final = frozenset({"IF", "NOT", "SELECT", "LATERAL", "TABLE", "VALUES"})
_SAME_WORDS: Final = {"JSON": "TEXT", "BIGINT": "NUMBER"}
_SEQUENCES: Final = (
    (("TIMESTAMP", "WITH", "TIME", "ZONE"), "TIMESTAMP_TZ"),
    (("AT", "TIME", "ZONE", "'UTC'"), ""),  # every instant is in UTC
    ((",", "'g'", ")"), ")"),  # REGEXP_REPLACE replaces all there are
)
_HOURS: Final = re.compile(r"([\w.]+) \+ ([\w.]+) \* INTERVAL '1 hour'")
"""A number of hours added to an instant: an interval is a constant."""
_WRITES: Final = (
    (("INSERT", "INTO"), "insert"),
    (("DELETE", "FROM"), "delete"),
    (("UPDATE",), "update"),
    (("ALTER", "TABLE"), "alter"),
    (("CREATE", "TEMPORARY", "TABLE"), "create temporary"),
    (("CREATE", "TABLE", "IF", "NOT", "EXISTS"), "create"),
    (("CREATE", "TABLE"), "create"),
    (("CREATE", "OR", "REPLACE", "VIEW"), "view"),
    (("CREATE",), "create"),
    (("COMMENT", "ON"), "comment"),
    (("DROP", "TABLE"), "drop"),
    (("DROP",), "drop"),
)
ROWS: Final = frozenset({"insert", "delete", "update"})
"""Kinds of statements that change rows; all other kinds change tables, and commit (`transaction`)."""
_END_OF_RELATION: Final = frozenset(
    {"", ")", ",", "WHERE", "GROUP", "ORDER", "UNION", "EXCEPT", "INNER", "LEFT", "CROSS", "ON", "JOIN", "LIMIT"}
)


@dataclass(frozen=True)
class BoundValue:
    """The place of a bound value."""

    name: str


@dataclass(frozen=True)
class Place:
    """The place of a table, and whether its name is that of its columns too, because it has no alias."""

    relation: Relation
    unnamed: bool


Part = str | Place | BoundValue


@dataclass(frozen=True)
class SnowflakeStatement:
    """A statement in parts: a text, the place of a table, or a bound value."""

    parts: tuple[Part, ...]
    kind: str
    """What it does with `target`, such as `insert`; empty for a query."""
    target: Relation | None

    def render(self, place: Callable[[Place], str], values: Mapping[str, object]) -> tuple[str, tuple[object, ...]]:
        """Return the text for the server, and the values of its question marks in their order."""
        return render(self.parts, place, values)


def render(
    parts: tuple[Part, ...], place: Callable[[Place], str], values: Mapping[str, object]
) -> tuple[str, tuple[object, ...]]:
    """Return the text of some parts of a statement, and the values of its question marks in their order."""
    texts: list[str] = []
    bound: list[object] = []
    for part in parts:
        if isinstance(part, BoundValue):
            text, given = _bound(values[part.name])
            texts.append(text)
            bound += given
        else:
            texts.append(place(part) if isinstance(part, Place) else part)
    return "".join(texts), tuple(bound)


@lru_cache(maxsize=4096)
def parse(text: str) -> SnowflakeStatement:
    """Return a statement whose identifiers are quoted or plain words, and whose values have the form ``:name``."""
    tokens = TOKEN.findall(_HOURS.sub(r"DATEADD('hour', \2, \1)", text.replace("\\:", ":")))
    solid = [number for number, token in enumerate(tokens) if not token.isspace()]
    words = [tokens[number] for number in solid]
    kind, target_at = _kind(words)
    parts: list[Part] = []
    target: Relation | None = None
    at = done = 0
    while at < len(words):
        parts += tokens[done : solid[at]]
        replaced, taken = _replacement(words, at)
        if replaced is None and _is_table(words, at):
            relation, taken = _relation(words, at)
            after = words[at + taken].upper() if at + taken < len(words) else ""
            target = relation if at == target_at else target
            parts.append(Place(relation, after in _END_OF_RELATION and at != target_at))
        else:
            parts.append(_part(words[at]) if replaced is None else replaced)
        at += taken
        done = solid[at - 1] + 1
    parts += tokens[done:]
    return SnowflakeStatement(_joined(parts), kind, target)


def quoted(name: str) -> str:
    """Return a name as an identifier: Tideline's are in upper case, as Snowflake reads them without quotes."""
    return '"' + name.upper().replace('"', '""') + '"'


def path(key: str) -> str:
    """Return a key of an object as it is written behind a colon."""
    return '"' + key.replace('"', '""') + '"'


def literal(value: str) -> str:
    """Return a text as a literal: a backslash escapes in Snowflake's."""
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def _kind(words: list[str]) -> tuple[str, int]:
    for start, kind in _WRITES:
        if tuple(words[: len(start)]) == start:
            return kind, len(start)
    return "", -1


def _replacement(words: list[str], at: int) -> tuple[str | None, int]:
    """Return what stands for the words from one on, and how many they are; None and one for most words."""
    for sequence, text in _SEQUENCES:
        if tuple(words[at : at + len(sequence)]) == sequence:
            return text, len(sequence)
    return _SAME_WORDS.get(words[at]), 1


def _is_table(words: list[str], at: int) -> bool:
    if at == 0 or words[at - 1] not in _BEFORE_TABLE or not _NAME.match(words[at]) or words[at].upper() in _NO_TABLE:
        return False
    if "SCHEMA" in words[:2]:
        return False
    after = words[at + 1] if at + 1 < len(words) else ""
    return after != "(" or words[0] in ("INSERT", "CREATE")  # EXTRACT(HOUR FROM ts), a table function


def _relation(words: list[str], at: int) -> tuple[Relation, int]:
    if at + 2 < len(words) and words[at + 1] == "." and _NAME.match(words[at + 2]):
        return (_unquoted(words[at]), _unquoted(words[at + 2])), 3
    return ("", _unquoted(words[at])), 1


def _unquoted(name: str) -> str:
    return (name[1:-1].replace('""', '"') if name[0] == '"' else name).lower()


def _part(token: str) -> str | BoundValue:
    if token[0] == ":" and len(token) > 1 and token[1] != ":":
        return BoundValue(token[1:])
    if token[0] == "'":
        return token.replace("\\", "\\\\")
    return token.upper() if token[0] == '"' else token


def _joined(parts: list[Part]) -> tuple[Part, ...]:
    joined: list[Part] = []
    for part in parts:
        last = joined[-1] if joined else None
        if isinstance(part, str) and isinstance(last, str):
            joined[-1] = last + part
        else:
            joined.append(part)
    return tuple(joined)


def _bound(value: object) -> tuple[str, list[object]]:
    """Return the text of a value with question marks, and their values: instants as text, to the microsecond."""
    if value is None:
        return "NULL", []
    if isinstance(value, list | tuple):
        return _bound_list(list(value))
    if isinstance(value, datetime):
        return "CAST(? AS TIMESTAMP_TZ)", [_instant(value)]
    if isinstance(value, date):
        return "CAST(? AS DATE)", [value.isoformat()]
    if isinstance(value, float):
        return "CAST(? AS FLOAT)", [value]
    if isinstance(value, bool | int | str):
        return "?", [value]
    raise TypeError(f"a value of {type(value).__name__} cannot be bound")


def _bound_list(values: list[object]) -> tuple[str, list[object]]:
    """Return a list as one value, however many it has: a statement takes 16,384 at most."""
    kind = {datetime: "TIMESTAMP_TZ", date: "DATE", int: "NUMBER"}.get(type(values[0]), "TEXT") if values else "TEXT"
    texts = [_instant(v) if isinstance(v, datetime) else v.isoformat() if isinstance(v, date) else v for v in values]
    text = f"(SELECT listed.value::{kind} FROM TABLE(FLATTEN(INPUT => PARSE_JSON(?))) AS listed)"  # noqa: S608  a type
    return text, [json.dumps(texts)]


def _instant(value: datetime) -> str:
    instant = value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    return instant.isoformat(" ", "microseconds")
