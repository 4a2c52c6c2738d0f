"""Output modules render results and call nothing that works: their imports show it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from enum import Enum
from importlib import import_module
from pathlib import Path

import pytest

from tests.conftest import ROOT

OUTPUT = ROOT / "event_assets" / "cli" / "output"
MODULES = sorted(OUTPUT.rglob("*.py"))
FREE = ("event_assets.cli.output", "event_assets.config.parse", "event_assets.health.pages.parts")
"""Packages whose functions may be called: the rest of the output, and the formatting of values and of pages."""


def is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def imports_at_run_time(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield module and name of every import of ours that runs, in whatever depth of the module."""
    skipped = {id(node) for block in tree.body if is_type_checking(block) for node in ast.walk(block)}
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from ((name.name, "") for name in node.names)
        if isinstance(node, ast.ImportFrom):
            yield from ((node.module or "", name.name) for name in node.names)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(OUTPUT)))
def test_an_output_module_imports_constants_and_enums_of_other_packages_and_no_function(path: Path) -> None:
    imported = [
        (module, name)
        for module, name in imports_at_run_time(ast.parse(path.read_text(encoding="utf-8")))
        if module.split(".")[0] in {"event_assets", "loaders", "sql"} and not module.startswith(FREE)
    ]
    values = {f"{module}.{name}": getattr(import_module(module), name, None) for module, name in imported}
    works = [name for name, value in values.items() if value is None or (callable(value) and not is_enum(value))]
    assert works == []


def is_enum(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, Enum)


def test_the_rule_sees_imports_within_functions_and_not_those_for_types() -> None:
    tree = ast.parse(
        "from a import b\nif TYPE_CHECKING:\n    from c import D\ndef f():\n    from e.f import g\n    import h\n"
    )
    assert sorted(imports_at_run_time(tree)) == [("a", "b"), ("e.f", "g"), ("h", "")]
