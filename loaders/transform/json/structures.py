"""Groups rows of JSON by structure, so that no value changes its kind inside a group."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final, TypeAlias

import polars as pl
import pyarrow as pa

Structure: TypeAlias = "str | list[Structure] | dict[str, Structure]"
_MOST_GROUPS: Final = 8
_MOST_STRUCTURES: Final = 1_000
_NUMBERS: Final = frozenset({"UBIGINT", "BIGINT", "HUGEINT", "UHUGEINT", "DOUBLE"})
_MIXED: Final = '"JSON"'
"""DuckDB's structure of an array with values of several kinds; no column can hold it."""


def alike(texts: pa.Array, rows: Sequence[int], *, widest: int) -> tuple[list[list[int]], set[int]]:
    """Return these rows in groups that can be read together, in order, and the rows that belong to no group.

    The commonest structures come first; a structure joins the first group that it does not contradict and that has
    no more than ``widest`` members with it. Beyond 8 groups or 1,000 structures, rows belong to no group.
    """
    import duckdb  # only values of several structures need it: a new process of anything else would wait for it

    table = pa.table({"text": texts.take(pa.array(rows))})
    with duckdb.connect(":memory:", config={"threads": 1}) as engine:
        found = engine.from_arrow(table).project("json_structure(text) AS structure").to_arrow_table()
    structures = pl.DataFrame(pl.from_arrow(found)).with_columns(pl.Series("row", rows))
    grouped = structures.group_by("structure").agg("row", pl.len().alias("rows"), pl.col("row").min().alias("first"))
    ordered = grouped.sort(["rows", "first"], descending=[True, False])
    shapes: list[Structure] = []
    groups: list[list[int]] = []
    rest: set[int] = set()
    for number, (structure, members) in enumerate(ordered.select("structure", "row").iter_rows()):
        excluded = structure is None or _MIXED in structure or number >= _MOST_STRUCTURES
        group = None if excluded else _join(shapes, json.loads(structure), widest)
        if group is None:
            rest.update(members)
        elif group == len(groups):
            groups.append(list(members))
        else:
            groups[group].extend(members)
    return [sorted(group) for group in groups], rest


def _join(shapes: list[Structure], structure: Structure, widest: int) -> int | None:
    for number, shape in enumerate(shapes):
        merged = _merge(shape, structure)
        if merged is not None and _count_members(merged) <= widest:
            shapes[number] = merged
            return number
    if len(shapes) == _MOST_GROUPS or _count_members(structure) > widest:
        return None
    shapes.append(structure)
    return len(shapes) - 1


def _count_members(structure: Structure) -> int:
    return sum(map(_count_members, structure.values())) if isinstance(structure, dict) else 1


def _merge(one: Structure, other: Structure) -> Structure | None:
    """Return the structure that covers both, or None if they contradict each other."""
    if one == "NULL" or one == other:
        return other
    if other == "NULL":
        return one
    if isinstance(one, str) and isinstance(other, str):
        return "DOUBLE" if one in _NUMBERS and other in _NUMBERS else None
    if isinstance(one, list) and isinstance(other, list):
        merged = _merge(one[0], other[0]) if one and other else (one or other)[0]
        return None if merged is None else [merged]
    if isinstance(one, dict) and isinstance(other, dict):
        members = dict(one)
        for key, value in other.items():
            joined = _merge(members[key], value) if key in members else value
            if joined is None:
                return None
            members[key] = joined
        return members
    return None
