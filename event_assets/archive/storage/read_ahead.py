"""Reading ahead: the bytes of archive files in the order of the manifest, checked against the listing.

Covered by tests/archive/storage/test_s3_objects.py.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from event_assets.archive.errors import TransientArchiveError, UnreadableFile
from event_assets.archive.manifest import ArchiveFile
from event_assets.archive.storage.filesystem import Storage, describe_file, is_local, try_again
from event_assets.archive.storage.s3_objects import BodyCutShort, ObjectChanged, read_version, speaks_s3

PART: Final = 4 << 20
"""Bytes of one request; a larger file comes in several parts."""
AHEAD_BYTES: Final = 32 << 20
AHEAD_PARTS: Final = 64
"""How much is requested before it is needed, received or in flight."""
CONNECTIONS: Final = 16
_PIECE: Final = 64 << 10


def fetch_files(
    storage: Storage, files: Sequence[ArchiveFile]
) -> Generator[tuple[ArchiveFile, Generator[bytes, None, None]], None, None]:
    """Yield each file with its content in pieces of 64 KiB, in order.

    At most 32 MiB are held and 16 parts requested at a time. The pieces of a file must be consumed before the next
    file; the rest of a file is not fetched. Raises `TransientArchiveError` if the storage keeps failing or a file
    changed since it was listed, `UnreadableFile` if this one cannot be read.
    """
    with ThreadPoolExecutor(1 if is_local(storage) else CONNECTIONS, thread_name_prefix="fetch") as threads:
        prefetch = _Prefetch(storage, _cut_files(files), threads)
        try:
            for file in files:
                with closing(prefetch.take(file)) as pieces:
                    yield file, pieces
                prefetch.leave(file)
        finally:
            prefetch.stop()


@dataclass(frozen=True)
class _Part:
    file: ArchiveFile
    start: int
    stop: int


def _cut_files(files: Sequence[ArchiveFile]) -> Iterator[_Part]:
    """Yield the parts of all files in order; an empty file has one."""
    for file in files:
        for start in range(0, max(1, file.size), PART):
            yield _Part(file, start, min(start + PART, file.size))


@dataclass
class _Prefetch:
    """Parts that are requested or received, in order."""

    storage: Storage
    waiting: Iterator[_Part]
    threads: ThreadPoolExecutor
    running: deque[tuple[_Part, Future[bytes]]] = field(default_factory=deque)
    held: int = 0
    left: ArchiveFile | None = None

    def take(self, file: ArchiveFile) -> Generator[bytes, None, None]:
        """Yield the content of the file that is next in order."""
        self._request()
        while self.running and self.running[0][0].file is file:
            content = self._first().result()
            self._request()
            for start in range(0, len(content), _PIECE):
                yield content[start : start + _PIECE]

    def leave(self, file: ArchiveFile) -> None:
        """Request no more of a file."""
        self.left = file
        while self.running and self.running[0][0].file is file:
            self._first().cancel()

    def stop(self) -> None:
        """Request nothing more."""
        while self.running:
            self._first().cancel()

    def _first(self) -> Future[bytes]:
        part, future = self.running.popleft()
        self.held -= part.stop - part.start
        return future

    def _request(self) -> None:
        while self.held < AHEAD_BYTES and len(self.running) < AHEAD_PARTS:
            part = next((part for part in self.waiting if part.file is not self.left), None)
            if part is None:
                return
            self.running.append((part, self.threads.submit(_fetch_part, self.storage, part)))
            self.held += part.stop - part.start


def _fetch_part(storage: Storage, part: _Part) -> bytes:
    """Return a part of the file as it was listed, retrying while the storage fails."""
    file = part.file
    try:
        return try_again(storage, f"Reading {file.key} in", lambda: _read_part(storage, part))
    except FileNotFoundError as error:
        if is_local(storage) and Path(storage.path(file.key)).is_symlink():
            raise UnreadableFile(f"{file.key} in {storage.url} is a link to nothing. Mend the link.") from error
        raise _changed(storage, file, "vanished") from error
    except ObjectChanged as error:
        raise _changed(storage, file, str(error) or "was rewritten") from error


def _read_part(storage: Storage, part: _Part) -> bytes:
    """Try once. Raises `ObjectChanged`, `BodyCutShort`, FileNotFoundError, and errors of the file system."""
    file, path = part.file, storage.path(part.file.key)
    if speaks_s3(storage.fs):
        return read_version(storage.fs, path, file.etag, part.start, part.stop, file.size)
    content = bytes(storage.fs.cat_file(path, part.start, part.stop)) if file.size else b""
    _check_version(storage, path, file)
    if len(content) != part.stop - part.start:
        raise BodyCutShort(f"{len(content):,} bytes came instead of {part.stop - part.start:,}")
    return content


def _check_version(storage: Storage, path: str, file: ArchiveFile) -> None:
    """Compare the file with its listing after it was read, for storages that cannot read one version of it."""
    storage.fs.invalidate_cache()
    now = describe_file(storage, path, storage.fs.info(path))
    if now.size != file.size:
        raise ObjectChanged(f"was listed with {file.size:,} bytes and has {now.size:,}")
    if file.etag and now.etag != file.etag:
        raise ObjectChanged("was rewritten")


def _changed(storage: Storage, file: ArchiveFile, change: str) -> TransientArchiveError:
    return TransientArchiveError(
        f"{file.key} in {storage.url} {change} between listing and reading. Run the hour again to list the files again."
    )
