"""The strict JSON reader: the grammar of one text, and its members and elements as slices of the text.

Covered by tests/events/test_quarantine.py.
"""

import json
import re
from collections.abc import Callable, Sequence
from typing import Final, NoReturn, TypeVar

Value = TypeVar("Value")

MAX_NESTING: Final = 64
"""Deepest legal nesting, the event itself being level 1 (contract §2)."""

_SPACE: Final = re.compile(r"[ \t\n\r]*+")
_BRACKET: Final = re.compile(r"[\[\]{}]")
_ESCAPE: Final = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"  # a pair: one character
    r"|(?P<lost>\\u0000|\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
    r"|\\."
)
_TOKEN: Final = re.compile(
    r"[ \t\n\r]*+(?:(?P<mark>[\[\]{}:,])"
    r'|(?P<string>"[^"\\\x00-\x1f]*+(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*+)*+")'
    r"|(?P<scalar>-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?|true|false|null))"
)


def strict_decoder(
    members: Callable[[list[tuple[str, Value]]], object], number: Callable[[str], object]
) -> json.JSONDecoder:
    """Return the standard decoder without its extensions: `members` makes objects, `number` reads digits as sent."""
    return json.JSONDecoder(
        object_pairs_hook=members, parse_constant=_refuse_constant, parse_int=number, parse_float=number
    )


def _refuse_constant(name: str) -> NoReturn:
    message = f"{name} is not JSON"
    raise ValueError(message)


def _forget(_pairs: list[tuple[str, object]]) -> None:
    """Build nothing: values are slices of the text, the parser only finds their ends."""


STRICT: Final = strict_decoder(_forget, str)
LENIENT: Final = json.JSONDecoder(object_pairs_hook=_forget, parse_int=str, parse_float=str, strict=False)
"""Takes NaN, Infinity, -Infinity, and raw control characters in strings, too; its only results are positions."""


def clean_text(text: str) -> tuple[str, bool]:
    r"""Return JSON text with U+0000 and lone surrogates as ``\ufffd``, and whether it had any (contract §3)."""
    lost = False

    def rewrite(escape: re.Match[str]) -> str:
        nonlocal lost
        if escape["lost"] is None:
            return escape[0]
        lost = True
        return r"\ufffd"

    return (_ESCAPE.sub(rewrite, text), lost) if "\\u" in text else (text, False)


def nesting(text: str) -> int:
    """Return the deepest nesting of a JSON text, or one over the limit; of an invalid one, that before its error."""
    if "\\" in text:
        text = text.replace("\\\\", "").replace('\\"', "")
    outside = "".join(text.split('"')[::2])
    level = deepest = 0
    for bracket in _BRACKET.finditer(outside):
        if bracket[0] in "[{":
            level += 1
            deepest = max(deepest, level)
            if level > MAX_NESTING:
                break
        else:
            level -= 1
    return deepest


def check_json(text: str) -> None:
    """Raise ValueError, with the position, unless the text is exactly one strict JSON value.

    The parser recurses, so a text that opens more than the legal levels is checked without recursion.
    """
    if nesting(text) > MAX_NESTING:
        _walk(text)
        return
    start = _skip(text, 0)
    _, end = STRICT.raw_decode(text, start)
    if (end := _skip(text, end)) != len(text):
        raise json.JSONDecodeError("Extra data", text, end)


def split_object(text: str, parser: json.JSONDecoder = STRICT) -> list[tuple[str, str]]:
    """Return the members of a JSON object in order, repeated ones included: (name, JSON text of the value as sent).

    The text is valid for the parser and within the legal nesting.
    """
    members = []
    position = _skip(text, _skip(text, 0) + 1)
    while text[position] != "}":
        name, position = parser.raw_decode(text, position)
        start = _skip(text, _skip(text, position) + 1)
        _, position = parser.raw_decode(text, start)
        members.append((name, text[start:position]))
        position = _skip(text, position)
        if text[position] == ",":
            position = _skip(text, position + 1)
    return members


def split_array(text: str, parser: json.JSONDecoder = STRICT) -> list[str]:
    """Return the elements of a JSON array as sent; the text is valid for the parser and within the legal nesting."""
    elements = []
    position = _skip(text, _skip(text, 0) + 1)
    while text[position] != "]":
        start = position
        _, position = parser.raw_decode(text, start)
        elements.append(text[start:position])
        position = _skip(text, position)
        if text[position] == ",":
            position = _skip(text, position + 1)
    return elements


def last_members(members: Sequence[tuple[str, Value]]) -> dict[str, Value]:
    """Return the last of repeated members, in the position of the last (contract §3)."""
    last = dict(members)
    if len(last) == len(members):
        return last
    last = {}
    for name, value in members:
        last.pop(name, None)
        last[name] = value
    return last


def _skip(text: str, position: int) -> int:
    space = _SPACE.match(text, position)
    return space.end() if space else position


# What may come next: a value, a value or the end of an array, a name or the end of an object, a name, ...
_VALUE, _FIRST, _NAME_OR_END, _NAME, _COLON, _AFTER = range(6)


def _walk(text: str) -> None:
    """Check the grammar of a text of any nesting with a stack of its own."""
    stack: list[str] = []
    state, position = _VALUE, 0
    while state != _AFTER or stack:
        token = _TOKEN.match(text, position)
        if token is None:
            raise json.JSONDecodeError("Expecting value", text, _skip(text, position))
        state = _advance(stack, state, token["mark"] or ("s" if token["string"] is not None else "v"))
        if state < 0:
            raise json.JSONDecodeError("Unexpected token", text, token.start())
        position = token.end()
    if _skip(text, position) != len(text):
        raise json.JSONDecodeError("Extra data", text, position)


def _advance(stack: list[str], state: int, part: str) -> int:
    """Return the next state, -1 where the grammar does not allow the part; push and pop the stack."""
    if state in (_VALUE, _FIRST) and part in "sv":
        return _AFTER
    if state in (_VALUE, _FIRST) and part in "[{":
        stack.append(part)
        return _FIRST if part == "[" else _NAME_OR_END
    if state in (_NAME, _NAME_OR_END) and part == "s":
        return _COLON
    if state == _COLON and part == ":":
        return _VALUE
    if stack and state == _AFTER and part == ",":
        return _VALUE if stack[-1] == "[" else _NAME
    ends = {"]": ("[", (_FIRST, _AFTER)), "}": ("{", (_NAME_OR_END, _AFTER))}.get(part)
    if ends and stack and stack[-1] == ends[0] and state in ends[1]:
        stack.pop()
        return _AFTER
    return -1
