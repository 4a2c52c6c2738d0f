"""Every temporary table has one owner: the module that creates it and alone runs statements with its name."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

import pytest

import loaders
import loaders.load
import sql

SQL: Final = Path(sql.__file__).parent
LOADERS: Final = Path(loaders.__file__).parent
DIALECTS: Final = ("duckdb", "postgresql")
STATEMENT: Final = re.compile(r"[a-z_]+(/[a-z_*]+)+")
CREATE: Final = re.compile(r"^CREATE TEMPORARY TABLE (\w+)(?: \(([^)]*)\))?", re.MULTILINE)


def bodies() -> Iterator[tuple[str, str]]:
    """Every statement by its name, without its header; a dialect's own has the name of the shared one."""
    for path in SQL.rglob("*.sql"):
        parts = path.relative_to(SQL).with_suffix("").parts
        name = "/".join(parts[1:] if parts[0] in DIALECTS else parts)
        lines = path.read_text(encoding="utf-8").splitlines()
        yield name, "\n".join(line for line in lines if not line.startswith("--"))


def texts_of(module: Path) -> set[str]:
    """The texts of a module that are no docstrings; a computed part of one is `*`."""
    found = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.JoinedStr):
            found.add("".join(str(part.value) if isinstance(part, ast.Constant) else "*" for part in node.values))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and "\n" not in node.value:
            found.add(node.value)
    return found


BODIES: Final = list(bodies())
TABLES: Final = sorted({table for _, body in BODIES for table, _ in CREATE.findall(body)})
TEXTS: Final = {path.relative_to(LOADERS).as_posix(): texts_of(path) for path in LOADERS.rglob("*.py")}


def users_of(table: str) -> set[str]:
    """The modules that name a temporary table, or a statement that names it."""
    statements = {name for name, body in BODIES if re.search(rf"\b{table}\b", body)}
    return {
        module
        for module, texts in TEXTS.items()
        if table in texts
        or any(fnmatchcase(name, text) for text in texts if STATEMENT.fullmatch(text) for name in statements)
    }


@pytest.mark.parametrize("table", TABLES)
def test_one_module_names_a_temporary_table(table: str) -> None:
    assert len(users_of(table)) == 1


def documented() -> dict[str, tuple[str, str]]:
    """Table -> owner and columns, by the table in the docstring of `loaders.load`."""
    rows: dict[str, list[str]] = defaultdict(lambda: ["", ""])
    table = ""
    for line in (loaders.load.__doc__ or "").split("==\n")[2].splitlines()[:-1]:
        name, owner, columns = line[:19].strip(), line[20:32].strip(), line[33:82].strip()
        table = name or table
        rows[table][0] += owner
        rows[table][1] += f" {columns}"
    return {name: (owner, columns.strip()) for name, (owner, columns) in rows.items()}


def test_the_tables_of_a_load_are_documented_with_their_owner_and_columns() -> None:
    found = documented()
    assert found.keys() == {table for table in TABLES if table.startswith("load_")}
    for table, (owner, columns) in found.items():
        assert users_of(table) == {f"load/{owner}.py"}
        for created, definitions in (match for _, body in BODIES for match in CREATE.findall(body)):
            if created == table and definitions:
                assert [column.split()[0] for column in definitions.split(",")] == columns.split(", ")
