"""A dirty archive that is loaded by yesterday's mapping, and copies of it with today's."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.drive import Place, place
from tests.pipeline.quarantine.replayed import TODAY, YESTERDAY, load_all, with_mapping, write_dirty


@pytest.fixture(scope="module")
def yesterday(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The archive, loaded by yesterday's mapping; tests change copies."""
    folder = tmp_path_factory.mktemp("dirty")
    where = with_mapping(place(write_dirty(folder / "archive"), folder / "place"), YESTERDAY)
    load_all(where)
    return where


@pytest.fixture
def loaded(yesterday: Place, tmp_path: Path) -> Place:
    """A copy of archive, lake and warehouse, with today's mapping."""
    shutil.copytree(Path(yesterday.source.archive).parent, tmp_path / "copy")
    return with_mapping(place(tmp_path / "copy/archive", tmp_path / "copy/place"), TODAY)
