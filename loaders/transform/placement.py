"""The column of a value, by its event's type, its block and its path alone (contract §5, Flattening)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from loaders.transform.kept_names import former_name
from loaders.transform.names import has_name, name
from loaders.transform.standard_columns import fixed_columns

Block = Literal["context", "kept", "properties", "traits", "user_properties"]
Path = tuple[str, ...]

MEMBERS: Final[dict[Block, Path]] = {
    "context": ("context",),
    "kept": (),
    "properties": ("properties",),
    "traits": ("traits",),
    "user_properties": ("userProperties",),
}
"""Block -> its path in the event. In order of precedence for a column."""
BLOCK_COLUMNS: Final[dict[str, Block]] = {path[0]: block for block, path in MEMBERS.items() if path}
"""Member of the event that is an object -> its block, and the column of the lake that has its JSON text."""

_OWN_BLOCKS: Final[dict[str, tuple[Block, ...]]] = {
    "track": ("properties", "user_properties"),
    "identify": ("traits", "user_properties"),
    "page": ("properties",),
    "screen": ("properties",),
    "group": ("traits",),
    "alias": ("traits",),
}
_TEXT_MEMBERS: Final[dict[str, str]] = {
    "event": "event",
    "name": "name",
    "group_id": "groupId",
    "previous_id": "previousId",
}
_TEXT_PLACES: Final[dict[str, str]] = {
    "track": "event",
    "page": "name",
    "screen": "name",
    "group": "group_id",
    "alias": "previous_id",
}


@dataclass(frozen=True, slots=True)
class TableKind:
    """The composition of a table's rows."""

    type: str
    home: bool
    """Whether it is the home table of the type; else it is an event table of tracks."""
    blocks: tuple[Block, ...]
    """The blocks that become columns, in order of precedence."""
    rescued_blocks: tuple[Block, ...]
    """The blocks whose values have no column in any table; they are rescued in this one."""


@lru_cache(maxsize=64)
def table_kind(event_type: str, *, home: bool, own_table: bool) -> TableKind:
    """Return the composition of a table; ``own_table`` is whether a track also has a row in an event table."""
    own = _OWN_BLOCKS[event_type]
    homeless: tuple[Block, ...] = tuple(
        block for block in MEMBERS if block not in {"context", "kept"} and block not in own
    )
    if event_type != "track":
        return TableKind(event_type, home=True, blocks=("context", "kept", *own), rescued_blocks=homeless)
    if not home:
        return TableKind(event_type, home=False, blocks=("context", "kept", *own), rescued_blocks=())
    return TableKind(
        event_type, home=True, blocks=("context", "kept"), rescued_blocks=homeless if own_table else (*own, *homeless)
    )


def homeless_texts(event_type: str) -> dict[str, str]:
    """Return the envelope texts that a type has no column for: lake column -> member of the event."""
    return {column: member for column, member in _TEXT_MEMBERS.items() if column != _TEXT_PLACES.get(event_type)}


@lru_cache(maxsize=262_144)
def column_of(event_type: str, block: Block, path: Path, kept: frozenset[str] = frozenset()) -> str | None:
    """Return the column of a value at this path below its block; None if it has none and is rescued.

    A column in ``kept`` has the name that version 0.1 gave, and goes on to receive its values.
    ``context.ip`` and a page's ``properties.name`` fill standard columns, too: see `feeds_ip` and `feeds_name`.
    """
    if not all(map(has_name, path)):
        return None
    fixed = fixed_columns(event_type)
    joined = "_".join(("context", *path) if block == "context" else path)
    if kept and (former := former_name(joined)) in kept:
        return former
    column = name(joined)
    if block == "context":
        return None if column in fixed else column
    while column in fixed:
        column = f"_{column}"
    return column


def feeds_ip(block: Block, path: Path) -> bool:
    """Return whether this is ``context.ip``, which fills the standard columns context_ip and context_passed_ip."""
    return block == "context" and path == ("ip",)


def feeds_name(event_type: str, block: Block, path: Path) -> bool:
    """Return whether this is the ``properties.name`` of a page or screen, used if it has no top-level name."""
    return block == "properties" and path == ("name",) and event_type in {"page", "screen"}
