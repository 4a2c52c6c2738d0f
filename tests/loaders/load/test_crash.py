"""A load is one transaction: killed anywhere, it leaves all or nothing, and the next load makes it whole
(contract §8).
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.clickhouse import Folders
from tests.ducklake import LakeServer
from tests.iceberg import IcebergServer
from tests.pipeline.killing.sweep import EVERY
from tests.postgres import Server

ROOT = Path(__file__).resolve().parents[3]


def crash_everywhere(folder: Path, stride: int, *server: str) -> None:
    command = [sys.executable, "-m", "tests.loaders.load.crash", str(folder), str(stride), *server]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert " 0 wrong" in done.stderr


def test_a_load_killed_at_some_statements_leaves_all_or_nothing(tmp_path: Path) -> None:
    crash_everywhere(tmp_path, stride=100)


def test_a_load_into_a_server_killed_at_some_statements_leaves_all_or_nothing(tmp_path: Path, postgres: Server) -> None:
    crash_everywhere(tmp_path, 90, "postgres", postgres.url)


@pytest.mark.slow
def test_a_load_into_a_ducklake_killed_at_some_statements_leaves_all_or_nothing(
    tmp_path: Path, ducklake: LakeServer
) -> None:
    crash_everywhere(tmp_path, 84, "ducklake", ducklake.url)


@pytest.mark.slow
def test_a_load_into_clickhouse_killed_at_some_statements_leaves_whole_tables(
    tmp_path: Path, clickhouse: Folders
) -> None:
    crash_everywhere(tmp_path, EVERY or 197, "clickhouse", clickhouse.url)


@pytest.mark.slow
def test_a_load_into_iceberg_killed_at_some_statements_leaves_all_or_nothing(
    tmp_path: Path, iceberg: IcebergServer
) -> None:
    crash_everywhere(tmp_path, EVERY or 197, "iceberg", iceberg.url)


@pytest.mark.slow
def test_a_load_killed_at_many_statements_leaves_all_or_nothing(tmp_path: Path) -> None:
    crash_everywhere(tmp_path, EVERY or 3)


@pytest.mark.slow
def test_a_load_into_a_server_killed_at_many_statements_leaves_all_or_nothing(tmp_path: Path, postgres: Server) -> None:
    crash_everywhere(tmp_path, EVERY or 5, "postgres", postgres.url)
