"""A secret key, and hashes that nobody can compute or try without it (contract §13).

Covered by tests/lake/erasure/test_suppression.py and tests/events/masking/test_values.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from typing import Final

LEAST_KEY: Final = 16
"""Characters of the shortest key: a shorter one can be guessed."""
_SIZE: Final = 16


@dataclass(frozen=True)
class SecretKey:
    """The key of hashes; it is never shown."""

    text: str = field(repr=False)

    @cached_property
    def _key(self) -> bytes:
        return blake2b(self.text.encode()).digest()

    def _hash(self, text: str, purpose: bytes) -> str:
        """Return 32 hex digits, others for every key and every purpose."""
        return blake2b(text.encode(), digest_size=_SIZE, key=self._key, person=purpose).hexdigest()
