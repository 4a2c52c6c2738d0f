"""A manifest: the files of one archive hour and one content hash over them (contract §1, §8).

Covered by tests/archive/listing/test_list_hours.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property

import msgspec
import xxhash


@dataclass(frozen=True)
class ArchiveFile:
    """A file as the listing shows it: key below the prefix, size in bytes, etag (or mtime in ns as text)."""

    key: str
    size: int
    etag: str
    modified: datetime | None = field(default=None, compare=False, repr=False)
    """When the file was last written, if the storage reports it; not part of the file's identity."""


@dataclass(frozen=True)
class Manifest:
    """The files of one archive hour, sorted by key.

    `vanished` names files that are no longer listed and keep their rows; `ignored` counts keys in the hour's folder
    that do not fit the layout.
    """

    source: str
    archive_hour: datetime
    files: tuple[ArchiveFile, ...]
    ignored: int = 0
    vanished: frozenset[str] = frozenset()
    ends: datetime | None = field(default=None, compare=False)
    """When the time that keys of this hour name is over, if that is later than the end of the hour: files that are
    named by a day arrive all day."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "files", tuple(sorted(self.files, key=lambda file: file.key)))

    @property
    def end(self) -> datetime:
        """When no more files of this hour are due: its own end, or that of a day that names files of it."""
        return self.ends or self.archive_hour + timedelta(hours=1)

    @property
    def size(self) -> int:
        """Bytes of all files, as stored in the archive."""
        return sum(file.size for file in self.files)

    @cached_property
    def hash(self) -> str:
        """XXH3-128 in hex over key, size and etag of every file, vanished ones included; order does not matter."""
        rows = [(file.key, file.size, file.etag) for file in self.files]
        return xxhash.xxh3_128_hexdigest(msgspec.json.encode(rows))


def carry_vanished(listed: Manifest, known: Iterable[ArchiveFile]) -> Manifest:
    """Return the manifest with every known file that is no longer listed, so that its rows stay (contract §8)."""
    present = {file.key for file in listed.files}
    missing = tuple(file for file in known if file.key not in present)
    if not missing:
        return listed
    vanished = listed.vanished | {file.key for file in missing}
    return replace(listed, files=(*listed.files, *missing), vanished=vanished)
