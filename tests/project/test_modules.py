"""Every module has a test file of its name in the folder that mirrors its own, or its docstring names the one."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.conftest import ROOT

MODULES = sorted(
    path.relative_to(ROOT)
    for package in ("event_assets", "loaders")
    for path in (ROOT / package).rglob("*.py")
    if path.name != "__init__.py"
)


def mirrored(module: Path) -> Path:
    """The test file of the module's name: `tests/` has the rooms of event_assets, and loaders as one of them."""
    inner = module.relative_to("event_assets") if module.parts[0] == "event_assets" else module
    return Path("tests") / inner.with_name(f"test_{module.name}")


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_a_module_leads_to_its_test(module: Path) -> None:
    docstring = ast.get_docstring(ast.parse((ROOT / module).read_text(encoding="utf-8"))) or ""
    named = [Path(name) for name in re.findall(r"\btests/[\w/]+\.py\b", docstring)]
    found = named or [mirrored(module)]
    assert [path for path in found if not (ROOT / path).is_file()] == []
