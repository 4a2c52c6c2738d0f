"""Statements of `sql/` as ClickHouse reads them: types, temporary tables and bound values in its own words.

Covered by tests/loaders/dialects/clickhouse/test_statements.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Final

Relation = tuple[str, str]
"""A database, empty if the statement names none, and a table."""

_TOKEN: Final = re.compile(
    r"""/\*.*?\*/|--[^\n]*|\$\$.*?\$\$|'(?:[^'\\]|\\.|'')*'|`(?:[^`\\]|\\.)*`|"(?:[^"\\]|\\.)*"|\\:|::|:[A-Za-z_]\w*|[A-Za-z_]\w*|\s+|.""",
    re.DOTALL,
)
_NAME: Final = re.compile(r"""[`"A-Za-z_]""")
_BEFORE_TABLE: Final = frozenset({"FROM", "JOIN", "INTO", "TABLE", "UPDATE", "EXISTS", "VIEW"})
_SAME_WORDS: Final = {
    "JSON": "String",
    "DATE": "Date32",
    "TEXT": "String",
    "CURRENT_TIMESTAMP": "now64(6, 'UTC')",
}
"""Words in capitals that are types here, or mean something else."""
_NULLABLE: Final = {"TEXT": "Nullable(String)", "BIGINT": "Nullable(Int64)"}
"""Types of added columns, which have NULL in the rows of their table."""
_SEQUENCES: Final = (
    (("TIMESTAMP", "WITH", "TIME", "ZONE"), "DateTime64(6, 'UTC')"),
    (("AT", "TIME", "ZONE", "'UTC'"), ""),  # every instant is in UTC
    (("CREATE", "SCHEMA", "IF", "NOT", "EXISTS"), "CREATE DATABASE IF NOT EXISTS"),
    (("CREATE", "SCHEMA"), "CREATE DATABASE IF NOT EXISTS"),
    (("SET", "DEFAULT"), "DEFAULT"),
    (("DROP", "DEFAULT"), "REMOVE DEFAULT"),
    ((",", "'g'", ")"), ")"),  # REGEXP_REPLACE replaces all there are
    (("MD5", "("), "lower(hex(MD5("),
    (("EXTRACT", "(", "EPOCH", "FROM"), "(toUnixTimestamp64Micro("),  # EXTRACT gives whole seconds
)
_LITERALS: Final = (
    (("DATE",), "toDate32({})"),
    (("TIMESTAMP", "WITH", "TIME", "ZONE"), "parseDateTime64BestEffort({}, 6, 'UTC')"),
)
"""Types before a text, which are a value of that type."""
_ENDS: Final = ((("MD5", "("), ")))"), (("EXTRACT", "(", "EPOCH", "FROM"), ") / 1000000)"))
"""How the calls end that `_SEQUENCES` replaces by several."""
_WRITES: Final = (
    (("INSERT", "INTO"), "insert"),
    (("DELETE", "FROM"), "delete"),
    (("UPDATE",), "update"),
    (("ALTER", "TABLE"), "alter"),
    (("CREATE", "TEMPORARY", "TABLE"), "create temporary"),
    (("CREATE", "TABLE", "IF", "NOT", "EXISTS"), "create"),
    (("CREATE", "TABLE"), "create"),
    (("CREATE", "OR", "REPLACE", "VIEW"), "view"),
    (("DROP", "TABLE"), "drop"),
    (("CREATE", "SCHEMA", "IF", "NOT", "EXISTS"), "create schema"),
    (("CREATE", "SCHEMA"), "create schema"),
)


READING: Final = {
    "join_use_nulls": 1,
    "aggregate_functions_null_for_empty": 1,
    "prefer_column_name_to_alias": 1,
    "union_default_mode": "'DISTINCT'",
}
"""Settings by which queries mean what they mean in other databases; a view has them whoever reads it."""
_HOURS: Final = re.compile(r"([\w.]+) \* INTERVAL '1 hour'")
"""A number of hours as an interval, which multiplies no number here."""


