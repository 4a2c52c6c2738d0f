"""A few files of the hours to load, read now: how many events a byte is, and how large the files are unpacked.

Covered by tests/pipeline/plan/test_plan.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from event_assets.archive.decoding.chunks import mapping_of, path_members_of, read_chunks, split_by_layout
from event_assets.archive.manifest import Manifest
from event_assets.config.source import Source
from event_assets.events import normalize
from event_assets.events.chunk import Block
from event_assets.pipeline.plan.estimates import Estimate, estimate_ratio

FILES: Final = 5
_LARGEST: Final = 8 << 20
"""Compressed bytes of a file that is read; a larger one takes too long for a look."""


@dataclass(frozen=True)
class SampledFiles:
    """The files that were read, by key."""

    files: tuple[str, ...] = ()
    events: Estimate | None = None
    """Events per compressed byte."""
    unpacked: Estimate | None = None
    """Bytes of content per compressed byte."""


def sample_files(source: Source, manifests: Sequence[Manifest]) -> SampledFiles:
    """Read a few files from the small to the large ones, none of them the most odd. Raises ArchiveError."""
    found = sorted(
        (file.size, number, file)
        for number, manifest in enumerate(manifests)
        for file in manifest.files
        if file.key not in manifest.vanished and 0 < file.size <= _LARGEST
    )
    places = sorted({len(found) * (2 * number + 1) // (2 * FILES) for number in range(FILES)}) if found else []
    chosen = [(manifests[found[place][1]], found[place][2]) for place in places]
    counted = [(file, *_count(source, replace(manifest, files=(file,)))) for manifest, file in chosen]
    return SampledFiles(
        tuple(file.key for file, *_ in counted),
        estimate_ratio((events, file.size) for file, events, _ in counted),
        estimate_ratio((content, file.size) for file, _, content in counted),
    )


def _count(source: Source, manifest: Manifest) -> tuple[int, int]:
    """Return the events of a manifest of one file, and the bytes of its values; of a bad file 0."""
    events = content = 0
    for part, files in split_by_layout(source, manifest):
        for chunk in read_chunks(part, files):
            found = normalize(
                chunk,
                hour=manifest.archive_hour,
                mapping=mapping_of(part, files),
                keep_members=source.keep_members,
                not_ids=source.not_ids,
                path_members=path_members_of(part, files),
            )
            bad = any(end.bad is not None for end in found.ends)
            events += 0 if bad else found.events.height
            blocks = (part for part in chunk if isinstance(part, Block))
            content += 0 if bad else sum(len(value) + 1 for block in blocks for value in block.values)
    return events, content
