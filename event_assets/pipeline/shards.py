"""Shards: an archive hour's files cut into groups, each normalized by one call of an executor.

`executors` runs the calls, `normalize` defines the call, and `lake.writing.write_hour` gathers the results once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from event_assets.archive.manifest import ArchiveFile, Manifest

LEAST_SHARD_BYTES: Final = 16 << 20
"""Compressed bytes that are worth a worker process: about two seconds of work, while its start takes one."""


@dataclass(frozen=True)
class Shard:
    """Files of one archive hour: all of them, or some where the hour is cut. `ignored` is that of the manifest."""

    hour: datetime
    files: tuple[ArchiveFile, ...]
    ignored: int = 0
    whole: bool = True

    @property
    def size(self) -> int:
        """Bytes in the archive."""
        return sum(file.size for file in self.files)

    def manifest(self, source_name: str) -> Manifest:
        """Return a manifest of the shard's files alone."""
        return Manifest(source_name, self.hour, self.files, ignored=self.ignored)


def cut_evenly(manifest: Manifest, *, width: int) -> tuple[Shard, ...]:
    """Cut the files that have not vanished into up to `width` shards of about equal size, as many as are worth it.

    A file is never cut, because its content can only be read from its start.
    """
    present = [file for file in manifest.files if file.key not in manifest.vanished]
    count = min(width, len(present), sum(file.size for file in present) // LEAST_SHARD_BYTES)
    groups: list[list[ArchiveFile]] = [[] for _ in range(max(1, count))]
    for file in sorted(present, key=lambda file: (-file.size, file.key)):
        min(groups, key=_size).append(file)
    return _shards(manifest, groups)


def cut_by_bytes(manifest: Manifest, *, most: int) -> tuple[Shard, ...]:
    """Cut the files, in their order, into shards of at most `most` bytes; a larger file is a shard of its own."""
    groups: list[list[ArchiveFile]] = [[]]
    size = 0
    for file in manifest.files:
        if groups[-1] and size + file.size > most:
            groups.append([])
            size = 0
        groups[-1].append(file)
        size += file.size
    return _shards(manifest, groups)


def _shards(manifest: Manifest, groups: Sequence[Sequence[ArchiveFile]]) -> tuple[Shard, ...]:
    whole = len(groups) == 1
    return tuple(Shard(manifest.archive_hour, tuple(group), manifest.ignored, whole) for group in groups)


def _size(files: Sequence[ArchiveFile]) -> int:
    return sum(file.size for file in files)
