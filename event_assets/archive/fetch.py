"""Fetching: the bytes of archive files, retried and checked against the listing; small files several at a time."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Sequence
from typing import Final

from event_assets.archive.errors import ArchiveError, TransientArchiveError
from event_assets.archive.manifest import ArchiveFile
from event_assets.archive.storage import Storage, describe_file, explain

_SMALL: Final = 4 << 20
_BATCH_BYTES: Final = 16 << 20
_BATCH_FILES: Final = 64
_READ: Final = 1 << 20
_PIECE: Final = 64 << 10
_PAUSES: Final = (0.1, 0.5, 2.0)
"""Seconds before each further attempt; drivers of object stores retry on their own below that."""


def fetch_files(
    storage: Storage, files: Sequence[ArchiveFile]
) -> Iterator[tuple[ArchiveFile, Generator[bytes, None, None]]]:
    """Each file with its content in pieces of 64 KiB, in order; at most 16 MiB are held.

    The pieces of a file must be used before the next one is asked for. Raises `TransientArchiveError` when the storage
    keeps failing or a file is no longer as it was listed, `ArchiveError` when it may not be read.
    """
    for batch in _batches(files):
        contents = _fetch_small(storage, batch) if batch[0].size <= _SMALL else None
        for n, file in enumerate(batch):
            pieces = _cut(contents[n]) if contents else _stream(storage, file)
            try:
                yield file, pieces
            finally:
                pieces.close()


def _batches(files: Sequence[ArchiveFile]) -> Iterator[list[ArchiveFile]]:
    batch: list[ArchiveFile] = []
    size = 0
    for file in files:
        if batch and (file.size > _SMALL or size + file.size > _BATCH_BYTES or len(batch) == _BATCH_FILES):
            yield batch
            batch, size = [], 0
        batch.append(file)
        size += file.size
        if file.size > _SMALL:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _fetch_small(storage: Storage, files: Sequence[ArchiveFile]) -> list[bytes]:
    """All at once where the storage can; those that fail then one by one, with retries."""
    paths = [storage.path(file.key) for file in files]
    results = storage.fs.cat_ranges(paths, None, None, on_error="return")
    return [
        result if isinstance(result, bytes) and len(result) == file.size else b"".join(_stream(storage, file))
        for file, result in zip(files, results, strict=True)
    ]


def _cut(content: bytes) -> Generator[bytes, None, None]:
    for at in range(0, len(content), _PIECE):
        yield content[at : at + _PIECE]


def _stream(storage: Storage, file: ArchiveFile) -> Generator[bytes, None, None]:
    """The file in pieces; after a failure it goes on where it stopped, if the file is still the same."""
    done = failures = 0
    while True:
        try:
            if failures:
                _check_unchanged(storage, file)
            for piece in _read_from(storage, file, done):
                yield piece
                done += len(piece)
            break
        except ArchiveError:
            raise
        except FileNotFoundError as error:
            raise _changed(storage, file, "vanished") from error
        except Exception as error:  # every storage driver fails with classes of its own
            if failures == len(_PAUSES) or isinstance(error, PermissionError):
                raise explain(storage, f"reading {file.key} in", error) from error
            time.sleep(_PAUSES[failures])
            failures += 1
    if done != file.size:
        raise _changed(storage, file, f"was listed with {file.size:,} bytes and had {done:,}")


def _read_from(storage: Storage, file: ArchiveFile, start: int) -> Iterator[bytes]:
    with storage.fs.open(storage.path(file.key), "rb") as handle:
        if start:
            handle.seek(start)
        while data := handle.read(_READ):
            yield from _cut(data)


def _check_unchanged(storage: Storage, file: ArchiveFile) -> None:
    storage.fs.invalidate_cache()
    path = storage.path(file.key)
    if describe_file(storage, path, storage.fs.info(path)) != file:
        raise _changed(storage, file, "was rewritten")


def _changed(storage: Storage, file: ArchiveFile, what: str) -> TransientArchiveError:
    return TransientArchiveError(
        f"{file.key} in {storage.url} {what} between listing and reading. Run the hour again: it lists anew."
    )
