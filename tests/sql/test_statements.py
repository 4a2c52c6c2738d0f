"""The statements of `sql/`: their overrides with the reasons, and that code and files agree (`sql/__init__.py`)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

import pytest

import loaders
import sql

SQL: Final = Path(sql.__file__).parent
LOADERS: Final = Path(loaders.__file__).parent
DIALECTS: Final = {
    "duckdb/ducklake": "DuckLake",
    "duckdb/iceberg": "Iceberg",
    "duckdb": "DuckDB",
    "postgresql": "PostgreSQL",
    "clickhouse": "ClickHouse",
    "snowflake": "Snowflake",
}
"""Folders of overrides with the names of their databases; the inner one of an engine comes first."""
SHIPPED: Final = "rollups/shipped/"
"""Rollups, found by their folder: the user's own files are read in the same way."""

OVERRIDES: Final = {
    "load/arrivals/count_lost": {"snowflake"},
    "load/arrivals/note_entering": {"clickhouse"},
    "load/arrivals/note_restored": {"clickhouse"},
    "load/arrivals/note_returning": {"clickhouse"},
    "load/copies/drop_promoted": {"clickhouse", "snowflake"},
    "load/ids/add_restored": {"clickhouse"},
    "load/ids/note_hashes": {"clickhouse"},
    "load/merge/delete": {"clickhouse", "snowflake"},
    "load/merge/insert": {"clickhouse"},
    "load/rebuild/delete": {"clickhouse", "snowflake"},
    "load/users/changed": {"postgresql"},
    "load/users/find": {"snowflake"},
    "load/users/find_no_users": {"clickhouse", "snowflake"},
    "load/users/fit": {"clickhouse", "duckdb", "snowflake"},
    "load/users/has_value": {"snowflake"},
    "load/users/latest": {"duckdb", "snowflake"},
    "load/users/latest_row": {"clickhouse", "duckdb", "postgresql", "snowflake"},
    "load/users/latest_value": {"clickhouse", "duckdb", "postgresql", "snowflake"},
    "rewrite/forget/delete_lines": {"clickhouse"},
    "rewrite/forget/uncount": {"clickhouse"},
    "rewrite/retain/delete_copies": {"clickhouse"},
    "schema/added_columns/with_default": {"clickhouse", "duckdb/ducklake", "snowflake"},
    "schema/evolve/cast_default": {"clickhouse", "postgresql"},
    "schema/evolve/change_type": {"clickhouse", "duckdb/ducklake", "duckdb/iceberg", "postgresql", "snowflake"},
    "schema/evolve/set_default": {"duckdb/ducklake"},
    "schema/evolve/widen": {"duckdb/iceberg", "postgresql", "snowflake"},
    "schema/has_schema": {"clickhouse", "postgresql", "snowflake"},
    "schema/layout": {"clickhouse", "duckdb", "postgresql", "snowflake"},
    "schema/ledger/id_hashes": {"clickhouse"},
    "schema/tables": {"clickhouse", "duckdb", "duckdb/ducklake", "postgresql", "snowflake"},
    "schema/tideline_names": {"clickhouse", "duckdb", "duckdb/ducklake", "snowflake"},
}
"""Statements that every database shares, and the dialects that have their own instead."""

