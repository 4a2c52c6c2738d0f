"""Fixtures of the loaders' tests, and which of them take their time on a server."""

from __future__ import annotations

from typing import Final

import pytest

from tests.loaders.tables import file, files

__all__ = ["file", "files"]

IN_TIME: Final = {
    "test_file",
    "test_drop",
    "test_late_views",
    "test_names",
    "test_retain",
    "test_retype",
    "test_files",
    "test_recompute",
}
"""Tests that use the merge, or create hundreds of tables: on DuckDB with all the others, on PostgreSQL with the slow
ones."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark those tests slow before the slow ones are left out."""
    for item in items:
        spec = getattr(item, "callspec", None)
        if spec is not None and spec.params.get("files") == "postgresql" and item.path.stem in IN_TIME:
            item.add_marker(pytest.mark.slow)
