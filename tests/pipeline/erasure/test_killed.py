"""An erasure that is killed anywhere is completed by the same command or by the next load (contract §13)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pipeline.erasure.killed import write_few
from tests.pipeline.killing.sweep import sweep
from tests.postgres import Server
from tests.s3 import Store

MODULE = "tests.pipeline.erasure.killed"


@pytest.mark.slow
def test_an_erasure_killed_in_many_states_is_completed(tmp_path: Path) -> None:
    sweep(MODULE, tmp_path, write_few, stride=20)


@pytest.mark.slow
def test_an_erasure_from_a_server_killed_in_many_states_is_completed(tmp_path: Path, postgres: Server) -> None:
    sweep(MODULE, tmp_path, write_few, stride=36, server=postgres)


@pytest.mark.slow
def test_an_erasure_from_a_bucket_killed_in_many_states_is_completed(tmp_path: Path, s3: Store) -> None:
    sweep(MODULE, tmp_path, write_few, stride=300, first=100, store=s3)
