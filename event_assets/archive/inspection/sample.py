"""Samples: the beginnings of some files of an archive, spread evenly over it, within a number of bytes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from event_assets.archive.inspection.sniff import Head, open_head
from event_assets.archive.manifest import ArchiveFile
from event_assets.archive.storage.filesystem import Storage, explain

_BATCH_BYTES: Final = 16 << 20
_BATCH_FILES: Final = 32
_LEAST: Final = 16 << 10
_FAIR: Final = 24
"""Whole files that represent an archive well enough."""

_ROOM: Final = 0.9
"""The share of a budget that is planned by the mean size, which leaves space for larger files."""

_GOLDEN: Final = 0.6180339887498949
"""The golden ratio: the fractions of its multiples are spread most evenly."""


@dataclass(frozen=True)
class Sampled:
    """A file that was opened: its beginning, and how many of its bytes were read."""

    file: ArchiveFile
    head: Head
    read: int


def scatter(files: Sequence[ArchiveFile], most: int) -> Sequence[ArchiveFile]:
    """Return all files, or one of each of `most` stretches of equal length, at varying positions.

    An even stride would select the same file of every hour where hours have the same number of files.
    """
    if len(files) <= most:
        return files
    return [files[int((n + n * _GOLDEN % 1) * len(files) / most)] for n in range(most)]


def plan_reads(
    files: Sequence[ArchiveFile], budget: int, *, count: int, most: int = 1 << 62
) -> list[tuple[ArchiveFile, int]]:
    """Return how many bytes to read of each of `count` files, spread evenly; fewer files below 16 KiB each.

    Small files are read whole, large ones to an even share of the remaining budget, at most `most` bytes.
    """
    files = scatter(files, max(1, min(count, budget // _LEAST)))
    left, planned = budget, dict[int, int]()
    for done, n in enumerate(sorted(range(len(files)), key=lambda n: files[n].size)):
        planned[n] = min(files[n].size, left // (len(files) - done), most)
        left -= planned[n]
    return [(file, planned[n]) for n, file in enumerate(files)]


def plan_sample(files: Sequence[ArchiveFile], budget: int, *, count: int) -> list[tuple[ArchiveFile, int]]:
    """Return whole files if the budget allows for enough of them, else the beginnings of more files.

    The beginning of a file is not representative: events from just before an hour arrive at its beginning.
    """
    whole = plan_whole(files, budget, count=count)
    return whole if len(whole) >= min(_FAIR, count, len(files)) else plan_reads(files, budget, count=count)


def plan_whole(files: Sequence[ArchiveFile], budget: int, *, count: int) -> list[tuple[ArchiveFile, int]]:
    """Return as many whole files, spread evenly, as fit the budget.

    For formats that cannot be read without their end.
    """
    fitting = [file for file in files if file.size <= budget]
    mean = sum(file.size for file in fitting) / len(fitting) if fitting else 1.0
    planned: list[tuple[ArchiveFile, int]] = []
    for file in scatter(fitting, max(1, min(count, int(_ROOM * budget / (mean or 1.0))))):
        if sum(size for _, size in planned) + file.size <= budget:
            planned.append((file, file.size))
    return planned


def read_heads(storage: Storage, plan: Sequence[tuple[ArchiveFile, int]]) -> Iterator[Sampled]:
    """Yield the heads of files, several read at once; a file that cannot be read is left out, and so is an empty one,
    which is not opened: it may be a pipe.

    Raises `ArchiveError` or `TransientArchiveError` if none of the first files can be read.
    """
    read = False
    for batch in _batches([(file, size) for file, size in plan if file.size]):
        paths = [storage.path(file.key) for file, _ in batch]
        contents = storage.fs.cat_ranges(paths, [0] * len(batch), [size for _, size in batch], on_error="return")
        for (file, _), content in zip(batch, contents, strict=True):
            if isinstance(content, bytes):
                read = True
                yield Sampled(file, open_head(content, file.size), len(content))
        failed = next((content for content in contents if isinstance(content, Exception)), None)
        if failed is not None and not read:
            raise explain(storage, "reading files of", failed) from failed


def _batches(plan: Sequence[tuple[ArchiveFile, int]]) -> Iterator[list[tuple[ArchiveFile, int]]]:
    batch: list[tuple[ArchiveFile, int]] = []
    for file, size in plan:
        if batch and (sum(planned for _, planned in batch) + size > _BATCH_BYTES or len(batch) == _BATCH_FILES):
            yield batch
            batch = []
        batch.append((file, size))
    if batch:
        yield batch
