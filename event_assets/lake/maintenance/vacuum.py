"""Remove files that no note of the lake has named for a day (contract §8).

Covered by tests/lake/maintenance/test_compact.py.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from pathlib import Path, PurePosixPath
from typing import Final

from event_assets.lake.errors import LakeError
from event_assets.lake.hour_note import HourNote
from event_assets.lake.maintenance.tombstones import tombstone_path
from event_assets.lake.packs import (
    WHOLE_DAY,
    KindName,
    Pack,
    extent_of_pack,
    files_of,
    pack_folder,
    packs_path,
    read_packs,
)
from event_assets.lake.paths import checked_name, hour_folder, note_path, parse_hour
from event_assets.lake.reading.read import count_extent, read_note
from event_assets.lake.reading.verified import verify_extent
from event_assets.lake.store import SPOOL_FOLDER, Lake
from loaders.process.temporary import is_ours, remove_dead_folders

KEPT_FOR: Final = timedelta(days=1)
"""How long a reader that has read the previous note may read its files."""
KINDS: Final[tuple[KindName, ...]] = ("events", "quarantine")


def clean_lake(lake: Lake, source_name: str, *, now: datetime, dry_run: bool = False) -> tuple[str, ...]:
    """Remove every file of a source that nothing has named for a day; return the removed paths below the lake.

    Safe beside loads, compaction and readers: no file younger than a day is removed. With `dry_run` none is.
    """
    removed: list[str] = []
    for day, hours in sorted(_find_days(lake, source_name).items()):
        for hour in sorted(hours):
            removed += clean_hour(lake, source_name, hour, now=now, dry_run=dry_run)
        removed += clean_day(lake, source_name, day, now=now, dry_run=dry_run)
    return tuple(removed)


def clean_hour(
    lake: Lake, source_name: str, hour: datetime, *, now: datetime, dry_run: bool = False
) -> tuple[str, ...]:
    """Remove files that the hour's note has not named for a day; return the removed paths below the lake.

    The age of the note is how long its files have been unnamed; a file younger than a day may be another writer's,
    whose note is not published yet. Without a note every file older than a day is left from a write that failed, or
    from an hour that was retired more than a day ago. Beside a damaged note no file is removed.
    """
    try:
        note = read_note(lake, source_name, hour)
    except LakeError:
        return ()
    record = note_path(source_name, hour) if note else tombstone_path(source_name, hour)
    if lake.exists(record) and not is_old(lake, record, now):
        return ()
    named = {*note.parquet, *note.quarantine} if note else set()
    found = [path for kind in KINDS for path in lake.list_folder(hour_folder(source_name, kind, hour))]
    return _remove(lake, [path for path in found if path not in named], now, dry_run)


def clean_day(lake: Lake, source_name: str, day: date, *, now: datetime, dry_run: bool = False) -> tuple[str, ...]:
    """Remove packs that the day's record has not named for a day, and files that its packs have replaced for a day.

    An hour's own files are removed only when the pack has all their rows and is what was written.
    """
    try:
        packs = read_packs(lake, source_name, day)
        if packs and not is_old(lake, packs_path(source_name, day), now):
            return ()
        replaced = [path for pack in packs for path in _replaced_files(lake, source_name, pack)]
    except LakeError:
        return ()
    over = bool(packs) and all(_is_retired(lake, source_name, pack, now) for pack in packs)
    named = set() if over else {pack.path for pack in packs}
    found = [path for kind in KINDS for path in lake.list_folder(pack_folder(source_name, kind, day))]
    unnamed = [path for path in found if path not in named]
    removed = _remove(lake, [*replaced, *unnamed], now, dry_run)
    return removed + (_remove(lake, [packs_path(source_name, day)], now, dry_run) if over else ())


def remove_unnamed(lake: Lake, source_name: str, *, before: datetime, clean: Iterable[HourNote]) -> None:
    """Remove every file of a source that nothing names and that was written before an instant, without waiting a day.

    Files of the `clean` notes are kept whatever has replaced them, so the notes of those hours are not read again. A
    reader that has begun with a former note fails and reads the hour again. A damaged note keeps the files beside it.
    """
    kept = {path for note in clean for path in (*note.parquet, *note.quarantine)}
    listed = (path for kind in KINDS for path in lake.list_below(f"{checked_name(source_name)}/{kind}"))
    for folder, paths in groupby((path for path in listed if path not in kept), lambda path: path.rpartition("/")[0]):
        with suppress(LakeError):
            named = _named_in(lake, source_name, folder)
            if named is not None:
                _remove_before(lake, [path for path in paths if path not in named], before)


def _named_in(lake: Lake, source_name: str, folder: str) -> set[str] | None:
    """Return the paths that the note of a folder's hour, or the packs of its day, name; None for any other folder."""
    day_folder, _, hour_folder = folder.rpartition("/")
    hour = _value(hour_folder, "archive_hour")
    try:
        day = date.fromisoformat(_value(day_folder, "archive_date"))
        if hour == WHOLE_DAY:
            return {pack.path for pack in read_packs(lake, source_name, day)}
        note = read_note(lake, source_name, parse_hour(f"{day:%Y-%m-%d}T{hour}"))
    except ValueError:
        return None
    return {*note.parquet, *note.quarantine} if note else set()


