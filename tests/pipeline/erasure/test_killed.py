"""An erasure that is killed anywhere is completed by the same command or by the next load (contract §13)."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.conftest import ROOT
from tests.drive import place
from tests.pipeline.erasure.sweep import write_few
from tests.postgres import Server
from tests.s3 import Store

EVERY: Final = int(os.environ.get("KILL_EVERY", "0"))
"""With 1, erasures are killed in every state: before every statement, commit and change of a file that could differ."""


def kill_everywhere(
    folder: Path, *, stride: int, first: int = 0, server: Server | None = None, store: Store | None = None
) -> None:
    """Kill an erasure in every stride-th state from the first one on."""
    database = server.new_database() if server else None
    where = place(write_few(folder / "archive"), folder / "places/base", database=database, store=store)
    pickled = folder / "place.pickle"
    pickled.write_bytes(pickle.dumps(where))
    command = [sys.executable, "-m", "tests.pipeline.erasure.sweep", str(pickled), str(stride), str(first)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-8000:]
    assert " 0 wrong" in done.stderr


def test_an_erasure_killed_in_a_few_states_is_completed(tmp_path: Path) -> None:
    kill_everywhere(tmp_path, stride=70, first=50)


@pytest.mark.slow
def test_an_erasure_killed_in_many_states_is_completed(tmp_path: Path) -> None:
    kill_everywhere(tmp_path, stride=EVERY or 4)


@pytest.mark.slow
def test_an_erasure_from_a_server_killed_in_many_states_is_completed(tmp_path: Path, postgres: Server) -> None:
    kill_everywhere(tmp_path, stride=EVERY or 8, server=postgres)


@pytest.mark.slow
def test_an_erasure_from_a_bucket_killed_at_many_writes_is_completed(tmp_path: Path, s3: Store) -> None:
    kill_everywhere(tmp_path, stride=EVERY or 8, store=s3)
