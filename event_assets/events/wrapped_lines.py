"""Wrapped lines: a line that is a JSON text of one object becomes that object (contract §2)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import repeat
from typing import Final

from event_assets.events.chunk import Block
from event_assets.events.json.lenient import HOLE
from event_assets.events.json.members import unwrap_text
from event_assets.events.json.splitter import read_utf8
from loaders.formats.strict_json import clean_text

_NONE: Final[frozenset[int]] = frozenset()


@dataclass(frozen=True)
class UnwrappedBlock:
    """A block with objects in the position of the lines that contained them as text.

    `lines` are the indices of these, `lost` of those among them in whose text characters were replaced.
    """

    block: Block
    lines: frozenset[int] = _NONE
    lost: frozenset[int] = _NONE


def unwrap_lines(block: Block) -> UnwrappedBlock:
    """Return the block with the objects of its wrapped lines: `sent` has their bytes, `whole` the lines as sent."""
    if not any(map(bytes.startswith, block.values, repeat(b'"'))):
        return UnwrappedBlock(block)
    found = {n: inner for n, value in enumerate(block.values) if (inner := object_of(value)) is not None}
    if not found:
        return UnwrappedBlock(block)
    every = range(len(block.values))
    sent, whole = block.sent or block.values, block.whole or [None] * len(every)
    lines = {n: whole[n] or block.values[n] for n in found}
    starts = {n: block.offsets[n] - lines[n].find(block.values[n]) for n in found}
    objects = {n: inner for n, (inner, _) in found.items()}
    unwrapped = replace(
        block,
        values=[objects.get(n, block.values[n]) for n in every],
        sent=[objects.get(n, sent[n]) for n in every],
        offsets=[starts[n] + lines[n].find(objects[n]) if n in found else block.offsets[n] for n in every],
        whole=[lines.get(n, whole[n]) for n in every],
    )
    return UnwrappedBlock(unwrapped, frozenset(found), frozenset(n for n, (_, lost) in found.items() if lost))


def object_of(value: bytes) -> tuple[bytes, bool] | None:
    """Return the object inside a line that is a JSON text, and whether characters of the text were replaced."""
    text = read_utf8(value) if value.startswith(b'"') else None
    if text is None or "\0" * HOLE in text:
        return None
    inner = unwrap_text(text)
    return (inner.encode(), "\0" in text or clean_text(text)[1]) if inner.startswith("{") else None