@dataclass(frozen=True)
class ParsedStatement:
    """A statement in parts: a part is a text, a `Relation` in the place of a table, or the name of a bound value."""

    parts: tuple[str | Relation | Bind, ...]
    kind: str
    """What it does with `target`, such as `insert`; empty for a query."""
    target: Relation | None
    """A table; a schema for `create schema`, with no database before it."""
    condition: tuple[str | Relation | Bind, ...] = ()
    """Of an update, what follows its WHERE."""

    def render(self, place: Callable[[Relation], str], values: Mapping[str, object]) -> str:
        """Return the text for the server, with a typed placeholder for every value."""
        return self._render(self.parts, place, values)

    def render_condition(self, place: Callable[[Relation], str], values: Mapping[str, object]) -> str:
        """Return the condition of an update."""
        return self._render(self.condition, place, values)

    @staticmethod
    def _render(
        parts: tuple[str | Relation | Bind, ...], place: Callable[[Relation], str], values: Mapping[str, object]
    ) -> str:
        texts = []
        for part in parts:
            if isinstance(part, Bind):
                texts.append(_placeholder(part.name, values[part.name]))
            elif isinstance(part, tuple):
                texts.append(place(part))
            else:
                texts.append(part)
        return "".join(texts)


@dataclass(frozen=True)
class Bind:
    """The place of a bound value."""

    name: str


def bound(values: Mapping[str, object]) -> dict[str, object]:
    """Return the values as the driver binds them: instants as texts, since it would cut their microseconds."""
    return {name: _bound(value) for name, value in values.items() if value is not None}


@lru_cache(maxsize=4096)
def parse(text: str) -> ParsedStatement:
    """Return a statement whose identifiers are quoted and whose values have the form ``:name``."""
    tokens = _TOKEN.findall(_HOURS.sub(r"toIntervalHour(\1)", text))
    solid = [number for number, token in enumerate(tokens) if not (token.isspace() or token.startswith(("--", "/*")))]
    words = [tokens[number] for number in solid]
    kind, target_at = _kind(words)
    parts: list[str | Relation | Bind] = []
    target: Relation | None = ("", unquote(_colons(words[target_at]))) if kind == "create schema" else None
    at = 0  # in `words`
    done = 0  # in `tokens`
    ends = _ends_of_calls(words)
    while at < len(words):
        number = solid[at]
        parts += tokens[done:number]
        replaced, taken = (ends[at], 1) if at in ends else _replacement(words, at, kind)
        if replaced is None and _is_table(words, at):
            relation, taken = _relation(words, at)
            if at == target_at:
                target = relation
            parts.append(relation)
        elif replaced is not None:
            parts.append(replaced)
        else:
            parts.append(_part(words[at]))
        at += taken
        done = solid[at - 1] + 1
    parts += tokens[done:]
    condition = parts[_where(parts) + 1 :] if kind == "update" else []
    return ParsedStatement(_joined(_finish(parts, kind, words)), kind, target, _joined(condition))


def _ends_of_calls(words: list[str]) -> dict[int, str]:
    """Return the last words of calls that become several, with what is there instead."""
    ends = {}
    for start in range(len(words)):
        for sequence, end in _ENDS:
            if tuple(words[start : start + len(sequence)]) == sequence:
                depth = 0
                for at in range(start + 1, len(words)):
                    depth += {"(": 1, ")": -1}.get(words[at], 0)
                    if depth == 0:
                        ends[at] = end
                        break
    return ends


def _where(parts: list[str | Relation | Bind]) -> int:
    """Return where the WHERE of a statement is, not that of a subquery; the number of parts if it has none."""
    depth = 0
    for at, part in enumerate(parts):
        depth += {"(": 1, ")": -1}.get(part, 0) if isinstance(part, str) else 0
        if part == "WHERE" and depth == 0:
            return at
    return len(parts)


def unquote(name: str) -> str:
    """Return the name of a quoted identifier."""
    if name[0] not in '`"':
        return name
    return re.sub(r"\\(.)", _unescape, name[1:-1], flags=re.DOTALL)


def _unescape(match: re.Match[str]) -> str:
    return {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "b": "\b", "f": "\f"}.get(match[1], match[1])


def _kind(words: list[str]) -> tuple[str, int]:
    for start, kind in _WRITES:
        if tuple(words[: len(start)]) == start:
            return kind, len(start)
    return "", -1


