"""Choice of a reading: of several ways to read the hour from keys, the one that the clocks of events confirm.

Covered by tests/archive/inspection/test_key_forms.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from event_assets.archive.decoding.decompress import BadFile
from event_assets.archive.inspection.clocks import Agreement, compare_clocks, read_clocks, read_events
from event_assets.archive.inspection.keys.locate import ArchiveRoot, is_by_day, read_hour
from event_assets.archive.inspection.preview import mapping_of_guesses
from event_assets.archive.inspection.recognize_envelope import OWN, Envelope, open_values, recognize_envelope
from event_assets.archive.inspection.result import InitHints
from event_assets.archive.inspection.sample import Sampled, plan_reads, read_heads
from event_assets.archive.inspection.sniff import Head, cut_values, read_objects, recognize_framing
from event_assets.archive.inspection.suggest_mapping import guess_members, is_renamed
from event_assets.archive.listing.bounded_listing import InspectionLimits, spread
from event_assets.archive.manifest import ArchiveFile
from event_assets.archive.storage.filesystem import Storage
from event_assets.events.mapping.mapping import Mapping as EnvelopeMapping

_FILES: Final = 60
_BYTES: Final = 64 << 10
_VALUES: Final = 300
_BETTER: Final = 0.2
"""By how much more events a later reading must have in their hour to be chosen before an earlier one."""


@dataclass(frozen=True)
class Chosen:
    """The root whose hours agree best with the clocks, and what was read for the comparison."""

    root: ArchiveRoot
    read_bytes: int = 0
    read_files: int = 0


def choose_root(
    storage: Storage,
    candidates: Sequence[ArchiveRoot],
    files: Sequence[ArchiveFile],
    hints: InitHints,
    limits: InspectionLimits,
) -> Chosen:
    """Return the candidate that clocks confirm, else the likeliest; where there is no choice nothing is read."""
    if len(candidates) == 1 or candidates[0].layout.is_unmistakable:
        return Chosen(candidates[0])
    read = _read_some(storage, files, limits)
    clocks = _read_any_clocks({sample.file.key: sample.head for sample in read}, hints)
    best = _choose(candidates, clocks)
    return Chosen(best, sum(sample.read for sample in read), len(read))


def is_confirmed(
    storage: Storage, root: ArchiveRoot, files: Sequence[ArchiveFile], hints: InitHints, limits: InspectionLimits
) -> bool:
    """Return whether the clocks of these files agree with a root, or its form can be nothing else."""
    heads = {sample.file.key: sample.head for sample in _read_some(storage, files, limits)}
    return root.layout.is_unmistakable or _confirm(root, _read_any_clocks(heads, hints))[0] > 0


def _read_some(storage: Storage, files: Sequence[ArchiveFile], limits: InspectionLimits) -> list[Sampled]:
    filled = [file for file in files if file.size]
    plan = plan_reads(filled, limits.bytes // 8, count=min(_FILES, limits.files), most=_BYTES)
    return list(read_heads(storage, plan))


def _choose(candidates: Sequence[ArchiveRoot], clocks: Mapping[str, Counter[int]]) -> ArchiveRoot:
    best, confirmed = candidates[0], _confirm(candidates[0], clocks)
    for root in candidates[1:]:
        found = _confirm(root, clocks)
        if found[0] > confirmed[0] or (found[0] == confirmed[0] and found[1] > confirmed[1] + _BETTER):
            best, confirmed = root, found
    return best


def _confirm(root: ArchiveRoot, clocks: Mapping[str, Counter[int]]) -> tuple[int, float]:
    """Return how well clocks confirm a root, and the share of events in their hour.

    2 is for hours that agree; 1 for hours with an offset that no day proves, and for days: any other reading of hours
    that agrees is before them. 0 is for hours that do not agree.
    """
    hours = {key: hour for key in clocks if (hour := read_hour(root, key)) is not None}
    found = compare_clocks(clocks, hours, days=[key for key in hours if is_by_day(root, key)])
    if found is None or not found.agrees:
        return 0, 0.0 if found is None or found.by_day else found.in_hour
    return (1, 0.0) if found.by_day else (1 if found.guessed else 2, found.in_hour)


def _read_any_clocks(heads: Mapping[str, Head], hints: InitHints) -> dict[str, Counter[int]]:
    """Return the clocks of events by file, whatever their envelope: by a mapping, or by what members are called."""
    framing = hints.framing or recognize_framing(list(heads.values()), "lines")
    values: dict[str, list[bytes]] = {}
    for key, head in heads.items():
        with suppress(BadFile):
            values[key] = cut_values(framing, head)
    mapping = _any_mapping(spread([value for cut in values.values() for value in cut], _VALUES), hints)
    return read_clocks(read_events({key: open_values(cut, mapping) for key, cut in values.items()}, mapping))


def _any_mapping(values: Sequence[bytes], hints: InitHints) -> EnvelopeMapping | None:
    if hints.mapping:
        return hints.parsed_mapping
    envelope = recognize_envelope(values)
    return envelope.mapping if is_known(envelope, values) else mapping_of_guesses(guess_members(read_objects(values)))


def is_known(envelope: Envelope, values: Sequence[bytes]) -> bool:
    """Return whether values load by an envelope as it is: ours only under its own names."""
    return envelope.name is not None and not (envelope.name == OWN and is_renamed(read_objects(values)))


def compare_guessed(
    heads: Mapping[str, Head],
    framing: str,
    mapping: EnvelopeMapping,
    hours: Mapping[str, datetime],
    days: Collection[str],
) -> Agreement | None:
    """Return how the hours of keys agree with the clocks that a guessed mapping finds."""
    values: dict[str, list[bytes]] = {}
    for key, head in heads.items():
        with suppress(BadFile):
            values[key] = open_values(cut_values(framing, head), mapping)
    return compare_clocks(read_clocks(read_events(values, mapping)), hours, days=days)
