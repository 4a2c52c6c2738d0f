"""The content of a file in pieces that may be cut anywhere, and the error of one that is not believed (contract §2).

Covered by tests/archive/decoding/test_decompress.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain


class BadFile(Exception):
    """The content of a file is damaged, incomplete or not read here; the message is the reason."""


def peek(pieces: Iterator[bytes], size: int) -> tuple[bytes, Iterator[bytes]]:
    """Return the first `size` bytes, fewer if there are no more, and the whole content."""
    head = b""
    for piece in pieces:
        head += piece
        if len(head) >= size:
            break
    return head[:size], chain((head,) if head else (), pieces)
