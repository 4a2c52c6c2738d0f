"""An erasure that is killed anywhere is completed by the same command or by the next load (contract §13)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.drive import Place, place
from tests.pipeline.erasure.killed import write_few
from tests.pipeline.killing.sweep import sweep
from tests.postgres import Server
from tests.s3 import Store

MODULE = "tests.pipeline.erasure.killed"


def people(folder: Path, *, server: Server | None = None, store: Store | None = None) -> Place:
    """A place for an archive that has the persons."""
    database = server.new_database() if server else None
    return place(write_few(folder / "archive"), folder / "places/base", database=database, store=store)


@pytest.mark.slow
def test_an_erasure_killed_in_many_states_is_completed(tmp_path: Path) -> None:
    sweep(MODULE, people(tmp_path), stride=12)


@pytest.mark.slow
def test_an_erasure_from_a_server_killed_in_many_states_is_completed(tmp_path: Path, postgres: Server) -> None:
    sweep(MODULE, people(tmp_path, server=postgres), stride=24)


@pytest.mark.slow
def test_an_erasure_from_a_bucket_killed_in_many_states_is_completed(tmp_path: Path, s3: Store) -> None:
    sweep(MODULE, people(tmp_path, store=s3), stride=300, first=100)
