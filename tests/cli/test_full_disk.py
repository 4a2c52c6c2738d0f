"""A disk that is full or forbids a file ends every writer in one line; with space the same command ends right."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb
import pytest

from tests.conftest import ROOT
from tests.defs.build import hour, track, write_config, write_file
from tests.full_disks import Ended, FullDisk, error_lines, require_small_disks

HOURS: Final = 2
EVENTS: Final = 300
DISK: Final = 24 << 20
_NO_BYTECODE: Final = {"PYTHONDONTWRITEBYTECODE": "1"}
"""Python leaves a cut file of compiled code where it may not write all of it."""
NEXT: Final = ("run the same again", "then run again")
"""Words of what to do next."""


@dataclass(frozen=True)
class Writer:
    """A command that writes to the folder `disk`, and how much of that disk is free, from nothing to nearly enough."""

    command: str
    free: tuple[int, ...]
    settings: str = ""
    loaded: bool = False
    """Whether the hours are loaded before."""
    temporary: bool = False
    """Whether `disk` is the folder for temporary files."""


WRITERS: Final[dict[str, Writer]] = {
    "the lake": Writer("load", (0, 20_000, 60_000), 'lake = "disk/lake"'),
    "the warehouse": Writer("load", (0, 60_000, 500_000), 'warehouse = "disk/warehouse.duckdb"'),
    "the published copy": Writer("load", (0, 200_000), 'publish = "disk/copy.duckdb"'),
    "an export": Writer("export disk/files", (0, 30_000), loaded=True),
    "temporary files": Writer("load --reload", (0,), loaded=True, temporary=True),
    "the configuration": Writer("init archive --config disk/new.toml", (0,)),
    "the demo": Writer("demo --folder disk/demo --events 100 --days 1", (0,)),
}


def prepare(folder: Path, writer: Writer) -> Path:
    """Write an archive and a configuration, and load it where the command needs that."""
    for number in range(HOURS):
        rows = [track(f"m{number}-{n}", at=hour(number), text=os.urandom(40).hex()) for n in range(EVENTS)]
        write_file(folder / "archive", hour(number), rows)
    config = write_config(folder, warehouse="warehouse.duckdb")
    kept = [
        line
        for line in config.read_text().replace(f"{folder}/", "").splitlines()
        if not writer.settings or line.split("=")[0] != writer.settings.split("=")[0]
    ]
    config.write_text("\n".join([writer.settings, *kept, ""]))
    (folder / "disk").mkdir()
    if writer.loaded:
        assert command(folder, "load", "--no-rollups").returncode == 0
    return folder


def command(folder: Path, *arguments: str, largest: int | None = None, output: str = os.devnull) -> Done:
    """Run `tideline`; files may not grow beyond `largest` bytes."""

    def limit() -> None:
        if largest is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))

    with Path(output).open("w") as out:
        return subprocess.run(
            [sys.executable, "-m", "event_assets.cli", *arguments],
            cwd=folder,
            env={"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": str(ROOT), "COLUMNS": "200"}
            | _NO_BYTECODE,
            stdout=out,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=limit,
        )


Done = subprocess.CompletedProcess[str]


def check_lines(text: str, problem: str) -> None:
    """Check that the errors are whole lines with the problem, where it is and what is next, and no traceback."""
    assert "Traceback" not in text, text
    lines = [line for line in error_lines(text) if not line.startswith("tideline: failed: ")]
    assert lines, text
    for line in lines:
        assert problem in line, line
        assert any(words in line for words in NEXT), line


def count_rows(warehouse: Path) -> int:
    with duckdb.connect(str(warehouse), read_only=True) as reader:
        [count] = reader.execute("SELECT count(*) FROM events.tracks").fetchall()[0]
    return int(count)


@pytest.mark.parametrize("largest", [4_000, 60_000])
def test_a_load_that_may_not_write_a_file_is_one_line_and_is_repeated(largest: int, tmp_path: Path) -> None:
    folder = prepare(tmp_path, Writer("load", ()))
    failed = command(folder, "load", "--no-rollups", largest=largest)
    assert failed.returncode == 1, failed.stderr
    check_lines(failed.stderr, "the file is larger than permitted")
    again = command(folder, "load", "--no-rollups")
    assert again.returncode == 0, again.stderr
    assert count_rows(folder / "warehouse.duckdb") == HOURS * EVENTS


def test_an_export_and_a_configuration_that_may_not_be_written_are_one_line(tmp_path: Path) -> None:
    folder = prepare(tmp_path, Writer("export", (), loaded=True))
    for words in ("export disk/files", "init archive --config disk/new.toml"):
        failed = command(folder, *words.split(), largest=100)
        assert failed.returncode == 1, failed.stderr
        check_lines(failed.stderr, "the file is larger than permitted")
        assert f"{folder}/disk" in failed.stderr, failed.stderr
        assert not [path for path in (folder / "disk").rglob("*") if path.suffix in {".parquet", ".toml"}]


def test_standard_output_on_a_full_device_is_named(tmp_path: Path) -> None:
    for words in ("config schema", "--help"):
        failed = command(tmp_path, *words.split(), output="/dev/full")
        assert failed.returncode == 1, failed.stderr
        assert failed.stderr.startswith("tideline: Writing to standard output failed: the disk is full (/dev/full")
        assert len(failed.stderr.splitlines()) == 1


@pytest.mark.slow
@pytest.mark.parametrize("name", WRITERS)
def test_every_writer_on_a_full_disk_is_one_line_and_is_repeated(name: str, tmp_path: Path) -> None:
    require_small_disks()
    writer = WRITERS[name]
    failures = 0
    for number, free in enumerate(writer.free):
        folder = tmp_path / str(number)
        folder.mkdir()
        ended = on_full_disk(prepare(folder, writer), writer, free)
        assert "Traceback" not in ended.err + ended.err_again, ended
        assert ended.again == 0, ended
        if ended.code:
            failures += 1
            assert ended.code == 1, ended
            check_lines(ended.err, "the disk is full")
        after = folder / "after" / "warehouse.duckdb"
        if writer.command.startswith("load"):
            assert count_rows(after if after.exists() else folder / "warehouse.duckdb") == HOURS * EVENTS
    assert failures or writer.temporary


def on_full_disk(folder: Path, writer: Writer, free: int) -> Ended:
    """Run the command with so many bytes free on `disk`, then with all of it."""
    (folder / "before").mkdir()
    disk = folder / "disk"
    environment = {"TMPDIR": str(disk)} if writer.temporary else {}
    small = FullDisk(disk, folder / "before", folder / "after", environment)
    return small.run(*writer.command.split(), cwd=folder, size=DISK, free=free)
