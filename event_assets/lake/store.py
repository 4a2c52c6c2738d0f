"""The storage of a lake: a folder or an object store in which a file appears whole or not at all.

Covered by tests/lake/test_s3_lake.py.
"""

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
from typing import IO, Any, Final

import fsspec
from fsspec.implementations.local import LocalFileSystem
from pyarrow import PythonFile
from pyarrow.fs import FSSpecHandler, PyFileSystem

from event_assets.archive.errors import ArchiveError
from event_assets.archive.storage.error_advice import Advice, advise, hide_secrets, is_missing_file
from event_assets.archive.storage.filesystem import open_filesystem
from event_assets.archive.storage.s3_objects import read_object, speaks_s3
from event_assets.lake.errors import LakeError, TransientLakeError, UnusableLake
from loaders.interface.disk import advise_disk
from loaders.process.temporary import temporary_folder

SPOOL_FOLDER: Final = ".spool"

UPLOAD_PART: Final = 16 << 20
"""Bytes of a extent of a multipart upload; a file of two extents or more is sent so, four extents at a time."""
_STAMP: Final = ("size", "ino", "mtime", "ETag", "etag", "LastModified", "last_modified", "updated", "created")
"""Members of a listing that change when a file is replaced, by the names of several storages."""
READ_BLOCK: Final = 1 << 20
"""The least bytes of a request: Parquet is read in scattered ranges, so most of s3fs' own 50 MiB would be unused."""


