"""The rescued values of a row by the column that each would have had.

Covered by tests/health/compare/test_rules.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from loaders.formats.json_values import Json, read
from loaders.transform.names import name
from loaders.transform.placement import MEMBERS, Block, column_of

_BLOCKS: Final[dict[str, Block]] = {path[0]: block for block, path in MEMBERS.items() if path}
_COLUMNS: Final = {"messageId": "id", "request_ip": "context_request_ip"}
"""Members of the envelope whose columns have another name."""


def rescued_columns(text: str | None, event_type: str) -> dict[str, list[Json]]:
    """Return column -> rescued values, as sent; values without a name are left out."""
    found: dict[str, list[Json]] = {}
    tree = read(text) if text else None
    if not isinstance(tree, dict):
        return found
    for member, value in tree.items():
        for path, leaf in _leaves(value, ()):
            block = _BLOCKS.get(member)
            if block is None:
                column = _COLUMNS.get(member) or name("_".join((member, *path)))
            else:
                prefix = ("context",) if block == "context" else ()
                column = column_of(event_type, block, path) or name("_".join((*prefix, *path)))
            found.setdefault(column, []).append(leaf)
    return found


def _leaves(value: Json, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Json]]:
    if isinstance(value, dict):
        for key, member in value.items():
            yield from _leaves(member, (*path, key))
    else:
        yield path, value
