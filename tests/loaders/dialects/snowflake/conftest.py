"""A Snowflake warehouse of the emulator."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.loaders.tables import Files
from tests.snowflake import Emulator


@pytest.fixture
def house(snowflake: Emulator, tmp_path: Path) -> Files:
    """An empty one, with its mirror."""
    return Files(tmp_path / "mirror.duckdb", snowflake.new_database())
