"""Keyed hashes of ids: without the key nobody can try whether an id is on a list (contract §13).

Covered by tests/lake/erasure/test_suppression.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from typing import Final

VARIABLE: Final = "TIDELINE_ERASURE_KEY"
LEAST_KEY: Final = 16
"""Characters of the shortest key: a shorter one can be guessed."""
_SIZE: Final = 16


@dataclass(frozen=True)
class ErasureKey:
    """The key of the hashes; it is never shown."""

    text: str = field(repr=False)

    @cached_property
    def _key(self) -> bytes:
        return blake2b(self.text.encode()).digest()

    @property
    def check(self) -> str:
        """A value that differs for every key, and from which the key cannot be computed."""
        return self._hash("", b"tideline-check")

    def hash_person(self, id: str) -> str:
        """Return the hash of a user id, an anonymous id or a previous id."""
        return self._hash(id, b"tideline-person")

    def hash_event(self, id: str) -> str:
        """Return the hash of an event's id."""
        return self._hash(id, b"tideline-event")

    def _hash(self, text: str, purpose: bytes) -> str:
        return blake2b(text.encode(), digest_size=_SIZE, key=self._key, person=purpose).hexdigest()