ONLY: Final = {
    "dialects/apply_deleted": {"clickhouse"},
    "dialects/catalog_types": {"duckdb/ducklake"},
    "dialects/clone": {"clickhouse"},
    "dialects/copy_file": {"snowflake"},
    "dialects/count_bytes": {"duckdb/ducklake"},
    "dialects/create_database": {"clickhouse"},
    "dialects/create_home": {"snowflake"},
    "dialects/create_journal": {"clickhouse"},
    "dialects/create_lease": {"snowflake"},
    "dialects/create_rows": {"snowflake"},
    "dialects/create_stage": {"snowflake"},
    "dialects/create_staged": {"snowflake"},
    "dialects/dependents": {"postgresql"},
    "dialects/drop_database": {"clickhouse"},
    "dialects/drop_table": {"clickhouse"},
    "dialects/exchange": {"clickhouse"},
    "dialects/forget_intent": {"clickhouse"},
    "dialects/has_catalog": {"duckdb/ducklake"},
    "dialects/has_home": {"snowflake"},
    "dialects/hold_frame": {"snowflake"},
    "dialects/is_large": {"postgresql"},
    "dialects/is_read_only": {"postgresql"},
    "dialects/lock_holders": {"postgresql"},
    "dialects/lock_ledger": {"postgresql"},
    "dialects/lock_schema": {"postgresql"},
    "dialects/micros": {"postgresql"},
    "dialects/narrow_ranges": {"duckdb/ducklake"},
    "dialects/newest_load": {"duckdb/iceberg"},
    "dialects/note_intent": {"clickhouse"},
    "dialects/note_merge": {"duckdb/iceberg"},
    "dialects/put_file": {"snowflake"},
    "dialects/read_day": {"clickhouse", "duckdb", "postgresql", "snowflake"},
    "dialects/read_intent": {"clickhouse"},
    "dialects/read_table": {"clickhouse", "duckdb", "postgresql", "snowflake"},
    "dialects/release_lease": {"snowflake"},
    "dialects/rename": {"clickhouse"},
    "dialects/renew_lease": {"snowflake"},
    "dialects/scratch_databases": {"clickhouse"},
    "dialects/stored_bytes": {"clickhouse", "postgresql", "snowflake"},
    "dialects/table_state": {"clickhouse"},
    "dialects/tables_of": {"clickhouse"},
    "dialects/take_lease": {"snowflake"},
    "dialects/text": {"clickhouse", "duckdb", "postgresql", "snowflake"},
    "dialects/use": {"clickhouse"},
    "dialects/views": {"clickhouse", "duckdb"},
    "dialects/views_on": {"postgresql"},
    "load/ids/hash": {"clickhouse", "duckdb"},
    "load/set_lock_timeout": {"postgresql", "snowflake"},
    "queries/audit/rows_by_time": {"postgresql"},
    "queries/compare/day": {"clickhouse", "duckdb", "postgresql", "snowflake"},
    "queries/compare/instant": {"clickhouse", "duckdb", "postgresql", "snowflake"},
    "queries/compare/row_hash": {"clickhouse", "duckdb", "postgresql", "snowflake"},
    "queries/listed": {"clickhouse", "duckdb", "postgresql", "snowflake"},
    "rewrite/drop/forget_counts": {"clickhouse", "duckdb", "postgresql"},
    "schema/evolve/find_index": {"postgresql"},
    "schema/evolve/find_relation": {"postgresql"},
    "schema/evolve/index": {"postgresql"},
    "schema/evolve/rename_index": {"postgresql"},
    "schema/taken_names": {"clickhouse", "duckdb", "postgresql", "snowflake"},
}
"""Statements that no database shares, and the dialects that have one."""


def statements() -> dict[str, set[str]]:
    """Every statement with the dialects that have a file of it; "" is the shared file."""
    found: dict[str, set[str]] = {}
    for path in SQL.rglob("*.sql"):
        dialect, name = split_dialect(path)
        found.setdefault(name, set()).add(dialect)
    return found


def split_dialect(path: Path) -> tuple[str, str]:
    """The folder of the dialect that a file is of, "" if it is shared, and the name of its statement."""
    name = path.relative_to(SQL).with_suffix("").as_posix()
    dialect = next((folder for folder in DIALECTS if name.startswith(f"{folder}/")), "")
    return dialect, name.removeprefix(f"{dialect}/")


def named_in(room: Path) -> Iterator[tuple[str, str]]:
    """Every module of a room with the names of statements in it; a part that is computed is `*`."""
    for path in room.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
        for node in ast.walk(tree):
            name = None if id(node) in parts else _text(node)
            if name is not None and re.fullmatch(r"[a-z_]+(/[a-z_*]+)+", name):
                yield str(path.relative_to(LOADERS)), name


def _text(node: ast.AST) -> str | None:
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "*" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


ROOMS: Final = sorted(path for path in LOADERS.iterdir() if (path / "__init__.py").is_file())
NAMES: Final = {name: dialects for name, dialects in statements().items() if not name.startswith(SHIPPED)}


def test_the_overrides_of_dialects_are_these() -> None:
    assert {name: found - {""} for name, found in NAMES.items() if "" in found and found != {""}} == OVERRIDES


def test_the_statements_of_single_dialects_are_these() -> None:
    assert {name: found for name, found in NAMES.items() if "" not in found} == ONLY


@pytest.mark.parametrize("path", sorted(SQL.rglob("*.sql")), ids=lambda path: str(path.relative_to(SQL)))
def test_a_statement_begins_with_a_comment_that_gives_the_reason_of_an_override(path: Path) -> None:
    dialect, shared = split_dialect(path)
    header = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("-- ")]
    assert header
    if dialect:
        reason = "Override: " if (SQL / f"{shared}.sql").is_file() else f"{DIALECTS[dialect]} only: "
        assert any(line.startswith(f"-- {reason}") for line in header)


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_every_statement_that_a_room_names_exists(room: Path) -> None:
    unknown = [
        (path, name)
        for path, name in named_in(room)
        if name not in DIALECTS and not any(fnmatchcase(known, name) for known in NAMES)
    ]
    assert unknown == []


def test_every_statement_is_used_by_the_room_of_its_folder() -> None:
    names = {room.name: {name for _, name in named_in(room)} for room in ROOMS}
    unused = [
        name
        for name in sorted(NAMES)
        if not any(fnmatchcase(name, used) for used in names.get(name.partition("/")[0], ()))
    ]
    assert unused == []
