"""Listing: the files of an archive by archive hour (contract §2), without a request per file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final, Generic, TypeVar

from event_assets.archive.errors import ArchiveError
from event_assets.archive.listing import links
from event_assets.archive.listing.arrival import Form, Layout
from event_assets.archive.listing.bounded_listing import Lister
from event_assets.archive.listing.key_sample import sample_keys
from event_assets.archive.listing.layouts import layout_of, recognise_layout
from event_assets.archive.listing.templates import HOUR, looks_like_data, span_of
from event_assets.archive.manifest import ArchiveFile, Manifest
from event_assets.archive.source import AUTO, ArchiveSource
from event_assets.archive.storage.filesystem import (
    Storage,
    describe_file,
    is_local,
    modified_at,
    open_storage,
    try_again,
)
from event_assets.archive.storage.s3_objects import speaks_s3

_LONGEST_WALK: Final = timedelta(days=45)
"""For a longer range, one listing of everything takes fewer requests than one per folder."""

_SHOWN: Final = 3
_SAMPLE_REQUESTS: Final = 100
"""About the most folders that are listed to recognise a layout."""

_ALWAYS: Final = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))

Info = Mapping[str, Any]
Range = tuple[datetime, datetime]
SourceT = TypeVar("SourceT", bound=ArchiveSource)


@dataclass(frozen=True)
class Listing(Generic[SourceT]):
    """The files of an archive, by archive hour in order.

    `source` is the source with its layout resolved (no longer `auto`). `ignored` counts all listed keys that do not fit
    the layout; a manifest counts those in the folder of its own hour.
    """

    source: SourceT
    layout: Layout
    hours: dict[datetime, Manifest]
    ignored: int
    unfit: int = 0
    """Ignored keys that look like data: no markers of writers, no temporary files."""
    unfit_keys: tuple[str, ...] = ()
    """The first few of them."""


@dataclass
class _HourFiles:
    files: dict[datetime, list[ArchiveFile]] = field(default_factory=dict)
    ends: dict[datetime, datetime] = field(default_factory=dict)
    ignored: Counter[datetime | None] = field(default_factory=Counter)
    unfit: int = 0
    unfit_keys: list[str] = field(default_factory=list)

    def ignore(self, layout: Layout, key: str) -> None:
        """Count a key that does not fit the layout."""
        self.ignored[layout.folder_hour(key)] += 1
        if looks_like_data(key):
            self.unfit += 1
            if len(self.unfit_keys) < _SHOWN:
                self.unfit_keys.append(key)


def list_hours(source: SourceT, *, start: datetime | None = None, end: datetime | None = None) -> Listing[SourceT]:
    """Return the manifests of the archive hours from `start` to `end`, both included; None is no bound.

    If both bounds are within 45 days and folders name the hour, only folders that can contain those hours are listed.
    Raises `ArchiveError` (no such prefix, no such layout, nothing recognised) or `TransientArchiveError`.
    """
    storage = open_storage(source)
    storage.fs.invalidate_cache()
    layout = _settle_layout(source, storage)
    wanted = (start or _ALWAYS[0], end + HOUR if end else _ALWAYS[1])
    found = _sort_by_hour(layout, storage, _list_files(layout, storage, wanted), wanted)
    hours = {
        hour: Manifest(
            source.name, hour, tuple(found.files[hour]), ignored=found.ignored[hour], ends=found.ends.get(hour)
        )
        for hour in sorted(found.files)
    }
    resolved = replace(source, layout=layout.name)
    return Listing(resolved, layout, hours, found.ignored.total(), found.unfit, tuple(found.unfit_keys))


def list_hour(source: ArchiveSource, hour: datetime) -> Manifest:
    """Return the manifest of one archive hour; without files if the archive has none of that hour."""
    listing = list_hours(source, start=hour, end=hour)
    return listing.hours.get(hour) or Manifest(source.name, hour, ())


def settle_layout(source: SourceT) -> SourceT:
    """Return the source with its layout resolved; for `auto`, from a bounded sample of keys."""
    if source.layout != AUTO:
        return replace(source, layout=layout_of(source).name)
    storage = open_storage(source)
    storage.fs.invalidate_cache()
    return replace(source, layout=_settle_layout(source, storage).name)


def _settle_layout(source: ArchiveSource, storage: Storage) -> Layout:
    layout = None if source.layout == AUTO else layout_of(source)
    if not _has_entries(storage):
        raise ArchiveError(
            f"The archive {storage.url!r} of source {source.name!r} is no folder or prefix with files. "
            "Check the path, and that this role may list it."
        )
    if layout is not None:
        return layout
    found = recognise_layout(sample_keys(Lister(storage), _SAMPLE_REQUESTS).keys, archive=storage.url)
    return layout_of(replace(source, layout=found.name))


def _has_entries(storage: Storage) -> bool:
    """Return whether the archive is a folder, or a prefix with objects below it.

    It is listed, not tested for existence, because the error of a listing gives the reason.
    """
    try:
        if not speaks_s3(storage.fs):
            return try_again(storage, "Listing", lambda: bool(storage.fs.isdir(storage.root)))
        entries = _list_folder(storage, "")
    except FileNotFoundError:
        return False
    return any(info["name"] != storage.root for info in entries) or (not entries and "/" not in storage.root)


def _list_folder(storage: Storage, folder: str) -> list[Info]:
    """Return the entries directly below a folder."""
    entries: list[Info] = try_again(storage, "Listing", lambda: storage.list_folder(folder))
    return links.follow(storage.fs, entries) if is_local(storage) else entries


def _list_tree(storage: Storage, folder: str) -> dict[str, Info]:
    """Return all files below a folder."""
    if is_local(storage):
        path = storage.path(folder.rstrip("/"))
        return try_again(storage, "Listing", lambda: dict(links.walk(storage.fs, path)))
    return try_again(storage, "Listing", lambda: storage.list_tree(folder))


def _list_files(layout: Layout, storage: Storage, wanted: Range) -> Iterator[tuple[str, Info]]:
    """Yield paths with their listing entries, with as few as possible outside the wanted range."""
    unbounded = layout.may_arrive_any_time or any(form.template.hour_folder is None for form in layout.forms)
    if unbounded or wanted[1] - wanted[0] > _LONGEST_WALK:
        yield from _list_tree(storage, "").items()
        return
    seen: set[str] = set()
    listed: dict[str, list[Info]] = {}
    for form in layout.forms:
        for path, info in _walk(form, storage, wanted, listed):
            if path not in seen:
                seen.add(path)
                yield path, info


def _walk(
    form: Form, storage: Storage, wanted: Range, listed: dict[str, list[Info]], folder: str = "", depth: int = 0
) -> Iterator[tuple[str, Info]]:
    template = form.template
    if depth == len(template.folders) and template.deep:
        yield from _list_tree(storage, folder).items()
        return
    for info in _entries(storage, folder, listed):
        if info["type"] != "directory":
            yield str(info["name"]), info
        elif depth < len(template.folders):
            key = storage.folder(info)
            matched = template.folders[depth].fullmatch(key[:-1])
            if matched and _overlaps(span_of(tuple(matched.groupdict().items()), form.layout.zone), wanted):
                yield from _walk(form, storage, wanted, listed, key, depth + 1)


def _entries(storage: Storage, folder: str, listed: dict[str, list[Info]]) -> list[Info]:
    if folder not in listed:
        try:
            listed[folder] = _list_folder(storage, folder)
        except FileNotFoundError:
            listed[folder] = []
    return listed[folder]


def _overlaps(span: Range | None, wanted: Range) -> bool:
    return span is not None and span[0] < wanted[1] and wanted[0] < span[1]


def _sort_by_hour(layout: Layout, storage: Storage, paths: Iterator[tuple[str, Info]], wanted: Range) -> _HourFiles:
    found = _HourFiles()
    for path, info in paths:
        key = storage.key(path)
        arrival = layout.read_arrival(key, partial(modified_at, info))
        if arrival is None or links.is_special(info):
            found.ignore(layout, key)
        elif wanted[0] <= arrival.hour < wanted[1]:
            hour = arrival.hour
            found.files.setdefault(hour, []).append(describe_file(storage, path, info))
            if arrival.end > max(hour + HOUR, found.ends.get(hour, hour)):
                found.ends[hour] = arrival.end
    return found
