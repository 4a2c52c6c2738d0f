"""The paths of all rules followed together, key by key: what is masked, and where they go on (contract §13)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from event_assets.events.masking.rules import ANY_KEYS, FIXED, MaskRule, matches

States = frozenset[tuple[int, int]]
"""Where paths go on: the number of a rule, and of its part that the next key has to be."""

_RUN: Final = re.compile(r"[a-z0-9_-]+")
_ESCAPED: Final = r"\\u(?:00(?:2[dD]|3[0-9]|4[1-9a-fA-F]|5[0-9aAfF]|6[1-9a-fA-F]|7[0-9aA])|0130|212[aA])"
"""Escapes of characters that the runs of a path may have."""
ROOT: Final = (-1, -1)
"""Among the states of an event itself, some of whose members are never masked."""
PLAIN_KEY: Final = re.compile(r"[A-Za-z0-9_]+")
"""Keys that are compared as they are: JSON has them in one form, but for escapes."""
_MOST_KEYS: Final = 100_000


@dataclass(frozen=True)
class PathStep:
    """What a key leads to.

    `rule` masks the whole value. Else `states` are where paths go on inside of it; with `named`, one of them has named
    the key, so that a value with nothing inside is not what was expected there.
    """

    rule: int | None = None
    states: States = frozenset()
    named: bool = False

    @property
    def leads(self) -> bool:
        return self.rule is not None or bool(self.states)


@dataclass
class KeysBelow:
    """The keys of objects at one position, as far as they were seen."""

    steps: dict[str, PathStep] = field(default_factory=dict)
    shapes: dict[tuple[str, ...], tuple[str, ...]] = field(default_factory=dict)
    """The leading keys among all keys of an object."""


def other_forms(key: str) -> str:
    """Return the pattern of JSON texts in which a plain key may be a member's name, or begin or end one before a dot,
    in another form than in quotes as it is."""
    any_case = f"(?i:{key.replace('i', '[iİ]').replace('I', '[iİ]')})"
    found = [rf'\.{any_case}["\.]', rf'"{any_case}\.']
    for n, letter in enumerate(key):
        if letter.isalpha():
            others = {letter.swapcase(), *("\u0130" * (letter in "iI")), *("\u212a" * (letter in "kK"))}
            found.append(f'"{key[:n]}[{"".join(sorted(others))}](?i:{key[n + 1 :]})"')
    return "|".join([*found, _ESCAPED])


class Paths:
    """The paths of rules; the first rule that ends at a key masks its value."""

    def __init__(self, rules: Sequence[MaskRule]) -> None:
        self._rules = rules
        self._parts = [rule.parts for rule in rules]
        self._below: dict[States, KeysBelow] = {}
        self.root: States = self._close((number, 0) for number in range(len(rules))) | {ROOT}

    def below(self, states: States) -> KeysBelow:
        """Return what is known of the keys of objects at a position."""
        found = self._below.setdefault(states, KeysBelow())
        if len(found.steps) + len(found.shapes) > _MOST_KEYS:
            found.steps.clear()
            found.shapes.clear()
        return found

    def leading(self, states: States, keys: tuple[str, ...]) -> tuple[str, ...]:
        """Return which keys of an object lead somewhere."""
        known = self.below(states)
        found = known.shapes.get(keys)
        if found is None:
            found = known.shapes[keys] = tuple(key for key in keys if self.step(states, key).leads)
        return found

    def step(self, states: States, key: str) -> PathStep:
        """Return what a key leads to; a dot in a key is one between keys."""
        known = self.below(states)
        if (found := known.steps.get(key)) is None:
            found = known.steps[key] = self._follow(states, key)
        return found

    def split_plain(self, states: States) -> tuple[dict[str, int], States]:
        """Return the rules that end at the next key and name it in full, by the key as it is in the rule; and where the
        others go on."""
        plain: dict[str, int] = {}
        for rule, part in sorted(states - {ROOT}):
            key = self._rules[rule].path.split(".")[part]
            is_last, is_new = part == len(self._parts[rule]) - 1, key.lower() not in map(str.lower, plain)
            if is_last and is_new and PLAIN_KEY.fullmatch(key):
                plain[key] = rule
        return plain, frozenset((rule, part) for rule, part in states if rule not in plain.values())

    def may_lead(self, states: States) -> str | None:
        """Return the pattern of JSON texts in which paths may reach a value from a position; None where any may."""
        runs = {self._run_of(self._parts[rule][part:]) for rule, part in states - {ROOT}}
        return None if None in runs else "|".join([*sorted(str(run) for run in runs), _ESCAPED])

    def _follow(self, states: States, key: str) -> PathStep:
        if ROOT in states and key in FIXED:
            return PathStep()
        states, named = states - {ROOT}, False
        for part in key.lower().split("."):
            reached = set[tuple[int, int]]()
            named = False
            for rule, number in states:
                pattern = self._parts[rule][number]
                if pattern == ANY_KEYS:
                    reached.add((rule, number))
                elif matches(pattern, part):
                    reached.add((rule, number + 1))
                    named |= pattern != "*"
            if ends := [rule for rule, number in reached if number == len(self._parts[rule])]:
                return PathStep(min(ends))
            states = self._close(reached)
        return PathStep(None, states, named)

    def _close(self, states: Iterable[tuple[int, int]]) -> States:
        """Return the positions with those that are reached by no further key."""
        found = set(states)
        for rule, number in list(found):
            while self._parts[rule][number] == ANY_KEYS:
                number += 1
                found.add((rule, number))
        return frozenset(found)

    @staticmethod
    def _run_of(parts: Sequence[str]) -> str | None:
        """Return the pattern of the first key that a path names, without which it has no effect."""
        for part in parts:
            if runs := _RUN.findall(part):
                whole = runs[0] == part
                text = max(runs, key=len).replace("i", "[iİ]")
                return f'(?i:["\\.]{text}["\\.])' if whole else f"(?i:{text})"
            if part not in ("*", ANY_KEYS):
                return None
        return None
