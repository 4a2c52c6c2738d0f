"""Notes are read again where their files were replaced, and only there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from event_assets.lake.errors import DamagedHour
from event_assets.lake.paths import note_path
from event_assets.lake.reading.listed_notes import ListedNotes
from event_assets.lake.store import Lake
from tests.drive import Place, load_archive, place
from tests.lake.build import HOUR, line, write
from tests.pipeline.audit.test_audit import write_hours
from tests.promises.archives import hour_number
from tests.s3 import Store


def notes_of(where: Place) -> ListedNotes:
    """Every note, read."""
    return ListedNotes().read_again(where.lake, where.source.name)


def path_of(where: Place, number: int) -> Path:
    """The note of the n-th hour."""
    return where.folder / f"lake/default/hours/{hour_number(number):%Y-%m-%dT%H}.json"


@pytest.fixture
def loaded(tmp_path: Path) -> Place:
    """A lake of three hours."""
    where = place(write_hours(tmp_path / "archive"), tmp_path / "place")
    load_archive(where)
    return where


def test_a_note_that_was_not_replaced_is_not_read_again(tmp_path: Path) -> None:
    lake = Lake(f"memory://{tmp_path.name}/lake")
    write(lake, {"a.gz": [line("m1")]})
    before = ListedNotes().read_again(lake, "default")
    assert list(before.notes) == [HOUR]
    path = lake.locate(note_path("default", HOUR))
    with lake.filesystem.store[path].getbuffer() as content:  # the same file, as the listing shows it
        content[:] = b"x" * len(content)
    assert before.read_again(lake, "default") == before
    with pytest.raises(DamagedHour):
        ListedNotes().read_again(lake, "default")


def test_notes_that_were_replaced_removed_or_added_are_found(loaded: Place) -> None:
    path, other = path_of(loaded, 1), path_of(loaded, 2)
    kept = other.read_bytes()
    other.unlink()
    before = notes_of(loaded)
    assert list(before.notes) == [hour_number(0), hour_number(1)]
    other.write_bytes(kept)
    status = path.stat()
    path.with_suffix(".new").write_bytes(path.read_bytes())  # same size and time, as a coarse clock shows it
    os.utime(path.with_suffix(".new"), ns=(status.st_atime_ns, status.st_mtime_ns))
    path.with_suffix(".new").replace(path)
    path_of(loaded, 0).unlink()
    again = before.read_again(loaded.lake, "default")
    assert list(again.notes) == [hour_number(1), hour_number(2)]
    assert again.notes[hour_number(1)] is not before.notes[hour_number(1)]


@pytest.mark.slow
def test_the_listing_of_a_bucket_shows_what_was_replaced(tmp_path: Path, s3: Store) -> None:
    where = place(write_hours(tmp_path / "archive"), tmp_path / "place", store=s3)
    load_archive(where)
    before = notes_of(where)
    assert before.read_again(where.lake, "default") == before
    changed = where.lake.read_bytes("default/hours/" + path_of(where, 1).name)
    assert changed
    where.lake.publish_bytes(changed.replace(b"{", b"[", 1), "default/hours/" + path_of(where, 1).name)
    with pytest.raises(DamagedHour):
        before.read_again(where.lake, "default")
    below = where.lake.list_below("default/events")
    assert below == sorted(path for note in before.notes.values() for path in note.parquet)