@dataclass(frozen=True)
class Lake:
    """A lake below a folder or an `fsspec` URL; `storage_options` are passed to fsspec and never shown."""

    url: str
    storage_options: Mapping[str, object] = field(default_factory=dict, repr=False)

    @cached_property
    def _root(self) -> tuple[fsspec.AbstractFileSystem, str]:
        """Open the file system without a cache of listings, because other processes write to it too."""
        try:
            filesystem, root = open_filesystem(self.url, {"use_listings_cache": False, **self.storage_options})
        except Exception as error:
            raise UnusableLake(f"The lake {hide_secrets(repr(self.url))} cannot be opened: {error}") from error
        return filesystem, str(root).rstrip("/")

    @property
    def filesystem(self) -> fsspec.AbstractFileSystem:
        """The fsspec file system that the lake lives on."""
        return self._root[0]

    @property
    def local(self) -> bool:
        """Whether the lake's files are files of this machine, which engines open by path."""
        return isinstance(self.filesystem, LocalFileSystem)

    def locate(self, path: str) -> str:
        """Return the file system's path for a path below the lake."""
        return f"{self._root[1]}/{path}"

    @contextmanager
    def translating_errors(self, action: str) -> Iterator[None]:
        """Translate errors of the storage in the block into errors that name what the operator can do.

        Raises `UnusableLake`, `TransientLakeError` or `LakeError`; FileNotFoundError for a missing file of an existing
        bucket.
        """
        try:
            yield
        except (LakeError, ArchiveError):
            raise
        except Exception as error:  # every storage driver fails with classes of its own
            if is_missing_file(error):
                raise
            folder = Path(self.locate("")) if self.local else None
            raise lake_error(advise(error, folder), f"{action} of the lake {self.url}") from error

    @contextmanager
    def _translating_disk_errors(self, folder: Path) -> Iterator[None]:
        """Translate errors of the disk that a block writes its drafts to; others pass."""
        try:
            yield
        except OSError as error:
            if advise_disk(error, folder) is None:
                raise
            raise lake_error(advise(error, folder), f"Writing drafts for the lake {self.url}") from error

    def exists(self, path: str) -> bool:
        """Return whether the lake holds this file now."""
        with self.translating_errors(f"Looking for {path}"):
            return bool(self.filesystem.exists(self.locate(path)))

    def read_bytes(self, path: str) -> bytes | None:
        """Return the file's content, or None where there is no file."""
        try:
            with self.translating_errors(f"Reading {path}"):
                return read_object(self.filesystem, self.locate(path))
        except FileNotFoundError:
            return None

    def open_file(self, path: str) -> LakeFile:
        """Open the file for reading at any position. Raises FileNotFoundError."""
        return LakeFile(self, path)

    @property
    def arrow(self) -> PyFileSystem:
        """The lake's file system for Arrow: the same requests, with the same options."""
        return PyFileSystem(_ArrowFiles(self))

    def list_folder(self, folder: str) -> list[str]:
        """Return the files of a folder as paths below the lake, sorted; none where there is no such folder."""
        return self._list(folder, "file")

    def list_folders(self, folder: str) -> list[str]:
        """Return the folders of a folder as paths below the lake, sorted; none where there is no such folder."""
        return self._list(folder, "directory")

    def list_below(self, folder: str) -> list[str]:
        """Return every file below a folder as paths below the lake, sorted: of a bucket, a thousand by one request."""
        path = self.locate(folder)
        self.filesystem.invalidate_cache(path)
        with self.translating_errors(f"Listing {folder}"):
            return sorted(folder + name.partition(path)[2] for name in self.filesystem.find(path))

    def stamp_files(self, folder: str) -> dict[str, tuple[object, ...]]:
        """Return what the listing of a folder has of every file: it is equal while a file is not replaced."""
        found = {entry["name"]: entry for entry in self._entries(folder) if entry["type"] == "file"}
        return {
            f"{folder}/{Path(name).name}": tuple(entry.get(member) for member in _STAMP)
            for name, entry in found.items()
        }

    def _list(self, folder: str, kind: str) -> list[str]:
        entries = self._entries(folder)
        names = sorted(Path(entry["name"].rstrip("/")).name for entry in entries if entry["type"] == kind)
        return [f"{folder}/{name}" if folder else name for name in names]

    def _entries(self, folder: str) -> list[dict[str, Any]]:
        path = self.locate(folder) if folder else self._root[1]
        self.filesystem.invalidate_cache(path)
        try:
            with self.translating_errors(f"Listing {folder}"):
                return list(self.filesystem.ls(path, detail=True))
        except FileNotFoundError:
            return []

    def size(self, path: str) -> int:
        """Return the file's size in bytes. Raises FileNotFoundError."""
        with self.translating_errors(f"Looking at {path}"):
            return int(self.filesystem.size(self.locate(path)))

    def modified(self, path: str) -> datetime:
        """Return when the file was last written, in UTC. Raises FileNotFoundError."""
        with self.translating_errors(f"Looking at {path}"):
            written: datetime = self.filesystem.modified(self.locate(path))
            return written.astimezone(UTC)

    def remove(self, path: str) -> None:
        """Remove the file; a missing file is no error."""
        try:
            with self.translating_errors(f"Removing {path}"):
                self.filesystem.rm_file(self.locate(path))
        except FileNotFoundError:
            return

    def publish_bytes(self, content: bytes, path: str) -> None:
        """Write `content` to the file at `path`, in one PUT or by a rename, so that no reader sees half of it."""
        if self.local:
            with self.draft_file(path) as draft:
                draft.write_bytes(content)
            return
        with self.translating_errors(f"Writing {path}"):
            self.filesystem.pipe_file(self.locate(path), content)

    @contextmanager
    def draft_file(self, path: str) -> Iterator[Path]:
        """Give a local file to write to, and publish it at `path` when the block ends without an exception."""
        with self.spool_folder() as folder:
            draft = folder / "draft"
            yield draft
            self.publish_file(draft, path)

    def publish_file(self, draft: Path, path: str) -> None:
        """Publish a draft of a spool folder at `path`, whole or not at all."""
        with self.translating_errors(f"Writing {path}"):
            if self.local:
                move_file(draft, Path(self.locate(path)))
            else:
                bounds = {"chunksize": UPLOAD_PART, "max_concurrency": 4} if speaks_s3(self.filesystem) else {}
                self.filesystem.put_file(str(draft), self.locate(path), **bounds)

    @contextmanager
    def alone(self, path: str) -> Iterator[None]:
        """Lock the block against other processes of this machine; on an object store there is no lock."""
        if not self.local:
            yield
            return
        lock = Path(self.locate(path))
        with self.translating_errors(f"Writing {path}"):
            lock.parent.mkdir(parents=True, exist_ok=True)
            handle = lock.open("wb")
        with handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    @contextmanager
    def spool_folder(self) -> Iterator[Path]:
        """Create an empty folder for drafts and sorted runs: on a local lake's disk, as `/tmp` may be memory."""
        parent = Path(self.locate(SPOOL_FOLDER)) if self.local else None
        if parent:
            with self.translating_errors(f"Creating {SPOOL_FOLDER}"):
                parent.mkdir(parents=True, exist_ok=True)
        with (
            self._translating_disk_errors(parent or Path(tempfile.gettempdir())),
            temporary_folder(parent) as folder,
        ):
            yield folder


class LakeFile(io.RawIOBase):
    """A file of a lake, open for reading by blocks of 1 MiB or more; its errors are those of the lake."""

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


def lake_error(advice: Advice, action: str) -> LakeError:
    """Return the error for an advice, by what the operator can do."""
    kind = TransientLakeError if advice.passing else UnusableLake
    return kind(advice.message(action))


def move_file(draft: Path, target: Path) -> None:
    """Move the draft to `target` durably: its bytes are on the disk before its name is."""
    target.parent.mkdir(parents=True, exist_ok=True)
    sync_path(draft)
    draft.replace(target)
    sync_path(target.parent)


def sync_path(path: Path) -> None:
    """Return once a file's bytes or a folder's names are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
