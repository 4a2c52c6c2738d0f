"""Commands that are stopped or killed at random moments, on both warehouses: one line, no litter, right tables."""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from event_assets.demo.generate import generate
from tests.cli.commands import STOPPED, start_command
from tests.drive import Place, archive_hours, load_archive, place
from tests.postgres import Database
from tests.promises.archives import condense
from tests.promises.compare import differences

COMMANDS = (
    ("load", "--reload"),
    ("status",),
    ("load", "--reload"),
    ("rollups",),
    ("lake", "compact"),
    ("load", "--reload", "--no-rollups"),
    ("export", "tables"),
    ("catalog", "list"),
    ("retype", "product_viewed", "position", "string"),
    ("catalog", "drop", "product_added.brand"),
    ("init", "archive", "--config", "found.toml", "--force"),
    ("demo", "--folder", "demo", "--events", "300", "--days", "1"),
)
CHANGES = (("retype", "product_viewed", "position", "string"), ("catalog", "drop", "product_added.brand"))
"""Commands that change the answer: they are completed before tables are compared."""
SECONDS = 2.0
"""Longer than most of the commands take: the last moments of a command count, too."""


@pytest.fixture
def project(tmp_path: Path, database: Database | None) -> Place:
    """An archive of six hours, of which nothing is loaded."""
    generate(tmp_path / "raw", events=400, seed=7, days=1)
    condense(tmp_path / "raw", tmp_path / "archive", hours=4)
    return place(tmp_path / "archive", tmp_path, database=database)


def environment_of(where: Place) -> Mapping[str, str]:
    warehouse = where.database.warehouse_url if where.database else "warehouse.duckdb"
    return {
        "TIDELINE_ARCHIVE": str(where.source.archive),
        "TIDELINE_LAYOUT": "rudderstack",
        "TIDELINE_LAKE": "lake",
        "TIDELINE_WAREHOUSE": warehouse,
    }


def litter(where: Place) -> list[str]:
    """What lies in the folder for temporary files and where drafts are written."""
    folders = [where.folder / name for name in ("tmp", "lake/.spool", "lake/.parts/.spool", "tables/.spool")]
    return [str(path) for folder in folders for path in folder.rglob("*")]


def complete(where: Place, *commands: tuple[str, ...]) -> None:
    for command in commands:
        code, errors = start_command(*command, folder=where.folder, environment=environment_of(where)).end(300)
        assert code == 0, errors


def check_tables(where: Place, folder: Path, *changes: tuple[str, ...]) -> None:
    """The tables are those of one load and of changes that nobody has stopped."""
    fresh = where.elsewhere(folder)
    load_archive(fresh, archive_hours(fresh))
    complete(fresh, *changes)
    found = differences(fresh.warehouse, where.warehouse)
    assert not found, "\n".join(found[:20])


@pytest.mark.slow
def test_commands_stopped_at_random_moments(project: Place, tmp_path: Path) -> None:
    chance = random.Random(16)
    complete(project, ("load", "--to", "2026-03-02T04"))  # so that there are tables to change, and hours to load
    ends: dict[int, int] = {}
    for command in COMMANDS:
        number = chance.choice((signal.SIGINT, signal.SIGTERM))
        started = start_command(*command, folder=project.folder, environment=environment_of(project))
        started.wait_until_watching()
        time.sleep(chance.uniform(0.0, SECONDS))
        if started.process.poll() is None:
            started.stop(number)
        code, errors = started.end()
        lines = errors.splitlines(keepends=True)
        context = f"{command} by {number!r}: {code}\n{errors}"
        assert code in (128 + number, 0), context
        assert (lines[-1:] == [STOPPED]) == (code > 0), context
        assert "Traceback" not in errors, context
        assert "failed" not in errors, context
        assert errors.count("tideline: ") == (code > 0), context
        assert started.left() == [], context
        assert litter(project) == [], context
        ends[code] = ends.get(code, 0) + 1
    assert sum(count for code, count in ends.items() if code) >= len(COMMANDS) // 2, ends
    complete(project, ("load",), *CHANGES)
    check_tables(project, tmp_path / "fresh", *CHANGES)


@pytest.mark.slow
def test_killed_loads_leave_nothing_that_the_next_one_does_not_remove(project: Place, tmp_path: Path) -> None:
    chance = random.Random(17)
    left = 0
    for number in range(6):
        command = ("load", "--reload") if number % 2 else ("load",)
        if number == 4:
            shutil.rmtree(project.folder / "lake")  # so that its last killed writer has much to write
        started = start_command(*command, folder=project.folder, environment=environment_of(project))
        assert started.process.stderr is not None
        started.process.stderr.readline()
        time.sleep(chance.uniform(0.0, 1.0))
        os.kill(started.process.pid, signal.SIGKILL)
        started.end()
        left += len(litter(project))
    assert left, "none was killed in the middle of its work"
    complete(project, ("load",))
    assert litter(project) == []
    check_tables(project, tmp_path / "fresh")
