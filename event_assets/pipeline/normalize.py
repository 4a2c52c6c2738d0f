"""Normalize the files of an archive hour, shard by shard, and write the hour into the lake."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from event_assets.archive.decoding.chunks import mapping_of, path_members_of, read_chunks, split_by_layout
from event_assets.archive.manifest import Manifest
from event_assets.config.settings import Settings
from event_assets.config.source import Source
from event_assets.events.masking.frames import mask_chunk
from event_assets.events.normalize import Normalized, normalize
from event_assets.lake.erasure.leave_out import leave_out
from event_assets.lake.erasure.suppression import NOBODY, Suppression, list_tokens, read_suppression
from event_assets.lake.errors import TransientLakeError
from event_assets.lake.hour_note import HourNote
from event_assets.lake.parquet import Shape
from event_assets.lake.store import Lake
from event_assets.lake.writing.scratch_shards import write_shard
from event_assets.lake.writing.shards import ShardRows, sort_shard
from event_assets.lake.writing.write_hour import write_shards
from event_assets.pipeline.executors import Executor, InProcess, Storage, WorkerProcesses
from event_assets.pipeline.shards import Shard, cut_evenly
from event_assets.pipeline.worker import WorkerLost


@dataclass(frozen=True)
class ShardJob:
    """One call of an executor: the files of a shard, and the folder or the lake's scratch area for their rows."""

    source: Source
    manifest: Manifest
    target: Path | Lake
    chunk_bytes: int
    shape: Shape
    on_disk: bool = True
    suppression: Suppression = NOBODY


def write_hour(
    settings: Settings,
    source: Source,
    manifest: Manifest,
    previous: HourNote | None,
    *,
    executor: Executor | None = None,
    shards: Sequence[Shard] = (),
) -> HourNote:
    """Write an hour of the lake from its shards; return its note.

    `executor` normalizes the shards: by default this machine's worker processes and this one where the hour is worth
    more than one shard, else this process. `shards` are those of a plan; without them the hour is cut for the
    executor's width. The bytes of the hour do not depend on either. Erased persons are left out; if somebody is erased
    meanwhile, the hour is written again: `tideline forget` may have looked at the lake before the hour was in it.
    """
    executor = executor or _executor_of(settings)
    shards = shards or cut_shards(source, manifest, width=executor.width)
    lake, shape = settings.lake, settings.memory.shape
    while True:
        suppression = read_suppression(lake, source.name, settings.erasure_key, source.masking)
        run = partial(_normalize_shards, settings, source, manifest, shards, executor, suppression)
        note = write_shards(lake, source, manifest, run, previous=previous, shape=shape, suppression=suppression)
        if list_tokens(lake, source.name) == suppression.tokens:
            return note
        executor = InProcess() if executor.storage == "disk" else executor  # its processes have ended


def _executor_of(settings: Settings) -> Executor:
    beside = settings.memory.processes - 1
    return WorkerProcesses(beside) if beside else InProcess()


def cut_shards(source: Source, manifest: Manifest, *, width: int) -> tuple[Shard, ...]:
    """Cut an hour for an executor of this width, unless the layout is recognized by all keys of the hour."""
    return cut_evenly(manifest, width=1 if source.layout == "auto" else width)


def normalize_shard(job: ShardJob) -> ShardRows:
    """Read and normalize the files of a shard and return where its rows are; what the lake may not have is masked.

    Raises ArchiveError, IncompleteHour, LakeError, and OSError for the local disk.
    """
    found = normalize_files(job.source, job.manifest, chunk_bytes=job.chunk_bytes)
    masking = job.source.masking.before("lake")
    chunks = (mask_chunk(leave_out(chunk, job.suppression), masking) for chunk in found)
    if isinstance(job.target, Lake):
        erasures = job.suppression.tokens
        return write_shard(job.target, job.source, job.manifest, chunks, shape=job.shape, erasures=erasures)
    return sort_shard(job.manifest, chunks, job.target, job.shape, on_disk=job.on_disk)


def scratch_job(settings: Settings, source: Source, shard: Shard) -> ShardJob:
    """Return the job that leaves a shard in the lake's scratch area."""
    memory = settings.memory
    suppression = read_suppression(settings.lake, source.name, settings.erasure_key, source.masking)
    return ShardJob(
        source,
        shard.manifest(source.name),
        settings.lake,
        memory.chunk_bytes,
        memory.shape,
        suppression=suppression,
    )


def normalize_files(source: Source, manifest: Manifest, *, chunk_bytes: int) -> Iterator[Normalized]:
    """Yield the events and the quarantine of the manifest's files, a chunk of their content at a time."""
    for part, files in split_by_layout(source, manifest):
        mapping, path_members = mapping_of(part, files), path_members_of(part, files)
        for chunk in read_chunks(part, files, chunk_bytes=chunk_bytes):
            yield normalize(
                chunk,
                hour=manifest.archive_hour,
                mapping=mapping,
                keep_members=source.keep_members,
                not_ids=source.not_ids,
                path_members=path_members,
            )


def _normalize_shards(
    settings: Settings,
    source: Source,
    manifest: Manifest,
    shards: Sequence[Shard],
    executor: Executor,
    suppression: Suppression,
    folder: Path,
) -> list[ShardRows]:
    """Run a job for each shard; raise what the first failed one raises."""
    jobs = [
        replace(job, suppression=suppression)
        for job in _cut_jobs(settings, source, manifest, shards, executor.storage, folder)
    ]
    with InProcess() if shards[0].whole else executor as running:
        results = [running.submit(normalize_shard, job) for job in jobs]
        try:
            return [result.result() for result in results]
        except WorkerLost as lost:
            raise TransientLakeError(
                f"a process that normalized a shard of {manifest.archive_hour:%Y-%m-%dT%H} ended with {lost.code}: load"
                " the hour again, with a smaller memory_mib or processes = 1 where memory ran out"
            ) from lost


def _cut_jobs(
    settings: Settings, source: Source, manifest: Manifest, shards: Sequence[Shard], storage: Storage, folder: Path
) -> list[ShardJob]:
    if shards[0].whole:
        return [_whole_job(settings, source, manifest, folder)]
    if storage == "scratch":
        return [scratch_job(settings, source, shard) for shard in shards]
    return [_disk_job(settings, source, shard, folder / f"shard-{number}") for number, shard in enumerate(shards)]


def _whole_job(settings: Settings, source: Source, manifest: Manifest, folder: Path) -> ShardJob:
    """The job of an hour that is one shard: its rows stay in memory where they fit and no others join them."""
    memory = settings.memory
    on_disk = bool(manifest.vanished)
    return ShardJob(source, manifest, folder / "shard", memory.chunk_bytes, memory.shape, on_disk)


def _disk_job(settings: Settings, source: Source, shard: Shard, folder: Path) -> ShardJob:
    """The job of one shard of several on this machine, which share its memory."""
    memory = settings.memory.shard
    return ShardJob(source, shard.manifest(source.name), folder, memory.chunk_bytes, memory.shape)
