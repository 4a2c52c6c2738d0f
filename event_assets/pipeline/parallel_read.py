"""A large hour read by several processes of this machine: each takes a share of its files (docs/adr/0017).

Reading and normalizing is Python's work for the most part, so threads would wait for each other. A process is started
for each share and leaves sorted runs in a folder.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from event_assets.archive.decoding.chunks import mapping_of, read_chunks
from event_assets.archive.manifest import ArchiveFile, Manifest
from event_assets.config.source import Source
from event_assets.events.normalize import Normalized, normalize
from event_assets.lake.errors import TransientLakeError
from event_assets.lake.parquet import Shape
from event_assets.lake.writing.local_shards import Share, gather_share
from event_assets.pipeline.worker import Worker, WorkerLost

LEAST_SHARE_BYTES: Final = 16 << 20
"""Compressed bytes that are worth a process: about two seconds of work beside the second that its start takes."""


@dataclass(frozen=True)
class Work:
    """What one process is handed."""

    source: Source
    manifest: Manifest
    chunk_bytes: int
    shape: Shape
    folder: Path


def normalize_files(source: Source, manifest: Manifest, *, chunk_bytes: int) -> Iterator[Normalized]:
    """The events and the quarantine of the manifest's files, a chunk of their content at a time."""
    mapping = mapping_of(source, manifest)
    for chunk in read_chunks(source, manifest, chunk_bytes=chunk_bytes):
        yield normalize(chunk, hour=manifest.archive_hour, mapping=mapping, keep_members=source.keep_members)


def cut_shares(source: Source, manifest: Manifest, processes: int) -> tuple[Manifest, ...]:
    """The files that have not vanished, in as many shares of about equal size as are worth it; one is no share.

    A single file is never cut: its content can only be read from its start.
    """
    present = [file for file in manifest.files if file.key not in manifest.vanished]
    total = sum(file.size for file in present)
    wanted = min(processes, len(present), total // LEAST_SHARE_BYTES)
    if wanted < 2 or source.layout == "auto":  # keys of a share might tell another layout than those of the hour
        return ()
    shares: list[list[ArchiveFile]] = [[] for _ in range(wanted)]
    for file in sorted(present, key=lambda file: (-file.size, file.key)):
        min(shares, key=lambda share: sum(each.size for each in share)).append(file)
    return tuple(Manifest(manifest.source, manifest.archive_hour, tuple(share)) for share in shares)


def gather_shares(
    source: Source, shares: Sequence[Manifest], folder: Path, *, chunk_bytes: int, shape: Shape
) -> list[Share]:
    """Every share gathered by a process of its own. Raises what went wrong in the first that failed."""
    works = []
    for number, manifest in enumerate(shares):
        place = folder / f"share-{number}"
        place.mkdir()
        works.append(Work(source, manifest, chunk_bytes, shape, place))
    with ThreadPoolExecutor(max_workers=len(works), thread_name_prefix="tideline-share") as threads:
        return list(threads.map(_gather_apart, works))


def _gather_apart(work: Work) -> Share:
    with Worker() as worker:
        try:
            return worker.call(gather_work, work)
        except WorkerLost as lost:
            raise TransientLakeError(
                f"a process that read a share of {work.manifest.archive_hour:%Y-%m-%dT%H} ended with {lost.code}: load "
                "the hour again, with a smaller memory_mib or processes = 1 where memory ran out"
            ) from lost


def gather_work(work: Work) -> Share:
    """Gather a share: what each process does. Raises ArchiveError, IncompleteHour and what writing to the disk does."""
    chunks = normalize_files(work.source, work.manifest, chunk_bytes=work.chunk_bytes)
    return gather_share(work.manifest, chunks, work.folder, work.shape)
