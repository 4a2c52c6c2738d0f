"""One class name means one thing: no class name occurs twice in `event_assets`, or twice in `loaders`."""

from __future__ import annotations

import ast
from collections import Counter

import pytest

from tests.conftest import ROOT


@pytest.mark.parametrize("package", ["event_assets", "loaders"])
def test_a_class_name_is_used_once(package: str) -> None:
    names = Counter(
        node.name
        for path in (ROOT / package).rglob("*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef)
    )
    assert [name for name, count in names.items() if count > 1] == []