def _replacement(words: list[str], at: int, kind: str) -> tuple[str | None, int]:
    """Return what stands for the words from one on, and how many they are; None and one for most words."""
    for kind_words, call in _LITERALS:
        after = at + len(kind_words)
        if tuple(words[at:after]) == kind_words and words[after : after + 1] and words[after].startswith("'"):
            return call.format(words[after]), len(kind_words) + 1
    for sequence, text in _SEQUENCES:
        if tuple(words[at : at + len(sequence)]) == sequence:
            return text, len(sequence)
    if kind == "create temporary" and at == 1:
        return "", 1
    if kind == "alter" and words[at] in _NULLABLE:
        return _NULLABLE[words[at]], 1
    return _SAME_WORDS.get(words[at]), 1


def _is_table(words: list[str], at: int) -> bool:
    if at == 0 or words[at - 1] not in _BEFORE_TABLE or not _NAME.match(words[at]) or words[1] == "SCHEMA":
        return False
    after = words[at + 1] if at + 1 < len(words) else ""
    # EXTRACT(HOUR FROM ts), a table function, CREATE TABLE IF NOT EXISTS
    return words[at] not in ("IF", "NOT", "SELECT") and (after != "(" or words[0] in ("INSERT", "CREATE"))


def _relation(words: list[str], at: int) -> tuple[Relation, int]:
    if at + 2 < len(words) and words[at + 1] == "." and _NAME.match(words[at + 2]):
        return (unquote(_colons(words[at])), unquote(_colons(words[at + 2]))), 3
    return ("", unquote(_colons(words[at]))), 1


def _part(token: str) -> str | Bind:
    if token[0] == ":" and token not in (":", "::"):
        return Bind(token[1:])
    return _colons(token) if token[0] in "`\"'$\\" else token


def _colons(token: str) -> str:
    """Undo the escape of colons, which `Session.quote` adds for drivers that look for bound values in identifiers."""
    return re.sub(r"\\(.)", lambda match: ":" if match[1] == ":" else match[0], token, flags=re.DOTALL)


def _finish(parts: list[str | Relation | Bind], kind: str, words: list[str]) -> list[str | Relation | Bind]:
    """Give deletes and updates the form that changes rows at once, and views the settings that they are read by."""
    if kind == "update":  # UPDATE t SET a = 1 WHERE b
        at = next(number for number, part in enumerate(parts) if part == "SET")
        everywhere = [] if "WHERE" in words else [" WHERE true"]
        return ["ALTER TABLE", *(part for part in parts[1:at]), "UPDATE", *parts[at + 1 :], *everywhere]
    if kind == "delete" and "WHERE" not in words:
        return [*parts, " WHERE true"]
    if kind == "view":
        return [*parts, f" SETTINGS {', '.join(f'{name} = {value}' for name, value in READING.items())}"]
    return parts


def _joined(parts: list[str | Relation | Bind]) -> tuple[str | Relation | Bind, ...]:
    joined: list[str | Relation | Bind] = []
    for part in parts:
        last = joined[-1] if joined else None
        if isinstance(part, str) and isinstance(last, str):
            joined[-1] = last + part
        else:
            joined.append(part)
    return tuple(joined)


def _placeholder(name: str, value: object) -> str:
    return "NULL" if value is None else f"{{{name}:{_type(value)}}}"


def _type(value: object) -> str:
    if isinstance(value, list | tuple):
        return f"Array({_type(value[0]) if value else 'String'})"
    if isinstance(value, bool):
        return "Bool"
    if isinstance(value, datetime):
        return "DateTime64(6, 'UTC')"
    for kind, name in ((int, "Int64"), (float, "Float64"), (date, "Date32"), (str, "String")):
        if isinstance(value, kind):
            return name
    raise TypeError(f"a value of {type(value).__name__} cannot be bound")


def _bound(value: object) -> object:
    if isinstance(value, list | tuple):
        return [_bound(one) for one in value]
    if isinstance(value, datetime):
        instant = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
        return instant.isoformat(" ", "microseconds")
    return value.isoformat() if isinstance(value, date) else value
