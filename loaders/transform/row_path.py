"""The exact path: flattens one event, value by value. The column path must give the same rows (contract §5).

Covered by tests/loaders/transform/test_fast_equals_exact.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from loaders.formats.json_values import Json, is_empty, read
from loaders.transform.convert_value import text
from loaders.transform.names import has_name
from loaders.transform.placement import MEMBERS, Block, Path, TableKind, column_of, feeds_ip, feeds_name, homeless_texts
from loaders.transform.standard_columns import OURS, standard_columns

OWN_TABLE_MEMBERS = frozenset({"properties", "userProperties"})
"""Members that are columns of a track's event table, but not of ``tracks``."""
HOME_MEMBERS = frozenset({"name", "groupId", "previousId", "traits"})
"""Members that a track's event table has no column for; it has all others, those included that a source keeps."""


@dataclass(slots=True)
class Event:
    """An event's row of the lake with its JSON texts read."""

    row: Mapping[str, object]
    trees: dict[Block, dict[str, Json]]
    rescued: dict[str, Json]

    @classmethod
    def of(cls, row: Mapping[str, object]) -> Event:
        """Read the JSON texts of a row of the lake."""
        trees = {block: tree for block in MEMBERS if (tree := read_object(row[block]))}
        return cls(row, trees, read_object(row["rescued"]))


def read_object(text: object) -> dict[str, Json]:
    """Return the object of a JSON text of the lake; an empty one if there is none."""
    tree = read(str(text)) if text is not None else None
    return tree if isinstance(tree, dict) else {}


@dataclass(slots=True)
class Cell:
    """A value assigned to a column."""

    path: Path
    """Path from the event's root."""
    value: Json


@dataclass(slots=True)
class Flat:
    """One row of one table, before types: cells by column, rescued values, and values for standard columns."""

    cells: dict[str, Cell] = field(default_factory=dict)
    rescued: list[tuple[Path, Json]] = field(default_factory=list)
    ip: str | None = None
    name: str | None = None


def leaves(tree: dict[str, Json], path: Path = ()) -> list[tuple[Path, Json]]:
    """Return the scalars and arrays below an object with their paths, in the line's order; empty values left out."""
    found: list[tuple[Path, Json]] = []
    _collect(tree, path, found)
    return found


def _collect(tree: dict[str, Json], path: Path, found: list[tuple[Path, Json]]) -> None:
    for key, value in tree.items():
        if isinstance(value, dict):
            _collect(value, (*path, key), found)
        elif not is_empty(value):
            found.append(((*path, key), value))


def flatten(
    event: Event,
    kind: TableKind,
    *,
    values: int,
    admit: Callable[[str, Path], bool],
    kept: frozenset[str] = frozenset(),
) -> Flat:
    """Return the row of an event in a table of this kind.

    ``values`` is the most a row may hold, standard columns and ours included; ``admit`` returns whether a column
    exists or may be added; ``kept`` are columns that keep a name that version 0.1 gave.
    """
    flat = Flat()
    flat.rescued += _homeless(event, kind)
    flat.rescued += envelope_rescue(event.rescued, kind)
    for block in kind.rescued_blocks:
        flat.rescued.extend((MEMBERS[block] + path, value) for path, value in leaves(event.trees.get(block, {})))
    candidates: dict[str, Cell] = {}
    for block in kind.blocks:
        for column, cell in _claims(event, kind, block, flat, kept).items():
            if column in candidates:
                flat.rescued.append((cell.path, cell.value))
            else:
                candidates[column] = cell
    allowed = values - _standard_values(event, kind, flat)
    for column, cell in candidates.items():
        if len(flat.cells) < allowed and admit(column, cell.path):
            flat.cells[column] = cell
        else:
            flat.rescued.append((cell.path, cell.value))
    return flat


def _claims(event: Event, kind: TableKind, block: Block, flat: Flat, kept: frozenset[str]) -> dict[str, Cell]:
    """Return the values of a block by column, in the line's order: within a block the last value wins."""
    claims: dict[str, Cell] = {}
    unnamed = event.row["name"] is None
    for path, value in leaves(event.trees.get(block, {})):
        column = column_of(kind.type, block, path, kept)
        if column is None and feeds_ip(block, path) and not isinstance(value, list):
            flat.ip = text(value)
        elif unnamed and feeds_name(kind.type, block, path) and not isinstance(value, list):
            flat.name = text(value)
        elif column is None:
            flat.rescued.append((MEMBERS[block] + path, value))
        else:
            if column in claims:
                earlier = claims.pop(column)
                flat.rescued.append((earlier.path, earlier.value))
            claims[column] = Cell(MEMBERS[block] + path, value)
    return claims


def _standard_values(event: Event, kind: TableKind, flat: Flat) -> int:
    """Return the number of values in the row's standard columns and ours."""
    given: dict[str, object] = {
        "name": event.row["name"] or flat.name,
        "event_text": event.row["event"],
        "event": has_name(str(event.row["event"] or "")) or None,
        "context_ip": flat.ip or event.row["request_ip"],
        "context_request_ip": event.row["request_ip"],
        "context_passed_ip": flat.ip,
    }
    standard = standard_columns(kind.type)
    return len(OURS) + sum(given.get(column, event.row.get(column)) is not None for column in standard)


def _homeless(event: Event, kind: TableKind) -> list[tuple[Path, Json]]:
    """Return the envelope's texts that the type has no column for; they are rescued in the home table."""
    texts = homeless_texts(kind.type) if kind.home else {}
    return [
        ((member,), str(event.row[column]))
        for column, member in texts.items()
        if event.row[column] is not None and member not in event.rescued
    ]


def envelope_rescue(rescued: Mapping[str, Json], kind: TableKind) -> list[tuple[Path, Json]]:
    """Return the values that the envelope could not hold, limited to those that the table has columns for."""
    in_home = kind.type != "track" or "properties" in kind.rescued_blocks
    left_out = HOME_MEMBERS if not kind.home else frozenset() if in_home else OWN_TABLE_MEMBERS
    return [
        found for member, value in rescued.items() if member not in left_out for found in _paths_below((member,), value)
    ]


def _paths_below(path: Path, value: Json) -> list[tuple[Path, Json]]:
    """Return the value, or the values that were taken out of an object."""
    return [(path + below, leaf) for below, leaf in leaves(value)] if isinstance(value, dict) else [(path, value)]


def shape(rescued: list[tuple[Path, Json]]) -> dict[str, Json]:
    """Return the rescued values as one object of the shape of the event, from its root."""
    root: dict[str, Json] = {}
    for path, value in rescued:
        parent = root
        for key in path[:-1]:
            below = parent.setdefault(key, {})
            if not isinstance(below, dict):
                break
            parent = below
        else:
            parent[path[-1]] = value
    return root
