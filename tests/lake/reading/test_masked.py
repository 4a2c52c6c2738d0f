"""Rows of the lake leave its room masked, whoever reads them (contract §13)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import ROOT

READERS = frozenset(
    {"read_hour", "lookup", "read_quarantine", "read_groups", "read_columns", "scan_hour", "open_dataset"}
)
"""What of `lake.reading.read` gives rows as the lake has them."""
ALLOWED = {
    "event_assets/health/reconciliation.py": "counts lines, and ids, which are never masked",
    "event_assets/pipeline/audit/derive.py": "compares rows of two lakes, and names columns alone",
    "event_assets/pipeline/quarantine/lines.py": "reads lines again for the lake; what is shown is read masked",
}


def readers_in(path: Path) -> Iterator[str]:
    """What a module imports of the lake's readers."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "event_assets.lake.reading.read":
            yield from (alias.name for alias in node.names if alias.name in READERS)


def test_only_the_lake_and_named_exceptions_read_rows_that_are_not_masked() -> None:
    code = (path for path in (ROOT / "event_assets").rglob("*.py") if "lake" not in path.relative_to(ROOT).parts)
    found = {str(path.relative_to(ROOT)) for path in code if set(readers_in(path))}
    assert found == ALLOWED.keys(), "read them by event_assets/lake/reading/masked.py, or say here why not"
