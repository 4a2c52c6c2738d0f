"""Rules of masking: which values they reach, what becomes of them, and where (contract §13).

Covered by tests/events/masking/test_paths.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Final, Literal, get_args

from event_assets.events.envelope import COLUMNS, OBJECTS
from event_assets.events.secret_key import LEAST_KEY, SecretKey

How = Literal["drop", "null", "hash", "truncate", "last4", "domain"]
At = Literal["load", "lake"]
HOWS: Final[tuple[str, ...]] = get_args(How)
ATS: Final[tuple[str, ...]] = get_args(At)

VARIABLE: Final = "TIDELINE_MASKING_KEY"

ANY_KEYS: Final = "**"
"""A part of a path that is any number of keys, or none."""
PERSONS: Final = ("userId", "anonymousId", "previousId")
"""Members that name a person: shortened ones would make one person of several."""
OF_PERSONS: Final = frozenset({"drop", "null", "hash"})
TEXTS: Final = (*PERSONS, "groupId", "name", "channel", "request_ip")
"""Members of the envelope that are a text and may be masked: the others decide which event it is, and when it was."""
FIXED: Final = tuple(member for member in COLUMNS if member not in (*TEXTS, *OBJECTS))
"""Members of the envelope that are never masked."""


class MaskingError(ValueError):
    """A rule that cannot be used; the message names the change."""


class MaskingKey(SecretKey):
    """The key of `hash`."""

    @property
    def check(self) -> str:
        """A value that differs for every key, and from which the key cannot be computed."""
        return self._hash("", b"mask-key-check")

    def hash(self, text: str) -> str:
        """Return the hash of a text: 32 hex digits, the same wherever the text is."""
        return self._hash(text, b"tideline-mask")


@dataclass(frozen=True)
class MaskRule:
    """Values at a path, what becomes of them, and whether it is before the lake or only before the warehouse."""

    path: str
    how: How
    at: At = "load"

    @cached_property
    def parts(self) -> tuple[str, ...]:
        """The keys of the path in lower case; `*` in one is any text."""
        return tuple(self.path.lower().split("."))

    def check(self, kept: Iterable[str] = ()) -> None:
        """Raise MaskingError where the path reaches nothing, or what no rule may change; `kept` are further members."""
        if not all(self.parts) or self.parts[-1] == ANY_KEYS:
            raise MaskingError(f"mask path {self.path!r} must be keys with dots between them, and end with a key.")
        first, texts = self.parts[0], (*TEXTS, *kept)
        if fixed := [member for member in FIXED if member.lower() == first]:
            raise MaskingError(
                f"mask path {self.path!r}: {fixed[0]} cannot be masked, it decides which event it is or when it was."
            )
        if first != ANY_KEYS and not any(matches(first, member) for member in (*OBJECTS, *texts)):
            raise MaskingError(
                f"mask path {self.path!r} must begin with one of {', '.join((*OBJECTS, *texts))}, as members are called"
                " after the mapping."
            )
        if len(self.parts) > 1 and any(first == member.lower() for member in TEXTS):
            raise MaskingError(f"mask path {self.path!r}: {self.parts[0]} is a text, there is nothing below it.")
        if persons := [name for name in PERSONS if self._reaches(name) and self.how not in OF_PERSONS]:
            raise MaskingError(
                f"mask path {self.path!r}: {persons[0]} can be masked by hash, null or drop;"
                f" {self.how} would make one person of several."
            )

    def _reaches(self, member: str) -> bool:
        own = [part for part in self.parts if part != ANY_KEYS]
        return len(own) == 1 and matches(own[0], member)


@dataclass(frozen=True)
class Masking:
    """The rules of a source, in the order of the file, and the key of `hash`: of several for one value, the first is
    used."""

    rules: tuple[MaskRule, ...] = ()
    key: MaskingKey | None = field(default=None, repr=False)

    def __bool__(self) -> bool:
        return bool(self.rules)

    def before(self, at: At) -> Masking:
        """Return the rules that apply before rows reach the lake, or before they reach the warehouse."""
        return replace(self, rules=tuple(rule for rule in self.rules if rule.at == at))

    def without(self, tokens: Iterable[str]) -> Masking:
        """Return the rules that are not among those of the tokens: rows that had those already are not masked again."""
        known = set(tokens)
        return replace(self, rules=tuple(rule for rule in self.rules if self._token(rule) not in known))

    @property
    def tokens(self) -> tuple[str, ...]:
        """What each rule does to a value, for comparisons; the key of `hash` by its check."""
        return tuple(map(self._token, self.rules))

    def _token(self, rule: MaskRule) -> str:
        check = f" {self.key.check}" if rule.how == "hash" and self.key else ""
        return f"{rule.how} {rule.path}{check}"


NO_MASKING: Final = Masking()


def read_masking_key(text: str | None) -> MaskingKey:
    """Return the key of the environment. Raises MaskingError where it is missing or too short."""
    if not text:
        raise MaskingError(
            f'how = "hash" needs a key: set {VARIABLE} to a long random text, such as that of `openssl rand -hex 32`.'
        )
    if len(text) < LEAST_KEY:
        raise MaskingError(f"{VARIABLE} is too short: use at least {LEAST_KEY} characters, `openssl rand -hex 32`.")
    return MaskingKey(text)


def matches(pattern: str, key: str) -> bool:
    """Return whether a key, in any case, is one of a part of a path."""
    return _compile(pattern.lower()).fullmatch(key.lower()) is not None


@lru_cache(maxsize=1024)
def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, pattern.split("*"))), re.DOTALL)
