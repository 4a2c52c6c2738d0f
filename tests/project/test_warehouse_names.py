"""Shared code asks a dialect what a warehouse can do, never what it is called (contract §8).

Outside of `loaders/dialects` the code has no name of a warehouse that it could decide by, imports no module of one
dialect and no driver, and asks no URL for its database. What it has all the same is listed here, with the reason.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.conftest import ROOT

NAME: Final = re.compile(
    r"duckdb|ducklake|motherduck|postgres|psycopg|clickhouse|iceberg|snowflake|bigquery|redshift|databricks"
)
DRIVERS: Final = re.compile(r"duckdb(_extension\w*)?|psycopg|pgpq|chdb|clickhouse_connect|pyiceberg")
SHARED: Final = frozenset({"", ".base", ".identifiers", ".read_request"})
"""Modules of `loaders/dialects` that are no dialect's own."""
ASKED: Final = frozenset({"drivername", "get_backend_name", "get_dialect", "get_driver_name"})
"""What asks a URL for its database."""
ALLOWED: Final = {
    ("event_assets/config/settings.py", "duckdb:///"): "a path without :// is a DuckDB file (docs/configuration.md)",
    ("event_assets/config/scaffold.py", "warehouse.duckdb"): "the name of the file that init proposes",
    ("event_assets/config/file.py", "warehouse.duckdb"): "the name of the file in the demo's configuration",
    ("event_assets/cli/demo/run.py", "warehouse.duckdb"): "the name of the demo's file",
    ("event_assets/cli/demo/run.py", "warehouse.duckdb.wal"): "the demo's file again, with its log",
    ("event_assets/health/doctor/libraries.py", "duckdb"): "a package whose version doctor shows",
    ("event_assets/health/doctor/libraries.py", "psycopg"): "a package that doctor imports to try it",
    ("loaders/interface/disk.py", "duckdb"): "a package in tracebacks: which library could not write",
    ("loaders/interface/disk.py", "_duckdb"): "the same package, its compiled part",
    ("loaders/transform/json/structures.py", "import duckdb"): "its parser of JSON, whatever the warehouse is",
}


def found_in(text: str) -> Iterator[tuple[int, str]]:
    """Every place of a module that could decide by the name of a warehouse, with its line."""
    tree = ast.parse(text)
    documented = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    files = {id(part) for call in ast.walk(tree) if _names_a_statement(call) for part in ast.walk(call)}
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str(word)) if id(node) not in documented:
                if " " not in word.strip() and NAME.search(word.lower()):  # with a space it is a sentence for people
                    yield node.lineno, word
            case ast.Import(names=names):
                yield from ((node.lineno, f"import {name.name}") for name in names if DRIVERS.fullmatch(name.name))
            case ast.ImportFrom(module=str(module)):
                dialect = module.removeprefix("loaders.dialects")
                if DRIVERS.fullmatch(module.partition(".")[0]) or (dialect != module and dialect not in SHARED):
                    yield node.lineno, f"import {module}"
            case ast.Attribute(attr=attribute) if attribute in ASKED:
                yield node.lineno, attribute
            case ast.Attribute(attr="name", value=ast.Attribute(attr="dialect") | ast.Name(id="dialect")):
                if id(node) not in files:
                    yield node.lineno, "dialect.name"


def _names_a_statement(node: ast.AST) -> bool:
    """Whether a call reads a statement: its folder of overrides has the dialect's name."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "statement"


def shared_modules() -> list[Path]:
    paths = (path for room in ("event_assets", "loaders", "sql") for path in sorted((ROOT / room).rglob("*.py")))
    return [path for path in paths if not path.is_relative_to(ROOT / "loaders" / "dialects")]


def test_shared_code_decides_by_no_name_of_a_warehouse() -> None:
    found = {
        (path.relative_to(ROOT).as_posix(), word): f"{path.relative_to(ROOT)}:{line}: {word}"
        for path in shared_modules()
        for line, word in found_in(path.read_text(encoding="utf-8"))
    }
    assert sorted(place for key, place in found.items() if key not in ALLOWED) == []
    assert sorted(ALLOWED.keys() - found.keys()) == [], "is not there any more"


@pytest.mark.parametrize(
    "line",
    [
        'pool = url.startswith(("duckdb", "ducklake:"))',
        "if url.drivername == kind: pass",
        "kind = url.get_backend_name()",
        'match kind:\n    case "postgresql": pass',
        "if session.dialect.name in KINDS: pass",
        "from loaders.dialects.postgresql.dialect import PostgreSQL",
        "import psycopg",
    ],
)
def test_the_rule_sees_a_decision(line: str) -> None:
    assert list(found_in(line))


@pytest.mark.parametrize(
    "line",
    [
        'text = sql.statement("queries/listed", session.dialect.name)',
        'raise Terminal("use duckdb:///path/to/file.duckdb or postgresql+psycopg://user@host/database")',
        "if session.dialect.ignores_case: pass",
        "from loaders.dialects.base import Dialect",
    ],
)
def test_the_rule_lets_pass_what_decides_nothing(line: str) -> None:
    assert not list(found_in(line))
