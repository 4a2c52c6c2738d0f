"""Which column a value of an event belongs to, told by its type, block and path alone (contract §5, Flattening)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

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
"""Block -> where it hangs in the event. In the order in which blocks win a column from each other."""

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
    """What the rows of one table are made of."""

    type: str
    home: bool
    """The table that has a row for each event of the type; else a track event's own table."""
    blocks: tuple[Block, ...]
    """The blocks that become columns, the ones that win first."""
    rescued_blocks: tuple[Block, ...]
    """The blocks whose values have no place in any table and are rescued in this one."""


@lru_cache(maxsize=64)
def table_kind(event_type: str, *, home: bool, own_table: bool) -> TableKind:
    """The make-up of a table; ``own_table`` tells whether a track has a table of its event's own beside ``tracks``."""
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
    """Envelope texts that a type has no column for: lake column -> member of the event."""
    return {column: member for column, member in _TEXT_MEMBERS.items() if column != _TEXT_PLACES.get(event_type)}


@lru_cache(maxsize=262_144)
def place(event_type: str, block: Block, path: Path) -> str | None:
    """The column of a value at this path below its block; None when it has none and is rescued.

    ``context.ip`` and a page's ``properties.name`` feed standard columns as well; their callers know.
    """
    if not all(map(has_name, path)):
        return None
    fixed = fixed_columns(event_type)
    if block == "context":
        column = name("_".join(("context", *path)))
        return None if column in fixed else column
    column = name("_".join(path))
    while column in fixed:
        column = f"_{column}"
    return column


def feeds_ip(block: Block, path: Path) -> bool:
    """Whether this is ``context.ip``, which is the standard columns context_ip and context_passed_ip."""
    return block == "context" and path == ("ip",)


def feeds_name(event_type: str, block: Block, path: Path) -> bool:
    """Whether this is the ``properties.name`` of a page or screen, its name where it has none of its own."""
    return block == "properties" and path == ("name",) and event_type in {"page", "screen"}
