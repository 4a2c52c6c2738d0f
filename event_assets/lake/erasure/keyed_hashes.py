"""Keyed hashes of ids: without the key nobody can try whether an id is on a list (contract §13).

Covered by tests/lake/erasure/test_suppression.py.
"""

from __future__ import annotations

from typing import Final

from event_assets.events.secret_key import SecretKey

VARIABLE: Final = "TIDELINE_ERASURE_KEY"


class ErasureKey(SecretKey):
    """The key of the hashes of lists."""

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
