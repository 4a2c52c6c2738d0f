"""Errors of disks and limits: of the system, of DuckDB, and of a PostgreSQL server."""

from __future__ import annotations

import errno
from pathlib import Path

import duckdb
import psycopg
import pytest

from loaders.interface.disk import advise_disk, disk_error, translating_disk_errors
from loaders.interface.errors import DiskFailure, Terminal


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EMFILE, errno.ESTALE])
def test_an_error_that_may_pass_names_the_path_of_the_error_and_what_is_next(number: int, tmp_path: Path) -> None:
    found = disk_error(OSError(number, "x", str(tmp_path / "file")), "Writing", Path("/elsewhere"))
    assert isinstance(found, DiskFailure)
    assert f"{tmp_path}/file" in str(found)
    assert str(found).startswith("Writing failed: ")
    assert str(found).endswith(("run the same again.", "run again."))


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES, errno.EPERM])
def test_an_error_that_does_not_pass_by_itself_is_terminal(number: int) -> None:
    assert isinstance(disk_error(OSError(number, "x"), "Writing", Path("/here")), Terminal)


def test_a_full_disk_shows_what_is_free_there(tmp_path: Path) -> None:
    with pytest.raises(DiskFailure, match=r"\(/dev/full; .* are free on /dev now"):  # noqa: SIM117  one error
        with translating_disk_errors("Writing", Path("/dev/full")), Path("/dev/full").open("wb", buffering=0) as file:
            file.write(b"x")


def test_other_errors_are_none_of_a_disk() -> None:
    assert advise_disk(FileNotFoundError(errno.ENOENT, "x")) is None
    assert advise_disk(ValueError("No space left on device")) is None
    assert advise_disk(duckdb.CatalogException("Table x does not exist")) is None


def test_duckdb_has_the_text_of_the_system_and_the_path() -> None:
    found = advise_disk(duckdb.IOException('Could not write file "/data/w.duckdb": No space left on device'))
    assert found is not None
    assert found.passing
    assert found.problem.startswith("the disk is full (/data/w.duckdb")


def test_a_full_disk_of_a_server_is_named_as_the_servers() -> None:
    found = advise_disk(psycopg.errors.DiskFull("could not extend file"))
    assert found is not None
    assert found.problem == "the disk of the database server is full (could not extend file)"
