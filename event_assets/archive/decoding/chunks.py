"""Chunks: the files of a manifest as values, small files joined and large files cut (contract §2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Final

from event_assets.archive.decoding.csv_rows import frame_csv
from event_assets.archive.decoding.decompress import BadFile
from event_assets.archive.decoding.json.stream import frame_array, frame_concatenated
from event_assets.archive.decoding.lines import frame_columns, frame_lines
from event_assets.archive.decoding.records import frame_file
from event_assets.archive.errors import ArchiveError, UnreadableFile
from event_assets.archive.listing.arrival import Layout
from event_assets.archive.listing.layouts import layout_of, recognise_layout
from event_assets.archive.manifest import ArchiveFile, Manifest
from event_assets.archive.source import AUTO, ArchiveSource
from event_assets.archive.storage.filesystem import open_storage
from event_assets.archive.storage.read_ahead import fetch_files
from event_assets.events.chunk import Block, Chunk, FileEnd, Oversized, join
from event_assets.events.mapping.batches import open_block
from event_assets.events.mapping.mapping import Mapping
from event_assets.events.mapping.path_members import FindMembers
from event_assets.events.mapping.shipped import preset
from event_assets.events.mapping.skipped import drop_skipped

__all__ = ["Block", "Chunk", "FileEnd", "Oversized", "read_chunks"]

CHUNK_BYTES: Final = 48 << 20
_SAMPLED_KEYS: Final = 50
"""Keys that decide an hour's layout: matching all of ten thousand takes longer than reading their files."""

_VALUE_BYTES: Final = 100
"""Memory of a value besides its bytes: object, line number and offset. Without it, tiny lines would fill memory."""

Framing = Callable[[str, Iterator[bytes]], Iterator[Block | Oversized]]
_FRAMINGS: Final[dict[str, Framing]] = {
    "lines": frame_lines,
    "concatenated": frame_concatenated,
    "array": frame_array,
    "csv": frame_csv,
    "tsv": frame_columns,
}


def read_chunks(source: ArchiveSource, manifest: Manifest, *, chunk_bytes: int = CHUNK_BYTES) -> Iterator[Chunk]:
    """Yield the values of an hour's files, in chunks of about `chunk_bytes` of decompressed content.

    Files come in the order of the manifest, without vanished ones: the values of a file, then its `FileEnd`. A large
    file extends over several chunks: if its `FileEnd` is bad, all values of the file must be dropped. Raises
    `ArchiveError` or `TransientArchiveError` when the storage fails, never for content. A file that cannot be read has
    a `FileEnd` that is bad.
    """
    frame = _FRAMINGS[framing_of(source, manifest)]
    mapping, path_members = mapping_of(source, manifest), path_members_of(source, manifest)
    present = [file for file in manifest.files if file.key not in manifest.vanished]
    gathered = _Gathered()
    for file, pieces in fetch_files(open_storage(source), present):
        for _ in _gather_file(gathered, file, pieces, frame, mapping, path_members):
            if gathered.size >= chunk_bytes:
                yield gathered.take()
    if gathered.parts:
        yield gathered.take()


def split_by_layout(source: ArchiveSource, manifest: Manifest) -> Iterator[tuple[ArchiveSource, Manifest]]:
    """Yield the manifest by the layouts of a source that has several, files in their order, with the source of each.

    Framing and mapping may differ between them. A file that fits none any more has vanished, and is left out.
    """
    if isinstance(source.layout, str):
        yield source, manifest
        return
    layout = layout_of(source)
    forms = {file.key: layout.fit(file.key) for file in manifest.files}
    for form, files in groupby(manifest.files, key=lambda file: forms[file.key]):
        if form is not None:
            yield replace(source, layout=form.layout.name), replace(manifest, files=tuple(files))


def framing_of(source: ArchiveSource, manifest: Manifest) -> str:
    """Return the framing of the source, else of its mapping, else of its layout."""
    if source.framing is not None:
        return source.framing
    if source.mapping is not None and source.mapping.reads == "snowplow-enriched":
        return "tsv"
    layout = _layout_of(source, manifest)
    return layout.framing if layout else "lines"


def mapping_of(source: ArchiveSource, manifest: Manifest) -> Mapping | None:
    """Return the mapping of the source, else of its layout; None if the layout is `auto` and no key fits one."""
    if source.mapping is not None:
        return source.mapping
    try:
        layout = _layout_of(source, manifest)
    except ArchiveError:
        return None
    return preset(layout.mapping) if layout and layout.mapping else None


def path_members_of(source: ArchiveSource, manifest: Manifest) -> FindMembers | None:
    """Return what finds the members that parts of keys are; None for a layout that has none."""
    try:
        layout = _layout_of(source, manifest)
    except ArchiveError:
        return None
    return layout.read_members if layout and layout.has_members else None


def _layout_of(source: ArchiveSource, manifest: Manifest) -> Layout | None:
    """Return the layout of the source; for `auto`, the one that the keys of the manifest fit, None without keys."""
    if source.layout != AUTO:
        return layout_of(source)
    files = manifest.files
    keys = [files[n * len(files) // _SAMPLED_KEYS].key for n in range(_SAMPLED_KEYS)] if files else []
    return recognise_layout(keys, archive=source.archive) if keys else None


@dataclass
class _Gathered:
    """The chunk under construction; `size` is the memory of its values in bytes."""

    parts: Chunk = field(default_factory=list)
    size: int = 0

    def add(self, part: Block | Oversized) -> int:
        """Add a part and return how many values it has."""
        if isinstance(part, Oversized):
            self.parts.append(part)
            self.size += len(part.head)
            return 1
        last = self.parts[-1] if self.parts else None
        if isinstance(last, Block) and last.file == part.file:
            self.parts[-1] = join(last, part)
        else:
            self.parts.append(part)
        self.size += sum(map(len, part.values)) + _VALUE_BYTES * len(part.values)
        self.size += sum(map(len, part.sent or ())) + sum(map(len, part.inherited or ()))
        self.size += sum(map(len, filter(None, part.whole or ())))
        return len(part.values)

    def drop(self, file: str) -> None:
        self.parts = [part for part in self.parts if part.file != file]

    def take(self) -> Chunk:
        parts, self.parts, self.size = self.parts, [], 0
        return parts


def _gather_file(
    gathered: _Gathered,
    file: ArchiveFile,
    pieces: Iterator[bytes],
    frame: Framing,
    mapping: Mapping | None,
    path_members: FindMembers | None = None,
) -> Iterator[None]:
    """Add a file part by part, and yield after each so that a full chunk can be taken."""
    values = skipped = 0
    skip, batches = (mapping.skip, mapping.batches) if mapping else (None, None)
    members = path_members(file.key) if skip and path_members else {}
    try:
        for part in frame_file(file.key, pieces, file.size, frame):
            if isinstance(part, Block):
                part, dropped = drop_skipped(part, skip, members) if skip else (part, 0)
                skipped += dropped
                part = open_block(part, batches) if batches else part
                if not part.values:
                    continue
            values += gathered.add(part)
            yield
    except BadFile as bad:
        gathered.drop(file.key)
        gathered.parts.append(FileEnd(file.key, file.size, 0, str(bad)))
    except UnreadableFile as error:
        gathered.drop(file.key)
        gathered.parts.append(FileEnd(file.key, file.size, 0, str(error), "denied" if error.denied else "unreadable"))
    else:
        gathered.parts.append(FileEnd(file.key, file.size, values, None, skipped=skipped))
