"""A ClickHouse warehouse in a folder of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from loaders.connection.warehouse import Warehouse
from tests.clickhouse import Folder, Folders
from tests.loaders.tables import Files


@pytest.fixture
def folder(clickhouse: Folders) -> Folder:
    """An empty one."""
    return clickhouse.new_database()


@pytest.fixture
def house(folder: Folder, tmp_path: Path) -> Files:
    """The warehouse, with its mirror."""
    return Files(tmp_path / "mirror.duckdb", folder)


@pytest.fixture
def warehouse(folder: Folder) -> Warehouse:
    """The same as loads open it."""
    return Warehouse.open(folder.warehouse_url, wait=5)
