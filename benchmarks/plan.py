"""Which tables and columns an archive makes: what somebody who writes the job by hand knows beforehand, never timed.

They are Tideline's own for a sample of the archive, so that every job makes the same tables.
"""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple

import duckdb

from benchmarks.data import SLICE, Archive, prepare_archive
from benchmarks.jobs.place import settle
from benchmarks.jobs.whole import load_all
from loaders.transform.standard_columns import HOME_TABLES, standard_columns

FILE: Final = "plan.json"
BLOCKS: Final = ("properties", "traits", "userProperties")


class Planned(NamedTuple):
    """A column that events bring: its name, its type as DuckDB calls it, and the path of its value."""

    name: str
    type: str
    path: tuple[str, ...]


Plan = dict[str, list[Planned]]
"""Table -> its columns beyond the standard ones and ours."""

Nested = dict[str, "Nested | str"]
"""The columns of a block as they are nested in it, with their types."""


def write_plan(archive: Archive, sample: int = SLICE) -> None:
    """Put the plan into the archive's folder, unless it is there."""
    target = archive.folder / FILE
    if target.exists():
        return
    some = archive if archive.events <= sample else prepare_archive(archive.kind, sample, folder=archive.folder.parent)
    with TemporaryDirectory(prefix="tideline-bench-") as folder:
        load_all(settle(some.folder, Path(folder)))
        with duckdb.connect(str(Path(folder) / "warehouse.duckdb"), read_only=True) as connection:
            found = connection.execute(
                """SELECT c.table_name, c.column_name, c.data_type, t.path FROM duckdb_columns() AS c
                LEFT JOIN tideline.columns AS t ON t.table_name = c.table_name AND t.column_name = c.column_name
                WHERE c.schema_name = 'events' AND c.table_name <> 'users' ORDER BY c.table_name, c.column_index"""
            ).fetchall()
    plan: dict[str, list[tuple[str, str, list[str]]]] = {table: [] for table, *_ in found}
    for table, name, kind, path in found:
        if path is not None and name not in standard_columns(type_of(table)):
            plan[table].append((name, _plain_type(kind), path.split(".")))
    target.write_text(json.dumps(plan))


def read_plan(archive: Path) -> Plan:
    """The plan that `write_plan` has left."""
    found: dict[str, list[Any]] = json.loads((archive / FILE).read_text())
    return {
        table: [Planned(name, kind, tuple(path)) for name, kind, path in columns] for table, columns in found.items()
    }


def type_of(table: str) -> str:
    """The event type whose rows a table has."""
    return {home: kind for kind, home in HOME_TABLES.items()}.get(table, "track")


def nest(columns: list[Planned], block: str) -> Nested:
    """The columns of one block, nested; of a path that is value and object, the object."""
    nested: Nested = {}
    for column in columns:
        if column.path[0] != block:
            continue
        place = nested
        for key in column.path[1:-1]:
            inner = place.get(key)
            if not isinstance(inner, dict):
                inner = place[key] = {}
            place = inner
        if not isinstance(place.get(column.path[-1]), dict):
            place[column.path[-1]] = column.type
    return nested


def _plain_type(kind: str) -> str:
    return "TIMESTAMPTZ" if kind.startswith("TIMESTAMP") else kind
