"""The lines of the archive that hold persons: the archive is its owner's to change (contract §13).

Covered by tests/cli/erasure/test_forget.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from event_assets.archive.listing.list_hours import list_hours
from event_assets.config.settings import Settings
from event_assets.lake.erasure.leave_out import find_erased, find_erased_lines
from event_assets.lake.erasure.suppression import Suppression, make_list, read_key
from event_assets.pipeline.normalize import normalize_files
from loaders.rewrite.forget import Persons


@dataclass(frozen=True)
class ArchiveLine:
    """A line of a file of the archive; several events may be in it."""

    source: str
    file: str
    line: int


def find_lines(settings: Settings, persons: Persons) -> Iterator[ArchiveLine]:
    """Yield the lines of the archive that hold the persons, by source, hour, file and line: all of it is read.

    Copies that lost are among them, so neither lake nor warehouse could tell.
    """
    key = read_key(settings.erasure_key)
    erased = make_list(key, persons=persons.persons, events=persons.events)
    for source in settings.sources.values():
        wanted = Suppression.of(key, [erased], source.masking)
        listing = list_hours(source)
        for _, manifest in sorted(listing.hours.items()):
            found: set[tuple[str, int]] = set()
            for chunk in normalize_files(listing.source, manifest, chunk_bytes=settings.memory.chunk_bytes):
                events = chunk.events.filter(find_erased(chunk.events, wanted)).select("_file", "_line")
                lines = chunk.quarantine.filter(find_erased_lines(chunk.quarantine, wanted)).select("file", "line")
                found.update(events.iter_rows())
                found.update(lines.iter_rows())
            for file, line in sorted(found):
                yield ArchiveLine(source.name, file, line)
