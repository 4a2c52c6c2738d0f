"""Archive roots: below which prefix an archive begins and how its keys may give the hour, from the keys alone."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from event_assets.archive.errors import ArchiveError
from event_assets.archive.inspection.keys.key_times import find_day_templates, find_templates
from event_assets.archive.listing.arrival import Layout
from event_assets.archive.listing.layouts import (
    FITTING,
    LAYOUTS,
    best_layout,
    count_data,
    find_layout,
    has_hour,
    recognise_layout,
    share_fitting,
)

_DEEPEST: Final = 4
_MOST: Final = 6
"""Candidates that are compared by the clocks of events."""

_READ: Final = 300
"""Keys from which templates are derived."""

_TIME: Final = re.compile(r"(?:[A-Za-z_]+=)?[\d.:_-]*\d[\d.:T_-]*")
"""A folder that is named like a date or a number: a part of an archive, never its root."""


@dataclass(frozen=True)
class ArchiveRoot:
    """The prefix of an archive below the given URL (without outer slashes), and its layout."""

    prefix: str
    layout: Layout


@dataclass(frozen=True)
class Roots:
    """Where the archive may begin and how its keys may give the hour.

    `candidates` are possible readings of the keys, the likeliest first. `several` are archives side by side, if no
    reading fits them all. `largest` is the form that most keys fit if none fits nine in ten, with its share.
    """

    candidates: tuple[ArchiveRoot, ...] = ()
    several: tuple[ArchiveRoot, ...] = ()
    largest: tuple[str, float] | None = None


def find_roots(keys: Mapping[str, float]) -> Roots:
    """Return where an archive begins and the layouts that nine in ten of its keys fit; keys have weights.

    A layout of the table comes before a common template, and a fit at the URL itself before a fit below a prefix.
    Templates that are derived from the keys come last.
    """
    data = count_data(keys)
    best = best_layout(data)
    at_root = best[0] if best is not None and best[1] >= FITTING else None
    derived = _derive_layouts(data)
    named = [ArchiveRoot("", at_root)] if at_root is not None and at_root.name in LAYOUTS else []
    below = [] if named else _find_below(data)
    common = [ArchiveRoot("", at_root)] if at_root is not None and not named else []
    hourly = [ArchiveRoot("", layout) for layout, share in derived if share >= FITTING]
    daily = [ArchiveRoot("", layout) for layout, share in _derive_layouts(data, find_day_templates) if share >= FITTING]
    if at_root is not None and at_root.has_days:
        daily, common = [*common, *daily], []
    first = named or (below if len(below) == 1 else [])
    found = _drop_repeated([*first, *common, *hourly], _thin_out(data))[: _MOST - 1]
    found += _drop_repeated(daily, _thin_out(data))[:1]
    if not found and len(below) < 2:
        parts = cover_keys(data)
        together = find_layout(tuple(str(part.name) for part in parts)) if len(parts) > 1 else None
        if together is not None and share_fitting(together, data) >= FITTING:
            found = [ArchiveRoot("", together)]
    if found or len(below) > 1:
        return Roots(tuple(found[:_MOST]), () if found else tuple(below))
    largest = max([*([best] if best else []), *derived], key=lambda one: one[1], default=None)
    return Roots(largest=(str(largest[0].name), largest[1]) if largest else None)


def cover_keys(data: Mapping[str, float], *, least: float = 0.0) -> list[Layout]:
    """Return the layouts that together fit most keys: those that `auto` knows, else what the keys suggest.

    Each adds keys of at least the weight `least`, and more than one in a hundred.
    """
    rest, total = dict(data), sum(data.values()) or 1.0
    found: list[Layout] = []
    while rest and len(found) < _MOST:
        best = best_layout(rest)
        derived = (*_derive_layouts(rest), *_derive_layouts(rest, find_day_templates))
        choices = [*([best] if best else []), *derived]
        layout, _ = max(choices, key=lambda one: round(one[1], 2), default=(None, 0.0))
        fitting = {key for key in rest if layout is not None and has_hour(layout, key)}
        weight = sum(rest[key] for key in fitting)
        if layout is None or not fitting or weight < max(least, total / 100):
            break
        found.append(layout)
        rest = {key: weight for key, weight in rest.items() if key not in fitting}
    return found


def recognise(data: Mapping[str, float]) -> Layout | None:
    """Return the layout that nine in ten of the keys fit, or None."""
    try:
        return recognise_layout(data, archive="")
    except ArchiveError:
        return None


def read_hour(root: ArchiveRoot, key: str) -> datetime | None:
    """Return the hour of a key below the archive's URL, None if it does not fit."""
    prefix = f"{root.prefix}/" if root.prefix else ""
    arrival = root.layout.read_arrival(key.removeprefix(prefix), lambda: None) if key.startswith(prefix) else None
    return arrival.hour if arrival is not None else None


def is_by_day(root: ArchiveRoot, key: str) -> bool:
    """Return whether a key below the archive's URL has a day, and no hour."""
    form = root.layout.fit(key.removeprefix(f"{root.prefix}/") if root.prefix else key)
    return form is not None and form.arrives == "day"


def _drop_repeated(roots: list[ArchiveRoot], keys: Sequence[str]) -> list[ArchiveRoot]:
    """Return the roots without those that read the same hours as an earlier one."""
    readings: dict[tuple[datetime | None, ...], ArchiveRoot] = {}
    for root in roots:
        readings.setdefault(tuple(read_hour(root, key) for key in keys), root)
    return list(readings.values())


def _thin_out(data: Mapping[str, float]) -> list[str]:
    keys = sorted(data)
    return keys[:: max(1, len(keys) // _READ)]


def _find_below(data: Mapping[str, float]) -> list[ArchiveRoot]:
    """Return the shortest prefixes below which the keys fit a layout of the table; none that is named like a time.

    The folder of one day would otherwise be taken for the archive.
    """
    for depth in range(1, _DEEPEST + 1):
        groups: dict[str, dict[str, float]] = defaultdict(dict)
        for key, weight in data.items():
            *folders, _ = key.split("/")
            if len(folders) >= depth and not any(map(_TIME.fullmatch, folders[:depth])):
                groups["/".join(folders[:depth])][key.split("/", depth)[depth]] = weight
        fitting = {prefix: recognise(keys) for prefix, keys in sorted(groups.items())}
        roots = [
            ArchiveRoot(prefix, layout)
            for prefix, layout in fitting.items()
            if layout is not None and layout.name in LAYOUTS
        ]
        if roots:
            return roots
    return []


def _derive_layouts(
    data: Mapping[str, float], find: Callable[[str], Iterator[str]] = find_templates
) -> list[tuple[Layout, float]]:
    """Return the layouts that the dates and epochs in the keys suggest, with the share of keys that fit.

    Those with the hour in a folder come first, as a listing by hour needs to read only such folders.
    """
    weights: dict[str, float] = defaultdict(float)
    for key in _thin_out(data):
        for template in dict.fromkeys(find(key)):
            weights[template] += data[key]
    likely = sorted(weights, key=lambda text: -weights[text])[: 4 * _MOST]
    layouts = [(layout, share_fitting(layout, data)) for layout in map(find_layout, likely)]
    return sorted(layouts, key=lambda one: (-round(one[1], 2), one[0].templates[0].hour_folder is None))
