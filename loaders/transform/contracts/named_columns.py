"""The columns that a schema names: a frozen table may gain them (contract §13).

Covered by tests/loaders/transform/contracts/test_contract.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from loaders.transform.placement import BLOCK_COLUMNS, Path, column_of

Schema = Mapping[str, Any]
_UNCLEAR: Final = frozenset({"$ref", "$dynamicRef", "allOf", "anyOf", "oneOf", "if", "patternProperties"})
"""Keywords with which the names of members are not all in `properties`."""


@dataclass(frozen=True)
class NamedColumns:
    """Columns by name, and beginnings of names: of objects whose members a schema does not name."""

    names: frozenset[str]
    prefixes: tuple[str, ...]


def named_columns(event_type: str, schema: Schema, kept: frozenset[str]) -> NamedColumns:
    """Return the columns of the paths that an event's schema names; `kept` are columns that keep their names.

    An object whose members it does not name may have any; so may one that it describes by more than `properties`. A
    schema that does not name `context` leaves it open.
    """
    names, prefixes = set(), set()
    for member, path, is_open in _paths(schema):
        block = BLOCK_COLUMNS.get(member, "kept")
        inner = (member, *path) if block == "kept" else path
        column = column_of(event_type, block, inner, kept) if inner else None
        if column is not None:
            names.add(column)
        if is_open and (column is not None or not inner):
            prefixes.add(f"{column}_" if column else "context_" if block == "context" else "")
    return NamedColumns(frozenset(names), tuple(sorted(prefixes)))


def _paths(schema: Schema) -> Iterator[tuple[str, Path, bool]]:
    """Yield (member of the event, path below it, whether anything may be below) of all that is named."""
    if schema.keys() & _UNCLEAR:
        yield "properties", (), True
    members = schema.get("properties", {})
    if "context" not in members:
        yield "context", (), True
    for member, below in members.items():
        for path, is_open in _below(below, ()):
            yield member, path, is_open


def _below(node: Any, path: Path) -> Iterator[tuple[Path, bool]]:  # noqa: ANN401  any JSON value
    if node is False:
        return
    members = node.get("properties") if isinstance(node, Mapping) else None
    if not isinstance(members, Mapping):
        yield path, _may_be_object(node)
        return
    if node.keys() & _UNCLEAR:
        yield path, True
    for key, below in members.items():
        yield from _below(below, (*path, key))


def _may_be_object(node: Any) -> bool:  # noqa: ANN401  any JSON value
    kinds = node.get("type", "object") if isinstance(node, Mapping) else "object"
    return "object" in (kinds if isinstance(kinds, list) else [kinds])
