"""The storage behind an archive: opened through fsspec, its files described in one way whatever the protocol."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import fsspec
from botocore.exceptions import (  # type: ignore[import-untyped]  # ships no types
    NoCredentialsError,
    PartialCredentialsError,
)
from fsspec.core import url_to_fs

from event_assets.archive.errors import ArchiveError, TransientArchiveError
from event_assets.archive.manifest import ArchiveFile
from event_assets.archive.source import Source

_ETAGS: Final = ("ETag", "etag", "md5Hash")
_MODIFIED: Final = ("LastModified", "last_modified", "updated", "mtime", "created")


@dataclass(frozen=True)
class Storage:
    """A file system and the path of the archive's prefix in it, without a slash at its end."""

    fs: fsspec.AbstractFileSystem
    root: str
    url: str

    def path(self, key: str) -> str:
        return f"{self.root}/{key}" if key else self.root

    def key(self, path: str) -> str:
        """The path below the prefix."""
        return path[len(self.root) + 1 :]


def open_storage(source: Source) -> Storage:
    """The storage of a source; raises `ArchiveError` for a protocol that is not known or not installed."""
    try:
        fs, root = url_to_fs(source.archive, **source.storage_options)
    except (ValueError, ImportError) as error:
        raise ArchiveError(
            f"The archive {source.archive!r} of source {source.name!r} cannot be opened: {error}"
        ) from error
    return Storage(fs, root.rstrip("/"), source.archive)


def explain(storage: Storage, doing: str, error: Exception) -> ArchiveError:
    """The error of a storage as what the operator can do about it."""
    where = f"{doing} {storage.url}: {type(error).__name__}: {error}."
    if isinstance(error, PermissionError | NoCredentialsError | PartialCredentialsError):
        return ArchiveError(f"No permission while {where} Give the role the right to list and read it.")
    return TransientArchiveError(f"The storage failed while {where} Run the same again.")


def describe_file(storage: Storage, path: str, info: Mapping[str, Any]) -> ArchiveFile:
    """A file of a listing as the manifest has it, with nothing asked again."""
    return ArchiveFile(key=storage.key(path), size=int(info["size"] or 0), etag=_etag(info))


def modified_at(info: Mapping[str, Any]) -> datetime | None:
    """When a file of a listing was last modified, if the storage says."""
    for name in _MODIFIED:
        value = info.get(name)
        if isinstance(value, datetime):
            return value if value.tzinfo else value.replace(tzinfo=UTC)
        if isinstance(value, str):
            return datetime.fromisoformat(value)
        if isinstance(value, int | float):
            return datetime.fromtimestamp(value, UTC)
    return None


def _etag(info: Mapping[str, Any]) -> str:
    """The storage's ETag without quotes; else when the file was modified, in nanoseconds."""
    for name in _ETAGS:
        if info.get(name):
            return str(info[name]).strip('"')
    if isinstance(info.get("mtime"), int | float):
        return str(round(info["mtime"] * 1_000_000_000))
    modified = modified_at(info)
    return str(round(modified.timestamp() * 1_000_000_000)) if modified else ""
