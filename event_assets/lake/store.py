"""Where a lake keeps its files, and how a file appears there whole or not at all."""

from __future__ import annotations

import fcntl
import io
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import IO, Final

import fsspec
from fsspec.implementations.local import LocalFileSystem
from pyarrow import PythonFile
from pyarrow.fs import FSSpecHandler, PyFileSystem

from event_assets.archive.errors import ArchiveError
from event_assets.archive.storage.error_advice import Advice, advise, hide_secrets, is_missing_file
from event_assets.archive.storage.filesystem import open_filesystem
from event_assets.archive.storage.s3_objects import read_object, speaks_s3
from event_assets.lake.errors import LakeError, TransientLakeError, UnusableLake

SPOOL_FOLDER: Final = ".spool"

UPLOAD_PART: Final = 16 << 20
"""Bytes of a part of a multipart upload; a file of two parts or more is sent so, four parts at a time."""
READ_BLOCK: Final = 1 << 20
"""Bytes asked for at least: Parquet is read here and there, and s3fs' own 50 MiB would mostly be thrown away."""


@dataclass(frozen=True)
class Lake:
    """A lake below a folder or an `fsspec` URL; `storage_options` are handed to fsspec and never shown."""

    url: str
    storage_options: Mapping[str, object] = field(default_factory=dict, repr=False)

    @cached_property
    def _place(self) -> tuple[fsspec.AbstractFileSystem, str]:
        """No listing is remembered: other processes write here too."""
        try:
            filesystem, root = open_filesystem(self.url, {"use_listings_cache": False, **self.storage_options})
        except Exception as error:
            raise UnusableLake(f"The lake {hide_secrets(repr(self.url))} cannot be opened: {error}") from error
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

    @contextmanager
    def translating_errors(self, action: str) -> Iterator[None]:
        """Translate errors of the storage in the block into errors that name what the operator can do.

        Raises `UnusableLake`, `TransientLakeError` or `LakeError`; FileNotFoundError for a file that is not there, as
        long as its bucket is.
        """
        try:
            yield
        except (LakeError, ArchiveError):
            raise
        except Exception as error:  # every storage driver fails with classes of its own
            if is_missing_file(error):
                raise
            raise lake_error(advise(error), f"{action} of the lake {self.url}") from error

    def exists(self, path: str) -> bool:
        """Whether the lake holds this file now."""
        with self.translating_errors(f"Looking for {path}"):
            return bool(self.filesystem.exists(self.locate(path)))

    def read_bytes(self, path: str) -> bytes | None:
        """The file's content, or None where there is none."""
        try:
            with self.translating_errors(f"Reading {path}"):
                return read_object(self.filesystem, self.locate(path))
        except FileNotFoundError:
            return None

    def open_file(self, path: str) -> LakeFile:
        """The file, open for reading here and there. Raises FileNotFoundError."""
        return LakeFile(self, path)

    @property
    def arrow(self) -> PyFileSystem:
        """The lake's file system as Arrow wants it: the same requests, with the same options."""
        return PyFileSystem(_ArrowFiles(self))

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
            with self.translating_errors(f"Listing {folder}"):
                entries = self.filesystem.ls(place, detail=True)
        except FileNotFoundError:
            return []
        names = sorted(Path(entry["name"].rstrip("/")).name for entry in entries if entry["type"] == kind)
        return [f"{folder}/{name}" if folder else name for name in names]

    def size(self, path: str) -> int:
        """The file's bytes. Raises FileNotFoundError."""
        with self.translating_errors(f"Looking at {path}"):
            return int(self.filesystem.size(self.locate(path)))

    def modified(self, path: str) -> datetime:
        """When the file was last written, in UTC. Raises FileNotFoundError."""
        with self.translating_errors(f"Looking at {path}"):
            written: datetime = self.filesystem.modified(self.locate(path))
            return written.astimezone(UTC)

    def remove(self, path: str) -> None:
        """Take the file away; one that is gone already is no error."""
        try:
            with self.translating_errors(f"Removing {path}"):
                self.filesystem.rm_file(self.locate(path))
        except FileNotFoundError:
            return

    def publish_bytes(self, content: bytes, path: str) -> None:
        """Make `content` the file at `path`: in one PUT, or by rename, so that no reader sees part of it."""
        if self.local:
            with self.draft_file(path) as draft:
                draft.write_bytes(content)
            return
        with self.translating_errors(f"Writing {path}"):
            self.filesystem.pipe_file(self.locate(path), content)

    @contextmanager
    def draft_file(self, path: str) -> Iterator[Path]:
        """A local file to write to, which becomes the file at `path` at the end; after an exception nothing does."""
        with self.spool_folder() as folder:
            draft = folder / "draft"
            yield draft
            self.publish_file(draft, path)

    def publish_file(self, draft: Path, path: str) -> None:
        """Make a draft of a spool folder the file at `path`, whole or not at all."""
        with self.translating_errors(f"Writing {path}"):
            if self.local:
                move_file(draft, Path(self.locate(path)))
            else:
                bounds = {"chunksize": UPLOAD_PART, "max_concurrency": 4} if speaks_s3(self.filesystem) else {}
                self.filesystem.put_file(str(draft), self.locate(path), **bounds)

    @contextmanager
    def alone(self, path: str) -> Iterator[None]:
        """Keep other processes of this machine out of the block; an object store has no lock, and keeps nobody out."""
        if not self.local:
            yield
            return
        place = Path(self.locate(path))
        with self.translating_errors(f"Writing {path}"):
            place.parent.mkdir(parents=True, exist_ok=True)
            handle = place.open("wb")
        with handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    @contextmanager
    def spool_folder(self) -> Iterator[Path]:
        """An empty folder for drafts and sorted runs: a local lake's own disk, as temporary folders may be memory."""
        place = Path(self.locate(SPOOL_FOLDER)) if self.local else None
        if place:
            with self.translating_errors(f"Making {SPOOL_FOLDER}"):
                place.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=place, ignore_cleanup_errors=True) as folder:
            yield Path(folder)


class LakeFile(io.RawIOBase):
    """A file of a lake, open for reading by blocks of 1 MiB or more; what fails is told as by the lake itself."""

    def __init__(self, lake: Lake, path: str) -> None:
        self._translating_errors = partial(lake.translating_errors, f"Reading {path}")
        with self._translating_errors():
            self._file: IO[bytes] = lake.filesystem.open(lake.locate(path), "rb", block_size=READ_BLOCK)

    def read(self, size: int | None = -1) -> bytes:
        with self._translating_errors():
            return self._file.read(-1 if size is None else size)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def close(self) -> None:
        if not self.closed and hasattr(self, "_file"):
            self._file.close()
        super().close()


class _ArrowFiles(FSSpecHandler):  # type: ignore[misc]  # pyarrow ships no types
    """A lake's file system for Arrow."""

    def __init__(self, lake: Lake) -> None:
        super().__init__(lake.filesystem)
        self.lake = lake

    def open_input_file(self, path: str) -> PythonFile:
        return PythonFile(self.lake.open_file(path.removeprefix(self.lake.locate(""))), mode="r")


def lake_error(advice: Advice, doing: str) -> LakeError:
    """The error for an advice, by what the operator can do."""
    kind = TransientLakeError if advice.passing else UnusableLake
    return kind(advice.message(doing))


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
