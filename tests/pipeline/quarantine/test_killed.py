"""A replay that is killed anywhere is completed by the same command (contract §13)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.drive import place
from tests.pipeline.killing.sweep import sweep
from tests.pipeline.quarantine.replayed import write_dirty
from tests.postgres import Server

MODULE = "tests.pipeline.quarantine.killed"


def replay_killed(folder: Path, *, stride: int, server: Server | None = None) -> None:
    """Kill a replay; the name of the folder is whether the archive is gone."""
    folder.mkdir()
    database = server.new_database() if server else None
    where = place(write_dirty(folder / "archive"), folder / "places/base", database=database)
    sweep(MODULE, where, stride=stride)


@pytest.mark.slow
@pytest.mark.parametrize("archive", ["gone", "there"])
def test_a_replay_killed_in_many_states_is_completed(tmp_path: Path, archive: str) -> None:
    replay_killed(tmp_path / archive, stride=10)


@pytest.mark.slow
def test_a_replay_into_a_server_killed_in_many_states_is_completed(tmp_path: Path, postgres: Server) -> None:
    replay_killed(tmp_path / "gone", stride=16, server=postgres)
