"""Lines that are no events: those in which a member has a certain text, as control messages have (contract §2)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import compress
from types import MappingProxyType

from event_assets.events.chunk import Block
from event_assets.events.envelope import is_nothing
from event_assets.events.json.members import members_of
from event_assets.events.json.splitter import read_utf8
from event_assets.events.mapping.paths import MappingError

Path = tuple[str, ...]

Members = Mapping[Path, str]


@dataclass(frozen=True)
class Skip:
    """The path of a member of a line, and the texts of it that mark a line without an event."""

    path: Path
    values: tuple[str, ...]

    def marks(self, line: bytes, members: Members = MappingProxyType({})) -> bool:
        """Return whether a line is marked; one that is no JSON object is not.

        `members` are those that the line takes from the key of its file where it has nothing.
        """
        given = members.get(self.path, "") in self.values
        found = read_utf8(line) if given or any(value.encode() in line for value in self.values) else None
        if found is None or members_of(found) is None:
            return False
        for name in self.path:
            inner = members_of(found) if found is not None else None
            found = inner.get(name) if inner is not None else None
        if found is None or is_nothing(found):
            return given
        return found.startswith('"') and json.loads(found) in self.values


def drop_skipped(block: Block, skip: Skip, members: Members = MappingProxyType({})) -> tuple[Block, int]:
    """Return the block without the lines that are marked, and how many they are."""
    kept = [not skip.marks(value, members) for value in block.values]
    if all(kept):
        return block, 0
    left = replace(
        block,
        values=list(compress(block.values, kept)),
        lines=list(compress(block.lines, kept)),
        offsets=list(compress(block.offsets, kept)),
        sent=block.sent and list(compress(block.sent, kept)),
        whole=block.whole and list(compress(block.whole, kept)),
    )
    return left, len(kept) - len(left.values)


def parse_skip(setting: object) -> Skip | None:
    """Return what a configuration skips. Raise MappingError, with a correct form, for what cannot be used."""
    if setting is None:
        return None
    if not isinstance(setting, Mapping) or set(setting) != {"path", "values"}:
        raise MappingError(_wrong(setting))
    path, values = setting["path"], setting["values"]
    path = path.split(".") if isinstance(path, str) else path
    if not _are_texts(path) or not _are_texts(values):
        raise MappingError(_wrong(setting))
    return Skip(tuple(path), tuple(values))


def _are_texts(setting: object) -> bool:
    return isinstance(setting, list) and bool(setting) and all(isinstance(text, str) and text for text in setting)


def _wrong(setting: object) -> str:
    return (
        f"mapping: skip = {setting!r} is not understood; write "
        'skip = {path = "messageType", values = ["CONTROL_MESSAGE"]}, or path as a list where names have dots'
    )
