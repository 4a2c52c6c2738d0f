"""Files of an hour that its note no longer names are removed after a day (SPEC §8)."""

from __future__ import annotations

import shutil
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from event_assets.lake.errors import LakeError
from event_assets.lake.location import SPOOL_FOLDER, Lake, hour_folder, note_path
from event_assets.lake.read import read_note

KEPT_FOR: Final = timedelta(days=1)
"""A reader that took the former note may read its files for so long."""


def clean_hour(lake: Lake, source_name: str, hour: datetime, *, now: datetime) -> tuple[str, ...]:
    """Remove what the hour's note has not named for a day; gives the removed paths below the lake.

    The age of the note is how long its files have been unnamed; a file younger than a day may be another writer's,
    whose note is still to come. Without a note every file older than a day is the rest of a write that failed; what a
    damaged note names is unknown, so nothing goes.
    """
    try:
        note = read_note(lake, source_name, hour)
    except LakeError:
        return ()
    if note is not None and not is_old(lake, note_path(source_name, hour), now):
        return ()
    named = {*note.parquet, *note.quarantine} if note else set()
    found = [
        path for kind in ("events", "quarantine") for path in lake.list_folder(hour_folder(source_name, kind, hour))
    ]
    removed = tuple(path for path in found if path not in named and is_old(lake, path, now))
    for path in removed:
        lake.remove(path)
    return removed


def is_old(lake: Lake, path: str, now: datetime) -> bool:
    try:
        return now - lake.modified(path) > KEPT_FOR
    except FileNotFoundError:
        return False


def clean_spools(lake: Lake, *, now: datetime) -> None:
    """Remove the drafts and sorted runs that killed writers left in a local lake more than a day ago.

    Other writers come and go meanwhile: a folder that is gone when it is looked at was theirs.
    """
    place = Path(lake.locate(SPOOL_FOLDER))
    if not lake.local or not place.is_dir():
        return
    for folder in place.iterdir():
        with suppress(FileNotFoundError):
            if now - datetime.fromtimestamp(folder.stat().st_mtime, UTC) > KEPT_FOR:
                shutil.rmtree(folder, ignore_errors=True)
