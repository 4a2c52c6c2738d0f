"""Temporary folders end with their process, and a later one removes what a killed process has left; nothing else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from loaders.process import temporary
from loaders.process.removal import lock_path
from loaders.process.temporary import remove_dead_folders, temporary_folder, user_folder
from tests.conftest import ROOT

_HOLDER = """
import sys
from pathlib import Path
from loaders.process.temporary import temporary_folder

with temporary_folder(Path(sys.argv[1]) if sys.argv[1:] else None) as folder:
    (folder / "rows").write_bytes(b"rows")
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def own_temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for temporary files of this test, which no process has looked at."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(temporary, "_looked", set())
    return folder


@pytest.fixture
def parent(tmp_path: Path) -> Path:
    """A folder as the lake's for drafts."""
    folder = tmp_path / "spool"
    folder.mkdir()
    return folder


@contextmanager
def holder(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """A process that holds a folder until its input ends."""
    command = [sys.executable, "-c", _HOLDER, *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process, Path(process.stdout.readline().strip())


def kill(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait(30)


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_a_folder_is_removed_with_its_lock_at_the_end_of_the_block(own_temporary: Path) -> None:
    with temporary_folder() as folder:
        (folder / "rows").write_bytes(b"rows")
        assert lock_path(folder).is_file()
        assert folder.parent.stat().st_mode & 0o077 == 0, "no other user reads rows"
    assert files(own_temporary) == []


def test_a_folder_is_removed_by_an_error_in_the_block(own_temporary: Path) -> None:
    with pytest.raises(ZeroDivisionError), temporary_folder():
        raise ZeroDivisionError
    assert files(own_temporary) == []


def test_what_a_killed_process_has_left_is_removed_and_what_a_living_one_holds_is_not(own_temporary: Path) -> None:
    with holder() as (living, held), holder() as (killed, left):
        kill(killed)
        assert (left / "rows").exists(), "nobody has looked yet"
        with temporary_folder():
            assert not left.exists()
            assert not lock_path(left).exists()
            assert (held / "rows").read_bytes() == b"rows"
        assert living.communicate("")[0] == ""
    assert files(own_temporary) == []


def test_the_lock_decides_and_no_number_of_a_process(parent: Path) -> None:
    """The process that created the folder is dead; another one, of any number, holds its lock."""
    with holder(str(parent)) as (killed, left):
        kill(killed)
    command = [sys.executable, "-c", _RELOCK, str(lock_path(left))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as heir:
        assert heir.stdout is not None
        assert heir.stdout.readline() == "held\n"
        assert remove_dead_folders(parent) == []
        assert (left / "rows").exists()
    assert remove_dead_folders(parent, dry_run=True) == [left.name]
    assert (left / "rows").exists()
    assert remove_dead_folders(parent) == [left.name]
    assert not left.exists()


_RELOCK = """
import fcntl, sys
with open(sys.argv[1], "rb+") as file:
    fcntl.flock(file, fcntl.LOCK_EX)
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_folder_of_another_machine_goes_when_it_is_unchanged_for_a_day(parent: Path) -> None:
    other = parent / "0123456789ab-0123456789abcdef"
    other.mkdir()
    lock_path(other).touch()
    for path in (other, lock_path(other)):
        os.utime(path, (0, 0))
    (other / "rows").write_bytes(b"written just now")
    assert remove_dead_folders(parent) == []
    assert other.exists()
    tomorrow = datetime.now(UTC) + timedelta(hours=25)
    assert remove_dead_folders(parent, now=tomorrow) == [other.name]
    assert not other.exists()


def test_links_are_not_followed_and_not_removed(parent: Path, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "data").write_bytes(b"data")
    name = f"{temporary._machine()}-0123456789abcdef"
    (parent / name).symlink_to(precious)
    (parent / f"{name}.lock").symlink_to(precious / "data")
    inner = parent / f"{temporary._machine()}-fedcba9876543210"
    inner.mkdir()
    lock_path(inner).touch()
    (inner / "link").symlink_to(precious)
    assert remove_dead_folders(parent, now=datetime.now(UTC) + timedelta(days=9)) == [inner.name]
    assert (precious / "data").read_bytes() == b"data"
    assert (parent / name).is_symlink()


def test_a_folder_of_another_user_is_left_alone(parent: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with holder(str(parent)) as (killed, left):
        kill(killed)
    user = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: user + 1)
    assert remove_dead_folders(parent, now=datetime.now(UTC) + timedelta(days=9)) == []
    monkeypatch.undo()
    assert remove_dead_folders(parent) == [left.name]


@pytest.mark.parametrize("taken", ["link", "file", "open"])
def test_a_name_that_somebody_has_taken_in_the_folder_for_temporary_files_is_not_used(
    taken: str, own_temporary: Path, tmp_path: Path
) -> None:
    name = own_temporary / f"tideline-{os.geteuid()}"
    if taken == "link":
        (tmp_path / "elsewhere").mkdir()
        name.symlink_to(tmp_path / "elsewhere")
    elif taken == "file":
        name.touch()
    else:
        name.mkdir()
        name.chmod(0o777)
    with temporary_folder() as folder:
        assert folder.parent != name
        assert folder.parent.stat().st_mode & 0o077 == 0
    assert files(own_temporary) == [name.name]


def test_what_is_not_ours_stays_however_old_it_is(parent: Path) -> None:
    for name in ("report.duckdb", "0123456789ab", ".0123456789ab-0123456789abcdef.old"):
        (parent / name).mkdir()
    assert remove_dead_folders(parent, now=datetime.now(UTC) + timedelta(days=999)) == []
    assert len(list(parent.iterdir())) == 3


def test_a_parent_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="missing"), temporary_folder(tmp_path / "missing"):
        pass


def test_folders_come_and_go_while_other_processes_look_for_dead_ones(own_temporary: Path) -> None:
    def create(_: int) -> None:
        for _ in range(40):
            with temporary_folder() as folder:
                (folder / "rows").write_bytes(b"rows")
                assert (folder / "rows").read_bytes() == b"rows"

    with ThreadPoolExecutor(4) as threads:
        creators = [threads.submit(create, number) for number in range(3)]
        while not all(creator.done() for creator in creators):
            remove_dead_folders(own_temporary / f"tideline-{os.geteuid()}")
        for creator in creators:
            creator.result()
    assert files(own_temporary) == []
    assert user_folder().is_dir()
