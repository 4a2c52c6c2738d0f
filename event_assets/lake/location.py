"""Where a lake keeps its files, and how a file appears there whole or not at all."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Final

import fsspec
from fsspec.implementations.local import LocalFileSystem

from event_assets.lake.errors import LakeError

HOUR_FORMAT: Final = "%Y-%m-%dT%H"
SPOOL_FOLDER: Final = ".spool"


@dataclass(frozen=True)
class Lake:
    """A lake below a folder or an `fsspec` URL; `storage_options` are handed to fsspec and never shown."""

    url: str
    storage_options: Mapping[str, object] = field(default_factory=dict, repr=False)

    @cached_property
    def _place(self) -> tuple[fsspec.AbstractFileSystem, str]:
        # Others write here too: what a listing said a moment ago is not remembered.
        options = {"use_listings_cache": False, **self.storage_options}
        filesystem, root = fsspec.core.url_to_fs(self.url, **options)
        return filesystem, str(root).rstrip("/")

    @property
    def filesystem(self) -> fsspec.AbstractFileSystem:
        """The fsspec file system that the lake lives on."""
        return self._place[0]

    @property
    def local(self) -> bool:
        """Whether the lake's files are files of this machine, which engines open by path."""
        return isinstance(self.filesystem, LocalFileSystem)

    def locate(self, path: str) -> str:
        """The path below the lake as the file system wants it."""
        return f"{self._place[1]}/{path}"

    def exists(self, path: str) -> bool:
        """Whether the lake holds this file now."""
        return bool(self.filesystem.exists(self.locate(path)))

    def read_bytes(self, path: str) -> bytes | None:
        """The file's content, or None where there is none."""
        try:
            return bytes(self.filesystem.cat_file(self.locate(path)))
        except FileNotFoundError:
            return None

    def list_folder(self, folder: str) -> list[str]:
        """The files of a folder as paths below the lake, sorted; none where the folder is not there."""
        return self._list(folder, "file")

    def list_folders(self, folder: str) -> list[str]:
        """The folders of a folder as paths below the lake, sorted; none where the folder is not there."""
        return self._list(folder, "directory")

    def _list(self, folder: str, kind: str) -> list[str]:
        place = self.locate(folder) if folder else self._place[1]
        self.filesystem.invalidate_cache(place)
        try:
            entries = self.filesystem.ls(place, detail=True)
        except FileNotFoundError:
            return []
        names = sorted(Path(entry["name"].rstrip("/")).name for entry in entries if entry["type"] == kind)
        return [f"{folder}/{name}" if folder else name for name in names]

    def size(self, path: str) -> int:
        """The file's bytes. Raises FileNotFoundError."""
        return int(self.filesystem.size(self.locate(path)))

    def modified(self, path: str) -> datetime:
        """When the file was last written, in UTC. Raises FileNotFoundError."""
        written: datetime = self.filesystem.modified(self.locate(path))
        return written.astimezone(UTC)

    def remove(self, path: str) -> None:
        """Take the file away; one that is gone already is no error."""
        try:
            self.filesystem.rm_file(self.locate(path))
        except FileNotFoundError:
            return

    def publish_bytes(self, content: bytes, path: str) -> None:
        """Make `content` the file at `path`: in one PUT, or by rename, so that no reader sees part of it."""
        if not self.local:
            self.filesystem.pipe_file(self.locate(path), content)
            return
        with self.draft_file(path) as draft:
            draft.write_bytes(content)

    @contextmanager
    def draft_file(self, path: str) -> Iterator[Path]:
        """A local file to write to, which becomes the file at `path` at the end; after an exception nothing does."""
        with self.spool_folder() as folder:
            draft = folder / "draft"
            yield draft
            self.publish_file(draft, path)

    def publish_file(self, draft: Path, path: str) -> None:
        """Make a draft of a spool folder the file at `path`, whole or not at all."""
        if self.local:
            move_file(draft, Path(self.locate(path)))
        else:
            self.filesystem.put_file(str(draft), self.locate(path))

    @contextmanager
    def alone(self, path: str) -> Iterator[None]:
        """Keep other processes of this machine out of the block; an object store has no lock, and keeps nobody out."""
        if not self.local:
            yield
            return
        place = Path(self.locate(path))
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("wb") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    @contextmanager
    def spool_folder(self) -> Iterator[Path]:
        """An empty folder for drafts and sorted runs: a local lake's own disk, as temporary folders may be memory."""
        place = Path(self.locate(SPOOL_FOLDER)) if self.local else None
        if place:
            place.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=place, ignore_cleanup_errors=True) as folder:
            yield Path(folder)


def move_file(draft: Path, target: Path) -> None:
    """Make the draft the file at `target`, for good: its bytes are on the disk before its name is."""
    target.parent.mkdir(parents=True, exist_ok=True)
    sync_path(draft)
    draft.replace(target)
    sync_path(target.parent)


def sync_path(path: Path) -> None:
    """Have a file's bytes or a folder's names on the disk before going on."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def format_hour(hour: datetime) -> str:
    """The archive hour as text, `2026-01-31T07`."""
    return hour.astimezone(UTC).strftime(HOUR_FORMAT)


def parse_hour(text: str) -> datetime:
    """The archive hour of a text such as `2026-01-31T07`. Raises ValueError."""
    return datetime.strptime(text, HOUR_FORMAT).replace(tzinfo=UTC)


def note_path(source_name: str, hour: datetime) -> str:
    """The note of an hour, below the lake."""
    return f"{checked_name(source_name)}/hours/{format_hour(hour)}.json"


def hour_folder(source_name: str, kind: str, hour: datetime) -> str:
    """The folder of an hour's files, below the lake; `kind` is events or quarantine."""
    utc = hour.astimezone(UTC)
    return f"{checked_name(source_name)}/{kind}/archive_date={utc:%Y-%m-%d}/archive_hour={utc:%H}"


def checked_name(source_name: str) -> str:
    """The source's name, if it can be one folder. Raises LakeError."""
    if not source_name or source_name.startswith(".") or "/" in source_name or "\\" in source_name:
        message = f"source {source_name!r} cannot be a folder of the lake: use letters, digits, _ and -"
        raise LakeError(message)
    return source_name