def _remove_before(lake: Lake, paths: Iterable[str], before: datetime) -> None:
    for path in paths:
        with suppress(FileNotFoundError):
            if lake.modified(path) < before:
                lake.remove(path)


def _replaced_files(lake: Lake, source_name: str, pack: Pack) -> list[str]:
    """Return the hour's own files that exist, if its rows are read from the pack and the pack has all of them.

    Raises DamagedHour when the pack is damaged: the hour's own files may be the only sound ones.
    """
    files = [path for path in pack.files if lake.exists(path)]
    note = read_note(lake, source_name, pack.archive_hour) if files else None
    if note is None or files_of(note, pack.kind) != pack.files or not lake.exists(pack.path):
        return []
    extent = extent_of_pack(pack)
    verify_extent(lake, extent)
    return files if count_extent(lake, extent) == pack.rows else []


def _is_retired(lake: Lake, source_name: str, pack: Pack, now: datetime) -> bool:
    """Return whether the hour of the pack was retired more than a day ago."""
    note, tombstone = note_path(source_name, pack.archive_hour), tombstone_path(source_name, pack.archive_hour)
    return not lake.exists(note) and is_old(lake, tombstone, now)


def _find_days(lake: Lake, source_name: str) -> dict[date, set[datetime]]:
    """Return every day and archive hour that the lake has a folder of."""
    days: dict[date, set[datetime]] = {}
    for folder in (f"{checked_name(source_name)}/{kind}" for kind in KINDS):
        for day_folder in lake.list_folders(folder):
            with suppress(ValueError):
                day = date.fromisoformat(_value(day_folder, "archive_date"))
                days.setdefault(day, set()).update(_find_hours(lake, day, day_folder))
    return days


def _find_hours(lake: Lake, day: date, day_folder: str) -> Iterator[datetime]:
    for folder in lake.list_folders(day_folder):
        hour = _value(folder, "archive_hour")
        if hour != WHOLE_DAY:
            with suppress(ValueError):
                yield parse_hour(f"{day:%Y-%m-%d}T{hour}")


def _value(folder: str, key: str) -> str:
    """Return the value in a folder's name such as `archive_hour=07`; an empty text for another key."""
    name, _, value = PurePosixPath(folder).name.partition("=")
    return value if name == key else ""


def _remove(lake: Lake, paths: list[str], now: datetime, dry_run: bool) -> tuple[str, ...]:
    """Remove those of the files that are older than a day; the age of a file is read just before."""
    removed = []
    for path in paths:
        if is_old(lake, path, now):
            removed.append(path)
            if not dry_run:
                lake.remove(path)
    return tuple(removed)


def is_old(lake: Lake, path: str, now: datetime) -> bool:
    """Return whether the file exists and was last written more than a day ago."""
    try:
        return now - lake.modified(path) > KEPT_FOR
    except FileNotFoundError:
        return False


def clean_spools(lake: Lake, *, now: datetime, dry_run: bool = False) -> tuple[str, ...]:
    """Remove the drafts and sorted runs that dead writers of this machine have left in a local lake.

    Those of other machines, and of other versions, go when they are unchanged for a day. Other writers run meanwhile: a
    folder that is missing when its age is read was theirs.
    """
    spools = Path(lake.locate(SPOOL_FOLDER))
    if not lake.local or not spools.is_dir():
        return ()
    removed = remove_dead_folders(spools, now=now, dry_run=dry_run)
    for folder in spools.iterdir():
        with suppress(FileNotFoundError):
            old = now - datetime.fromtimestamp(folder.stat().st_mtime, UTC) > KEPT_FOR
            if old and not is_ours(folder.name):
                removed.append(folder.name)
                if not dry_run:
                    shutil.rmtree(folder, ignore_errors=True)
    return tuple(f"{SPOOL_FOLDER}/{name}" for name in removed)
