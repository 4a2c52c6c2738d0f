"""Which rules of masking may have masked the values of a column, by the column's name and the type of its events.

Covered by tests/health/compare/configured/test_masked.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from event_assets.events.masking.rules import ANY_KEYS, MaskRule, matches
from loaders.transform.placement import MEMBERS, table_kind

_TEXTS: Final = {
    "user_id": ("userId",),
    "anonymous_id": ("anonymousId",),
    "previous_id": ("previousId",),
    "group_id": ("groupId",),
    "name": ("name",),
    "channel": ("channel",),
    "context_request_ip": ("request_ip",),
    "context_ip": ("request_ip",),
}
"""Column -> the texts of the envelope that fill it."""
_FROM_CONTEXT: Final = {"context_ip": "context_ip", "context_passed_ip": "context_ip"}
"""Column -> the name that the value in `context` would have alone."""


VALUE: Final = "x"
"""The path of a column's value."""


@dataclass(frozen=True)
class Reach:
    """A rule that may reach the values of a column.

    `path` is what is left of the rule's, with `x` for the column: `x` reaches the value itself, `x.email` what is in
    it. None if the rule ends above the column: it masks an object as a whole, so that nothing of it is left.
    """

    rule: MaskRule
    path: str | None = VALUE


def find_reaches(rules: Sequence[MaskRule], event_type: str, column: str) -> list[Reach]:
    """Return the rules that may have masked values of a column, in their order."""
    return list(dict.fromkeys(reach for rule in rules for reach in _reaches(rule, event_type, column)))


def _reaches(rule: MaskRule, event_type: str, column: str) -> Iterator[Reach]:
    if any(len(rule.parts) == 1 and matches(rule.parts[0], member) for member in _TEXTS.get(column, ())):
        yield Reach(rule)
    for member, name in _names(event_type, column):
        for rest in _inside(rule.parts, member):
            yield from _match(rule, rest, name)


def _names(event_type: str, column: str) -> Iterator[tuple[str | None, str]]:
    """Yield the members of an event whose values may be in the column, with the column's name below each."""
    for block in table_kind(event_type, home=event_type != "track", own_table=True).blocks:
        member = MEMBERS[block][0] if MEMBERS[block] else None
        if block != "context":
            yield member, column.lstrip("_")
        elif (name := _FROM_CONTEXT.get(column, column)).startswith("context_"):
            yield member, name.removeprefix("context_")


def _inside(parts: tuple[str, ...], member: str | None) -> Iterator[tuple[str, ...]]:
    """Yield the parts of a path that are left inside of a member; of the event itself without one."""
    if member is None or parts[0] == ANY_KEYS:
        yield parts
    if member is not None and matches(parts[0], member):
        yield parts[1:]


def _match(rule: MaskRule, parts: tuple[str, ...], name: str) -> Iterator[Reach]:
    words = name.split("_")
    squeezed = ["".join(words[:number]) for number in range(1, len(words) + 1)]
    for number in range(1, len(parts) + 1):
        pattern = re.compile("".join(map(_pattern, parts[:number])), re.DOTALL)
        ends_here = number == len(parts)
        if pattern.fullmatch(squeezed[-1]):
            yield Reach(rule, _left(parts, number))
        if ends_here and any(map(pattern.fullmatch, squeezed[:-1])):
            yield Reach(rule, None)


def _left(parts: tuple[str, ...], number: int) -> str:
    """Return the path from the key that is the column: where the rule has not named it, `*` or `**` stays."""
    key = parts[number - 1] if parts[number - 1] in {"*", ANY_KEYS} and number < len(parts) else VALUE
    return ".".join((key, *parts[number:]))


def _pattern(part: str) -> str:
    """Return the pattern of a key's words in a name, which has only its ASCII letters and digits."""
    return ".*" if part == ANY_KEYS else ".*".join(re.sub(r"[^a-z0-9]", "", run) for run in part.split("*"))
