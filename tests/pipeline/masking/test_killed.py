"""A masking load that is killed anywhere leaves no value in clear, and the next one completes it (contract §13)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pipeline.killing.sweep import sweep
from tests.pipeline.masking.people import write_people
from tests.postgres import Server

MODULE = "tests.pipeline.masking.killed"


@pytest.mark.slow
@pytest.mark.parametrize("at", ["load", "lake"])
def test_a_masked_load_killed_in_many_states_is_completed(tmp_path: Path, at: str) -> None:
    sweep(MODULE, tmp_path / at, write_people, stride=20)


@pytest.mark.slow
def test_a_masked_load_into_a_server_killed_in_many_states_is_completed(tmp_path: Path, postgres: Server) -> None:
    sweep(MODULE, tmp_path / "lake", write_people, stride=40, server=postgres)
