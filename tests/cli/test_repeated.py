"""A command that was killed, or that is run again, ends with 0 and leaves what one run leaves (contract §11)."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tests.cli.kill_points import Commands, start_commands
from tests.defs.build import hour, track, write_config, write_file
from tests.loaders.tables import Files, snapshot


@dataclass(frozen=True)
class Repeated:
    """A command, what is in the configuration for it, what runs before it, and a word of its second result."""

    command: str
    again: str
    settings: str = ""
    of_source: str = ""
    before: tuple[str, ...] = ()
    field: tuple[str, object] | None = None
    """A member of the second result as JSON, and its value."""


COMMANDS: Final[dict[str, Repeated]] = {
    "load": Repeated("load", "Nothing is pending", field=("loaded", 0)),
    "load and maintain": Repeated(
        "load", "Nothing is pending", 'export = "files"\npublish = "copy.duckdb"', "retain_days = 30"
    ),
    "reload": Repeated("load --reload", "hours loaded", before=("load",)),
    "rollups": Repeated("rollups", "No day of a rollup is due", before=("load --no-rollups",), field=("rollups", [])),
    "retain": Repeated("retain", "no rows before", "", "retain_days = 30", before=("load",)),
    "retype": Repeated(
        "retype order_completed price string", "string already", before=("load",), field=("already", True)
    ),
    "retype and pin": Repeated("retype order_completed price float --pin", "float already, pinned", before=("load",)),
    "drop a table": Repeated("catalog drop debug", "dropped already", before=("load",), field=("already", True)),
    "drop a column": Repeated("catalog drop order_completed.junk", "dropped already", before=("load",)),
    "restore": Repeated(
        "catalog restore debug", "is not dropped", before=("load", "catalog drop debug"), field=("already", True)
    ),
    "import": Repeated(
        "catalog import types.toml", "these types already", before=("load", "catalog export types.toml")
    ),
    "export the catalog": Repeated("catalog export types.toml", "", before=("load",)),
    "infer": Repeated("catalog infer --apply --pin", "these types already"),
    "compact": Repeated("lake compact", "No day has small hours", before=("load",), field=("days", [])),
    "clean": Repeated("lake clean", "No file of the lake", before=("load", "lake compact")),
    "retain the lake": Repeated("lake retain", "0 hours", "lake_retain_days = 30", before=("load",)),
    "copy": Repeated(
        "copy --to other.duckdb",
        "Both warehouses have the same rows",
        before=("load", "retype order_completed price string"),
    ),
    "export": Repeated("export files", "Exported", before=("load",)),
    "init": Repeated("init archive --config new.toml", "has these settings already", field=("already", True)),
    "demo": Repeated("demo --folder shop --events 100 --days 1", "shop"),
}
"""Every command that changes something."""

FAST: Final = ("load and maintain", "drop a table")
"""The commands that are killed at one point by a fast test."""
OLD: Final = 1_750_000_000
"""When the files of the lake were written, as a time of the file system."""


@pytest.fixture(scope="module")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Commands]:
    with start_commands(tmp_path_factory.mktemp("home")) as started:
        yield started


def prepare(commands: Commands, folder: Path, wanted: Repeated) -> Path:
    """Write an archive of two hours with junk, run what runs before the command, and let the lake's files grow old."""
    folder.mkdir()
    for number in range(2):
        junk = track(f"d{number}", at=hour(number), event="Debug", step=number)
        orders = [track(f"o{number}-{n}", at=hour(number), price=1.5 + n, junk="x") for n in range(3)]
        write_file(folder / "archive", hour(number), [*orders, junk])
    config = write_config(folder, warehouse="warehouse.duckdb")
    usual = config.read_text().replace(f"{folder}/", "")
    config.write_text(usual)
    for command in wanted.before:
        assert commands.run(folder, *command.split()).code == 0
    config.write_text(f"{wanted.settings}\n{usual}{wanted.of_source}\n")
    for path in folder.glob("lake/**/*"):
        os.utime(path, (OLD, OLD))
    return folder


def state(folder: Path) -> dict[str, object]:
    """Everything that a command leaves, but times and the ids of loads."""
    left: dict[str, object] = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".duckdb" and path.name != "copy.duckdb":
            files = Files(path)
            left[str(path.relative_to(folder))] = snapshot(files) | {"columns": files.table("columns", "tideline")}
        elif path.suffix == ".parquet" and "events/archive_date" not in str(path):
            left[str(path.relative_to(folder).parent)] = path.stat().st_size
    return left


@pytest.mark.parametrize("name", FAST)
def test_a_command_that_is_killed_after_its_commit_reports_that_it_is_so(
    name: str, commands: Commands, tmp_path: Path
) -> None:
    kill_and_repeat(commands, tmp_path, COMMANDS[name], lambda total: [total])


@pytest.mark.slow
@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_that_is_killed_anywhere_is_run_again(name: str, commands: Commands, tmp_path: Path) -> None:
    kill_and_repeat(commands, tmp_path, COMMANDS[name], lambda total: [max(total // 2, 1), total])


def kill_and_repeat(commands: Commands, folder: Path, wanted: Repeated, choose: Callable[[int], Iterable[int]]) -> None:
    """Run the command whole, then killed at some of its points and again: the result is the same, and says so."""
    arguments = wanted.command.split()
    base, project = prepare(commands, folder / "base", wanted), folder / "project"
    shutil.copytree(base, project)
    once = commands.run(project, *arguments)
    assert once.code == 0, once.err
    whole = state(project)
    for point in choose(once.points):
        shutil.rmtree(project)
        shutil.copytree(base, project)
        killed = commands.run(project, *arguments, kill_at=point)
        assert killed.code == -signal.SIGKILL, (point, killed)
        again = commands.run(project, *arguments)
        assert again.code == 0, (point, again)
        assert state(project) == whole, point
    assert wanted.again in commands.run(project, *arguments).out
    if wanted.field:
        member, value = wanted.field
        assert json.loads(commands.run(project, *arguments, "--json").out)[member] == value
