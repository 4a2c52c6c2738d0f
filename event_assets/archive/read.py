"""Reading: the files of a manifest as chunks of values, small files put together and large ones cut (SPEC §2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from event_assets.archive.decompress import BadFile, decompress
from event_assets.archive.fetch import fetch_files
from event_assets.archive.framing import frame_lines
from event_assets.archive.layouts import find_layout, recognise_layout
from event_assets.archive.manifest import ArchiveFile, Manifest
from event_assets.archive.source import Source
from event_assets.archive.storage import open_storage
from event_assets.archive.values import frame_array, frame_concatenated
from event_assets.events.chunk import Block, Chunk, FileEnd, Oversized

__all__ = ["Block", "Chunk", "FileEnd", "Oversized", "read_chunks"]

CHUNK_BYTES: Final = 48 << 20
_SAMPLED_KEYS: Final = 50
"""Keys that tell an hour's layout: looking at all of ten thousand takes longer than reading their files."""

_VALUE_BYTES: Final = 100
"""What a value takes beside its bytes: its object, line number and offset. Without it tiny lines would fill memory."""

T = TypeVar("T")
Framing = Callable[[str, Iterator[bytes]], Iterator[Block | Oversized]]
_FRAMINGS: Final[dict[str, Framing]] = {
    "lines": frame_lines,
    "concatenated": frame_concatenated,
    "array": frame_array,
}


def read_chunks(source: Source, manifest: Manifest, *, chunk_bytes: int = CHUNK_BYTES) -> Iterator[Chunk]:
    """The values of an hour's files, in chunks of about `chunk_bytes` of decompressed content.

    Files come in the manifest's order, each with its values first and its `FileEnd` last, vanished ones not at all. A
    large file stretches over several chunks: when its `FileEnd` is bad, all that came of it must be dropped. Raises
    `ArchiveError` or `TransientArchiveError` for what the storage does wrong, never for content.
    """
    frame = _FRAMINGS[framing_of(source, manifest)]
    present = [file for file in manifest.files if file.key not in manifest.vanished]
    gathered = _Gathered()
    for file, pieces in fetch_files(open_storage(source), present):
        for _ in _gather_file(gathered, file, pieces, frame):
            if gathered.size >= chunk_bytes:
                yield gathered.take()
    if gathered.parts:
        yield gathered.take()


def framing_of(source: Source, manifest: Manifest) -> str:
    """The source's framing, else its layout's; where the layout is `auto`, the one that the manifest's keys fit."""
    if source.framing is not None:
        return source.framing
    if source.layout != "auto":
        return find_layout(source.layout).framing
    files = manifest.files
    keys = [files[n * len(files) // _SAMPLED_KEYS].key for n in range(_SAMPLED_KEYS)] if files else []
    return recognise_layout(keys, archive=source.archive).framing if keys else "lines"


@dataclass
class _Gathered:
    """The chunk that is being put together; `size` is what its values take in memory, in bytes."""

    parts: Chunk = field(default_factory=list)
    size: int = 0

    def add(self, part: Block | Oversized) -> int:
        """Takes a part in; how many values it has."""
        if isinstance(part, Oversized):
            self.parts.append(part)
            self.size += len(part.head)
            return 1
        last = self.parts[-1] if self.parts else None
        if isinstance(last, Block) and last.file == part.file:
            self.parts[-1] = _join(last, part)
        else:
            self.parts.append(part)
        self.size += sum(map(len, part.values)) + _VALUE_BYTES * len(part.values)
        return len(part.values)

    def drop(self, file: str) -> None:
        self.parts = [part for part in self.parts if part.file != file]

    def take(self) -> Chunk:
        parts, self.parts, self.size = self.parts, [], 0
        return parts


def _gather_file(gathered: _Gathered, file: ArchiveFile, pieces: Iterator[bytes], frame: Framing) -> Iterator[None]:
    """Adds a file part by part, and stops after each so that a full chunk can be handed on."""
    values = 0
    try:
        for part in frame(file.key, decompress(pieces, file.size)):
            values += gathered.add(part)
            yield
    except BadFile as bad:
        gathered.drop(file.key)
        gathered.parts.append(FileEnd(file.key, file.size, 0, str(bad)))
    else:
        gathered.parts.append(FileEnd(file.key, file.size, values, None))


def _join(first: Block, second: Block) -> Block:
    return Block(
        first.file,
        _extend(first.values, second.values),
        _join_lines(first.lines, second.lines),
        _extend(first.offsets, second.offsets),
    )


def _join_lines(first: Sequence[int], second: Sequence[int]) -> Sequence[int]:
    if isinstance(first, range) and isinstance(second, range) and first.stop == second.start:
        return range(first.start, second.stop)
    return _extend(first, second)


def _extend(first: Sequence[T], second: Sequence[T]) -> list[T]:
    """In place where it can be, so that joining many small parts costs no more than reading them."""
    joined = first if isinstance(first, list) else list(first)
    joined.extend(second)
    return joined
