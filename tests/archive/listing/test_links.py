"""Links of a local archive: followed to files and folders, a loop once; what is no file is counted and never opened."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from event_assets.archive.errors import UnreadableFile
from event_assets.archive.listing.list_hours import list_hours
from event_assets.archive.manifest import ArchiveFile
from event_assets.archive.source import ArchiveSource
from event_assets.archive.storage.filesystem import open_storage
from event_assets.archive.storage.read_ahead import fetch_files

HOUR = datetime(2026, 1, 31, 7, tzinfo=UTC)
TEMPLATE = "{year}/{month}/{day}/{hour}/*"
DEEP = "{year}/{month}/{day}/{hour}/**"


def archive_of(tmp_path: Path) -> tuple[Path, Path]:
    """Return the folder of an hour of an archive with one file, and a folder beside the archive."""
    hour, beside = tmp_path / "archive/2026/01/31/07", tmp_path / "beside"
    hour.mkdir(parents=True)
    beside.mkdir()
    (hour / "a.jsonl").write_text("1\n")
    return hour, beside


def read_files(tmp_path: Path, layout: str, *, bounded: bool) -> tuple[dict[str, bytes | str], int]:
    """Return the content of the archive's files by name, or why one cannot be read, and how many were ignored."""
    source = ArchiveSource(str(tmp_path / "archive"), layout=layout)
    listing = list_hours(source, start=HOUR, end=HOUR) if bounded else list_hours(source)
    files = listing.hours[HOUR].files
    return {file.key.split("/07/")[1]: read_file(source, file) for file in files}, listing.ignored


def read_file(source: ArchiveSource, file: ArchiveFile) -> bytes | str:
    try:
        (content,) = [b"".join(pieces) for _, pieces in fetch_files(open_storage(source), [file])]
    except UnreadableFile as error:
        return str(error).split(" in ")[-1].split(" is ")[-1]
    return content


def test_links_to_files_and_folders_are_followed(tmp_path: Path) -> None:
    hour, beside = archive_of(tmp_path)
    (beside / "b.jsonl").write_text("2\n")
    (hour / "linked.jsonl").symlink_to(beside / "b.jsonl")
    (hour / "again.jsonl").symlink_to(hour / "linked.jsonl")
    expected = {"a.jsonl": b"1\n", "linked.jsonl": b"2\n", "again.jsonl": b"2\n"}
    for bounded in (True, False):
        assert read_files(tmp_path, TEMPLATE, bounded=bounded) == (expected, 0)


def test_an_hour_that_is_a_link_is_an_hour(tmp_path: Path) -> None:
    hour, beside = archive_of(tmp_path)
    hour.rename(beside / "07")
    hour.symlink_to(beside / "07")
    for bounded in (True, False):
        assert read_files(tmp_path, TEMPLATE, bounded=bounded) == ({"a.jsonl": b"1\n"}, 0)


def test_a_loop_of_folders_is_read_once(tmp_path: Path) -> None:
    hour, _ = archive_of(tmp_path)
    (hour / "deeper").mkdir()
    (hour / "deeper" / "back").symlink_to(hour)
    (hour / "deeper" / "b.jsonl").write_text("2\n")
    for bounded in (True, False):
        files, _ = read_files(tmp_path, DEEP, bounded=bounded)
        assert files == {"a.jsonl": b"1\n", "deeper/b.jsonl": b"2\n"}


def test_links_to_nothing_and_to_themselves_are_files_that_cannot_be_read(tmp_path: Path) -> None:
    hour, beside = archive_of(tmp_path)
    (hour / "nothing.jsonl").symlink_to(beside / "nothing")
    (hour / "itself.jsonl").symlink_to(hour / "itself.jsonl")
    for bounded in (True, False):
        files, ignored = read_files(tmp_path, TEMPLATE, bounded=bounded)
        assert (files["nothing.jsonl"], ignored) == ("a link to nothing. Mend the link.", 0)
        assert "link" in str(files["itself.jsonl"])


def test_a_pipe_is_ignored_and_never_opened(tmp_path: Path) -> None:
    hour, beside = archive_of(tmp_path)
    os.mkfifo(hour / "pipe.jsonl")
    os.mkfifo(beside / "pipe")
    (hour / "linked.jsonl").symlink_to(beside / "pipe")
    for bounded in (True, False):
        assert read_files(tmp_path, TEMPLATE, bounded=bounded) == ({"a.jsonl": b"1\n"}, 2)
