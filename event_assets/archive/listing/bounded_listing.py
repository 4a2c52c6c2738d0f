"""Bounded listing: the keys of an archive of any size, read with a limited number of requests.

Covered by tests/archive/inspection/test_inspect.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeVar

from event_assets.archive.errors import ArchiveError
from event_assets.archive.listing import links
from event_assets.archive.listing.arrival import Layout
from event_assets.archive.listing.templates import Template
from event_assets.archive.manifest import ArchiveFile
from event_assets.archive.storage.filesystem import Storage, describe_file, is_local, modified_at, try_again
from event_assets.archive.storage.s3_objects import ask_again

PAGE: Final = 1_000
"""Entries that an object store lists in one request."""

_AT_ONCE: Final = 16

Info = Mapping[str, Any]
T = TypeVar("T")


@dataclass(frozen=True)
class InspectionLimits:
    """How much an inspection may read: listing requests, bytes of files as stored, and files opened."""

    requests: int = 1_000
    bytes: int = 32 << 20
    files: int = 400


@dataclass
class Lister:
    """Lists folders, several at once, and counts the requests that an object store needs for it.

    Raises `ArchiveError` or `TransientArchiveError` when the storage fails.
    """

    storage: Storage
    spent: int = 0

    def list_folders(self, folders: Sequence[str]) -> list[list[Info]]:
        """Return the entries of each folder, sorted by name; no entries for a folder that does not exist.

        Folders are keys with a slash at their end, and "" is the archive itself.
        """
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            listed = list(pool.map(self._list, folders))
        self.spent += sum(max(1, -(-len(entries) // PAGE)) for entries in listed)
        return listed

    def check_root(self) -> None:
        """Raise `ArchiveError` if there is no folder or prefix with files, and pass on errors of the storage."""
        root = self.storage.root
        try:
            entries = ask_again(lambda: self.storage.fs.ls(root, detail=True))
        except (FileNotFoundError, NotADirectoryError):
            entries = None
        if entries is None or any(str(info["name"]) == root and info["type"] == "file" for info in entries):
            raise ArchiveError(
                f"{self.storage.url} is no folder or prefix with files. Check the path, and that this role may list it."
            )

    def _list(self, folder: str) -> list[Info]:
        try:
            entries = try_again(self.storage, "Listing", lambda: self.storage.list_folder(folder))
        except FileNotFoundError:
            return []
        entries = links.follow(self.storage.fs, entries) if is_local(self.storage) else entries
        path = self.storage.path(folder).rstrip("/")
        below = [info for info in entries if info["type"] == "directory" or str(info["name"]).rstrip("/") != path]
        return sorted(below, key=lambda info: str(info["name"]))


@dataclass(frozen=True)
class ListedFile:
    """A file that fits the layout: its archive hour, the template that gives it, and whether that has only the day."""

    file: ArchiveFile
    hour: datetime
    template: Template
    by_day: bool = False


@dataclass
class Inventory:
    """The files and hours that a listing contains.

    `unlisted` are hours named by folders that were not listed themselves; `folders` counts the folders that can contain
    files, `listed` those of them that were listed. `hours_known` is whether the inventory has every hour that has
    files.
    """

    files: list[ListedFile] = field(default_factory=list)
    ignored: int = 0
    unlisted: set[datetime] = field(default_factory=set)
    folders: int = 0
    listed: int = 0
    hours_known: bool = True

    @property
    def whole(self) -> bool:
        """Whether every folder was listed."""
        return self.hours_known and self.listed == self.folders

    @property
    def hours(self) -> list[datetime]:
        """The hours that have files, in order."""
        return sorted(self.unlisted | {found.hour for found in self.files})


def spread(items: Sequence[T], most: int) -> list[T]:
    """Return all items, or `most` of them spread evenly, including the first and the last."""
    if len(items) <= most:
        return list(items)
    if most < 2:
        return list(items[:most])
    return [items[n * (len(items) - 1) // (most - 1)] for n in range(most)]


def take_inventory(lister: Lister, layout: Layout, requests: int) -> Inventory:
    """Return the files that fit a layout, listing only folders that can contain some, level by level.

    A level with more folders than remaining requests is listed in part, spread evenly. If the folders name the hour,
    the hours of the unlisted rest are still known.
    """
    found = Inventory()
    level, depth, left = [""], 0, requests
    while level:
        last = all(depth >= len(template.folders) and not template.deep for template in layout.templates)
        taken = spread(level, max(2, left if last else left // 2))
        _record_unlisted(found, layout, level, taken)
        before = lister.spent
        level = _take_level(lister, layout, taken, depth, found)
        left -= lister.spent - before
        depth += 1
    return found


def _record_unlisted(found: Inventory, layout: Layout, level: Sequence[str], taken: Sequence[str]) -> None:
    """Record the hours named by the folders of a level that are not listed."""
    if len(taken) == len(level):
        return
    hours = [layout.folder_hour(folder) for folder in level if folder not in set(taken)]
    found.unlisted.update(hour for hour in hours if hour is not None)
    found.hours_known = found.hours_known and None not in hours
    found.folders += len(level) - len(taken)


def _take_level(lister: Lister, layout: Layout, folders: Sequence[str], depth: int, found: Inventory) -> list[str]:
    """Add the files of the folders of one level and return the folders of the next level."""
    below: list[str] = []
    for entries in lister.list_folders(folders):
        has_files = False
        for info in entries:
            if info["type"] == "directory":
                folder = lister.storage.folder(info)
                below += [folder] if _may_hold(layout, depth, folder[:-1]) else []
                continue
            has_files = True
            _add_file(lister.storage, layout, str(info["name"]), info, found)
        found.folders += has_files
        found.listed += has_files
    return below


def _may_hold(layout: Layout, depth: int, folder: str) -> bool:
    return any(
        template.folders[depth].fullmatch(folder) if depth < len(template.folders) else template.deep
        for template in layout.templates
    )


def _add_file(storage: Storage, layout: Layout, path: str, info: Info, found: Inventory) -> None:
    key = storage.key(path)
    arrival = layout.read_arrival(key, lambda: modified_at(info))
    form = layout.fit(key)
    if arrival is None or form is None:
        found.ignored += 1
    else:
        found.files.append(
            ListedFile(describe_file(storage, path, info), arrival.hour, form.template, form.arrives == "day")
        )
