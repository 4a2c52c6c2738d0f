"""Members from keys in sampled values, as a load puts them there.

Covered by tests/archive/inspection/keys/test_key_members.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress

from event_assets.archive.decoding.decompress import BadFile
from event_assets.archive.inspection.sample import Sampled
from event_assets.archive.inspection.sniff import cut_values
from event_assets.archive.listing.arrival import Layout
from event_assets.events.chunk import Block
from event_assets.events.mapping.path_members import PathMembers


def put_key_members(key: str, values: list[bytes], layout: Layout) -> list[bytes]:
    """Return the values of a file with the members that parts of its key are by a layout."""
    if not layout.has_members:
        return values
    numbers = range(len(values))
    return PathMembers(layout.read_members).put(Block(key, values, numbers, numbers)).values


def sample_values(samples: Sequence[Sampled], framing: str, layout: Layout) -> Iterator[bytes]:
    """Yield the values of sampled files, none of damaged ones."""
    for sample in samples:
        with suppress(BadFile):
            yield from put_key_members(sample.file.key, cut_values(framing, sample.head), layout)
