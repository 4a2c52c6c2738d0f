"""The tests run on a server that somebody has, and leave nothing there (`make test-warehouse`)."""

from __future__ import annotations

import os
import subprocess
import sys

import psycopg
import pytest

from tests.conftest import ROOT
from tests.postgres import GIVEN, Server

TEST = "tests/loaders/load/test_rerun.py::test_an_hour_with_the_same_files_is_skipped_with_a_result"


def databases(server: Server) -> set[str]:
    with psycopg.connect(server.url) as connection:
        return {name for (name,) in connection.execute("SELECT datname FROM pg_database").fetchall()}


@pytest.mark.slow
def test_tests_run_on_a_given_server_and_drop_what_they_have_made(postgres: Server) -> None:
    before = databases(postgres)
    with psycopg.connect(postgres.url) as connection:
        [(made,)] = connection.execute("SELECT max(oid::bigint) FROM pg_database").fetchall()
    warehouse_url = postgres.url.replace("postgresql://", "postgresql+psycopg://", 1)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("TEST_", "PYTEST_"))}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "", "-k", "postgresql", TEST],
        cwd=ROOT,
        env={**environment, GIVEN: warehouse_url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout
    assert databases(postgres) == before
    another = postgres.new_database()
    with psycopg.connect(another.url) as connection:
        [(later,)] = connection.execute(
            "SELECT oid::bigint FROM pg_database WHERE datname = current_database()"
        ).fetchall()
    assert later > made + 1, "a database was made on this server in between"
