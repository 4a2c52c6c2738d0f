"""Inspection: layout, envelope, volume and lateness of an archive, from a bounded number of requests and bytes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from event_assets.archive.errors import ArchiveError
from event_assets.archive.inspection.choose import Chosen, choose_root, compare_guessed, is_known
from event_assets.archive.inspection.keys.key_members import sample_values
from event_assets.archive.inspection.keys.locate import ArchiveRoot, Roots, find_roots
from event_assets.archive.inspection.look import SHOWN, collect_seen, look_into, read_beginnings
from event_assets.archive.inspection.measure import days_of, measure
from event_assets.archive.inspection.preview import mapping_of_guesses, preview_mapping
from event_assets.archive.inspection.producers import find_streams
from event_assets.archive.inspection.recognize_envelope import (
    RENAMED,
    Envelope,
    find_transport,
    open_values,
    recognize_envelope,
)
from event_assets.archive.inspection.result import InitHints, Inspection, Seen, Verdict
from event_assets.archive.inspection.sample import Sampled
from event_assets.archive.inspection.several_forms import add_forms
from event_assets.archive.inspection.sniff import read_objects, recognize_framing
from event_assets.archive.inspection.suggest_mapping import guess_members, is_complete
from event_assets.archive.inspection.volume import measure_volume
from event_assets.archive.listing.bounded_listing import (
    InspectionLimits,
    Inventory,
    ListedFile,
    Lister,
    spread,
    take_inventory,
)
from event_assets.archive.listing.key_forms import KeyForm, count_forms
from event_assets.archive.listing.key_sample import KeySample, sample_keys
from event_assets.archive.listing.layouts import find_layout, has_hour
from event_assets.archive.listing.templates import looks_like_data
from event_assets.archive.source import ArchiveSource
from event_assets.archive.storage.filesystem import Storage, explain, open_storage
from event_assets.events.snowplow.bad_rows import find_bad_row

_JUDGED_VALUES: Final = 300
_DEEPEST: Final = 4

_MANY: Final = 0.2
"""The share of keys that one form must have for the archive to be one of several forms."""


def inspect(source: ArchiveSource, hints: InitHints, limits: InspectionLimits) -> Inspection:
    """Inspect the archive of a source.

    Raises `ArchiveError` or `TransientArchiveError` when the storage fails.
    """
    storage = open_storage(source)
    try:
        storage.fs.invalidate_cache()
        return _inspect(storage, source, hints, limits)
    except ArchiveError:
        raise
    except Exception as error:  # every storage driver fails with classes of its own
        raise explain(storage, "inspecting", error) from error


def _inspect(storage: Storage, source: ArchiveSource, hints: InitHints, limits: InspectionLimits) -> Inspection:
    lister = Lister(storage)
    lister.check_root()
    sample = sample_keys(lister, limits.requests // 2)
    start = Inspection(source.archive, Verdict.EMPTY, Seen(), requests=lister.spent)
    data = {key: weight for key, weight in sample.keys.items() if looks_like_data(key)}
    if not data:
        return replace(start, seen=Seen(tuple(spread(list(sample.keys), SHOWN))))
    start = replace(start, forms=tuple(count_forms(data)))
    roots = Roots((ArchiveRoot("", find_layout(hints.layout)),)) if hints.layout else find_roots(data)
    if not roots.candidates:
        return _stop_at_keys(storage, source, start, sample, roots)
    files = spread([file for file in sample.files if looks_like_data(file.key)], limits.files)
    chosen = choose_root(storage, roots.candidates, files, hints, limits)
    if hints.layout is None:
        chosen = replace(chosen, root=add_forms(storage, chosen.root, files, data, hints, limits))
    start = replace(start, unfit=tuple(_count_unfit(data, chosen.root)))
    found = _inspect_below(storage, source, start, sample, chosen, hints, limits)
    if not found.zones:
        return found
    local = find_layout(chosen.root.layout.name, time_zone=found.zones[0])
    chosen = replace(chosen, root=ArchiveRoot(chosen.root.prefix, local), read_bytes=0)
    return replace(_inspect_below(storage, source, start, sample, chosen, hints, limits), zones=found.zones)


def _count_unfit(data: Mapping[str, float], root: ArchiveRoot) -> list[KeyForm]:
    """Return the forms of the keys that a load would ignore."""
    prefix = f"{root.prefix}/" if root.prefix else ""
    unfit = {
        key: weight
        for key, weight in data.items()
        if not key.startswith(prefix) or not has_hour(root.layout, key.removeprefix(prefix))
    }
    return count_forms(unfit, of=sum(data.values()))


def _stop_at_keys(
    storage: Storage, source: ArchiveSource, start: Inspection, sample: KeySample, roots: Roots
) -> Inspection:
    """Return what is known of an archive whose keys give no hour."""
    forms = roots.largest is not None and roots.largest[1] >= _MANY
    return replace(
        start,
        verdict=Verdict.SEVERAL if roots.several else Verdict.FORMS if forms else Verdict.NO_LAYOUT,
        seen=look_into(storage, list(sample.files)),
        roots=roots.several,
        largest=roots.largest,
        whole=_find_whole(source.archive, sample),
    )


def _find_whole(url: str, sample: KeySample) -> str | None:
    """Return the folder above the URL below which its files have the hour in their keys, None without one."""
    parts = url.rstrip("/").split("/")
    for depth in range(1, min(_DEEPEST, len(parts) - 1) + 1):
        above = "/".join(parts[-depth:])
        if find_roots({f"{above}/{key}": weight for key, weight in sample.keys.items()}).candidates:
            return "/".join(parts[:-depth]) or "/"
    return None


def _inspect_below(
    storage: Storage,
    source: ArchiveSource,
    start: Inspection,
    sample: KeySample,
    chosen: Chosen,
    hints: InitHints,
    limits: InspectionLimits,
) -> Inspection:
    root = chosen.root
    below = Storage(
        storage.fs, storage.path(root.prefix), "/".join(filter(None, (storage.url.rstrip("/"), root.prefix)))
    )
    listing = Lister(below)
    found = take_inventory(listing, root.layout, max(1, limits.requests - start.requests))
    start = replace(
        start,
        archive="/".join(filter(None, (source.archive.rstrip("/"), root.prefix))),
        requests=start.requests + listing.spent,
        read_bytes=chosen.read_bytes,
        read_files=chosen.read_files,
        ignored=found.ignored,
        root=root,
    )
    if not found.files:
        return replace(start, verdict=Verdict.NO_LAYOUT, seen=look_into(storage, list(sample.files)))
    return _inspect_files(below, start, found, hints, limits)


def _inspect_files(
    storage: Storage, start: Inspection, found: Inventory, hints: InitHints, limits: InspectionLimits
) -> Inspection:
    assert start.root is not None  # noqa: S101  it is set by the only caller
    files = sorted(found.files, key=lambda listed: (listed.hour, listed.file.key))
    filled = [listed.file for listed in files if listed.file.size] or [files[0].file]
    judged = read_beginnings(storage, filled, limits)
    layout, heads = start.root.layout, [sample.head for sample in judged]
    framing = hints.framing or recognize_framing(heads, layout.framing)
    values = spread(list(sample_values(judged, framing, layout)), _JUDGED_VALUES)
    start = replace(
        start,
        seen=collect_seen([found.file.key for found in spread(files, SHOWN)], judged),
        read_bytes=start.read_bytes + sum(sample.read for sample in judged),
        read_files=max(start.read_files, len(judged)),
        template=Counter(listed.template.text for listed in files).most_common(1)[0][0],
        framing=framing,
        compressions=Counter(sample.head.compression for sample in judged),
        streams=tuple(find_streams(files)),
        volume=measure_volume(found),
    )
    if hints.mapping:
        envelope = Envelope(hints.mapping, hints.parsed_mapping, 1.0)
    else:
        envelope = recognize_envelope(values, usual=layout.mapping)
    if hints.mapping or is_known(envelope, values):
        preview = preview_mapping(open_values(values, envelope.mapping), envelope.mapping)
        measured = measure(storage, replace(start, envelope=envelope, preview=preview), files, limits)
        if measured.lateness is not None and measured.lateness.events:
            return replace(measured, verdict=_judge_hours(measured, hints))
    guessed = _guess_envelope(start, values, judged, files)
    if guessed.guesses is None or not is_complete(guessed.guesses):
        return guessed
    renamed = Envelope(RENAMED, mapping_of_guesses(guessed.guesses), 1.0)
    measured = measure(storage, replace(guessed, envelope=renamed), files, limits)
    return replace(measured, verdict=_judge_hours(measured, hints))


def _judge_hours(found: Inspection, hints: InitHints) -> Verdict:
    """Return whether the layout holds: the operator's, or one that the clocks of the events confirm.

    Where they do not, or there is no clock, only a form of keys that can be nothing else is believed.
    """
    assert found.root is not None  # noqa: S101  it is set by the only caller
    agreement = found.agreement
    if hints.layout or found.root.layout.is_unmistakable or (agreement is not None and agreement.agrees):
        return Verdict.FOUND
    return Verdict.UNPROVEN if agreement is None else Verdict.DISAGREEMENT


def _guess_envelope(
    start: Inspection, values: Sequence[bytes], judged: Sequence[Sampled], files: Sequence[ListedFile]
) -> Inspection:
    """Return what is known of an archive whose envelope is unknown, with guesses and what they would give."""
    if sum(find_bad_row(value) is not None for value in values) > len(values) // 2:
        return replace(start, verdict=Verdict.NO_EVENTS)
    transport = find_transport(values)
    objects = read_objects(open_values(values, transport))
    if not objects:
        return replace(start, verdict=Verdict.NO_EVENTS)
    guesses = guess_members(objects)
    if transport is not None and (batches := transport.batches) is not None:
        inherit = {name: paths[0] for name, paths in batches.inherit.items()}
        guesses = replace(guesses, each=batches.events, inherit=inherit)
    mapping = mapping_of_guesses(guesses)
    heads = {sample.file.key: sample.head for sample in judged}
    hours = {listed.file.key: listed.hour for listed in files}
    return replace(
        start,
        verdict=Verdict.NO_ENVELOPE,
        envelope=Envelope(None, None, 0.0),
        guesses=guesses,
        preview=preview_mapping(open_values(values, mapping), mapping),
        agreement=compare_guessed(heads, start.framing, mapping, hours, days_of(files)),
    )
