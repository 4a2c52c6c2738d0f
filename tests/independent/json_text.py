"""Strict JSON with numbers as they were written; the last of repeated members wins where it stood (contract §3)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TypeAlias

DEEPEST = 64
TOKEN = re.compile(
    r'"(?:[^"\\]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|NaN|-?Infinity|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?'
    r"|true|false|null|[{}\[\],:]|[ \t\r\n]+"
)
STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*"?|[{}\[\]]', re.S)
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
SUSPECT = re.compile(r"\x00|\\u(?:0000|[dD][89a-fA-F])")
HOLE = 16
"""So many U+0000 in a row are no content: a crash left them."""
INNERMOST = re.compile(r"\[(?:v(?:,v)*)?\]|\{(?:s:v(?:,s:v)*)?\}")


class Number(str):
    """A JSON number by its digits, as sent."""

    __slots__ = ()


Json: TypeAlias = "bool | str | Number | list[Json] | dict[str, Json] | None"


class NoNumber(str):
    """NaN, Infinity or -Infinity, which JSON does not have."""

    __slots__ = ()


class NotJsonError(ValueError):
    """The text is not one strict JSON value."""


def parse(text: str) -> tuple[Json, bool]:
    """The value, and whether anything in it had to become U+FFFD. Nesting must be at most `DEEPEST`."""
    if "\0" * HOLE in text:
        raise NotJsonError("a hole")
    suspect = SUSPECT.search(text) is not None
    try:
        value = json.loads(
            text,
            parse_int=Number,
            parse_float=Number,
            parse_constant=NoNumber,
            strict=False,
            object_pairs_hook=_Members if suspect else _last_wins,
        )
    except (ValueError, RecursionError) as error:
        raise NotJsonError(str(error)) from error
    if not suspect:
        return value, False
    touched = [False]
    return _sanitize(value, touched), touched[0]


def is_lenient(data: bytes) -> bool:
    """Whether a line is JSON but for NaN, Infinity or raw control characters."""

    def refuse(name: str) -> None:
        raise ValueError(name)

    try:
        text = data.decode()
        value, _ = parse(text)
    except (UnicodeDecodeError, NotJsonError):
        return False
    try:
        json.loads(text, parse_constant=refuse)
    except ValueError:
        return value is not None
    return False


class _Members(list[tuple[str, Json]]):
    """An object's members, not yet a dict: sanitizing may make two keys one."""


def _last_wins(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    members = dict(pairs)
    if len(members) != len(pairs):
        members = {}
        for key, value in pairs:
            members.pop(key, None)
            members[key] = value
    return members


def _sanitize(value: object, touched: list[bool]) -> Json:
    if isinstance(value, _Members):
        return _last_wins([(str(_sanitize(key, touched)), _sanitize(item, touched)) for key, item in value])
    if isinstance(value, list):
        return [_sanitize(item, touched) for item in value]
    if isinstance(value, str) and not isinstance(value, Number | NoNumber):
        clean, count = UNSTORABLE.subn("\ufffd", value)
        touched[0] |= count > 0
        return clean
    return value  # type: ignore[return-value]  # a scalar


def depth_of(text: str) -> int:
    """How deep brackets outside of strings nest, whether or not the text is JSON."""
    depth = deepest = 0
    for token in STRING_OR_BRACKET.finditer(text):
        mark = token[0]
        if mark in "{[":
            depth += 1
            deepest = max(deepest, depth)
        elif mark in "}]":
            depth -= 1
    return deepest


def is_json(text: str) -> bool:
    """Whether the text is one strict JSON value, at any depth: innermost containers fold until one value is left."""
    if "\0" * HOLE in text:
        return False
    kinds: list[str] = []
    at = 0
    while at < len(text):
        token = TOKEN.match(text, at)
        if token is None:
            return False
        mark = token[0]
        at = token.end()
        if not mark.isspace():
            kinds.append("s" if mark[0] == '"' else mark if mark in "{}[],:" else "v")
    folded, count = "".join(kinds), 1
    folded = re.sub(r"s(?!:)", "v", folded)
    while count:
        folded, count = INNERMOST.subn("v", folded)
    return folded == "v"


def apart(value: Json) -> tuple[Json, Json]:
    """A value without what JSON cannot have, and that: an array with a part of the kind is taken out whole."""
    if isinstance(value, dict):
        both = {name: apart(inner) for name, inner in value.items()}
        left = {name: kept for name, (kept, lost) in both.items() if kept is not None or lost is None}
        return left, {name: lost for name, (_, lost) in both.items() if lost is not None} or None
    return (None, value) if _has_no_number(value) else (value, None)


def _has_no_number(value: Json) -> bool:
    if isinstance(value, list):
        return any(map(_has_no_number, value))
    return isinstance(value, NoNumber) or (isinstance(value, dict) and any(map(_has_no_number, value.values())))


def dump(value: Json) -> str:
    """Compact JSON text: numbers as sent, non-ASCII as it is."""
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{dump(key)}:{dump(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(dump, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def is_nothing(value: Json) -> bool:
    """Null, "", [], [""] and {} are NULL and take no part in anything (contract §5)."""
    return value is None or (not isinstance(value, bool) and value in ("", [], [""], {}))


def leaves(value: Json, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Json]]:
    """Every value below an object that is neither an object nor nothing, with its path, in the line's order."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*path, key))
    elif not is_nothing(value):
        yield path, value
