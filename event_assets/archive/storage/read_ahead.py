"""Fetching: the bytes of archive files in the manifest's order, read ahead and checked against the listing."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from typing import Final

from event_assets.archive.errors import TransientArchiveError
from event_assets.archive.manifest import ArchiveFile
from event_assets.archive.storage.filesystem import Storage, describe_file, is_local, try_again
from event_assets.archive.storage.s3_objects import BodyCutShort, ObjectChanged, read_version, speaks_s3

PART: Final = 4 << 20
"""Bytes asked for at once; a larger file comes in several parts."""
AHEAD_BYTES: Final = 32 << 20
AHEAD_PARTS: Final = 64
"""How much is asked for before it is needed: what is held, and what is on its way."""
CONNECTIONS: Final = 16
_PIECE: Final = 64 << 10


def fetch_files(
    storage: Storage, files: Sequence[ArchiveFile]
) -> Generator[tuple[ArchiveFile, Generator[bytes, None, None]], None, None]:
    """Each file with its content in pieces of 64 KiB, in order; at most 32 MiB are held, 16 parts come at a time.

    The pieces of a file must be used before the next one is asked for; what is left of a file is not fetched. Raises
    `TransientArchiveError` when the storage keeps failing or a file is no longer as it was listed, `ArchiveError` when
    it may not be read.
    """
    with ThreadPoolExecutor(1 if is_local(storage) else CONNECTIONS, thread_name_prefix="fetch") as threads:
        ahead = _Ahead(storage, _cut_files(files), threads)
        try:
            for file in files:
                with closing(ahead.take(file)) as pieces:
                    yield file, pieces
                ahead.leave(file)
        finally:
            ahead.stop()


@dataclass(frozen=True)
class _Part:
    file: ArchiveFile
    start: int
    stop: int


def _cut_files(files: Sequence[ArchiveFile]) -> Iterator[_Part]:
    """The parts of all files in order; an empty file has one."""
    for file in files:
        for start in range(0, max(1, file.size), PART):
            yield _Part(file, start, min(start + PART, file.size))


@dataclass
class _Ahead:
    """Parts that are on their way or here, in order."""

    storage: Storage
    todo: Iterator[_Part]
    threads: ThreadPoolExecutor
    running: deque[tuple[_Part, Future[bytes]]] = field(default_factory=deque)
    held: int = 0
    left: ArchiveFile | None = None

    def take(self, file: ArchiveFile) -> Generator[bytes, None, None]:
        """The content of the file whose turn it is."""
        self._ask()
        while self.running and self.running[0][0].file is file:
            content = self._first().result()
            self._ask()
            for at in range(0, len(content), _PIECE):
                yield content[at : at + _PIECE]

    def leave(self, file: ArchiveFile) -> None:
        """Ask for no more of a file."""
        self.left = file
        while self.running and self.running[0][0].file is file:
            self._first().cancel()

    def stop(self) -> None:
        """Ask for nothing more."""
        while self.running:
            self._first().cancel()

    def _first(self) -> Future[bytes]:
        part, coming = self.running.popleft()
        self.held -= part.stop - part.start
        return coming

    def _ask(self) -> None:
        while self.held < AHEAD_BYTES and len(self.running) < AHEAD_PARTS:
            part = next((part for part in self.todo if part.file is not self.left), None)
            if part is None:
                return
            self.running.append((part, self.threads.submit(_fetch_part, self.storage, part)))
            self.held += part.stop - part.start


def _fetch_part(storage: Storage, part: _Part) -> bytes:
    """A part of the file as it was listed, asked for again while the storage fails."""
    file = part.file
    try:
        return try_again(storage, f"Reading {file.key} in", lambda: _read_part(storage, part))
    except FileNotFoundError as error:
        raise _changed(storage, file, "vanished") from error
    except ObjectChanged as error:
        raise _changed(storage, file, str(error) or "was rewritten") from error


def _read_part(storage: Storage, part: _Part) -> bytes:
    """One attempt. Raises `ObjectChanged`, `BodyCutShort`, FileNotFoundError, and what the file system does."""
    file, path = part.file, storage.path(part.file.key)
    if speaks_s3(storage.fs):
        return read_version(storage.fs, path, file.etag, part.start, part.stop, file.size)
    content = bytes(storage.fs.cat_file(path, part.start, part.stop)) if file.size else b""
    _check_version(storage, path, file)
    if len(content) != part.stop - part.start:
        raise BodyCutShort(f"{len(content):,} bytes came instead of {part.stop - part.start:,}")
    return content


def _check_version(storage: Storage, path: str, file: ArchiveFile) -> None:
    """Look at the file after it was read, where the storage cannot be asked for one version of it."""
    storage.fs.invalidate_cache()
    now = describe_file(storage, path, storage.fs.info(path))
    if now.size != file.size:
        raise ObjectChanged(f"was listed with {file.size:,} bytes and has {now.size:,}")
    if file.etag and now.etag != file.etag:
        raise ObjectChanged("was rewritten")


def _changed(storage: Storage, file: ArchiveFile, what: str) -> TransientArchiveError:
    return TransientArchiveError(
        f"{file.key} in {storage.url} {what} between listing and reading. Run the hour again: it lists anew."
    )
