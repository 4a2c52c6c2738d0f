"""A masking load that is killed anywhere leaves no value in clear, and the next one completes it (contract §13)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.drive import place
from tests.pipeline.killing.sweep import sweep
from tests.pipeline.masking.people import write_people
from tests.postgres import Server

MODULE = "tests.pipeline.masking.killed"


def load_killed(folder: Path, *, stride: int, server: Server | None = None) -> None:
    """Kill a load; the name of the folder is where its rules apply."""
    folder.mkdir()
    database = server.new_database() if server else None
    where = place(write_people(folder / "archive"), folder / "places/base", database=database)
    sweep(MODULE, where, stride=stride)


@pytest.mark.slow
@pytest.mark.parametrize("at", ["load", "lake"])
def test_a_masked_load_killed_in_many_states_is_completed(tmp_path: Path, at: str) -> None:
    load_killed(tmp_path / at, stride=12)


@pytest.mark.slow
def test_a_masked_load_into_a_server_killed_in_many_states_is_completed(tmp_path: Path, postgres: Server) -> None:
    load_killed(tmp_path / "lake", stride=30, server=postgres)
