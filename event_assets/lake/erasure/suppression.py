"""The suppression list of a source: whom every later read of the archive leaves out (contract §13).

`<lake>/<source>/erasures/<token>.json` is the list of one erasure, published before anything is removed and never
changed; the token is the hash of its content, so the same erasure twice is one file. The list of a source is the union
of its files, whatever their order. `<token>.done` beside it exists once everything else is erased, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

import msgspec
import xxhash

from event_assets.events.masking.frames import person_forms
from event_assets.events.masking.rules import NO_MASKING, Masking
from event_assets.events.secret_key import LEAST_KEY
from event_assets.lake.erasure.keyed_hashes import VARIABLE, ErasureKey
from event_assets.lake.errors import UnusableLake
from event_assets.lake.paths import checked_name
from event_assets.lake.store import Lake

_FORMAT: Final = 1


@dataclass(frozen=True)
class ErasureList:
    """The keyed hashes of one erasure, sorted; `check` is that of their key."""

    check: str
    persons: tuple[str, ...]
    events: tuple[str, ...]
    format: int = _FORMAT

    @property
    def token(self) -> str:
        """The name of the list: the hash of its content."""
        return xxhash.xxh3_128_hexdigest(self.encode())

    def encode(self) -> bytes:
        """Return the list as JSON, the same bytes for the same hashes."""
        return msgspec.json.encode(self)


@dataclass(frozen=True)
class Suppression:
    """The hashes of all erasures of a source; `tokens` are sorted."""

    key: ErasureKey | None = None
    persons: frozenset[str] = frozenset()
    events: frozenset[str] = frozenset()
    tokens: tuple[str, ...] = ()
    masking: Masking = NO_MASKING
    """What of an id lake and tables have: an id that was found masked is on a list as such."""

    @classmethod
    def of(cls, key: ErasureKey, lists: Sequence[ErasureList], masking: Masking = NO_MASKING) -> Suppression:
        """Return the union of lists that were made with this key."""
        return cls(
            key,
            frozenset(person for found in lists for person in found.persons),
            frozenset(event for found in lists for event in found.events),
            tuple(sorted(found.token for found in lists)),
            masking,
        )

    def __bool__(self) -> bool:
        """Return whether anything is left out."""
        return bool(self.tokens)

    def persons_among(self, ids: Iterable[str]) -> list[str]:
        """Return those of the ids that are erased persons'."""
        if self.key is None or not self.persons:
            return []
        if not self.masking:
            return [id for id in ids if self.key.hash_person(id) in self.persons]
        hash_person, persons, masking = self.key.hash_person, self.persons, self.masking
        return [id for id in ids if any(hash_person(form) in persons for form in person_forms(id, masking))]

    def events_among(self, ids: Iterable[str]) -> list[str]:
        """Return those of the event ids that are erased."""
        if self.key is None or not self.events:
            return []
        return [id for id in ids if self.key.hash_event(id) in self.events]


NOBODY: Final = Suppression()


def make_list(key: ErasureKey, *, persons: Iterable[str], events: Iterable[str]) -> ErasureList:
    """Return the list of an erasure of these ids, each as the lake stores it."""
    return ErasureList(
        key.check,
        tuple(sorted({key.hash_person(id) for id in persons})),
        tuple(sorted({key.hash_event(id) for id in events})),
    )


def read_key(text: str | None) -> ErasureKey:
    """Return the key of the environment. Raises UnusableLake where it is missing or too short."""
    if not text:
        raise UnusableLake(f"{VARIABLE} is not set: set it to the key of the erasures (a long random text, kept safe)")
    if len(text) < LEAST_KEY:
        raise UnusableLake(f"{VARIABLE} is too short: use at least {LEAST_KEY} characters, `openssl rand -hex 32`")
    return ErasureKey(text)


def list_tokens(lake: Lake, source_name: str) -> tuple[str, ...]:
    """Return the names of the source's lists, sorted."""
    return _stems(lake.list_folder(_folder(source_name)), ".json")


def pending_tokens(lake: Lake, source_name: str) -> tuple[str, ...]:
    """Return the lists whose erasure has not reached its end."""
    names = lake.list_folder(_folder(source_name))
    done = _stems(names, ".done")
    return tuple(token for token in _stems(names, ".json") if token not in done)


def read_suppression(lake: Lake, source_name: str, key: str | None, masking: Masking = NO_MASKING) -> Suppression:
    """Return the suppression list of a source; of a source without erasures no key is needed.

    Raises UnusableLake where the key is missing or is not the one that the lists were made with.
    """
    tokens = list_tokens(lake, source_name)
    if not tokens:
        return NOBODY
    erasure_key = read_key(key)
    lists = read_lists(lake, source_name, tokens)
    for found in lists:
        check_key(found, erasure_key)
    return Suppression.of(erasure_key, lists, masking)


def check_key(found: ErasureList, key: ErasureKey) -> None:
    """Raise UnusableLake if a list was made with another key."""
    if found.check != key.check:
        raise UnusableLake(
            f"{VARIABLE} is not the key that persons were erased with: set that one, or they would come back"
        )


_KNOWN: Final[dict[str, ErasureList]] = {}
"""Lists that this process has read, by token: the content of a name never changes."""


def read_lists(lake: Lake, source_name: str, tokens: Iterable[str]) -> list[ErasureList]:
    """Return lists by their names. Raises UnusableLake where one is damaged: nothing may be written without it."""
    return [_KNOWN.get(token) or _KNOWN.setdefault(token, _read_list(lake, source_name, token)) for token in tokens]


def _read_list(lake: Lake, source_name: str, token: str) -> ErasureList:
    path = list_path(source_name, token)
    found = decode_list(token, lake.read_bytes(path) or b"")
    if found is None:
        raise UnusableLake(
            f"the lake's list {path} of erased persons is damaged: restore it from a copy, or remove it and run"
            " `tideline load` (the warehouse has a copy)"
        )
    return found


def decode_list(token: str, content: bytes) -> ErasureList | None:
    """Return the list of a name by its content; None where that is damaged."""
    try:
        found = msgspec.json.decode(content, type=ErasureList)
    except msgspec.DecodeError:
        return None
    return found if xxhash.xxh3_128_hexdigest(content) == token else None


def publish_list(lake: Lake, source_name: str, erased: ErasureList) -> None:
    """Write a list; from now on every hour that is written leaves its events out."""
    lake.publish_bytes(erased.encode(), list_path(source_name, erased.token))


def mark_done(lake: Lake, source_name: str, token: str) -> None:
    """Record that an erasure has reached its end."""
    lake.publish_bytes(b"", f"{_folder(source_name)}/{token}.done")


def mark_pending(lake: Lake, source_name: str, token: str) -> None:
    """Forget that an erasure has reached its end: it is run again."""
    lake.remove(f"{_folder(source_name)}/{token}.done")


def list_path(source_name: str, token: str) -> str:
    """Return the path of a list, below the lake."""
    return f"{_folder(source_name)}/{token}.json"


def _stems(names: Iterable[str], suffix: str) -> tuple[str, ...]:
    return tuple(sorted(PurePosixPath(name).stem for name in names if name.endswith(suffix)))


def _folder(source_name: str) -> str:
    return f"{checked_name(source_name)}/erasures"
