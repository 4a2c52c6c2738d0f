"""Values that were read before: proofs scan an archive, then read its winners, then those of each hour alone.

Covered by tests/independent/test_reader.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import wraps
from typing import Final, TypeVar

from tests.independent.batches import Opened

Read = TypeVar("Read")
Reader = Callable[[bytes | Opened, datetime, Mapping[str, object] | None], Read]

MOST: Final = 12_000
"""Values in memory; with one more, all are forgotten."""
LONGEST: Final = 1 << 14
"""Bytes of a value that is kept in memory."""


def remembered(read: Reader[Read]) -> Callable[..., Read]:
    """Read a value once for an hour and a mapping; nobody changes what was read.

    A value that takes members from its line, or from the key of its file, is read every time.
    """
    known: dict[object, Read] = {}

    @wraps(read)
    def read_once(sent: bytes | Opened, hour: datetime, mapping: Mapping[str, object] | None = None) -> Read:
        opened = sent if isinstance(sent, Opened) else Opened(sent, {})
        if opened.given or opened.parts or len(opened.data) + len(opened.line) > LONGEST:
            return read(opened, hour, mapping)
        key = (opened.data, opened.sent_anew, opened.read, opened.line, hour, repr(mapping))
        if key not in known:
            if len(known) >= MOST:
                known.clear()
            known[key] = read(opened, hour, mapping)
        return known[key]

    return read_once
