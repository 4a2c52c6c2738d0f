"""An archive whose events are of another envelope, and the mappings of yesterday and of today."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from event_assets.events.mapping.mapping import Mapping as EventMapping
from event_assets.lake.reading.read import list_notes
from event_assets.pipeline.load import Choice
from event_assets.pipeline.quarantine.lines import LineChoice
from event_assets.pipeline.quarantine.replay import Replayed, replay
from event_assets.pipeline.rollups import recompute_sources
from tests.drive import Place, load_pending
from tests.promises.archives import hour_number, rudderstack_files, write_archive
from tests.promises.proof import prove, prove_sums, read_again

MEMBERS = {"message_id": "no", "user_id": "who", "event": "what", "received_at": "at", "properties": "data"}
YESTERDAY: dict[str, object] = {**MEMBERS, "type": {"path": "kind", "values": {"trk": "track"}}}
TODAY: dict[str, object] = {**MEMBERS, "type": {"path": "kind", "values": {"trk": "track", "sale": "track"}}}
"""A kind of event that yesterday's mapping did not know."""


def line(no: str, number: int, *, kind: str = "trk", who: str = "w-1", **data: object) -> bytes:
    """A line that arrived in the n-th hour."""
    at = hour_number(number).strftime("%Y-%m-%dT%H:00:07Z")
    event = {"kind": kind, "no": no, "who": who, "what": f"{kind} done", "at": at, "data": data or {"n": number}}
    return json.dumps(event).encode()


def dirty_hours() -> dict[int, list[list[bytes]]]:
    """Number of the hour -> files of lines."""
    return {
        0: [
            [
                line("a", 0),
                b"  " + line("b", 0, kind="sale", price=1.5) + b" \r",
                b"not json",
                line("a", 0, kind="sale"),
            ],
            [line("a", 0, kind="sale", n=2), line("c", 0, kind="sale", when="x"), line("d", 0, kind="other")],
        ],
        1: [
            [
                line("e", 1),
                line("j", 1, kind="sale"),
                b"#! " + line("f", 1, kind="sale") + line("g", 1, kind="sale"),
                b'{"kind": "sale", "no": ',
            ]
        ],
        2: [[line("b", 2, kind="sale", price=2), line("h", 2, kind="sale", who="w-2")]],
        3: [[line("i", 3)]],
    }


def write_dirty(folder: Path) -> Path:
    """The archive in a folder."""
    return write_archive(folder, {hour_number(number): files for number, files in dirty_hours().items()})


def with_mapping(where: Place, mapping: Mapping[str, object]) -> Place:
    """The same lake and warehouse under another mapping."""
    return replace(where, source=replace(where.source, mapping=EventMapping.parse(mapping)))


def load_all(where: Place, *, reload: bool = False) -> None:
    """Load what is pending, or all, as the command does."""
    load_pending(where.settings, Choice(reload=reload))
    list(recompute_sources(where.settings))


def replay_all(where: Place, *reasons: str, dry_run: bool = False) -> list[Replayed]:
    """Replay every hour; no hour fails."""
    results = list(replay(where.settings, LineChoice(frozenset(reasons)), dry_run=dry_run))
    assert [result.error for result in results if result.error] == []
    list(recompute_sources(where.settings))
    return results


def hide_archive(where: Place) -> Path:
    """Take the archive's files away; return where they are."""
    archive, hidden = Path(where.source.archive), where.folder / "hidden"
    shutil.move(archive, hidden)
    archive.mkdir()
    return hidden


def prove_mapped(where: Place, archive: Path, mapping: Mapping[str, object] = TODAY) -> None:
    """The tables are those of the archive by the mapping, and every sum of every hour holds."""
    prove(where, read_again(rudderstack_files(archive), mapping))
    prove_sums(where.settings, where.source)


def counts_of(where: Place) -> list[tuple[object, ...]]:
    """What the notes count, by hour and file; not which version and settings wrote them."""
    return [
        (note.archive_hour, note.counts, note.events_by_name, note.quarantined_by_reason, *_by_file(note.files))
        for note in list_notes(where.lake, where.source.name)
    ]


def _by_file(files: Iterable[object]) -> list[object]:
    return [replace(file, vanished=False) for file in files]  # type: ignore[type-var]  # notes of files


def reasons_of(where: Place) -> Counter[str]:
    """How many lines are quarantined, by reason."""
    found: Counter[str] = Counter()
    for note in list_notes(where.lake, where.source.name):
        found.update(note.quarantined_by_reason)
    return found
