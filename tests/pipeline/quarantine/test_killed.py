"""A replay that is killed anywhere is completed by the same command (contract §13)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pipeline.killing.sweep import sweep
from tests.pipeline.quarantine.replayed import write_dirty
from tests.postgres import Server

MODULE = "tests.pipeline.quarantine.killed"


@pytest.mark.slow
@pytest.mark.parametrize("archive", ["gone", "there"])
def test_a_replay_killed_in_many_states_is_completed(tmp_path: Path, archive: str) -> None:
    sweep(MODULE, tmp_path / archive, write_dirty, stride=16)


@pytest.mark.slow
def test_a_replay_into_a_server_killed_in_many_states_is_completed(tmp_path: Path, postgres: Server) -> None:
    sweep(MODULE, tmp_path / "gone", write_dirty, stride=26, server=postgres)
