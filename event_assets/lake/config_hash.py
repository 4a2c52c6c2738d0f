"""The hash of the configuration that the rows of an hour of the lake depend on.

Covered by tests/lake/writing/test_swap.py.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Final

import msgspec
import xxhash

from event_assets.archive.listing.layouts import LAYOUTS
from event_assets.archive.source import ArchiveSource
from event_assets.events.ids import NOT_IDS
from event_assets.events.mapping.mapping import Mapping
from event_assets.events.mapping.shipped import preset

FORMAT: Final = 2
"""Increased when rows of the lake change their meaning or their columns."""


def hash_config(source: ArchiveSource) -> str:
    """Return 32 hex digits over the lake's format and what of the source decides its rows."""
    config = {
        "format": FORMAT,
        "layout": source.layout,
        "framing": source.framing,
        "mapping": _describe(source.mapping) if source.mapping else _layout_mapping(source),
        "keep_members": list(source.keep_members),
        **({} if source.time_zone is None else {"time_zone": source.time_zone}),
        **({} if source.arrival == "day" else {"arrival": source.arrival}),
        **({} if source.not_ids == NOT_IDS else {"not_ids": sorted(source.not_ids)}),
        **({"masking": masked} if (masked := source.masking.before("lake").tokens) else {}),
    }
    return xxhash.xxh3_128_hexdigest(msgspec.json.encode(config, order="sorted"))


def _layout_mapping(source: ArchiveSource) -> object:
    """Return the settings of the mapping of the layout; of several layouts, one for each."""
    if not isinstance(source.layout, str):
        found = [_layout_mapping(replace(source, layout=name)) for name in source.layout]
        return found if any(found) else None
    layout = LAYOUTS.get(source.layout)
    return _describe(preset(layout.mapping)) if layout and layout.mapping else None


def _describe(mapping: Mapping | None) -> dict[str, object] | None:
    """Return the settings of a mapping, without unset ones: a new kind of setting does not change old hashes."""
    if mapping is None:
        return None
    paths = {member: found[0] if len(found) == 1 else found for member, found in mapping.paths.items()}
    more = {name: value for name, value in asdict(mapping).items() if value is not None}
    return {**more, "paths": paths, "constants": mapping.constants}
