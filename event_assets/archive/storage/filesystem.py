"""The file system of an archive: opened through fsspec, with files described the same for every protocol.

Covered by tests/archive/storage/test_s3_objects.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

import fsspec
from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem

from event_assets.archive.errors import ArchiveError, TransientArchiveError, UnreadableFile
from event_assets.archive.manifest import ArchiveFile
from event_assets.archive.source import ArchiveSource
from event_assets.archive.storage.error_advice import advise, hide_secrets, is_missing_file
from event_assets.archive.storage.s3_objects import ObjectChanged, ask_again, list_prefix, speaks_s3

_ETAGS: Final = ("ETag", "etag", "md5Hash")
_MODIFIED: Final = ("LastModified", "last_modified", "updated", "mtime", "created")

EXTRAS: Final = {"gs": "gcs", "gcs": "gcs", "abfs": "azure", "abfss": "azure", "az": "azure", "adl": "azure"}
"""The extra of this project that installs the driver of a protocol."""

T = TypeVar("T")


@dataclass(frozen=True)
class Storage:
    """A file system and the path of the archive's prefix in it, without a slash at its end."""

    fs: fsspec.AbstractFileSystem
    root: str
    url: str

    def path(self, key: str) -> str:
        return f"{self.root}/{key}" if key else self.root

    def key(self, path: str) -> str:
        """Return the path below the prefix."""
        return path[len(self.root) + 1 :]

    def folder(self, info: Mapping[str, Any]) -> str:
        """Return the key of a listed folder, with a slash at its end: it may have an empty name in a bucket."""
        name = str(info["name"])
        return self.key(name if speaks_s3(self.fs) else name.rstrip("/")) + "/"

    def list_folder(self, folder: str = "") -> list[Mapping[str, Any]]:
        """Return the entries directly below a folder, given as `folder` returns it; by default the archive's own.

        Raises errors of the file system.
        """
        path = f"{self.root}/{folder}"
        if "//" in path and speaks_s3(self.fs):
            return list(list_prefix(self.fs, path))
        return list(self.fs.ls(path[:-1], detail=True))

    def list_tree(self, folder: str = "") -> dict[str, Mapping[str, Any]]:
        """Return all files below a folder of a storage that is not local, by path. Raises errors of the file system."""
        path = f"{self.root}/{folder}"
        if "//" in path and speaks_s3(self.fs):
            return {str(info["name"]): info for info in list_prefix(self.fs, path, delimiter="")}
        return dict(self.fs.find(path[:-1], detail=True))


def is_local(storage: Storage) -> bool:
    """Return whether the files are on this machine, where reading ahead by threads gains nothing."""
    return isinstance(storage.fs, LocalFileSystem)


def open_storage(source: ArchiveSource) -> Storage:
    """Return the storage of a source. Raise `ArchiveError` for an unknown or uninstalled protocol."""
    try:
        fs, root = open_filesystem(source.archive, source.storage_options)
    except Exception as error:
        raise ArchiveError(
            f"The archive {hide_secrets(repr(source.archive))} of source {source.name!r} cannot be opened: {error}"
        ) from error
    return Storage(fs, root.rstrip("/"), hide_secrets(source.archive))


def open_filesystem(url: str, options: Mapping[str, object]) -> tuple[fsspec.AbstractFileSystem, str]:
    """Return the file system of a URL and the path in it. Raise ValueError with what to install or change."""
    try:
        return url_to_fs(url, **options)  # type: ignore[no-any-return]  # fsspec ships no types
    except ImportError as error:
        protocol = url.split(":")[0]
        extra = EXTRAS.get(protocol)
        package = f"pip install 'tideline[{extra}]'" if extra else f"Install what fsspec needs for {protocol}://"
        raise ValueError(f"the driver for {protocol}:// is not installed. {package} and try again.") from error
    except ValueError as error:
        if "protocol" in str(error).lower():
            raise ValueError(f"{error}. Use a folder, s3://, gs:// or abfs://.") from error
        raise
    except (TypeError, KeyError) as error:
        raise ValueError(f"{advise(error).problem}. Check storage_options.") from error


def explain(storage: Storage, action: str, error: Exception) -> ArchiveError:
    """Return the error of a storage as advice to the operator; `action` is such as `Listing`."""
    advice = advise(error)
    message = advice.message(f"{action} {storage.url}")
    if advice.object_only and not advice.passing:
        return UnreadableFile(message, denied=advice.denied)
    return TransientArchiveError(message) if advice.passing else ArchiveError(message)


def try_again(storage: Storage, action: str, ask: Callable[[], T]) -> T:
    """Return the answer of a storage, retrying failures that may pass.

    Raises `ArchiveError` or `TransientArchiveError`; FileNotFoundError and `ObjectChanged` are for the caller.
    """
    try:
        return ask_again(ask)
    except (ArchiveError, ObjectChanged):
        raise
    except Exception as error:
        if is_missing_file(error):
            raise
        raise explain(storage, action, error) from error


def describe_file(storage: Storage, path: str, info: Mapping[str, Any]) -> ArchiveFile:
    """Return a listed file as the manifest has it, without a request."""
    return ArchiveFile(storage.key(path), int(info["size"] or 0), _etag(info), modified_at(info))


def modified_at(info: Mapping[str, Any]) -> datetime | None:
    """Return when a listed file was last modified, or None if the storage does not report it."""
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
    """Return the storage's ETag without quotes, else the modification time in nanoseconds."""
    for name in _ETAGS:
        if info.get(name):
            return str(info[name]).strip('"')
    if isinstance(info.get("mtime"), int | float):
        return str(round(info["mtime"] * 1_000_000_000))
    modified = modified_at(info)
    return str(round(modified.timestamp() * 1_000_000_000)) if modified else ""
